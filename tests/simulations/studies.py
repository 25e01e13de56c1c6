"""Simulated studies: two learners on the same folds, judged by the code that judges real ones."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd
from learners import Floats, Ints

from dxtransfer.evidence.align import KEYS, Key, Scores
from dxtransfer.evidence.classes import Binary
from dxtransfer.evidence.contrasts import Contrast, contrast, measured
from dxtransfer.evidence.verdict import decide

LEVEL = 0.95
DELTA = 0.03
TRANSFER, CONTROL = ("linear", "transfer"), ("none", "control")


@cache
def _test_rows(folds: bytes, shape: tuple[int, int], classes: bytes) -> tuple[pd.DataFrame, Ints]:
    """Rows of the splits' test parts, and where each stands in (repeats, patients)."""
    fold = np.frombuffer(folds, dtype=np.intp).reshape(shape)
    y = np.frombuffer(classes, dtype=np.intp)
    repeat, patient = np.indices(shape)
    table = pd.DataFrame(
        {
            "repeat": repeat.ravel() + 1,
            "fold": fold.ravel() + 1,
            "patient": [f"p{i:04d}" for i in patient.ravel()],
            "label": np.where(y[patient.ravel()] == 1, "disease", "healthy"),
        }
    )
    table["sample"] = table["patient"]
    order = table.sort_values(["repeat", "fold", "sample"]).index.to_numpy()
    return table.loc[order].reset_index(drop=True), order


def values_of(
    scores: Mapping[tuple[str, str], Floats], y: Ints, folds: Ints, budgets: list[str]
) -> tuple[dict[Key, Floats], Scores]:
    """AUROC of each learner and budget, and without each patient in turn.

    Parameters
    ----------
    scores
        Objective and strategy to (budgets, repeats, patients).
    y, folds, budgets
        Classes (patients,), folds (repeats, patients) and names of the budgets.
    """
    test, order = _test_rows(folds.tobytes(), folds.shape, y.tobytes())
    runs = pd.DataFrame([(*m, b) for m in scores for b in budgets], columns=KEYS).assign(draw=1)
    flat = np.stack([s.ravel()[order] for learner in scores.values() for s in learner])
    sick = 1 / (1 + np.exp(-flat))
    kind = Binary(["healthy", "disease"], "disease")
    aligned = Scores(
        kind=kind,
        test=test,
        truth=(test["label"] == "disease").to_numpy(float),
        runs=runs,
        values=np.stack([1 - sick, sick], axis=2),
        training={},
    )
    return measured(aligned, "auroc"), aligned


def judged(values: Mapping[Key, Floats], counted: int) -> tuple[Contrast, str]:
    """The contrast of a pair that stands for both, and the verdict."""
    pair = values[*TRANSFER, "all"], values[*CONTROL, "all"]
    found = contrast(*pair, counted=counted, level=LEVEL)
    return found, decide(found, found, delta=DELTA)


def fold_differences(scores: Scores, weights: Floats) -> Floats:
    """AUROC of the first run less that of the second in each fold, under weights of the patients.

    Parameters
    ----------
    scores
        Of two runs.
    weights
        (resamples, patients), in the order of their names.

    Returns
    -------
    (repeats * FOLDS, resamples); NaN where a fold is left without a class.
    """
    patient = np.unique(scores.test["patient"], return_inverse=True)[1]

    def auroc(run: int, rows: Ints) -> Floats:
        given = scores.values[run, rows], scores.truth[rows], weights[:, patient[rows]]
        return scores.kind.within_fold(*given, scores.truth[:0])[:, 0]

    parts = scores.parts(["repeat", "fold"])
    return np.stack([auroc(0, rows) - auroc(1, rows) for _, rows in parts])
