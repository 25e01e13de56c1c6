"""Effects of a class on each feature: per cohort, and their mean over cohorts."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LEAST_SD = 1e-3


def mean_effects(
    Z: Floats,
    y: npt.NDArray[np.int64],
    cohort: npt.NDArray[np.int64],
    measured: npt.NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """Random-effects mean over cohorts of the standardised difference between class means.

    Hedges' g with its variance per cohort (Hedges and Olkin 1985), pooled with the moment estimate
    of the variance between cohorts (DerSimonian and Laird 1986).

    Parameters
    ----------
    Z
        (samples, features).
    y
        0 or 1, (samples,); every cohort holds both.
    cohort
        Number of each sample's cohort, (samples,).
    measured
        Whether a cohort measures a feature, (cohorts, features).

    Returns
    -------
    tuple of numpy.ndarray
        Mean and standard error, (features,); 0 and infinite for a feature that no cohort measures.
    """
    each = [_effect(Z, y, cohort == c, measured[c]) for c in np.unique(cohort)]
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


def _effect(
    Z: Floats,
    y: npt.NDArray[np.int64],
    rows: npt.NDArray[np.bool_],
    measured: npt.NDArray[np.bool_],
) -> tuple[Floats, Floats]:
    """Hedges' g of a cohort and its variance, infinite where nothing is known."""
    ill, well = Z[rows & (y == 1)], Z[rows & (y == 0)]
    n, degrees = len(ill) + len(well), len(ill) + len(well) - 2
    squares = ((ill - ill.mean(0)) ** 2).sum(0) + ((well - well.mean(0)) ** 2).sum(0)
    sd = np.sqrt(squares / max(degrees, 1))
    known = measured & (sd > LEAST_SD) & (degrees > 0)
    small = 1 - 3 / (4 * max(degrees, 1) - 1)
    g = np.where(known, (ill.mean(0) - well.mean(0)) / np.where(known, sd, 1), 0.0) * small
    variance = n / (len(ill) * len(well)) + g**2 / (2 * n)
    return g, np.where(known, variance, np.inf)
