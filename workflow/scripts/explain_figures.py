from pathlib import Path

import pandas as pd

from dxtransfer.files import atomic, read_json
from dxtransfer.logs import logged
from dxtransfer.report.explain_figures import explanation

with logged(snakemake.log[0]):
    given = snakemake.input
    text = {"sep": "\t", "keep_default_na": False, "dtype": {"feature": str, "output": str}}
    figures = explanation(
        pd.read_csv(given.attributions, **text),
        pd.read_csv(given.enrichment[0], **text) if given.enrichment else None,
        unit=read_json(given.record)["unit"],
    )
    folder = Path(snakemake.output[0])
    for name, svg in figures.items():
        with atomic(folder / f"{name}.svg") as temporary:
            temporary.write_text(svg)
