from pathlib import Path

from dxtransfer.cohorts.reads.ensembl import fetch_transcripts
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    fetch_transcripts(
        int(snakemake.wildcards.release),
        snakemake.wildcards.species,
        Path(snakemake.output[0]),
        site=snakemake.params.site,
        mirror=Path(snakemake.params.mirror) if snakemake.params.mirror else None,
        attempts=snakemake.resources.attempts,
    )
