from pathlib import Path

import pandas as pd

from dxtransfer.cohorts.normalise import refuse_unfit
from dxtransfer.cohorts.shared_features import refuse_unshared
from dxtransfer.files import read_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    method = read_json(snakemake.input.normalisation)["method"]
    for found in map(read_json, snakemake.input.targets):
        refuse_unfit(method, found["scale"], assay=found["assay"], cohort=found["cohort"])
    names = {"dtype": str, "keep_default_na": False, "usecols": ["feature"]}
    vocabulary = pd.read_csv(snakemake.input.vocabulary, sep="\t", **names)["feature"]
    for path in snakemake.input.features:
        refuse_unshared(
            list(pd.read_csv(path, sep="\t", **names)["feature"]),
            list(vocabulary),
            cohort=Path(path).name.removesuffix(".features.tsv"),
            min_shared=snakemake.params.min_shared,
        )
    Path(snakemake.output[0]).write_text(
        f"every target can be brought to {method}, and every cohort shares enough features\n"
    )
