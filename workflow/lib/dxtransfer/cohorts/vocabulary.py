"""The features that a source speaks of: chosen from the source cohorts alone."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.errors import InputError

# a feature that most samples of a cohort lack is not measured by that cohort
MEASURED_SHARE = 0.5


def summarise(chunks: Iterable[NDArray[np.float32]], features: Sequence[str]) -> pd.DataFrame:
    """Mean and variance of a source cohort's normalised values, per measured feature.

    Parameters
    ----------
    chunks
        (samples, features) normalised values, NaN for missing, a few samples at a time; parts are
        merged as in Chan, Golub and LeVeque (1979).
    features
        Names of the columns.

    Returns
    -------
    DataFrame
        Indexed by feature: mean, var (divisor n - 1; 0 for a single value). A feature that less
        than half of the samples have is left out.
    """
    samples, n = 0, np.zeros(len(features))
    mean, deviation = np.zeros(len(features)), np.zeros(len(features))
    for X in chunks:
        values = X.astype(np.float64)
        more = (~np.isnan(values)).sum(axis=0)
        own_mean = np.nansum(values, axis=0) / np.maximum(more, 1)
        own_deviation = np.nansum((values - own_mean) ** 2, axis=0)
        total = np.maximum(n + more, 1)
        deviation += own_deviation + (own_mean - mean) ** 2 * n * more / total
        mean += (own_mean - mean) * more / total
        samples, n = samples + len(X), n + more
    enough = (n >= MEASURED_SHARE * samples) & (n > 0)
    return pd.DataFrame(
        {"mean": mean[enough], "var": (deviation / np.maximum(n - 1, 1))[enough]},
        index=pd.Index(np.asarray(features, dtype=object)[enough], name="feature"),
    )


def vocabulary(
    per_cohort: Mapping[str, pd.DataFrame], *, min_cohort_share: float, n_features: int
) -> pd.DataFrame:
    """Choose features that most source cohorts measure, the most variable within them first.

    Parameters
    ----------
    per_cohort
        Cohort to its `summarise` table.
    min_cohort_share
        Share of the cohorts that must measure a feature.
    n_features
        How many to choose at most.

    Returns
    -------
    DataFrame
        Sorted by feature: feature, cohorts (number that measure it), mean (of the cohorts'
        means), sd (root of the mean variance within cohorts), variance_rank (mean over cohorts of
        the variance's rank in the cohort, from near 0, least variable, to 1). Variance between
        cohorts, which is mostly platform, plays no part. Ties are broken by name.

    Raises
    ------
    InputError
        When no feature is measured by enough cohorts.
    """
    table = pd.concat(
        [
            summary.assign(variance_rank=summary["var"].rank(pct=True))
            for summary in per_cohort.values()
        ]
    )
    grouped = table.groupby(level=0, sort=True)
    chosen = grouped[["mean", "var", "variance_rank"]].mean()
    chosen.insert(0, "cohorts", grouped.size())
    chosen = chosen[chosen["cohorts"] >= min_cohort_share * len(per_cohort) - 1e-9]
    if chosen.empty:
        raise InputError(
            f"no feature is measured by {min_cohort_share:.0%} of the source cohorts "
            f"({', '.join(per_cohort)}); do they name features alike? Give probe ids an "
            "annotation table, or lower features.min_cohort_share"
        )
    # What most cohorts measure comes first: where platforms mix, the most variable ranks are those
    # of genes near the background, which other platforms do not measure at all. Rounded, so that
    # sums in another order do not reorder what is tied.
    keys = chosen.assign(variance_rank=chosen["variance_rank"].round(12))
    order = keys.sort_values(["cohorts", "variance_rank"], ascending=False, kind="stable").index
    chosen = chosen.loc[order[:n_features]].sort_index()
    chosen["sd"] = np.sqrt(chosen["var"])
    chosen.index.name = "feature"
    return chosen.reset_index()[["feature", "cohorts", "mean", "sd", "variance_rank"]]
