"""Whether the predicted probabilities mean what they say."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.evidence.intervals import wilson_interval
from dxtransfer.prevalence import rebased

BINS = 5
COLUMNS = ["bin", "predicted", "observed", "low", "high", "samples"]


def calibration_bins(
    probability: NDArray[np.float64],
    positive: NDArray[np.bool_],
    *,
    level: float,
    prevalence: float | None = None,
) -> pd.DataFrame:
    """Mean prediction beside the observed share, in bins of equal count.

    Samples with equal probability share a bin (a constant prediction is one bin), so the table
    never depends on the order of the samples; bins are then of unequal count, and fewer.

    Parameters
    ----------
    probability
        Of the positive class, one value per sample, shape ``(n,)``.
    positive
        The truth, shape ``(n,)``.
    level
        Confidence level of the Wilson interval of the observed share.
    prevalence
        Share of the positive class that `probability` is made for; None for that of the samples.
        Observed shares and their intervals are brought to it.

    Returns
    -------
    Columns ``bin`` (from 1, rising probability), ``predicted``, ``observed``, ``low``, ``high``,
    ``samples``.
    """
    # Averaging over repeats leaves rounding noise that would tell equal predictions apart.
    rounded = np.round(probability, 12)
    first_of_bin = np.arange(BINS) * len(rounded) // BINS
    edges = np.unique(np.sort(rounded)[first_of_bin])
    by_bin = pd.DataFrame(
        {
            "bin": np.searchsorted(edges, rounded, side="right"),
            "predicted": probability,
            "observed": positive.astype(float),
        }
    ).groupby("bin")
    table = by_bin.mean().assign(samples=by_bin.size()).reset_index()
    low, high = wilson_interval(
        table["observed"].to_numpy(float), table["samples"].to_numpy(float), level=level
    )
    table = table.assign(low=low, high=high)
    if prevalence is not None:
        own = float(positive.mean())
        for column in ("observed", "low", "high"):
            table[column] = rebased(table[column].to_numpy(), before=own, after=prevalence)
    return table[COLUMNS]
