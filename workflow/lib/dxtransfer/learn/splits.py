"""Folds and label budgets: patients are drawn, samples follow them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from dxtransfer.errors import InputError

COLUMNS = ["repeat", "fold", "part", "draw", "sample", "patient", "label", "inner_fold", "budget"]


def make_splits(
    samples: Sequence[str],
    patients: Sequence[str],
    labels: Sequence[str],
    *,
    repeats: int,
    folds: int,
    inner_folds: int,
    draws: int,
    budgets: Sequence[int | str],
    seed: int,
) -> pd.DataFrame:
    """Repeated stratified folds grouped by patient, with nested draws of labelled patients.

    The number of folds is min(`folds`, patients of the rarer class // 2), at least 2. A draw
    orders the training patients at random, two of each class first, so that a budget is the
    beginning of that order and a smaller budget lies within a larger one. Inner folds go round
    along the same order within each class, so that each budget's inner folds are balanced.

    Parameters
    ----------
    samples, patients, labels
        One entry per labelled sample. A patient whose samples differ in label is stratified by
        the rarer one.
    repeats, folds, inner_folds, draws, budgets, seed
        The `splits` block of the configuration.

    Returns
    -------
    pandas.DataFrame
        The columns of `COLUMNS`. A training row's `budget` is the smallest budget that holds it;
        test rows have neither draw, inner fold nor budget.

    Raises
    ------
    InputError
        When a class has fewer than two patients.
    """
    table = pd.DataFrame({"sample": samples, "patient": patients, "label": labels})
    strata = _strata(table)
    rarest = strata.value_counts().min() if strata.nunique() > 1 else 0
    if rarest < 2:
        found = ", ".join(f"{k}: {v}" for k, v in strata.value_counts().items())
        raise InputError(f"cross-validation needs two patients of each class; there are {found}")
    k = max(2, min(folds, int(rarest) // 2))
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
                drawn = _draw(strata.iloc[train], numbers, inner_folds, rng)
                parts.append(
                    table.merge(drawn, on="patient", how="inner").assign(
                        part="train", draw=draw, **where
                    )
                )
    whole = pd.concat(parts, ignore_index=True)[COLUMNS]
    return whole.astype({"draw": "Int64", "inner_fold": "Int64"})


def _strata(table: pd.DataFrame) -> "pd.Series[Any]":
    """Label of each patient, sorted by patient; the rarer one where samples differ."""
    order = table.groupby("label")["patient"].nunique().sort_values(kind="stable").index
    rank = {label: i for i, label in enumerate(order)}
    rarer_first = table.assign(rank=table["label"].map(rank)).sort_values(["patient", "rank"])
    return rarer_first.groupby("patient")["label"].first()


def _draw(
    strata: "pd.Series[Any]", budgets: Sequence[int], inner_folds: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Order the training patients; give each its smallest budget and its inner fold."""
    shuffled = strata.iloc[rng.permutation(len(strata))]
    first = shuffled.groupby(shuffled, sort=True).head(2).index
    rest = [patient for patient in shuffled.index if patient not in set(first)]
    ordered = strata.loc[[*first, *rest]]
    fitting = [b for b in budgets if b < len(ordered)]
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
