"""Folds and label budgets: patients are drawn, samples follow them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import StratifiedKFold

from dxtransfer.errors import InputError
from dxtransfer.labels import EVENT
from dxtransfer.sites import judged_sites, too_few_sites

COLUMNS = ["repeat", "fold", "part", "draw", "sample", "patient", "label", "inner_fold", "budget"]
# Groups of equal size that the folds balance a number by.
QUANTILES = 4
# Between the classes of a patient who holds several; no class has it in its name.
AND = "\t"


def make_splits(
    samples: Sequence[str],
    patients: Sequence[str],
    labels: Sequence[str],
    *,
    times: Sequence[float] | None = None,
    task: str = "binary",
    classes: Sequence[str] = (),
    repeats: int,
    folds: int,
    inner_folds: int,
    draws: int,
    budgets: Sequence[int | str],
    seed: int,
    sites: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Repeated stratified folds grouped by patient, with nested draws of labelled patients.

    Folds are stratified by class, by event for survival, and by quarters of the number for
    regression; patients with samples of several classes by the set of their classes. The number of
    folds is min(`folds`, patients who hold the rarest class // 2), at least 2; for survival
    patients with an event count, for regression all.

    A draw orders the training patients at random, two who hold each class (or two with an event)
    first, so that a budget is the beginning of that order and a smaller budget lies within a larger
    one. A budget that these do not fit into is dropped, as is one not below the training part of
    every fold.
    Inner folds go round along the same order within each stratum (for regression, within all), so
    that each budget's inner folds are balanced.

    With `sites`, each site that can be tested (see `dxtransfer.sites`) is a fold, and the training
    part all samples of patients who have none there. There is one such partition, so one repeat;
    its draws are as many as those of all repeats would be.

    Parameters
    ----------
    samples, patients, labels
        One entry per labelled sample, see `dxtransfer.labels.Outcome`. A patient whose samples
        differ in number is stratified by their mean.
    times
        For survival, the time of each sample.
    task
        Kind of the task.
    classes
        Names of all classes, for a task that has them: each needs patients.
    repeats, folds, inner_folds, draws, budgets, seed
        The `splits` block of the configuration.
    sites
        Site of each sample, to leave out one at a time.

    Returns
    -------
    pandas.DataFrame
        The columns of `COLUMNS`, and `time` for survival. A training row's `budget` is the smallest
        budget that holds it; test rows have neither draw, inner fold nor budget.

    Raises
    ------
    InputError
        When a class has fewer than two patients, or too few have an event or a number; when fewer
        than two sites can be tested.
    """
    table = pd.DataFrame({"sample": samples, "patient": patients, "label": labels})
    k, strata, drawn_by = _folds(table, folds, task=task, classes=classes)
    table = table if times is None else table.assign(time=times)
    first = [EVENT] if task == "survival" else sorted(_every(drawn_by))
    if sites is None:
        partitions = [_by_fold(table, strata, k, seed, r) for r in range(1, repeats + 1)]
    else:
        partitions = [_by_site(table, sites, task=task, classes=classes)]
        draws *= repeats
    numbers = _below([b for b in budgets if isinstance(b, int)], partitions, drawn_by)
    parts = []
    for repeat, partition in enumerate(partitions, start=1):
        for fold, tested in enumerate(partition, start=1):
            where = {"repeat": repeat, "fold": fold}
            training = drawn_by[~drawn_by.index.isin(tested["patient"])]
            parts.append(tested.assign(part="test", **where))
            for draw in range(1, draws + 1):
                rng = np.random.default_rng([seed, repeat, fold, draw])
                drawn = _draw(training, first, numbers, inner_folds, rng)
                parts.append(
                    table.merge(drawn, on="patient", how="inner").assign(
                        part="train", draw=draw, **where
                    )
                )
    columns = COLUMNS if times is None else [*COLUMNS, "time"]
    whole = pd.concat(parts, ignore_index=True)[columns]
    return whole.astype({"draw": "Int64", "inner_fold": "Int64"})


def _folds(
    table: pd.DataFrame, folds: int, *, task: str, classes: Sequence[str]
) -> tuple[int, "pd.Series[Any]", "pd.Series[Any]"]:
    """Number of folds, what they balance, and what draws balance: both by patient."""
    if task == "regression":
        means = table.assign(label=table["label"].astype(float)).groupby("patient")["label"].mean()
        if len(means) < 4:
            raise InputError(f"cross-validation needs four patients; there are {len(means)}")
        k = max(2, min(folds, len(means) // 2))
        rank = means.rank(method="first").astype(int) - 1
        groups = max(1, min(QUANTILES, len(means) // k))
        return k, (rank * groups // len(means)).astype(str), means.map(lambda _: "")
    strata = _strata(table)
    counts = table.groupby("label")["patient"].nunique()
    counts = counts.reindex(counts.index.union(classes), fill_value=0)
    counts = counts.sort_values(ascending=False)
    rarest = counts.get(EVENT, 0) if task == "survival" else counts.min()
    if rarest < 2 or (task != "survival" and len(counts) < 2):
        what = "with an event" if task == "survival" else "of each class"
        found = ", ".join(f"{k}: {v}" for k, v in counts.items())
        raise InputError(f"cross-validation needs two patients {what}; there are {found}")
    return max(2, min(folds, int(rarest) // 2)), strata, strata


def _strata(table: pd.DataFrame) -> "pd.Series[str]":
    """Classes of each patient, sorted by patient; those of several joined by `AND`."""
    return table.groupby("patient")["label"].agg(lambda own: AND.join(sorted(set(own))))


def _every(strata: "pd.Series[str]") -> set[str]:
    """All classes."""
    return {name for stratum in strata.unique() for name in stratum.split(AND)}


def _by_fold(
    table: pd.DataFrame, strata: "pd.Series[Any]", k: int, seed: int, repeat: int
) -> list[pd.DataFrame]:
    """Samples of each fold."""
    tested = _tested(strata, k, seed=(seed * 1000 + repeat) % 2**32)
    return [table[table["patient"].isin(patients)] for patients in tested]


def _below(
    budgets: Sequence[int], partitions: Sequence[Sequence[pd.DataFrame]], drawn_by: pd.Series
) -> list[int]:
    """Budgets in their order that are below the training part of every fold."""
    largest = max(tested["patient"].nunique() for part in partitions for tested in part)
    return sorted(b for b in budgets if b < len(drawn_by) - largest)


def _by_site(
    table: pd.DataFrame, sites: Sequence[str], *, task: str, classes: Sequence[str]
) -> list[pd.DataFrame]:
    """Samples of each site that can be tested."""
    columns = table["patient"].tolist(), table["label"].tolist()
    found = judged_sites(sites, *columns, kind=task, classes=classes)
    if too_few := too_few_sites(found):
        raise InputError(too_few)
    return [table[np.array(sites) == site.site] for site in found if site.fold]


def _tested(strata: "pd.Series[str]", k: int, *, seed: int) -> list["pd.Index[str]"]:
    """Patients of each fold."""
    if not strata.str.contains(AND).any():
        folder = StratifiedKFold(k, shuffle=True, random_state=seed)
        return [strata.index[test] for _, test in folder.split(strata, strata)]
    # Dealt out in the order of the strata: those that share a class lie side by side, so that each
    # class is balanced over the folds as well as each set of classes.
    shuffled = strata.iloc[np.random.default_rng(seed).permutation(len(strata))]
    order = shuffled.sort_values(kind="stable").index
    return [order[fold::k] for fold in range(k)]


def _draw(
    strata: "pd.Series[str]",
    leading: Sequence[str],
    budgets: Sequence[int],
    inner_folds: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Order the training patients, two of each leading class first.

    Each has its smallest budget and its inner fold.
    """
    shuffled = strata.iloc[rng.permutation(len(strata))]
    first, held = [], Counter[str]()
    for patient, stratum in shuffled.items():
        own = [name for name in stratum.split(AND) if name in leading]
        if any(held[name] < 2 for name in own):
            first.append(patient)
            held.update(own)
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
