"""Effects of an outcome on each feature: per cohort, and their mean over cohorts."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.bool_]
LEAST_SD = 1e-3


def class_effect(
    Z: Floats, y: npt.NDArray[Any], rows: Rows, measured: Rows
) -> tuple[Floats, Floats]:
    """Hedges' g of a cohort and its variance, infinite where nothing is known; y is 0 or 1."""
    ill, well = Z[rows & (y == 1)], Z[rows & (y == 0)]
    n, degrees = len(ill) + len(well), len(ill) + len(well) - 2
    squares = ((ill - ill.mean(0)) ** 2).sum(0) + ((well - well.mean(0)) ** 2).sum(0)
    sd = np.sqrt(squares / max(degrees, 1))
    known = measured & (sd > LEAST_SD) & (degrees > 0)
    small = 1 - 3 / (4 * max(degrees, 1) - 1)
    g = np.where(known, (ill.mean(0) - well.mean(0)) / np.where(known, sd, 1), 0.0) * small
    variance = n / (len(ill) * len(well)) + g**2 / (2 * n)
    return g, np.where(known, variance, np.inf)


def correlation_effect(
    Z: Floats, y: npt.NDArray[Any], rows: Rows, measured: Rows
) -> tuple[Floats, Floats]:
    """Fisher's z of the correlation in a cohort and its variance; y is any number."""
    X, n = Z[rows] - Z[rows].mean(0), int(rows.sum())
    residual = y[rows] - y[rows].mean()
    sd, size = X.std(0), max(float(np.sqrt((residual**2).mean())), 1e-12)
    known = measured & (sd > LEAST_SD) & (n > 3)
    r = np.where(known, residual @ X / n / np.where(known, sd, 1) / size, 0.0)
    return np.arctanh(r.clip(-0.999, 0.999)), np.where(known, 1 / max(n - 3, 1), np.inf)


def mean_effects(
    Z: Floats,
    y: npt.NDArray[Any],
    cohort: npt.NDArray[np.int64],
    measured: Rows,
    *,
    effect: Callable[..., tuple[Floats, Floats]] = class_effect,
) -> tuple[Floats, Floats]:
    """Random-effects mean over cohorts of the standardised effect of an outcome.

    Of a class the difference between class means, Hedges' g with its variance (Hedges and Olkin
    1985); of a number the correlation, as Fisher's z (Fisher 1921). Pooled with the moment
    estimate of the variance between cohorts (DerSimonian and Laird 1986).

    Parameters
    ----------
    Z
        (samples, features).
    y
        What `effect` takes, (samples,): 0 or 1, every cohort holds both; or any number.
    cohort
        Number of each sample's cohort, (samples,).
    measured
        Whether a cohort measures a feature, (cohorts, features).
    effect
        `class_effect` or `correlation_effect`.

    Returns
    -------
    tuple of numpy.ndarray
        Mean and standard error, (features,); 0 and infinite for a feature that no cohort measures.
    """
    each = [effect(Z, y, cohort == c, measured[c]) for c in np.unique(cohort)]
    g, variance = (np.stack(part) for part in zip(*each, strict=True))
    weight = 1 / variance
    total = np.maximum(weight.sum(0), 1e-300)
    fixed = (weight * g).sum(0) / total
    degrees = np.maximum((weight > 0).sum(0) - 1, 0)
    surplus = (weight * (g - fixed) ** 2).sum(0) - degrees
    scale = total - (weight**2).sum(0) / total
    between = np.where(degrees > 0, np.maximum(surplus, 0) / np.maximum(scale, 1e-12), 0.0)
    weight = 1 / (variance + between)
    total = weight.sum(0)
    known = total > 0
    mean = np.where(known, (weight * g).sum(0) / np.where(known, total, 1), 0.0)
    return mean, np.where(known, 1 / np.sqrt(np.where(known, total, 1)), np.inf)
