from pathlib import Path

from dxtransfer.cohorts.accessions.fetch import fetch_accession
from dxtransfer.files import write_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    manifest = fetch_accession(
        snakemake.wildcards.accession,
        Path(snakemake.output[0]).parent,
        settings={**snakemake.params.settings, "attempts": snakemake.resources.attempts},
    )
    logger.info("%s: %d files", manifest["accession"], len(manifest["files"]))
    write_json(snakemake.output[0], manifest)
