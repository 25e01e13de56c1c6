from pathlib import Path

import pandas as pd

from dxtransfer.files import atomic, read_json
from dxtransfer.logs import logged
from dxtransfer.report.qc_page import qc_page


def read(path: str) -> pd.DataFrame:
    text = {"sample": str, "patient": str, "feature": str, "reason": str, "flags": str}
    return pd.read_csv(path, sep="\t", dtype=text)


with logged(snakemake.log[0]):
    given = snakemake.input
    summary = pd.DataFrame([read_json(path) for path in given.summaries])
    summary["role"] = summary["cohort"].map(snakemake.params.roles)
    features = {Path(p).name.removesuffix(".features.tsv"): read(p) for p in given.features}
    html = qc_page(
        study=snakemake.wildcards.study,
        settings=snakemake.params.settings,
        summary=summary,
        samples={Path(path).stem: read(path) for path in given.samples},
        features=features,
        sources={Path(path).stem: path for path in given.samples},
    )
    with atomic(snakemake.output[0]) as temporary:
        temporary.write_text(html)
