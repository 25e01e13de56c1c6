"""Folds and label budgets: patients are drawn, samples follow them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from dxtransfer.errors import InputError
from dxtransfer.labels import EVENT

COLUMNS = ["repeat", "fold", "part", "draw", "sample", "patient", "label", "inner_fold", "budget"]
# Groups of equal size that the folds balance a number by.
QUANTILES = 4


def make_splits(
    samples: Sequence[str],
    patients: Sequence[str],
    labels: Sequence[str],
    *,
    times: Sequence[float] | None = None,
    task: str = "binary",
    repeats: int,
    folds: int,
    inner_folds: int,
    draws: int,
    budgets: Sequence[int | str],
    seed: int,
) -> pd.DataFrame:
    """Repeated stratified folds grouped by patient, with nested draws of labelled patients.

    Folds are stratified by class, by event for survival, and by quarters of the number for
    regression. Their number is min(`folds`, patients of the rarest class // 2), at least 2; for
    survival patients with an event count, for regression all.

    A draw orders the training patients at random, two of each class (or two with an event) first,
    so that a budget is the beginning of that order and a smaller budget lies within a larger one.
    A budget that these do not fit into is dropped, as is one not below the training part. Inner
    folds go round along the same order within each class (for regression, within all), so that
    each budget's inner folds are balanced.

    Parameters
    ----------
    samples, patients, labels
        One entry per labelled sample, see `dxtransfer.labels.Outcome`. A patient whose samples
        differ in class is stratified by the rarer one, in number by their mean.
    times
        For survival, the time of each sample.
    task
        Kind of the task.
    repeats, folds, inner_folds, draws, budgets, seed
        The `splits` block of the configuration.

    Returns
    -------
    pandas.DataFrame
        The columns of `COLUMNS`, and `time` for survival. A training row's `budget` is the smallest
        budget that holds it; test rows have neither draw, inner fold nor budget.

    Raises
    ------
    InputError
        When a class has fewer than two patients, or too few have an event or a number.
    """
    table = pd.DataFrame({"sample": samples, "patient": patients, "label": labels})
    k, strata, classes = _folds(table, folds, task=task)
    table = table if times is None else table.assign(time=times)
    numbers = sorted(b for b in budgets if isinstance(b, int))
    parts = []
    for repeat in range(1, repeats + 1):
        folder = StratifiedKFold(k, shuffle=True, random_state=(seed * 1000 + repeat) % 2**32)
        for fold, (train, test) in enumerate(folder.split(strata, strata), start=1):
            where = {"repeat": repeat, "fold": fold}
            tested = table[table["patient"].isin(strata.index[test])]
            parts.append(tested.assign(part="test", **where))
            for draw in range(1, draws + 1):
                rng = np.random.default_rng([seed, repeat, fold, draw])
                first = [EVENT] if task == "survival" else list(classes.unique())
                drawn = _draw(classes.iloc[train], first, numbers, inner_folds, rng)
                parts.append(
                    table.merge(drawn, on="patient", how="inner").assign(
                        part="train", draw=draw, **where
                    )
                )
    columns = COLUMNS if times is None else [*COLUMNS, "time"]
    whole = pd.concat(parts, ignore_index=True)[columns]
    return whole.astype({"draw": "Int64", "inner_fold": "Int64"})


def _folds(
    table: pd.DataFrame, folds: int, *, task: str
) -> tuple[int, "pd.Series[Any]", "pd.Series[Any]"]:
    """Number of folds, what they balance, and what draws balance: both by patient."""
    if task == "regression":
        means = table.assign(label=table["label"].astype(float)).groupby("patient")["label"].mean()
        if len(means) < 4:
            raise InputError(f"cross-validation needs four patients; there are {len(means)}")
        k = max(2, min(folds, len(means) // 2))
        rank = means.rank(method="first").astype(int) - 1
        groups = max(1, min(QUANTILES, len(means) // k))
        return k, rank * groups // len(means), means * 0
    strata = _strata(table)
    counts = strata.value_counts()
    rarest = counts.get(EVENT, 0) if task == "survival" else counts.min()
    if rarest < 2 or (task != "survival" and len(counts) < 2):
        what = "with an event" if task == "survival" else "of each class"
        found = ", ".join(f"{k}: {v}" for k, v in counts.items())
        raise InputError(f"cross-validation needs two patients {what}; there are {found}")
    return max(2, min(folds, int(rarest) // 2)), strata, strata


def _strata(table: pd.DataFrame) -> "pd.Series[Any]":
    """Label of each patient, sorted by patient; the rarer one where samples differ."""
    order = table.groupby("label")["patient"].nunique().sort_values(kind="stable").index
    rank = {label: i for i, label in enumerate(order)}
    rarer_first = table.assign(rank=table["label"].map(rank)).sort_values(["patient", "rank"])
    return rarer_first.groupby("patient")["label"].first()


def _draw(
    strata: "pd.Series[Any]",
    leading: Sequence[Any],
    budgets: Sequence[int],
    inner_folds: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Order the training patients, two of each leading class first.

    Each has its smallest budget and its inner fold.
    """
    shuffled = strata.iloc[rng.permutation(len(strata))]
    leaders = shuffled[shuffled.isin(leading)]
    first = leaders.groupby(leaders, sort=True).head(2).index
    rest = [patient for patient in shuffled.index if patient not in set(first)]
    ordered = strata.loc[[*first, *rest]]
    fitting = [b for b in budgets if len(first) <= b < len(ordered)]
    smallest = [next((str(b) for b in fitting if i < b), "all") for i in range(len(ordered))]
    return pd.DataFrame(
        {
            "patient": ordered.index,
            "inner_fold": ordered.groupby(ordered).cumcount().to_numpy() % inner_folds + 1,
            "budget": smallest,
        }
    )


def inner_folds(
    labels: Sequence[Any], groups: Sequence[Any], *, folds: int
) -> npt.NDArray[np.int64]:
    """Inner folds of one training set, grouped and balanced within each class.

    Parameters
    ----------
    labels, groups
        One entry per sample.
    folds
        Number of folds.

    Returns
    -------
    numpy.ndarray
        Fold from 1 to `folds` of each sample.
    """
    table = pd.DataFrame({"patient": list(map(str, groups)), "label": list(map(str, labels))})
    strata = _strata(table)
    fold = strata.groupby(strata).cumcount() % folds + 1
    return np.asarray(table["patient"].map(fold), dtype=np.int64)
