"""Samples of two cohorts without what a platform does and what unrelated people share.

What a platform does to a feature is a shift and a scale that all samples of a cohort share, so
each feature is centred and scaled within its cohort. What remains is led by a few directions that
unrelated people share (cell composition, inflammation, batch): unrelated whole blood correlates at
0.7. Samples are therefore compared through the ridge-regularised precision of all the others, both
cohorts together, which weighs such directions down; the pair itself takes no part in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# the ridge, in squared lengths of a sample: below it, a third copy in the pool would weigh down
# what the other two have in common
LEAST_RIDGE = 0.25
SPREAD_FLOOR = 0.05
# a programme that few samples switch on must not make them alike by its size
CLIP = 3.0
POOLED_ROWS = 300
BLOCK = 2048

Scores = NDArray[np.float32]
Raw = NDArray[np.floating]


@dataclass(frozen=True)
class Rows:
    """Samples of a cohort without what is shared.

    Attributes
    ----------
    values
        (n, p).
    leverage
        (n,) squared length of each row.
    is_pooled
        (n,) 1 where the sample is one of those that tell what is shared.
    """

    values: Scores
    leverage: Scores
    is_pooled: Scores


class Weighing:
    """What the samples of all cohorts share, by ridge-regularised precision.

    With P the evenly chosen rows of all, a row x becomes x (P'P + lambda)^(-1/2): a direction that
    many samples share nearly vanishes, one of a single sample stays. Rows are weighed when they
    are asked for, so that a large cohort is never in memory twice.

    Parameters
    ----------
    cohorts
        (n, p) scores of each cohort, NaN for missing.
    """

    def __init__(self, cohorts: Sequence[Raw]) -> None:
        self._cohorts = cohorts
        self._centres = [_centre_and_spread(scores) for scores in cohorts]
        self._pools = [evenly(len(scores), POOLED_ROWS) for scores in cohorts]
        pooled = np.vstack([self._unit(k, pool) for k, pool in enumerate(self._pools)])
        size, vectors = np.linalg.eigh((pooled @ pooled.T).astype(np.float64))
        real = size > 1e-6 * size[-1]
        size, vectors = size[real], vectors[:, real]
        self._ridge = max(float(np.median(size)), LEAST_RIDGE) if size.size else LEAST_RIDGE
        self._directions = ((pooled.T @ vectors) / np.sqrt(size)).astype(np.float32)
        self._loss = (1 - np.sqrt(self._ridge / (self._ridge + size))).astype(np.float32)

    def rows(self, cohort: int, chosen: slice | NDArray[np.intp]) -> Rows:
        """Weigh rows of a cohort."""
        unit = self._unit(cohort, chosen)
        shared = (unit @ self._directions * self._loss) @ self._directions.T
        values = ((unit - shared) / np.float32(np.sqrt(self._ridge))).astype(np.float32)
        is_pooled = np.zeros(len(self._cohorts[cohort]), dtype=np.float32)
        is_pooled[self._pools[cohort]] = 1
        return Rows(values, (values**2).sum(axis=1), is_pooled[chosen])

    def _unit(self, cohort: int, chosen: slice | NDArray[np.intp]) -> Scores:
        mean, spread = self._centres[cohort]
        scores = self._cohorts[cohort][chosen].astype(np.float32)
        centred = np.where(np.isnan(scores), 0, scores - mean)
        return _unit_rows(np.clip(centred / spread, -CLIP, CLIP).astype(np.float32))


def correlated(one: Rows, other: Rows) -> Scores:
    """Correlate each pair as if neither sample had told what is shared.

    A sample, and the two copies of one all the more, are a part of what is weighed down; in a
    small cohort they would weigh down themselves. The terms of the precision without the pair
    follow from those with it by the deletion formulae (Cook and Weisberg 1982, 2.2 and 3.6),
    whose determinant falls out of a correlation.
    """
    g = one.values @ other.values.T
    h, k = one.leverage[:, None], other.leverage[None, :]
    t, u = one.is_pooled[:, None], other.is_pooled[None, :]
    own = (h * (1 - u * k) + u * g**2) * (k * (1 - t * h) + t * g**2)
    correlation: Scores = (g / np.sqrt(np.maximum(own, 1e-12))).astype(np.float32)
    return correlation


def evenly(rows: int, most: int) -> NDArray[np.intp]:
    """Choose rows that are spread over all."""
    chosen: NDArray[np.intp] = np.unique(np.linspace(0, rows - 1, min(rows, most)).astype(int))
    return chosen


def _centre_and_spread(scores: Raw) -> tuple[Scores, Scores]:
    """Mean and standard deviation of each feature over the values that are known."""
    p = scores.shape[1]
    count, total, squares = np.zeros(p), np.zeros(p), np.zeros(p)
    for start in range(0, len(scores), BLOCK):
        block = scores[start : start + BLOCK].astype(np.float32)
        known = ~np.isnan(block)
        count += known.sum(axis=0)
        total += np.where(known, block, 0).sum(axis=0, dtype=np.float64)
    count = np.maximum(count, 1)
    mean = (total / count).astype(np.float32)
    for start in range(0, len(scores), BLOCK):
        block = scores[start : start + BLOCK].astype(np.float32)
        centred = np.where(np.isnan(block), 0, block - mean)
        squares += (centred.astype(np.float64) ** 2).sum(axis=0)
    spread = np.maximum(np.sqrt(squares / count), SPREAD_FLOOR)
    return mean, spread.astype(np.float32)


def _unit_rows(standardised: Scores) -> Scores:
    centred = standardised - standardised.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    unit: Scores = (centred / np.where(length > 0, length, 1)).astype(np.float32)
    return unit
