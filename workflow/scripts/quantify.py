from pathlib import Path

from dxtransfer.cohorts.reads.quantify import quantify
from dxtransfer.files import atomic, write_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    with atomic(snakemake.output.abundance) as temporary:
        done = quantify(
            snakemake.params.lanes,
            temporary,
            sample=snakemake.wildcards.sample,
            index=Path(snakemake.input.index),
            settings=snakemake.params.settings,
            scratch=Path(snakemake.resources.tmpdir),
            threads=snakemake.threads,
        )
    logger.info("%s", done.numbers())
    Path(snakemake.output.cutadapt).write_text(done.cutadapt)
    Path(snakemake.output.kallisto).write_text(done.kallisto)
    write_json(snakemake.output.numbers, done.numbers())
