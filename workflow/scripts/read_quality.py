from pathlib import Path

from dxtransfer.cohorts.reads.quality import measure
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    measure(
        snakemake.params.lanes,
        Path(snakemake.output[0]),
        scratch=Path(snakemake.resources.tmpdir),
        workers=snakemake.threads,
    )
