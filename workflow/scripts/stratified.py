import pandas as pd

from dxtransfer.evidence.stratified import stratified
from dxtransfer.logs import logged
from dxtransfer.split_tables import read_splits

with logged(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    table = stratified(
        pd.concat([pd.read_parquet(p) for p in given.predictions], ignore_index=True),
        read_splits(given.splits),
        pd.read_csv(given.columns, sep="\t", dtype=str, keep_default_na=False),
        column=params.column,
        task=params.kind,
        classes=params.classes,
        positive=params.positive,
        **params.settings,
        seed=params.seed,
    )
    table.to_csv(snakemake.output[0], sep="\t", index=False)
