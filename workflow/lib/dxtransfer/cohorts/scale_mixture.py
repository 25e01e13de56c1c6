"""Samples of one cohort that are on another scale than the rest, such as logarithms among counts.

A cohort has one scale, by the majority of its samples. A sample is on another one only where its
values cannot be explained as an odd sample of the cohort's scale: it lacks everything above a
bound that the others exceed many times, or sums to 1 where they sum to 100. Samples that merely
differ in depth or quality are for quality control to judge.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from dxtransfer.cohorts.scale_rules import (
    LARGEST_LOGARITHM,
    PER_MILLION,
    SUM_OF_PERCENT,
    SUM_OF_SHARES,
)

BLOCK = 512
# a maximum that linear values of a sample reach and logarithms never do
LINEAR_MAXIMUM = 500.0
# how far, in units of log2, the maximum of a sample may be from that of the others
OCTAVES = 6.0
# the median of a sample of logarithms that are not centred
UNCENTRED = 2.0
# fewer values may be anything
FEWEST_VALUES = 20

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class _Shapes:
    """What is compared of n samples, each an array (n,), NaN for a sample with few values."""

    low: Array
    middle: Array
    high: Array
    total: Array
    whole: Mask


def other_scales(values: Any, name: str) -> dict[int, str]:
    """Samples on another scale than their cohort.

    Parameters
    ----------
    values
        (samples, features), dense with NaN for missing, or csr.
    name
        Scale of the cohort, a name of `SCALES`.

    Returns
    -------
    dict
        Index of each such sample to what its values look like, in words.
    """
    differing: dict[int, str] = {}
    for words, mask in _rules(_shapes(values), name):
        for i in np.flatnonzero(mask):
            differing.setdefault(int(i), words)
    return dict(sorted(differing.items()))


def _rules(s: _Shapes, name: str) -> Iterator[tuple[str, Mask]]:
    """What a sample looks like, and which samples do, for the cohort's scale."""
    low, middle, high, total = (_median(each) for each in (s.low, s.middle, s.high, s.total))
    tenfold = np.abs(np.log10(np.maximum(s.high, 1e-12)) - np.log10(max(high, 1e-12))) > 1
    if name in ("counts", "linear", "intensity", "tpm") and high >= LINEAR_MAXIMUM:
        small = (s.high < LARGEST_LOGARITHM) & ~s.whole
        yield "shares that sum to 1", small & (s.low >= 0) & (s.total <= SUM_OF_SHARES[1])
        yield "logarithms", small & _is_logarithm_of(s.high, high)
    if name == "counts" and np.mean(s.whole) > 0.5:
        yield "values per million", ~s.whole & _between(s.total, PER_MILLION)
        if total > 2 * SUM_OF_PERCENT[1]:
            yield "percent", ~s.whole & _between(s.total, SUM_OF_PERCENT)
    if name in ("log2", "ln", "log10", "log", "npx") and 0 < high < LARGEST_LOGARITHM:
        linear = (s.high >= LARGEST_LOGARITHM) & (s.low >= 0)
        yield "linear values", linear & _is_logarithm_of(np.full_like(s.high, high), s.high)
        if middle > UNCENTRED:
            yield "values around 0", (s.low < 0) & (np.abs(s.middle) <= UNCENTRED / 4)
    if name in ("z_scores", "ratios", "m_values") and low < 0:
        yield "shares between 0 and 1", (s.low >= 0) & (s.high <= 1)
        yield "values that are not centred", (s.low >= 0) & (s.middle > UNCENTRED)
    if name == "percent":
        yield "shares of 1", (s.high <= 1) & tenfold
    if name in ("fractions", "beta"):
        yield "percent", (s.high > 1) & (s.high <= 100) & tenfold
        yield "counts", (s.high > 100) & s.whole


def _is_logarithm_of(high: Array, of: Array | float) -> Mask:
    """Whether a maximum is the logarithm, to one of three bases, of about another maximum."""
    fits = np.zeros(high.shape, dtype=bool)
    for base in (2.0, np.e, 10.0):
        fits |= np.abs(high * np.log2(base) - np.log2(np.maximum(of, 1))) <= OCTAVES
    return fits


def _between(values: Array, bounds: tuple[float, float]) -> Mask:
    return (values >= bounds[0]) & (values <= bounds[1])


def _median(values: Array) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")


def _shapes(values: Any) -> _Shapes:
    """Shapes of all samples, a block at a time."""
    n = values.shape[0]
    shapes = np.full((4, n), np.nan)
    whole = np.zeros(n, dtype=bool)
    for start in range(0, n, BLOCK):
        block = values[start : start + BLOCK]
        dense = block.toarray() if sparse.issparse(block) else np.asarray(block)
        known = ~np.isnan(dense)
        rows = np.flatnonzero((known.sum(axis=1) >= FEWEST_VALUES) & (known & (dense != 0)).any(1))
        if not len(rows):
            continue
        part, at = dense[rows], start + rows
        shapes[0, at], shapes[2, at] = np.nanmin(part, axis=1), np.nanmax(part, axis=1)
        shapes[1, at] = np.nanmedian(part, axis=1)
        shapes[3, at] = np.nansum(part, axis=1, dtype=np.float64)
        whole[at] = ((part == np.rint(part)) | np.isnan(part)).all(axis=1)
    return _Shapes(shapes[0], shapes[1], shapes[2], shapes[3], whole)
