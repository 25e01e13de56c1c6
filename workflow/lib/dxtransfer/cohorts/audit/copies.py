"""Cohorts of which many samples stand in another, judged over all pairs together.

Copies delivered otherwise may each be too unlike for a verdict of their own. Mutual nearest pairs
prove nothing: chance gives n m / (n + m - 1). What separates is the margin of such a pair over the
second-best partner on both sides.
"""

from dataclasses import dataclass

import numpy as np

from dxtransfer.cohorts.audit import similarity
from dxtransfer.cohorts.audit.fingerprints import Fingerprints

MARGIN = 0.1
FEWEST_FEATURES = 40
# the limit is set above 1,499 unrelated pairs of public cohorts: share of the mutual pairs that
# chance gives a large margin, more where few features are compared. Random halves of one cohort,
# which share its batches, exceed it in about 1 of 90
BASE = 5
RATE = 0.1
RATE_BY_FEATURES = 30


@dataclass(frozen=True)
class Copies:
    """Pairs of two cohorts with a large margin, more of them than unrelated cohorts have."""

    pairs: int
    limit: float
    sizes: tuple[int, int]
    features: int


def copies_between(one: Fingerprints, other: Fingerprints) -> Copies | None:
    """Judge all pairs of two cohorts together; None where they look unrelated."""
    shared = one.features.intersection(other.features)
    n, m = len(one.scores), len(other.scores)
    if min(n, m) < similarity.FEWEST_SAMPLES or len(shared) < FEWEST_FEATURES:
        return None
    X = one.scores[:, one.features.get_indexer(shared)]
    Y = other.scores[:, other.features.get_indexer(shared)]
    correlation = similarity.correlations(X, Y)
    nearest = correlation.argmax(axis=1)
    rows = np.flatnonzero(correlation.argmax(axis=0)[nearest] == np.arange(n))
    columns = nearest[rows]
    best = correlation[rows, columns].copy()
    correlation[rows, columns] = -np.inf
    second = np.maximum(correlation[rows].max(axis=1), correlation[:, columns].max(axis=0))
    count = int((best - second > MARGIN).sum())
    limit = BASE + (RATE + RATE_BY_FEATURES / len(shared)) * n * m / (n + m - 1)
    return Copies(count, limit, (n, m), len(shared)) if count > limit else None
