"""Pairs of samples that are one by expression, across platforms and scales.

Values that were delivered twice have the same order. Others are compared once what a platform does
and what unrelated people share is weighed down: what then still correlates far beyond all other
pairs is one sample or one person.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.cohorts.audit.fingerprints import Fingerprints
from dxtransfer.cohorts.audit.identical import (
    Identical,
    identical_between,
    identical_within,
    same_values_within,
)
from dxtransfer.cohorts.audit.weighing import BLOCK, Rows, Weighing, correlated, evenly

# below these, centring within a cohort and the spread of the null say nothing
FEWEST_SAMPLES = 8
FEWEST_FOR_SIMILARITY = 100
FEWEST_FOR_COPIES = 40
# a copy of a copy is about as near as the nearest
OF_THE_NEAREST = 0.15
NULL_ROWS = 1000
# values that are kept in memory rather than made again, 200 MB
KEPT = 50_000_000
# a cohort that is only learnt from is searched for similar pairs up to this size
WITHIN_ROWS = 5000

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


@dataclass(frozen=True)
class Comparison:
    """Two cohorts held against each other.

    Attributes
    ----------
    pairs
        See `pairs_within`.
    sizes, features
        Samples of both cohorts, and features that both have.
    rows
        Rows of the first cohort that `correlation` has; all, unless the cohorts are huge.
    correlation
        (rows, m) what is left of each pair; empty where too few samples or features are shared.
    """

    pairs: list[Pair]
    sizes: tuple[int, int]
    features: int
    rows: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    correlation: Scores = field(default_factory=lambda: np.empty((0, 0), dtype=np.float32))


def compared(one: Fingerprints, other: Fingerprints) -> Comparison:
    """Hold two cohorts against each other."""
    shared = one.features.intersection(other.features)
    X, Y = (_of(each, shared) for each in (one, other))
    p, sizes = len(shared), (len(X), len(Y))
    pairs = {
        (pair.one, pair.other): pair for pair in map(_delivered_twice, identical_between(X, Y))
    }
    if min(sizes) < FEWEST_SAMPLES or p < FEWEST_FOR_COPIES:
        return Comparison(list(pairs.values()), sizes, p)
    search = _Search(Weighing([X, Y]), sizes, BETWEEN, features=p)
    if p >= FEWEST_FOR_SIMILARITY:
        for pair in search.similar():
            pairs.setdefault((pair.one, pair.other), pair)
    rows = evenly(sizes[0], max(FEWEST_SAMPLES, KEPT // sizes[1]))
    if p < FEWEST_FOR_SIMILARITY or (correlation := search.kept) is None:
        correlation = search.between(rows)
    return Comparison([pairs[key] for key in sorted(pairs)], sizes, p, rows, correlation)


def pairs_between(one: Fingerprints, other: Fingerprints) -> list[Pair]:
    """Pairs between two cohorts; see `pairs_within`."""
    return compared(one, other).pairs


def pairs_within(cohort: Fingerprints, *, thorough: bool = True) -> list[Pair]:
    """Pairs of samples of a cohort that are one by expression.

    Parameters
    ----------
    cohort
        The cohort.
    thorough
        Whether similar pairs are searched for in a cohort of more than 5,000 samples, too; if not,
        only the same values are found there.

    Returns
    -------
    list of Pair
        Identical ones (the order of at least 20 features is the same) and similar ones. Those
        need 100 features and 8 samples, a correlation of what is left once the platform's effect
        is gone and what other samples share is weighed down, whose Fisher transform lies so many
        robust standard deviations above the median of all pairs (see `Limits`), and for neither
        sample a partner that is much nearer.
    """
    X = cohort.scores
    n, p = X.shape
    whole = thorough or n <= WITHIN_ROWS
    same = identical_within(X) if whole else same_values_within(X)
    pairs = {(pair.one, pair.other): pair for pair in map(_delivered_twice, same)}
    if whole and n >= FEWEST_SAMPLES and p >= FEWEST_FOR_SIMILARITY:
        for pair in _Search(Weighing([X]), (n, n), WITHIN, features=p).similar():
            pairs.setdefault((pair.one, pair.other), pair)
    return [pairs[key] for key in sorted(pairs)]


def can_compare(one: Fingerprints, other: Fingerprints) -> bool:
    """Whether similar pairs, and not only identical ones, would be found."""
    enough = min(len(one.scores), len(other.scores)) >= FEWEST_SAMPLES
    return enough and len(one.features.intersection(other.features)) >= FEWEST_FOR_SIMILARITY


def _of(cohort: Fingerprints, features: pd.Index) -> NDArray[np.floating]:
    """Scores of these features, without a copy where they are all."""
    if features.equals(cohort.features):
        return cohort.scores
    return cohort.scores[:, cohort.features.get_indexer(features)]


def _delivered_twice(pair: Identical) -> Pair:
    return Pair(*pair[:3], float("nan"), pair.features, sure=True)


class _Search:
    """Search for similar pairs of two cohorts, or within one; `kept` are all correlations."""

    def __init__(
        self, weighing: Weighing, sizes: tuple[int, int], limits: Limits, *, features: int
    ) -> None:
        self._weighing, self._sizes, self._limits = weighing, sizes, limits
        self._features = features
        self._within = limits is WITHIN
        keeps = not self._within and sizes[0] * sizes[1] <= KEPT
        self.kept = np.empty(sizes, dtype=np.float32) if keeps else None
        self._weighed: dict[int, Rows] = {}

    def between(self, rows: NDArray[np.intp]) -> Scores:
        """Correlate rows of the first cohort with all of the second."""
        one = self._weighing.rows(0, rows)
        return np.hstack([correlated(one, other) for _, other in self._blocks()])

    def similar(self) -> Iterator[Pair]:
        median, spread = self._null()
        if not spread > 0:
            return
        limits = self._limits
        least = max(limits.correlation, float(np.tanh(median + limits.z * spread)))
        nearest_to_one, nearest_to_other = (
            np.full(size, -1, dtype=np.float32) for size in self._sizes
        )
        candidates: list[tuple[int, int, float]] = []
        for here, there, correlation in self._correlations():
            ours, theirs = nearest_to_one[here], nearest_to_other[there]
            np.maximum(ours, correlation.max(axis=1), out=ours)
            np.maximum(theirs, correlation.max(axis=0), out=theirs)
            for row, column in np.argwhere(correlation >= least).tolist():
                i, j = here.start + row, there.start + column
                if not self._within or i < j:
                    candidates.append((i, j, float(correlation[row, column])))
        for i, j, value in candidates:
            if value >= max(nearest_to_one[i], nearest_to_other[j]) - OF_THE_NEAREST:
                yield self._pair(i, j, value, (np.arctanh(min(value, 1 - 1e-7)) - median) / spread)

    def _correlations(self) -> Iterator[tuple[slice, slice, Scores]]:
        for begin in range(0, self._sizes[0], BLOCK):
            one = self._weighing.rows(0, slice(begin, begin + BLOCK))
            here = slice(begin, begin + len(one.values))
            for start, other in self._blocks():
                there = slice(start, start + len(other.values))
                correlation = correlated(one, other)
                if self._within and begin == start:
                    np.fill_diagonal(correlation, -1)
                if self.kept is not None:
                    self.kept[here, there] = correlation
                yield here, there, correlation

    def _pair(self, i: int, j: int, value: float, z: float) -> Pair:
        limits = self._limits
        sure = (
            value >= limits.sure_correlation
            and z >= limits.sure_z
            and self._features >= limits.sure_features
        )
        return Pair(i, j, value, float(z), self._features, sure)

    def _blocks(self) -> Iterator[tuple[int, Rows]]:
        last = 0 if self._within else 1
        keeps = self._sizes[1] * self._features <= KEPT
        for start in range(0, self._sizes[1], BLOCK):
            rows = self._weighed.get(start)
            if rows is None:
                rows = self._weighing.rows(last, slice(start, start + BLOCK))
                if keeps:
                    self._weighed[start] = rows
            yield start, rows

    def _null(self) -> tuple[float, float]:
        """Median and robust spread of the Fisher transform over (nearly) all pairs."""
        one = self._weighing.rows(0, evenly(self._sizes[0], NULL_ROWS))
        if self._within:
            correlation = correlated(one, one)
            correlation = correlation[np.triu_indices(len(one.values), 1)]
        else:
            other = self._weighing.rows(1, evenly(self._sizes[1], NULL_ROWS))
            correlation = correlated(one, other)
        fisher = np.arctanh(np.clip(correlation.astype(np.float64), -1 + 1e-7, 1 - 1e-7))
        median = float(np.median(fisher))
        return median, 1.4826 * float(np.median(np.abs(fisher - median)))
