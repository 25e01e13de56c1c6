from pathlib import Path

import pandas as pd

from dxtransfer.cohorts.reads.single_cell import count_cells
from dxtransfer.files import atomic, write_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    with atomic(snakemake.output.cells) as temporary:
        numbers = count_cells(
            snakemake.params.lanes,
            temporary,
            sample=snakemake.wildcards.sample,
            technology=snakemake.params.technology,
            index=Path(snakemake.input.index),
            transcripts=pd.read_csv(snakemake.input.genes, sep="\t", keep_default_na=False),
            scratch=Path(snakemake.resources.tmpdir),
            threads=snakemake.threads,
        )
    logger.info("%s", numbers)
    write_json(snakemake.output.numbers, numbers)
