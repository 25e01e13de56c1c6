"""Ranks within each row of a block at once, and their normal scores."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri


def normal_scores(X: NDArray[Any]) -> NDArray[np.float32]:
    """Normal scores of the ranks within each row.

    Parameters
    ----------
    X
        (samples, features), NaN for missing.

    Returns
    -------
    ndarray
        (samples, features) float32: ndtri((r - 0.5) / n) with r the rank among the row's n
        measured values, ties at their average rank; missing stays NaN.
    """
    if not X.size:
        return np.empty(X.shape, dtype=np.float32)
    p = X.shape[1]
    missing = np.isnan(X)
    measured = p - missing.sum(axis=1)
    # missing values go last, each as a tie of its own
    order = np.argsort(X, axis=1)
    ordered = np.take_along_axis(X, order, axis=1)
    begins = np.ones(X.shape, dtype=bool)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=begins[:, 1:])
    starts = np.flatnonzero(begins)
    ties = np.diff(starts, append=X.size)
    rank = starts % p + (ties + 1) / 2
    share = (rank - 0.5) / np.maximum(measured[starts // p], 1)
    # beyond the measured values there are only the missing ones
    scores = ndtri(np.minimum(share, 1)).astype(np.float32)
    result = np.empty(X.shape, dtype=np.float32)
    np.put_along_axis(result, order, np.repeat(scores, ties).reshape(X.shape), axis=1)
    result[missing] = np.nan
    return result
