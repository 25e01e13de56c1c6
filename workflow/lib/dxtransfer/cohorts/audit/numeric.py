"""Features that are a numeric label, or a survival time, under another name.

A column of the sample table that was written into the matrix is the label itself, in other units
or rounded: the feature is a multiple of it plus a constant, or at least puts all samples in the
same order. A marker, however good, puts some pair of samples in the wrong order.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import gammaln
from scipy.stats import rankdata
from scipy.stats import t as student

from dxtransfer.cohorts.audit.features import FEATURES, FeatureLikeLabel

FEWEST_SAMPLES = 6
# with so many distinct values, a line through all points is not chance
FEWEST_VALUES = 5
NEAR = 0.98
# a rounded label keeps this correlation, and is then looked at pair by pair
SCREEN = 0.9
# single precision, in which matrices are kept
PRECISION = 1e-6

Values = NDArray[np.float64]


def features_like_number(
    X: Any, numbers: Sequence[float], features: Sequence[str]
) -> list[FeatureLikeLabel]:
    """Find features that follow a numeric label.

    Parameters
    ----------
    X
        (samples, features), dense with NaN for missing, or sparse.
    numbers
        (samples,) label, NaN where there is none; may be empty.
    features
        Names of the columns.

    Returns
    -------
    list of FeatureLikeLabel
        `affine`: the label times a factor plus a constant. `order`: no two samples are in another
        order than by the label. `near`: Spearman's correlation is above 0.98 in size; told only
        where chance would give less than one such feature. `expected` is the number of features
        times the chance that a random order of the labels gives as much.
    """
    label = np.asarray(numbers, dtype=np.float64)
    labelled = np.isfinite(label)
    if labelled.sum() < FEWEST_SAMPLES or np.ptp(label[labelled]) == 0:
        return []
    label = label[labelled]
    found: list[FeatureLikeLabel] = []
    for start in range(0, len(features), FEATURES):
        block = X[:, start : start + FEATURES]
        values = np.asarray(block.toarray() if sparse.issparse(block) else block, float)[labelled]
        for column in np.flatnonzero(_screened(values, label)).tolist():
            known = np.isfinite(values[:, column])
            judged = _judged(values[known, column], label[known], len(features))
            if judged:
                found.append(FeatureLikeLabel(features[start + column], *judged))
    return found


def _screened(values: Values, label: Values) -> NDArray[np.bool_]:
    """Whether a feature's order is near enough to the label's to be looked at."""
    known = np.isfinite(values)
    whole = known.all(axis=0)
    screened = np.zeros(values.shape[1], dtype=bool)
    screened[whole] = np.abs(_rank_correlation(values[:, whole], label)) >= SCREEN
    partly = ~whole & (known.sum(axis=0) >= FEWEST_SAMPLES)
    for column in np.flatnonzero(partly):
        rows = known[:, column]
        r = _rank_correlation(values[rows, column : column + 1], label[rows])
        screened[column] = abs(r[0]) >= SCREEN
    return screened


def _rank_correlation(values: Values, label: Values) -> Values:
    ranks, its = _centred_ranks(values), _centred_ranks(label[:, None])
    length = np.linalg.norm(ranks, axis=0) * np.linalg.norm(its)
    correlation: Values = (its.T @ ranks)[0] / np.where(length > 0, length, 1)
    return correlation


def _centred_ranks(values: Values) -> Values:
    ranks: Values = rankdata(values, axis=0)
    ranks -= ranks.mean(axis=0)
    return ranks


def _judged(values: Values, label: Values, features: int) -> tuple[str, float] | None:
    correlation = float(_rank_correlation(values[:, None], label)[0])
    rising = values if correlation > 0 else -values
    exact = features * _chance_of_order(rising, label)
    if _is_affine(rising, label) and len(np.unique(label)) >= FEWEST_VALUES:
        return "affine", exact
    # among few samples, t's tail is thinner than one order in all of them
    near = max(exact, features * _chance_of_correlation(correlation, len(label)))
    # ties of a feature with few values leave few pairs to be in the wrong order
    if _in_order(rising, label) and exact < 1:
        return "order", exact
    if abs(correlation) > NEAR and near < 1:
        return "near", near
    return None


def _is_affine(values: Values, label: Values) -> bool:
    spread = values.std()
    if spread <= 0 or label.std() <= 0:
        return False
    one, other = ((v - v.mean()) / v.std() for v in (values, label))
    tolerance = PRECISION * (1 + np.abs(values).max() / spread)
    return bool(np.abs(one - other).max() <= tolerance)


def _in_order(values: Values, label: Values) -> bool:
    """Whether no two samples are in another order by the feature than by the label."""
    order = np.lexsort((values, label))
    highest = np.maximum.accumulate(values[order])
    by_label = label[order]
    # within equal labels any order of the feature will do
    first = np.searchsorted(by_label, by_label, side="left")
    below = np.where(first > 0, highest[np.maximum(first - 1, 0)], -np.inf)
    return bool((values[order] >= below).all())


def _chance_of_order(values: Values, label: Values) -> float:
    """Bound of the chance that a random order of the labels is as good, rising or falling."""
    ties = sum(
        float(gammaln(np.unique(each, return_counts=True)[1] + 1).sum()) for each in (values, label)
    )
    return float(min(1.0, 2 * np.exp(min(0.0, ties - gammaln(len(label) + 1)))))


def _chance_of_correlation(correlation: float, n: int) -> float:
    rest = max(1 - correlation**2, 1e-300)
    return float(2 * student.sf(abs(correlation) * np.sqrt((n - 2) / rest), n - 2))
