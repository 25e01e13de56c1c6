"""What a label is worth: performance against the number of labelled training patients."""

from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

KEYS = ["objective", "strategy", "budget", "measure"]


def budget_limit(budget: object) -> float:
    """How many patients a budget allows: ``"4"`` is 4, ``"all"`` has no limit.

    Raises
    ------
    ValueError
        When the budget is neither a number nor ``"all"``.
    """
    if budget == "all":
        return np.inf
    try:
        limit = float(str(budget))
    except ValueError:
        limit = np.nan
    if np.isnan(limit):
        raise ValueError(f"budget {budget!r} is neither a number of patients nor 'all'")
    return limit


def patients_per_budget(splits: pd.DataFrame, budgets: Iterable[str]) -> dict[str, float]:
    """Mean number of labelled training patients at each budget, over repeats, folds and draws.

    Budgets are nested: a training sample belongs to every budget from its own upwards.

    Raises
    ------
    ValueError
        When a training sample has no budget, draw or patient.
    """
    keys = ["repeat", "fold", "draw"]
    train = splits.loc[splits["part"] == "train", [*keys, "sample", "patient", "budget"]]
    for column in [*keys, "patient", "budget"]:
        missing = train.loc[train[column].isna(), "sample"]
        if len(missing):
            raise ValueError(f"splits: training sample {missing.iloc[0]!r} has no {column}")
    limits = train.assign(limit=train["budget"].map(budget_limit))
    smallest = limits.groupby([*keys, "patient"])["limit"].min()
    return {
        budget: float((smallest <= budget_limit(budget)).groupby(level=keys).sum().mean())
        for budget in budgets
    }


def label_efficiency(
    metrics: pd.DataFrame,
    comparisons: pd.DataFrame,
    splits: pd.DataFrame,
    measures: Collection[str],
) -> pd.DataFrame:
    """Some measures at each label budget, with the paired difference to the reference.

    The reference's own rows have no difference.

    Returns
    -------
    Columns ``objective``, ``strategy``, ``budget``, ``patients``, ``measure``, ``estimate``,
    ``low``, ``high``, ``difference``, ``difference_low``, ``difference_high``.
    """
    rows = metrics.loc[metrics["measure"].isin(measures), [*KEYS, "estimate", "low", "high"]]
    patients = rows["budget"].map(patients_per_budget(splits, rows["budget"].unique()))
    rows.insert(KEYS.index("budget") + 1, "patients", patients)
    differences = comparisons[[*KEYS, "difference", "low", "high"]].rename(
        columns={"low": "difference_low", "high": "difference_high"}
    )
    return rows.merge(differences, on=KEYS, how="left")
