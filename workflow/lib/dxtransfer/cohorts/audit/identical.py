"""Samples whose values were delivered twice: the order of all compared features is the same.

Units, logarithms and any other map that keeps the order do not hide them. Pairs are screened by a
few features first, so that the time grows with the samples and not with the pairs.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

# the order of the values agrees to this only if the same values were delivered twice
IDENTICAL = 1 - 1e-6
SCREEN = 1 - 1e-3
SCREENED_FEATURES = 256
FEWEST_FEATURES = 20
BLOCK = 2048

Scores = NDArray[np.floating]


class Identical(NamedTuple):
    """Rows of either cohort, the rank correlation of their values, and of how many features."""

    one: int
    other: int
    correlation: float
    features: int


def identical_between(X: Scores, Y: Scores) -> Iterator[Identical]:
    """Find identical samples of two cohorts, (n, p) and (m, p); NaN is missing."""
    if len(X) > len(Y):
        for pair in identical_between(Y, X):
            yield pair._replace(one=pair.other, other=pair.one)
        return
    if not len(X) or X.shape[1] < FEWEST_FEATURES:
        return
    few = _most_spread(X)
    screened = np.vstack([_unit_ranks(X[i : i + BLOCK, few]) for i in range(0, len(X), BLOCK)])
    for start in range(0, len(Y), BLOCK):
        block = Y[start : start + BLOCK]
        near = np.argwhere(_unit_ranks(block[:, few]) @ screened.T > SCREEN)
        if not len(near):
            continue
        places, rows = np.unique(near[:, 0]), np.unique(near[:, 1])
        agreement = _unit_ranks(block[places]) @ _unit_ranks(X[rows]).T
        for place, row in np.argwhere(agreement > SCREEN).tolist():
            if found := _checked(X, Y, int(rows[row]), start + int(places[place])):
                yield found


def identical_within(X: Scores) -> Iterator[Identical]:
    """Find identical samples of one cohort, each pair once."""
    for pair in identical_between(X, X):
        if pair.one < pair.other:
            yield pair


def same_values_within(X: Scores) -> Iterator[Identical]:
    """Find rows with the same values, for cohorts too large to compare each pair.

    Yields
    ------
    Identical
        Each row that repeats an earlier one, with the first of them.
    """
    first: dict[bytes, int] = {}
    for j in range(len(X)):
        key = blake2b(X[j].tobytes(), digest_size=16).digest()
        i = first.setdefault(key, j)
        if i != j and (pair := _checked(X, X, i, j)):
            yield pair


def _checked(X: Scores, Y: Scores, i: int, j: int) -> Identical | None:
    both = ~np.isnan(X[i]) & ~np.isnan(Y[j])
    if both.sum() < FEWEST_FEATURES:
        return None
    values = np.stack([X[i, both], Y[j, both]])
    # two cells with the same few genes are alike in all their zeros
    if (values[0] > values[0].min()).sum() < FEWEST_FEATURES:
        return None
    ranks = _unit_ranks(values, np.float64)
    exact = float(ranks[0] @ ranks[1])
    return Identical(i, j, min(exact, 1.0), int(both.sum())) if exact > IDENTICAL else None


def _most_spread(X: Scores) -> NDArray[np.intp]:
    """Features that tell the samples apart; all others may be zero in many samples."""
    known = ~np.isnan(X)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, X, 0) - np.where(known, X, 0).sum(axis=0) / count
    spread = (np.where(known, centred, 0) ** 2).sum(axis=0)
    few: NDArray[np.intp] = np.sort(np.argsort(-spread, kind="stable")[:SCREENED_FEATURES])
    return few


def _unit_ranks(scores: Scores, dtype: type = np.float32) -> Scores:
    """Ranks of each row, centred, of length 1; missing values rank lowest, constant rows are 0."""
    ranks = rankdata(np.where(np.isnan(scores), -np.inf, scores), axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.linalg.norm(ranks, axis=1, keepdims=True)
    unit: Scores = (ranks / np.where(length > 0, length, 1)).astype(dtype)
    return unit
