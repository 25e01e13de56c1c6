"""Intervals that were considered beside the one that is shipped."""

import numpy as np
from learners import Floats
from scipy import stats

from dxtransfer.evidence.measures import mean_of_defined


def resampled_t(differences: Floats, *, folds: int, level: float) -> tuple[float, float]:
    """Corrected resampled t interval (Nadeau and Bengio 2003), folds of equal size.

    Parameters
    ----------
    differences
        Of each fold of each repeat, (repeats * folds,).
    folds, level
        Number of folds; confidence level.
    """
    J = len(differences)
    error = np.sqrt((1 / J + 1 / (folds - 1)) * differences.var(ddof=1))
    wide = stats.t.ppf((1 + level) / 2, J - 1) * error
    return differences.mean() - wide, differences.mean() + wide


def bootstrap(
    differences: Floats, *, reached: float, counted: int, level: float
) -> tuple[float, float]:
    """Bootstrap over patients, the variance corrected as that of the shipped interval.

    Parameters
    ----------
    differences
        (repeats * folds, 1 + resamples), see `studies.fold_differences`.
    reached
        Mean AUROC of the two learners.
    counted, level
        See `dxtransfer.evidence.contrasts.contrast`.
    """
    estimate, *resampled = mean_of_defined(differences)
    training = 1 + (1 - np.clip(reached, 0.5, 1)) / 0.5
    error = np.sqrt(training * np.var(resampled, ddof=1))
    wide = stats.t.ppf((1 + level) / 2, counted - 1) * error
    return estimate - wide, estimate + wide
