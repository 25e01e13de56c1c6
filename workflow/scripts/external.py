import pandas as pd

from dxtransfer.evidence.external import score_external
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    table = score_external(
        *(
            pd.read_csv(
                given[name],
                sep="\t",
                dtype=dict.fromkeys(["sample", "patient", "label"], str),
                keep_default_na=False,
                na_values={"time": [""]} if name == "outcomes" else [""],
            )
            for name in ("predictions", "outcomes")
        ),
        task=params.kind,
        classes=params.classes,
        positive=params.positive,
        **params.settings,
        seed=params.seed,
    )
    table.to_csv(snakemake.output[0], sep="\t", index=False)
