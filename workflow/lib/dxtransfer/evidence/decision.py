"""Decision curves: what acting on a prediction is worth, beside treating everybody or nobody."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.evidence.intervals import percentile_interval
from dxtransfer.evidence.measures import ratio

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

COLUMNS = [
    *("threshold", "net_benefit", "low", "high"),
    *("treat_all", "treat_all_low", "treat_all_high", "treat_none"),
]
THRESHOLDS: Floats = np.arange(1, 100) / 100


def net_benefit(
    called: Bools,
    positive: Bools,
    weights: Floats,
    thresholds: Floats,
    *,
    prevalence: float | None = None,
) -> Floats:
    """Net benefit of treating those who are called (Vickers & Elkin 2006, Med Decis Making 26:565).

    True positives less false positives, these weighed by the odds of the threshold, per patient.

    Parameters
    ----------
    called
        Who is treated at each threshold, (n, thresholds).
    positive
        The truth, (n,).
    weights
        (r, n), not negative.
    thresholds
        Probabilities from which a patient is treated, in (0, 1), (thresholds,).
    prevalence
        Share of the positive class in the population; None for that of the samples.

    Returns
    -------
    numpy.ndarray
        (r, thresholds); NaN where a prevalence is stated and a class has no weight.
    """
    of_positive, of_negative = weights * positive, weights * ~positive
    true, false = of_positive @ called, of_negative @ called
    odds = thresholds / (1 - thresholds)
    if prevalence is None:
        return ratio(true - false * odds, np.broadcast_to(_total(weights), true.shape))
    sensitivity = ratio(true, np.broadcast_to(_total(of_positive), true.shape))
    false_positive_rate = ratio(false, np.broadcast_to(_total(of_negative), true.shape))
    found: Floats = sensitivity * prevalence - false_positive_rate * (1 - prevalence) * odds
    return found


def decision_curve(model: Floats, everybody: Floats, *, level: float) -> pd.DataFrame:
    """Net benefits with their intervals.

    Parameters
    ----------
    model, everybody
        Net benefit of the model and of treating all, (1 + resamples, thresholds), the estimate
        first.
    level
        Confidence level of the intervals.

    Returns
    -------
    pandas.DataFrame
        The columns of `COLUMNS`, a row per threshold.
    """
    low, high = percentile_interval(model[1:], level=level)
    low_all, high_all = percentile_interval(everybody[1:], level=level)
    columns = [THRESHOLDS, model[0], low, high, everybody[0], low_all, high_all]
    return pd.DataFrame(dict(zip(COLUMNS, [*columns, np.zeros(len(THRESHOLDS))], strict=True)))


def _total(weights: Floats) -> Floats:
    total: Floats = weights.sum(axis=1, keepdims=True)
    return total
