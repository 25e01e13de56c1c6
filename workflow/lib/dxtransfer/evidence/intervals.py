"""Intervals: a bootstrap over patients, and Wilson's interval for a share."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def patient_weights(patients: int, *, resamples: int, seed: int) -> Floats:
    """Draw patients with replacement, and say how often each was drawn.

    The patient is the unit: a sample takes its patient's weight wherever it was tested, so all
    samples, folds and repeats of a patient move together (cluster bootstrap; Davison & Hinkley
    1997, Bootstrap Methods and their Application, section 3.8).

    Returns
    -------
    Shape ``(1 + resamples, patients)``. The first row is all ones (the estimate itself); every
    other row sums to ``patients``.
    """
    draws = np.random.default_rng(seed).multinomial(
        patients, np.full(patients, 1 / patients), size=resamples
    )
    return np.vstack([np.ones(patients), draws])


def percentile_interval(values: Floats, *, level: float) -> tuple[Floats, Floats]:
    """Percentile bootstrap interval (Efron 1981), over the resamples that are defined.

    What this interval leaves out: it resamples the test patients of models that stay as they
    were trained. The variance that another training set, another partition into folds or another
    seed would bring is not in it, and the training sets of a cross-validation overlap, so the
    truth lies outside more often than ``1 - level`` says (Nadeau & Bengio 2003, Machine Learning
    52:239-281; Bengio & Grandvalet 2004, JMLR 5:1089-1105). It tells how much the result hangs on
    which patients were tested; it is no proof that one method is better than another. With few
    patients a perfect result gets an interval of no width, which must not be read as certainty.
    Patients drawn twice lift average precision within small folds, so its interval lies high
    beside its estimate; in a paired difference that largely cancels.

    Parameters
    ----------
    values
        Shape ``(resamples, ...)``; NaN where a resample could not be measured.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Low and high ends, each of shape ``(...)``; NaN where no resample is defined.
    """
    low = np.full(values.shape[1:], np.nan)
    high = low.copy()
    # numpy warns of a column without a single defined value, hence only the others.
    some = ~np.isnan(values).all(axis=0)
    tails = [(1 - level) / 2, (1 + level) / 2]
    if some.any():
        low[some], high[some] = np.nanquantile(values[:, some], tails, axis=0)
    return low, high


def wilson_interval(share: Floats, samples: Floats, *, level: float) -> tuple[Floats, Floats]:
    """Wilson's score interval for a share (Wilson 1927, JASA 22:209-212).

    Takes samples as independent: several samples of one patient make it too narrow.

    Parameters
    ----------
    share, samples
        The observed share and the count it was taken from (at least 1), shape ``(k,)``.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    Low and high ends within [0, 1], each of shape ``(k,)``.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    centre = share + z**2 / (2 * samples)
    half = z * np.sqrt(share * (1 - share) / samples + z**2 / (4 * samples**2))
    scale = 1 + z**2 / samples
    # At a share of 0 or 1 that end is exact, but for rounding.
    low = np.where(share == 0, 0.0, (centre - half) / scale)
    high = np.where(share == 1, 1.0, (centre + half) / scale)
    return low, high
