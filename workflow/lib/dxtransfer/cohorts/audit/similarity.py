"""Pairs of samples that are one by expression, across platforms and scales.

What a platform does to a feature is a shift and a scale that all samples of a cohort share, so
each feature is centred and scaled within its cohort. What remains is led by a few directions that
unrelated people share (cell composition, inflammation, batch): unrelated whole blood correlates at
0.7. Samples are therefore compared through the ridge-regularised precision of all the others, both
cohorts together, which weighs such directions down; the pair itself takes no part in it. What then
still correlates far beyond all other pairs is one sample or one person.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from dxtransfer.cohorts.audit.fingerprints import Fingerprints

# the order of the values agrees to this only if the same values were delivered twice
IDENTICAL = 1 - 1e-6
SCREEN = 1 - 1e-3
FEWEST_FEATURES = 20
# below these, centring within a cohort and the spread of the null say nothing
FEWEST_SAMPLES = 8
FEWEST_FOR_SIMILARITY = 100
# the ridge, in squared lengths of a sample: below it, a third copy in the pool would weigh down
# what the other two have in common
LEAST_RIDGE = 0.25
# a copy of a copy is about as near as the nearest
OF_THE_NEAREST = 0.15
SPREAD_FLOOR = 0.05
# a programme that few samples switch on must not make them alike by its size
CLIP = 3.0
NULL_ROWS = 1000
POOLED_ROWS = 300
BLOCK = 2048

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Limits:
    """From where on two samples are called one.

    Attributes
    ----------
    correlation, z
        Both must be reached.
    sure_correlation, sure_z, sure_features
        All must be reached for it to be past doubt.
    """

    correlation: float
    z: float
    sure_correlation: float
    sure_z: float
    sure_features: int = 0


# two renal tumours of two people, of a kind rare in both cohorts, reach 0.66
BETWEEN = Limits(correlation=0.25, z=8, sure_correlation=0.7, sure_z=10)
# samples of one cohort share batches and contaminating tissue, too, and a panel chosen for a
# disease makes its rare kinds alike
WITHIN = Limits(correlation=0.5, z=6, sure_correlation=0.7, sure_z=12, sure_features=1000)


@dataclass(frozen=True)
class _Rows:
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

    def __getitem__(self, chosen: slice | NDArray[np.int_]) -> "_Rows":
        return _Rows(self.values[chosen], self.leverage[chosen], self.is_pooled[chosen])


@dataclass(frozen=True)
class Pair:
    """Two samples that are one by expression.

    Attributes
    ----------
    one, other
        Row in either cohort.
    correlation
        Spearman correlation of the values where they are identical, else the correlation of
        what is left.
    z
        Standard deviations above unrelated pairs; NaN where the values are identical.
    features
        How many were compared.
    sure
        Whether it is past doubt; unrelated samples of a rare kind come near it.
    """

    one: int
    other: int
    correlation: float
    z: float
    features: int
    sure: bool

    @property
    def identical(self) -> bool:
        """Whether the same values were delivered twice."""
        return bool(np.isnan(self.z))


def pairs_between(one: Fingerprints, other: Fingerprints) -> list[Pair]:
    """Pairs between two cohorts; see `pairs_within`."""
    shared = one.features.intersection(other.features)
    X = one.scores[:, one.features.get_indexer(shared)]
    Y = other.scores[:, other.features.get_indexer(shared)]
    return _pairs(X, Y, within=False)


def pairs_within(cohort: Fingerprints) -> list[Pair]:
    """Pairs of samples of a cohort that are one by expression.

    Returns
    -------
    list of Pair
        Identical ones (the order of at least 20 features is the same) and similar ones. Those
        need 100 features and 8 samples, a correlation of what is left once the platform's effect
        is gone and what other samples share is weighed down, whose Fisher transform lies so many
        robust standard deviations above the median of all pairs (see `Limits`), and for neither
        sample a partner that is much nearer.
    """
    return _pairs(cohort.scores, cohort.scores, within=True)


def correlations(X: Scores, Y: Scores) -> Scores:
    """Correlation of each pair of two cohorts' scores once what is shared is weighed down."""
    one, other = _without_shared([_standardised(X), _standardised(Y)])
    return _correlation(one, other)


def can_compare(one: Fingerprints, other: Fingerprints) -> bool:
    """Whether similar pairs, and not only identical ones, would be found."""
    enough = min(len(one.scores), len(other.scores)) >= FEWEST_SAMPLES
    return enough and len(one.features.intersection(other.features)) >= FEWEST_FOR_SIMILARITY


def _pairs(X: Scores, Y: Scores, *, within: bool) -> list[Pair]:
    if X.shape[1] < FEWEST_FEATURES or not len(X) or not len(Y):
        return []
    found = {(pair.one, pair.other): pair for pair in _identical(X, Y, within=within)}
    if min(len(X), len(Y)) >= FEWEST_SAMPLES and X.shape[1] >= FEWEST_FOR_SIMILARITY:
        for pair in _similar(X, Y, within=within):
            found.setdefault((pair.one, pair.other), pair)
    return [found[key] for key in sorted(found)]


def _identical(X: Scores, Y: Scores, *, within: bool) -> Iterator[Pair]:
    others = _unit_ranks(Y)
    for start in range(0, len(X), BLOCK):
        agreement = _unit_ranks(X[start : start + BLOCK]) @ others.T
        for i, j in np.argwhere(agreement > SCREEN):
            i += start
            if within and i >= j:
                continue
            both = ~np.isnan(X[i]) & ~np.isnan(Y[j])
            if both.sum() < FEWEST_FEATURES:
                continue
            ranks = _unit_ranks(np.stack([X[i, both], Y[j, both]]), np.float64)
            exact = float(ranks[0] @ ranks[1])
            if exact > IDENTICAL:
                yield Pair(int(i), int(j), min(exact, 1.0), float("nan"), int(both.sum()), True)


def _unit_ranks(scores: Scores, dtype: type = np.float32) -> NDArray[np.floating]:
    """Ranks of each row, centred, of length 1; missing values rank lowest, constant rows are 0."""
    ranks = rankdata(np.where(np.isnan(scores), -np.inf, scores), axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.linalg.norm(ranks, axis=1, keepdims=True)
    unit: NDArray[np.floating] = (ranks / np.where(length > 0, length, 1)).astype(dtype)
    return unit


def _similar(X: Scores, Y: Scores, *, within: bool) -> Iterator[Pair]:
    weighed = _without_shared([_standardised(X)] + ([] if within else [_standardised(Y)]))
    A, B = weighed[0], weighed[-1]
    median, spread = _null(A, B, within=within)
    if not spread > 0:
        return
    limits = WITHIN if within else BETWEEN
    least = max(limits.correlation, float(np.tanh(median + limits.z * spread)))
    nearest_to_one = np.full(len(A.values), -1, dtype=np.float32)
    nearest_to_other = np.full(len(B.values), -1, dtype=np.float32)
    candidates: list[tuple[int, int, float]] = []
    for start in range(0, len(A.values), BLOCK):
        correlation = _correlation(A[start : start + BLOCK], B)
        rows = np.arange(len(correlation))
        if within:
            correlation[rows, rows + start] = -1
        nearest_to_one[start + rows] = correlation.max(axis=1)
        nearest_to_other = np.maximum(nearest_to_other, correlation.max(axis=0))
        for i, j in np.argwhere(correlation >= least):
            if not within or i + start < j:
                candidates.append((int(i + start), int(j), float(correlation[i, j])))
    for i, j, value in candidates:
        if value >= max(nearest_to_one[i], nearest_to_other[j]) - OF_THE_NEAREST:
            z = (np.arctanh(min(value, 1 - 1e-7)) - median) / spread
            sure = (
                value >= limits.sure_correlation
                and z >= limits.sure_z
                and X.shape[1] >= limits.sure_features
            )
            yield Pair(i, j, value, float(z), X.shape[1], sure)


def _standardised(scores: Scores) -> Scores:
    """Centre and scale each feature within its cohort; missing values become the mean, 0."""
    known = ~np.isnan(scores)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, scores, 0).sum(axis=0, dtype=np.float64) / count
    centred = np.where(known, scores - mean, 0).astype(np.float32)
    spread = np.sqrt((centred.astype(np.float64) ** 2).sum(axis=0) / count)
    standardised = centred / np.maximum(spread, SPREAD_FLOOR)
    clipped: Scores = np.clip(standardised, -CLIP, CLIP).astype(np.float32)
    return clipped


def _without_shared(cohorts: list[Scores]) -> list[_Rows]:
    """Weigh down what the samples of all cohorts share, by ridge-regularised precision.

    With P the evenly chosen rows of all, the rows become x (P'P + lambda)^(-1/2): a direction
    that many samples share nearly vanishes, one of a single sample stays.
    """
    cohorts = [_unit_rows(rows) for rows in cohorts]
    chosen = [_evenly(len(rows), POOLED_ROWS) for rows in cohorts]
    pooled = np.vstack([rows[pool] for rows, pool in zip(cohorts, chosen, strict=True)])
    size, vectors = np.linalg.eigh((pooled @ pooled.T).astype(np.float64))
    real = size > 1e-6 * size[-1]
    size, vectors = size[real], vectors[:, real]
    ridge = max(float(np.median(size)), LEAST_RIDGE)
    directions = ((pooled.T @ vectors) / np.sqrt(size)).astype(np.float32)
    loss = (1 - np.sqrt(ridge / (ridge + size))).astype(np.float32)
    return [
        _weighed((rows - (rows @ directions * loss) @ directions.T) / np.sqrt(ridge), pool)
        for rows, pool in zip(cohorts, chosen, strict=True)
    ]


def _weighed(values: NDArray[np.floating], pooled: NDArray[np.int_]) -> _Rows:
    is_pooled = np.zeros(len(values), dtype=np.float32)
    is_pooled[pooled] = 1
    return _Rows(values.astype(np.float32), (values**2).sum(axis=1), is_pooled)


def _correlation(one: _Rows, other: _Rows) -> Scores:
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


def _unit_rows(standardised: Scores) -> Scores:
    centred = standardised - standardised.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    unit: Scores = (centred / np.where(length > 0, length, 1)).astype(np.float32)
    return unit


def _null(A: _Rows, B: _Rows, *, within: bool) -> tuple[float, float]:
    """Median and robust standard deviation of the Fisher transform over (nearly) all pairs."""
    one = A[_evenly(len(A.values), NULL_ROWS)]
    other = one if within else B[_evenly(len(B.values), NULL_ROWS)]
    correlation = _correlation(one, other)
    if within:
        correlation = correlation[np.triu_indices(len(one.values), 1)]
    fisher = np.arctanh(np.clip(correlation.astype(np.float64), -1 + 1e-7, 1 - 1e-7))
    median = float(np.median(fisher))
    return median, 1.4826 * float(np.median(np.abs(fisher - median)))


def _evenly(rows: int, most: int) -> NDArray[np.int_]:
    chosen: NDArray[np.int_] = np.unique(np.linspace(0, rows - 1, min(rows, most)).astype(int))
    return chosen
