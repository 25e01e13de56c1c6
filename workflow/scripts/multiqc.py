from pathlib import Path

from dxtransfer.cohorts.reads.quality import page
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    page(
        snakemake.input,
        Path(snakemake.output[0]),
        title=f"Reads of the study {snakemake.wildcards.study}",
        scratch=Path(snakemake.resources.tmpdir),
    )
