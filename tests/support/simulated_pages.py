"""Pages of simulated studies whose truth is known: the transfer helps, hurts, or cannot be told.

Predictions are simulated, and judged by the code that judges real ones:
`PYTHONPATH=workflow/lib python tests/support/simulated_pages.py FOLDER` writes the pages.
"""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from evaluated import make_splits, predict
from report_evidence import CANNOT_BE_TOLD, CONTRASTS
from report_tables import example

from dxtransfer.evidence.evaluate import evaluate
from dxtransfer.evidence.verdict import verdict
from dxtransfer.report import cohort_figures, figures
from dxtransfer.report.evidence_figures import evidence
from dxtransfer.report.kind_figures import of_kind
from dxtransfer.report.names import Models
from dxtransfer.report.page import page

# Verdict to how far transfer, control and simple model tell cases apart, and to patients.
STUDIES = {
    "helps": ((2.3, 1.0, 0.9), 72),
    "hurts": ((0.4, 2.2, 2.0), 72),
    CANNOT_BE_TOLD: ((1.4, 1.1, 1.2), 36),
}
BUDGETS = {"8": 8, "16": 16, "all": 50}
CLASSES = ["control", "case"]
# In these patients each model tells cases apart half as well.
DIFFICULT = "male"


def simulated(found: str) -> dict[str, Any]:
    """Arguments of `page` for a study whose truth is `found`."""
    signals, patients = STUDIES[found]
    splits = make_splits(patients=patients, repeats=10, folds=5, budgets=(8, 16), seed=5)
    columns = _columns(splits)
    predictions = pd.concat(
        [
            predict(splits, _score(signal, name, size, columns), strategy=member, budget=budget)
            for (name, member), signal in zip(CONTRASTS.items(), signals, strict=True)
            for budget, size in BUDGETS.items()
        ],
        ignore_index=True,
    )
    made = evaluate(
        predictions,
        splits,
        task="binary",
        classes=CLASSES,
        positive="case",
        level=0.95,
        resamples=200,
        seed=3,
        columns=columns,
        subgroups={"sex": {"column": "sex"}, "age": {"column": "age", "bands": [30]}},
        permutations=99,
    )
    judged, saved = verdict(
        predictions,
        splits,
        task="binary",
        classes=CLASSES,
        positive="case",
        **CONTRASTS,
        delta=0.03,
        shipped=CONTRASTS["transfer"],
    )
    tables = {**vars(made), "patients_saved": saved}
    return _arguments(tables, asdict(judged), patients)


def _columns(splits: pd.DataFrame) -> pd.DataFrame:
    samples = sorted(splits["sample"].unique())
    sex = ["female" if i % 5 < 3 else DIFFICULT for i in range(len(samples))]
    age = [str(22 + 7 * i if i < 2 else 35 + i % 40) for i in range(len(samples))]
    return pd.DataFrame({"sample": samples, "sex": sex, "age": age})


def _score(signal: float, name: str, size: int, columns: pd.DataFrame) -> Any:
    """Probability of a case: what tells cases apart, and what is peculiar to a patient."""
    hard = set(columns.loc[columns["sex"] == DIFFICULT, "sample"])
    learnt = 1 - np.exp(-size / 14)

    def score(row: Any) -> float:
        own = np.random.default_rng(list(row.patient.encode())).normal()
        chance = np.random.default_rng(list(f"{row.patient}{row.repeat}{name}{size}".encode()))
        part = 0.35 if row.sample in hard else 1
        away = (row.label == "case") - 0.4
        score = signal * learnt * part * away + 0.9 * own + 0.25 * chance.normal()
        return float(1 / (1 + np.exp(-score)))

    return score


def _arguments(
    tables: dict[str, pd.DataFrame], judged: dict[str, Any], patients: int
) -> dict[str, Any]:
    base = vars(example())
    shipped = (judged["shipped"]["objective"], judged["shipped"]["strategy"])
    models = Models("binary", CONTRASTS["transfer"], CONTRASTS["control"], shipped)
    task = {"label": "diagnosis", "classes": {"control": [], "case": []}, "positive": "case"}
    drawn = {
        "strategies": figures.strategies(tables["metrics"], models),
        "label_efficiency": figures.label_efficiency(tables["label_efficiency"], models),
        "loss": cohort_figures.loss(base["history"]),
        "qc": cohort_figures.qc(base["qc"]),
        "cohorts_pca": base["figures"]["cohorts_pca"],
        **of_kind(
            models,
            tables["curves"],
            tables["calibration"],
            prevalence=float(tables["metrics"]["prevalence"].iloc[-1]),
            positive="case",
            outcome="diagnosis",
        ),
        **evidence(tables, models, delta=judged["delta"]),
    }
    predicted = base["predictions"]["new"].rename(
        columns={"p_disease": "p_case", "p_healthy": "p_control"}
    )
    return {
        **base,
        "settings": {**base["settings"], "task": task},
        "verdict": judged,
        "evaluation": tables,
        "figures": drawn,
        "predictions": {
            "new": predicted.replace({"predicted_class": {"disease": "case", "healthy": "control"}})
        },
        "model": {
            **base["model"],
            **{"objective": shipped[0], "strategy": shipped[1], "positive": "case"},
            **{"classes": CLASSES, "patients": patients, "samples": patients},
        },
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for number, found in enumerate(STUDIES, start=1):
        made = simulated(found)
        print(number, found, made["verdict"]["verdict"], made["verdict"]["contrasts"])
        (folder / f"study_{number}.html").write_text(page(**made))
