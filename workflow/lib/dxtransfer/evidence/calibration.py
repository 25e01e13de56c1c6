"""Whether the predicted probabilities mean what they say."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.evidence.intervals import wilson_interval

BINS = 5
COLUMNS = ["bin", "predicted", "observed", "low", "high", "samples"]


def calibration_bins(
    probability: NDArray[np.float64], positive: NDArray[np.bool_], *, level: float
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
    return table.assign(low=low, high=high)[COLUMNS]
