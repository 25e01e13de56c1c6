import dataclasses

import pandas as pd

from dxtransfer.evidence.evaluate import evaluate
from dxtransfer.logs import logged
from dxtransfer.split_tables import read_splits

with logged(snakemake.log[0]):
    params = snakemake.params
    evaluation = evaluate(
        pd.concat([pd.read_parquet(p) for p in snakemake.input.predictions], ignore_index=True),
        read_splits(snakemake.input.splits),
        pd.read_csv(snakemake.input.columns, sep="\t", dtype=str, keep_default_na=False),
        task=params.kind,
        classes=params.classes,
        positive=params.positive,
        balanced=params.balanced,
        **params.settings,
        seed=params.seed,
    )
    for field in dataclasses.fields(evaluation):
        table = getattr(evaluation, field.name)
        table.to_csv(snakemake.output[field.name], sep="\t", index=False)
