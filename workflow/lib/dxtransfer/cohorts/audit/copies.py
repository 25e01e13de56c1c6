"""Cohorts of which several samples are in another, judged over all pairs together.

Copies delivered otherwise may each be too unlike for a verdict of their own. Mutual nearest pairs
prove nothing: chance gives n m / (n + m - 1). What separates is how far such a pair leads the
second-best partner of both its samples, in units of how these samples correlate with all others:
a sample of a rare kind has several partners that are near.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from dxtransfer.cohorts.audit import similarity

# a sample's spread is taken from its upper tail, where partners of its kind are
TAIL = 0.9
LEAST_SPREAD = 0.5
# unrelated people of one kind differ by so much in correlation, however many features there are
OF_A_KIND = 0.1
MARGIN = 1.5
# no single pair weighs more: one sample delivered twice is for the rule of pairs to judge
LARGEST = 2.0
# from this share of the smaller cohort on, sure pairs mean that it was copied as a whole
MANY = 0.25
# Limits of the evidence, see docs/audit.md; fewer features blur
UNSURE = 2.5
SURE = 4.5
FEATURES = 250


@dataclass(frozen=True)
class Copies:
    """Pairs of two cohorts that lead by more than those of unrelated cohorts do.

    Attributes
    ----------
    pairs
        How many lead by more than 1.5.
    evidence, limit
        Sum over these pairs, and what unrelated cohorts stay below.
    sizes, features
        Samples of both cohorts, and features compared.
    sure
        Whether it is past doubt; random halves of one cohort, which share its batches, come near.
    """

    pairs: int
    evidence: float
    limit: float
    sizes: tuple[int, int]
    features: int
    sure: bool


def copies_between(
    comparison: similarity.Comparison, *, patients: tuple[Sequence[str], Sequence[str]]
) -> Copies | None:
    """Judge all pairs of two cohorts together; None where they look unrelated.

    Pairs that are past doubt by themselves do not count unless they are many: those few samples
    are what is to be left out, not the cohort.

    Parameters
    ----------
    comparison
        The cohorts.
    patients
        Patient of each sample of either cohort. Another sample of the same patient is as near as
        the nearest, and not the second-best partner.
    """
    if not comparison.correlation.size:
        return None
    sure = {(pair.one, pair.other) for pair in comparison.pairs if pair.sure}
    if len(sure) >= MANY * min(comparison.sizes):
        sure = set()
    one, other = (pd.factorize(np.asarray(each, dtype=object))[0] for each in patients)
    rows, columns, leads = margins(comparison.correlation, one[comparison.rows], other)
    pairs = zip(comparison.rows[rows].tolist(), columns.tolist(), strict=True)
    leads = leads[[pair not in sure for pair in pairs]]
    leads = leads[leads > MARGIN] - MARGIN
    evidence = float(np.sqrt(np.minimum(leads, LARGEST)).sum())
    blur = max(1.0, FEATURES / comparison.features)
    if evidence <= UNSURE * blur:
        return None
    is_sure = evidence > SURE * blur
    limit = (SURE if is_sure else UNSURE) * blur
    return Copies(len(leads), evidence, limit, comparison.sizes, comparison.features, is_sure)


def margins(
    correlation: similarity.Scores, one: NDArray[np.intp], other: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """By how much each mutual nearest pair leads the second-best partner on both sides.

    Parameters
    ----------
    correlation
        (n, m) see `similarity.Comparison`.
    one, other
        (n,) and (m,) number of the patient of each row and column.

    Returns
    -------
    tuple
        Row, column and lead of each such pair. A lead is a difference of Fisher's z in standard
        deviations: of the two samples and of chance, the spread between people of one kind added.
    """
    fisher = np.arctanh(np.clip(correlation, -0.999, 0.999))
    rest = fisher - np.median(fisher, axis=1, keepdims=True)
    rest += np.median(fisher) - np.median(fisher, axis=0)
    spread = 1.4826 * float(np.median(np.abs(rest)))
    if not spread > 0:
        nothing = np.empty(0, dtype=np.intp)
        return nothing, nothing, np.empty(0)
    least = LEAST_SPREAD * spread
    own = (np.quantile(rest, TAIL, axis=axis) / norm.ppf(TAIL) for axis in (1, 0))
    rows, columns = (np.sqrt(np.maximum(each, least)) for each in own)
    z = rest / rows[:, None] / columns
    nearest = z.argmax(axis=1)
    mutual = np.flatnonzero(z.argmax(axis=0)[nearest] == np.arange(len(z)))
    partner = nearest[mutual]
    best = z[mutual, partner]
    # among other people
    beside, below = z[mutual], z[:, partner]
    beside[other[None, :] == other[partner][:, None]] = -np.inf
    below[one[:, None] == one[mutual][None, :]] = -np.inf
    second = np.maximum(beside.max(axis=1), below.max(axis=0))
    lead = np.where(np.isfinite(second), best - second, 0).astype(np.float64)
    lead *= spread / float(np.hypot(spread, OF_A_KIND))
    # a person counts once
    people = pd.DataFrame({"one": one[mutual], "other": other[partner], "lead": lead})
    people = people.sort_values("lead", ascending=False, kind="stable")
    once = np.sort(people.drop_duplicates("one").drop_duplicates("other").index.to_numpy())
    return mutual[once], partner[once], lead[once]
