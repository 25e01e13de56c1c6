from pathlib import Path

import pandas as pd

from dxtransfer.files import read_json
from dxtransfer.logs import logged
from dxtransfer.report import cohort_figures, figures, kind_figures
from dxtransfer.report.evidence_figures import evidence
from dxtransfer.report.names import Models

NAMES = ("metrics", "curves", "label_efficiency", "calibration")
NAMES += ("reliability", "decision_curves", "subgroups")

with logged(snakemake.log[0]):
    given, params = snakemake.input, snakemake.params
    verdict = read_json(given.verdict)
    shipped = (verdict["shipped"]["objective"], verdict["shipped"]["strategy"])
    transfer, control = (tuple(params.contrasts[part]) for part in ("transfer", "control"))
    models = Models(params.kind, transfer, control, shipped)
    tables = {name: pd.read_csv(given[name], sep="\t") for name in NAMES}
    points = pd.concat([pd.read_csv(p, sep="\t") for p in given.coordinates], ignore_index=True)
    points["role"] = points["cohort"].map(params.roles)
    history = {Path(p).parent.name: pd.read_csv(p, sep="\t") for p in given.histories}
    drawn = {
        "strategies": figures.strategies(tables["metrics"], models),
        "label_efficiency": figures.label_efficiency(tables["label_efficiency"], models),
        "loss": cohort_figures.loss(history),
        "cohorts_pca": cohort_figures.cohorts_pca(points),
        "qc": cohort_figures.qc(pd.DataFrame([read_json(p) for p in given.summaries])),
        **kind_figures.of_kind(
            models,
            tables["curves"],
            tables["calibration"],
            prevalence=tables["metrics"]["prevalence"].iloc[-1],
            positive=params.positive,
            outcome=params.outcome,
        ),
        **evidence(tables, models, delta=verdict["delta"]),
    }
    folder = Path(snakemake.output[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name, svg in drawn.items():
        (folder / f"{name}.svg").write_text(svg)
