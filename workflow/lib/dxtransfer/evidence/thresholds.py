"""Thresholds for an asked sensitivity or specificity: chosen inside folds, judged on test folds."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.evidence.measures import ratio

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ASKED = ("sensitivity", "specificity")
REACHED = ("sensitivity", "specificity", "ppv", "npv", "share_called")
COLUMNS = [
    *("asked", "value", "threshold", "threshold_lowest", "threshold_highest"),
    *("measure", "estimate", "low", "high", "reason"),
]
ROUNDING = 1e-12


def threshold_for(probability: Floats, positive: Bools, *, asked: str, value: float) -> float:
    """Probability from which on samples are called, so that an asked value is reached.

    Of the thresholds that reach it on these samples, the one that gives up least of the other: the
    highest for a sensitivity, the lowest for a specificity. Equal probabilities are called
    together, so with ties it reaches rather more than less.

    Parameters
    ----------
    probability
        Of the positive class, (n,).
    positive
        The truth, (n,), of both classes.
    asked, value
        One of `ASKED`, and the value to be reached, in (0, 1].

    Returns
    -------
    float
        A probability that occurs; or, where only calling nobody is specific enough, the next
        number above all of them.
    """
    found = np.unique(probability)
    candidates = np.append(found, np.nextafter(found[-1], np.inf))
    own = np.sort(probability[positive] if asked == "sensitivity" else probability[~positive])
    below = np.searchsorted(own, candidates, side="left") / len(own)
    if asked == "sensitivity":
        return float(candidates[1 - below >= value - ROUNDING].max())
    return float(candidates[below >= value - ROUNDING].min())


def thresholds_by_fold(
    inner: pd.DataFrame, *, asked: str, value: float
) -> dict[tuple[int, ...], float]:
    """Threshold of each repeat and fold, from the predictions of its inner folds.

    Parameters
    ----------
    inner
        Columns repeat, fold, probability and positive, a row per inner prediction. A fold without
        both classes gets no threshold.
    asked, value
        See `threshold_for`.
    """
    return {
        (int(repeat), int(fold)): threshold_for(
            rows["probability"].to_numpy(float),
            rows["positive"].to_numpy(bool),
            asked=asked,
            value=value,
        )
        for (repeat, fold), rows in inner.groupby(["repeat", "fold"])
        if rows["positive"].nunique() == 2
    }


def reached(
    called: Bools, positive: Bools, weights: Floats, *, prevalence: float | None = None
) -> Floats:
    """What calling these samples reaches: the measures of `REACHED`, (r, 5).

    Parameters
    ----------
    called, positive
        Who is called, and the truth, (n,).
    weights
        (r, n), not negative.
    prevalence
        Of the population that the predictive values and the share called are for; None for that
        of the samples.
    """
    of_positive, of_negative = weights * positive, weights * ~positive
    sensitivity = ratio(of_positive @ called, of_positive.sum(axis=1))
    specificity = ratio(of_negative @ ~called, of_negative.sum(axis=1))
    if prevalence is None:
        share = ratio(of_positive.sum(axis=1), weights.sum(axis=1))
        # A class that is not there has no part in what is called.
        sure, safe = np.nan_to_num(sensitivity), np.nan_to_num(specificity)
    else:
        share = np.full(len(weights), prevalence)
        sure, safe = sensitivity, specificity
    true, false = share * sure, (1 - share) * (1 - safe)
    missed, right = share * (1 - sure), (1 - share) * safe
    return np.stack(
        [
            sensitivity,
            specificity,
            ratio(true, true + false),
            ratio(right, right + missed),
            true + false,
        ],
        axis=1,
    )


def every(asked: Mapping[str, Sequence[float]]) -> list[tuple[str, float]]:
    """What is asked for, one by one."""
    return [(name, float(value)) for name in ASKED for value in asked.get(name, ())]
