from pathlib import Path

import pandas as pd

from dxtransfer.cohorts.reads.genes import gene_counts
from dxtransfer.files import atomic, read_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    samples = snakemake.params.samples
    adata = gene_counts(
        dict(zip(samples, map(Path, snakemake.input.abundances), strict=True)),
        pd.read_csv(snakemake.input.genes, sep="\t", keep_default_na=False),
        dict(zip(samples, map(read_json, snakemake.input.numbers), strict=True)),
        min_share=snakemake.params.min_share,
    )
    logger.info("%d samples x %d genes\n%s", *adata.shape, adata.obs.to_string())
    with atomic(snakemake.output[0]) as temporary:
        adata.write_h5ad(temporary)
