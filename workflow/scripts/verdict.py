from dataclasses import asdict

import pandas as pd

from dxtransfer.evidence.verdict import verdict
from dxtransfer.files import write_json
from dxtransfer.logs import logged
from dxtransfer.split_tables import read_splits

with logged(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    found, saved = verdict(
        pd.concat([pd.read_parquet(p) for p in given.predictions], ignore_index=True),
        read_splits(given.splits),
        task=params.kind,
        classes=params.classes,
        positive=params.positive,
        **{part: tuple(member) for part, member in params.contrasts.items()},
        delta=params.delta,
        level=params.level,
        shipped=tuple(params.shipped),
        always=params.always,
    )
    write_json(snakemake.output.verdict, asdict(found))
    saved.to_csv(snakemake.output.saved, sep="\t", index=False)
