"""The evaluation grid: one learner over all repeats, folds, label budgets and draws."""

import logging
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from dxtransfer.learn.estimators import Floats, Ints, Split
from dxtransfer.learn.standardiser import Standardiser

logger = logging.getLogger("dxtransfer")
COLUMNS = ["repeat", "fold", "inner_fold", "budget", "draw", "sample", "output", "value"]


def run_grid(
    estimator: Any,
    X: Floats,
    *,
    samples: Sequence[str],
    splits: pd.DataFrame,
    classes: Sequence[str],
    positive: str,
    name: str = "",
) -> pd.DataFrame:
    """Predict every outer test fold, and every inner fold, at every label budget.

    Parameters
    ----------
    estimator
        A classifier; one with `predict_grid` solves a fold's fits together, any other is cloned
        and fitted in a loop.
    X
        (samples, features), NaN for missing values.
    samples
        Names of the rows of `X`.
    splits
        See `dxtransfer.learn.splits.make_splits`.
    classes, positive
        Names of both classes, and the one that estimators know as 1.
    name
        What is evaluated, for the progress lines.

    Returns
    -------
    pandas.DataFrame
        The columns of `COLUMNS`, two rows per prediction, sorted by output.
    """
    row = {sample: i for i, sample in enumerate(samples)}
    labelled = splits.drop_duplicates("sample").set_index("sample")
    y = np.full(len(X), -1)
    for sample, label in labelled["label"].items():
        y[row[str(sample)]] = int(label == positive)
    groups = np.array([labelled["patient"].get(s, s) for s in samples], dtype=object)
    parts = []
    folds = list(splits.groupby(["repeat", "fold"]))
    told = time.monotonic()
    for number, ((repeat, fold), table) in enumerate(folds, start=1):
        training = table[table["part"] == "train"]
        test = np.array([row[s] for s in table.loc[table["part"] == "test", "sample"]])
        known = np.array(sorted({row[s] for s in training["sample"]}))
        Z = Standardiser.fit(X[known])(X)
        keys, fits = _fits(training, test, row, y)
        for key, split, p in zip(
            keys, fits, _predicted(estimator, Z, y, groups, fits), strict=True
        ):
            part = pd.DataFrame({"sample": [samples[i] for i in split.test], "value": p})
            parts.append(part.assign(repeat=repeat, fold=fold, **key))
        if name and (time.monotonic() - told > 5 or number == len(folds)):
            told = time.monotonic()
            logger.info("%s: fold %d of %d", name, number, len(folds))
    return _long(pd.concat(parts, ignore_index=True), classes, positive)


def _fits(
    training: pd.DataFrame, test: Ints, row: dict[str, int], y: Ints
) -> tuple[list[dict[str, Any]], list[Split]]:
    """Outer and inner fits of one fold at every budget and draw."""
    keys: list[dict[str, Any]] = []
    fits: list[Split] = []
    order = sorted({b for b in training["budget"] if b != "all"}, key=int)
    for draw, drawn in training.groupby("draw"):
        budgets = [*order, "all"] if draw == 1 else order
        for i, budget in enumerate(budgets):
            within = drawn if budget == "all" else drawn[drawn["budget"].isin(order[: i + 1])]
            rows = np.array([row[s] for s in within["sample"]])
            inner = within["inner_fold"].to_numpy(dtype=np.int64)
            for held_out in [0, *np.unique(inner).tolist()]:
                kept = inner != held_out
                split = Split(rows[kept], test if held_out == 0 else rows[~kept], inner[kept])
                if len(np.unique(y[split.train])) == 2:
                    keys.append({"inner_fold": held_out, "budget": budget, "draw": int(draw)})
                    fits.append(split)
    return keys, fits


def _predicted(
    estimator: Any, Z: Floats, y: Ints, groups: np.ndarray, fits: Sequence[Split]
) -> list[Floats]:
    """Probability of the positive class for each fit's test rows."""
    if hasattr(estimator, "predict_grid"):
        known = np.unique(np.concatenate([np.concatenate([f.train, f.test]) for f in fits]))
        local = {int(i): j for j, i in enumerate(known)}
        moved = [Split(_local(f.train, local), _local(f.test, local), f.inner) for f in fits]
        solved = estimator.predict_grid(Z[known], y[known], groups[known], moved)
    else:
        solved = [
            clone(estimator).fit(Z[f.train], y[f.train]).predict_proba(Z[f.test]) for f in fits
        ]
    return [p[:, 1] for p in solved]


def _local(rows: Ints, local: dict[int, int]) -> Ints:
    return np.array([local[int(i)] for i in rows], dtype=np.int64)


def _long(wide: pd.DataFrame, classes: Sequence[str], positive: str) -> pd.DataFrame:
    other = next(name for name in classes if name != positive)
    both = [wide.assign(output=positive), wide.assign(output=other, value=1 - wide["value"])]
    table = pd.concat(both, ignore_index=True)
    table[["repeat", "fold", "inner_fold", "draw"]] = table[
        ["repeat", "fold", "inner_fold", "draw"]
    ].astype("int32")
    table["value"] = table["value"].astype("float64")
    keys = ["repeat", "fold", "inner_fold", "draw", "budget", "sample", "output"]
    return table.sort_values(keys, ignore_index=True)[COLUMNS]
