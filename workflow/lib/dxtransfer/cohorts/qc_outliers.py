"""Outliers of a cohort: far from its median in a measure, or from its median profile.

These look at the other samples of the cohort. So they may decide over source samples, and only be
told of any other cohort.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.cohorts.assays import COMPARED_AS_THEY_STAND
from dxtransfer.cohorts.ranks import normal_scores

Array = NDArray[Any]

# scales a median absolute deviation to the standard deviation of normal values
MAD_TO_SD = 1.4826
# with fewer samples a median absolute deviation says little
FEWEST_FOR_RELATIVE = 10
# samples of which the median profile is made: enough for a median, bounded in memory
PROFILE_SAMPLES = 1000
# values that are ranked for the correlation: all of a cohort of 400 samples and 20,000 features;
# a larger one is compared in the features that most of its samples show
MOST_RANKED = 2**23
FEWEST_RANKED_FEATURES = 300
# samples that are ranked at once
BLOCK = 512

Rows = Callable[[Array, Array | None], Array]
"""Dense values of some samples, by position, in some or all (None) features."""


def relative_flags(
    metrics: pd.DataFrame, correlation: Array, *, settings: Mapping[str, float], scale: str
) -> NDArray[np.object_]:
    """Tell what is odd about samples, compared with the cohort's others.

    Parameters
    ----------
    metrics
        Of the samples that passed the fixed limits, see `qc_metrics.measure`.
    correlation
        Of the same samples with the cohort's median profile, see `correlations`.
    settings
        mad_threshold and min_correlation_mad, in scaled median absolute deviations.
    scale
        Name of the scale.

    Returns
    -------
    ndarray
        A text per sample, empty where nothing is odd, and for all of fewer than 10 samples.
    """
    flags: list[list[str]] = [[] for _ in range(len(metrics))]
    if len(metrics) < FEWEST_FOR_RELATIVE:
        return np.array(["" for _ in flags], dtype=object)
    medians = metrics["median_value"].to_numpy(float)
    measures = {
        "library size": np.log10(metrics["library_size"].to_numpy(float) + 1),
        "features detected": metrics["features_detected"].to_numpy(float),
        "median value": medians
        if scale in COMPARED_AS_THEY_STAND
        else np.sign(medians) * np.log2(np.abs(medians) + 1),
    }
    for name, values in measures.items():
        for i, distance in enumerate(_distances(values)):
            if abs(distance) > settings["mad_threshold"]:
                side = "above" if distance > 0 else "below"
                flags[i].append(f"{name} {abs(distance):.1f} MAD {side} the median")
    for i, distance in enumerate(_distances(correlation)):
        if distance < -settings["min_correlation_mad"]:
            flags[i].append(
                f"correlation with the cohort's median profile {-distance:.1f} MAD below the median"
            )
    return np.array(["; ".join(told) for told in flags], dtype=object)


def correlations(rows: Rows, *, n: int, detected: Array) -> Array:
    """Correlation of each sample's normal scores with the cohort's median profile.

    Parameters
    ----------
    rows
        Gives dense values of samples, NaN for missing.
    n
        Number of samples.
    detected
        Per feature, the share of the samples that show it.

    Returns
    -------
    ndarray
        (n,) Pearson correlations over the features that the sample and the profile have; NaN for
        each of fewer than 10 samples, 0 where a sample's or the profile's scores do not differ.
        The profile is the median of at most 1,000 samples, evenly spaced. Of a cohort with more
        values than `MOST_RANKED`, those features are compared that most samples show.
    """
    if n < FEWEST_FOR_RELATIVE:
        return np.full(n, np.nan)
    features = _compared(detected, n=n)
    chosen = np.unique(np.linspace(0, n - 1, min(n, PROFILE_SAMPLES)).astype(int))
    scores = normal_scores(rows(chosen, features))
    measured = ~np.isnan(scores).all(axis=0)
    profile = np.full(scores.shape[1], np.nan)
    profile[measured] = np.nanmedian(scores[:, measured], axis=0)
    result = [
        _with_profile(normal_scores(rows(np.arange(at, min(at + BLOCK, n)), features)), profile)
        for at in range(0, n, BLOCK)
    ]
    return np.concatenate(result)


def _compared(detected: Array, *, n: int) -> Array | None:
    """Features in which profiles are compared; None for all of them."""
    most = max(FEWEST_RANKED_FEATURES, MOST_RANKED // n)
    if len(detected) <= most:
        return None
    # among features shown equally often, any: in a fixed order that is not that of the file
    anyhow = np.random.default_rng(0).permutation(len(detected))
    order: Array = np.lexsort((anyhow, -detected))
    return np.sort(order[:most])


def _with_profile(scores: Array, profile: Array) -> Array:
    """Pearson correlation of each row with the profile, over what both have."""
    both = ~np.isnan(scores) & ~np.isnan(profile)
    x = np.where(both, scores, 0).astype(np.float64)
    weight, y = both.astype(np.float64), np.nan_to_num(profile)
    n = np.maximum(weight.sum(axis=1), 1)
    sum_x, sum_y = x.sum(axis=1), weight @ y
    xy = x @ y - sum_x * sum_y / n
    xx, yy = (x * x).sum(axis=1) - sum_x**2 / n, weight @ (y * y) - sum_y**2 / n
    spread = np.sqrt(np.clip(xx, 0, None) * np.clip(yy, 0, None))
    # a sample without any order among these features is as unlike the profile as can be
    correlation: Array = np.divide(xy, spread, out=np.zeros(len(x)), where=spread > 1e-9)
    return correlation


def _distances(values: Array) -> Array:
    """Distances from the median in scaled MADs; 0 where these are not to be had."""
    if np.isnan(values).all():
        return np.zeros(len(values))
    centred = values - np.nanmedian(values)
    mad = MAD_TO_SD * np.nanmedian(np.abs(centred))
    if not mad > 0:
        return np.zeros_like(values)
    distances: Array = np.nan_to_num(centred / mad)
    return distances
