"""A smooth curve of what was observed against what was predicted, with a band."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.nonparametric.smoothers_lowess import lowess

from dxtransfer.evidence.intervals import percentile_interval
from dxtransfer.evidence.measures import ratio
from dxtransfer.prevalence import rebased

Floats = NDArray[np.float64]

COLUMNS = ["predicted", "observed", "low", "high"]
POINTS = 51
# Cleveland's default; robust iterations would take the rarer class for outliers.
SHARE = 2 / 3
# A curve through fewer predictions would be drawn by the smoother alone.
LEAST_VALUES = 5


def reliability_curve(
    predicted: Floats,
    observed: Floats,
    weights: Floats,
    *,
    level: float,
    is_share: bool,
    prevalence: float | None = None,
) -> pd.DataFrame:
    """Locally linear regression of the observed on the predicted (Cleveland 1979, JASA 74:829-836).

    For classes, as Austin and Steyerberg (2014, Stat Med 33:517-535) recommend.

    Parameters
    ----------
    predicted, observed
        (n,); for classes probabilities, and 1 where the class is the truth.
    weights
        Whole numbers, (1 + resamples, n), the first row all ones.
    level
        Confidence level of the band, which holds at each point by itself.
    is_share
        Whether what is observed is a share, so that the curve stays in [0, 1].
    prevalence
        Share of the positive class that `predicted` is made for; None for that of the samples.

    Returns
    -------
    pandas.DataFrame
        The columns of `COLUMNS`, a row per point, equally spaced between the lowest and the
        highest prediction; none where there are fewer than five different predictions.
    """
    if len(np.unique(np.round(predicted, 12))) < LEAST_VALUES:
        return pd.DataFrame(columns=COLUMNS)
    order = np.argsort(predicted, kind="stable")
    x, y, counts = predicted[order], observed[order], weights[:, order].astype(int)
    grid = np.linspace(x[0], x[-1], POINTS)
    curves = np.stack([_smooth(np.repeat(x, row), np.repeat(y, row), grid) for row in counts])
    if is_share:
        curves = np.clip(curves, 0, 1)
    if prevalence is not None:
        before = ratio(counts @ y, counts.sum(axis=1))[:, None]
        # A resample of one class says nothing of another prevalence.
        before[(before <= 0) | (before >= 1)] = np.nan
        curves = rebased(curves, before=before, after=prevalence)
    low, high = percentile_interval(curves[1:], level=level)
    return pd.DataFrame(dict(zip(COLUMNS, [grid, curves[0], low, high], strict=True)))


def _smooth(x: Floats, y: Floats, grid: Floats) -> Floats:
    # NaN where so many predictions are equal that the neighbourhood has no width.
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = lowess(y, x, frac=SHARE, it=0, xvals=grid, is_sorted=True)
    return found
