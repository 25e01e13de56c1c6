"""Expression fingerprints: a few features of each sample, comparable across platforms and scales.

A fingerprint holds the normal scores of a sample's values at the features of its cohort's panel.
Scores depend on the order of a sample's own values alone, so units, logarithms and library size
fall out; what a platform does to one feature is taken out later, per cohort.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from numpy.typing import NDArray

from dxtransfer.cohorts.normalise import normalise

# features that a cohort is compared by; more sharpen little, fewer blur
PANEL = 1500
# rows that are enough to tell which features are measured well
PROFILED_ROWS = 200
READ_ROWS = 1024
# above so many samples, scores are kept in half precision, 3 kB a sample
FULL_ROWS = 20_000


@dataclass(frozen=True)
class Fingerprints:
    """Fingerprints of a cohort.

    Attributes
    ----------
    features
        The cohort's panel, p names.
    scores
        (n, p) normal scores, NaN for missing; float32, or float16 above 20,000 samples.
    """

    features: pd.Index
    scores: NDArray[np.floating]


def feature_profile(adata: AnnData) -> pd.Series:
    """Tell how well each feature of a cohort tells its samples apart.

    Parameters
    ----------
    adata
        Samples x features, may be backed: up to 200 rows, evenly spaced, are read.

    Returns
    -------
    Series
        Feature to the smaller of two percentile ranks among the features (0 to 1): that of its
        mean normal score and that of its standard deviation. A feature near the detection limit
        varies, too, but by noise. Features without any value are left out.
    """
    rows = np.unique(np.linspace(0, adata.n_obs - 1, min(adata.n_obs, PROFILED_ROWS)).astype(int))
    scores = _scores(adata[rows]).astype(np.float64)
    known = ~np.isnan(scores)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, scores, 0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, scores - mean, 0) ** 2).sum(axis=0) / count)
    ranks = pd.DataFrame({"mean": mean, "spread": spread}, index=adata.var_names)
    ranks = ranks[known.any(axis=0)].rank(pct=True)
    return ranks.min(axis=1)


def panels(profiles: Mapping[str, pd.Series], *, size: int = PANEL) -> dict[str, pd.Index]:
    """Choose the features that each cohort is compared by.

    Parameters
    ----------
    profiles
        Cohort to its `feature_profile`.
    size
        Features per cohort at most.

    Returns
    -------
    dict
        Cohort to its features, sorted. What most cohorts measure comes first, then what tells
        samples apart best on average, so that cohorts which measure the same kind of thing are
        given the same features, and a study may hold several kinds.
    """
    table = pd.concat(list(profiles.values()))
    grouped = table.groupby(level=0, sort=True)
    order = pd.DataFrame({"cohorts": grouped.size(), "value": grouped.mean().round(12)})
    ranked = order.sort_values(["cohorts", "value"], ascending=False, kind="stable").index
    return {
        name: pd.Index(sorted(ranked[ranked.isin(profile.index)][:size]))
        for name, profile in profiles.items()
    }


def fingerprints(adata: AnnData, features: pd.Index) -> Fingerprints:
    """Take the fingerprints of a cohort, a block of rows at a time.

    Parameters
    ----------
    adata
        Samples x features, may be backed.
    features
        The cohort's panel.
    """
    dtype = np.float32 if adata.n_obs <= FULL_ROWS else np.float16
    scores = np.full((adata.n_obs, len(features)), np.nan, dtype=dtype)
    place = adata.var_names.get_indexer(features)
    for start, block in _blocks(adata):
        scores[start : start + len(block)] = block[:, place]
    return Fingerprints(features, scores)


def _blocks(adata: AnnData) -> Iterator[tuple[int, NDArray[np.float32]]]:
    for start in range(0, adata.n_obs, READ_ROWS):
        yield start, _scores(adata[start : start + READ_ROWS])


def _scores(part: Any) -> NDArray[np.float32]:
    values = part.to_memory().X if part.isbacked else part.X
    return normalise(values, method="rank_normal", scale="")
