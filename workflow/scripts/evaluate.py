import dataclasses

import pandas as pd

from dxtransfer.evidence.evaluate import evaluate
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    params = snakemake.params
    text = {"sample": str, "patient": str, "label": str, "budget": str}
    evaluation = evaluate(
        pd.concat([pd.read_parquet(p) for p in snakemake.input.predictions], ignore_index=True),
        pd.read_csv(snakemake.input.splits, sep="\t", dtype=text, keep_default_na=False),
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
