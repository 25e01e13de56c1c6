"""Normalisation within a sample, so that no patient's values depend on who else is measured."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtri
from scipy.stats import rankdata

from dxtransfer.errors import InputError

METHODS = ("log_cpm", "rank_normal", "none")
PER_MILLION = 1e6


def normalise(X: Any, *, method: str, scale: str) -> NDArray[np.float32]:
    """Normalise every sample by its own values alone.

    Parameters
    ----------
    X
        (samples, features), dense with NaN for missing, or csr.
    method
        `log_cpm`: log2(x + 1) of values scaled to a million per sample; `rank_normal`: normal
        scores ndtri((r - 0.5) / n) of the ranks among the sample's n measured values, ties at
        their average rank; `none`: the values as they are.
    scale
        The scale that `detect` told.

    Returns
    -------
    ndarray
        (samples, features) float32; missing stays NaN. A sample's row is the same whichever
        samples stand beside it.

    Raises
    ------
    InputError
        For log_cpm of logarithms or of negative values.
    """
    dense = X.toarray() if sparse.issparse(X) else np.asarray(X)
    if method == "none":
        return dense.astype(np.float32)
    result = np.empty(dense.shape, dtype=np.float32)
    if method == "rank_normal":
        for i, row in enumerate(dense):
            result[i] = _normal_scores(row)
        return result
    if method != "log_cpm":
        raise InputError(f"normalisation {method!r} is none of {', '.join(METHODS)}")
    refuse_log_cpm(dense, scale=scale)
    for i, row in enumerate(dense):
        result[i] = _log_cpm(row)
    return result


def refuse_log_cpm(X: Any, *, scale: str) -> None:
    """Raise an InputError where counts per million would make no sense."""
    values = X.data if sparse.issparse(X) else X
    if scale == "log":
        raise InputError(
            "the values are logarithms already, log_cpm needs counts or linear values; "
            "set features.normalisation to rank_normal"
        )
    if values.size and np.nanmin(values) < 0:
        raise InputError(
            "some values are negative, log_cpm needs counts or linear values; "
            "set features.normalisation to rank_normal"
        )


def choose_method(requested: str, scales: Collection[str]) -> str:
    """Resolve `auto`: log_cpm where every source cohort brings counts, rank_normal where not.

    Parameters
    ----------
    requested
        A method or `auto`.
    scales
        The scales of the source cohorts.
    """
    if requested != "auto":
        return requested
    return "log_cpm" if set(scales) == {"counts"} else "rank_normal"


def _log_cpm(row: NDArray[Any]) -> NDArray[np.float64]:
    values = row.astype(np.float64)
    total = np.nansum(values)
    if not total:
        return values
    scaled: NDArray[np.float64] = np.log2(values * (PER_MILLION / total) + 1)
    return scaled


def _normal_scores(row: NDArray[Any]) -> NDArray[np.float64]:
    scores = np.full(row.shape, np.nan)
    measured = ~np.isnan(row)
    n = int(measured.sum())
    if n:
        scores[measured] = ndtri((rankdata(row[measured]) - 0.5) / n)
    return scores
