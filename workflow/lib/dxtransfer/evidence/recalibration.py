"""Slope and intercept of calibration, and its expected error, of many resamples at once.

Functions take ``probability`` of the positive class (shape ``(n,)``), ``positive`` (the truth,
bool, shape ``(n,)``) and ``weights`` (shape ``(r, n)``, not negative), and give one value per row
of ``weights`` (shape ``(r,)``), NaN where it is not defined. ``prevalence`` is the share of the
positive class that the probabilities are made for, where it is not that of the samples: the samples
then stand for a case-control draw from that population, whose intercept is corrected by the known
difference of log odds (King & Zeng 2001, Political Analysis 9:137-163).
"""

import numpy as np
from numpy.typing import NDArray

from dxtransfer.evidence.measures import ratio
from dxtransfer.prevalence import log_odds

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# Probabilities of 0 and 1 have no logit; some learners, such as forests, give them.
SMALLEST = 1e-6
BINS = 10
# Below this number of patients the error of a bin is mostly chance, which can only add to it.
LEAST_PATIENTS = 200
STEPS, HALVINGS = 100, 60
CONVERGED = 1e-10


def logits(probability: Floats) -> Floats:
    """Log odds of probabilities brought into [1e-6, 1 - 1e-6]."""
    found: Floats = log_odds(np.clip(probability, SMALLEST, 1 - SMALLEST))
    return found


def slope(
    probability: Floats, positive: Bools, weights: Floats, *, prevalence: float | None = None
) -> Floats:
    """Slope of the logistic regression of the truth on the logit (Cox 1958, Biometrika 45:562-565).

    Below 1, probabilities are too extreme; above 1, not extreme enough. Not defined where one
    threshold parts the classes, where a class has no weight, and for a constant.
    """
    x = logits(probability)
    far = np.inf
    present = weights > 0
    ends = [
        (
            np.where(present & side, x, far).min(axis=1),
            np.where(present & side, x, -far).max(axis=1),
        )
        for side in (positive, ~positive)
    ]
    (low, high), (low_other, high_other) = ends
    overlap = (low < high_other) & (low_other < high)
    # Parts of the range of x, so that the first step is of a sensible length whatever its unit.
    scale = max(float(np.ptp(x)), np.finfo(float).tiny)
    design = np.column_stack([np.ones(len(x)), x / scale])
    found = np.full(len(weights), np.nan)
    offset = _offset(positive, weights, prevalence)[overlap, None] + np.zeros((1, len(x)))
    found[overlap] = _fitted(design, offset, positive, weights[overlap])[:, 1] / scale
    return found


def in_the_large(
    probability: Floats, positive: Bools, weights: Floats, *, prevalence: float | None = None
) -> Floats:
    """Calibration in the large: the intercept with the slope held at 1, in log odds.

    Above 0, cases are more common than predicted. Not defined where a class has no weight.
    """
    both = (weights @ positive > 0) & (weights @ ~positive > 0)
    offset = logits(probability)[None] + _offset(positive, weights, prevalence)[both, None]
    found = np.full(len(weights), np.nan)
    design = np.ones((len(positive), 1))
    found[both] = _fitted(design, offset, positive, weights[both])[:, 0]
    return found


def expected_calibration_error(
    probability: Floats, positive: Bools, weights: Floats, *, prevalence: float | None = None
) -> Floats:
    """Mean distance of observed share and mean prediction in ten bins of equal width.

    Bins are weighed by their share of the samples (Naeini et al. 2015, AAAI 2901-2907). Chance
    alone makes it positive, the more so the fewer samples there are.
    """
    own = weights * np.exp(
        np.where(positive, -_offset(positive, weights, prevalence)[:, None], 0.0)
    )
    of_bin = np.minimum((probability * BINS).astype(int), BINS - 1)
    inside = np.eye(BINS)[of_bin]
    apart = np.abs((own * (positive - probability)) @ inside).sum(axis=1)
    return ratio(apart, own.sum(axis=1))


def _offset(positive: Bools, weights: Floats, prevalence: float | None) -> Floats:
    """Log odds of the samples' own share less those of `prevalence`, 0 where none is stated."""
    if prevalence is None:
        return np.zeros(len(weights))
    share = ratio(weights @ positive, weights.sum(axis=1))
    both = (share > 0) & (share < 1)
    found: Floats = np.where(both, log_odds(np.where(both, share, 0.5)), np.nan)
    return found - float(log_odds(prevalence))


def _fitted(design: Floats, offset: Floats, positive: Bools, weights: Floats) -> Floats:
    """Maximum likelihood of a logistic regression with offset, a row per row of weights.

    Newton's method with halved steps. Rows of `weights` have to have a finite maximum.
    """
    found = np.zeros((len(weights), design.shape[1]))
    y = positive.astype(float)

    def likelihood(beta: Floats) -> Floats:
        eta = beta @ design.T + offset
        total: Floats = (weights * (y * eta - np.logaddexp(0, eta))).sum(axis=1)
        return total

    best = likelihood(found)
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(found @ design.T + offset, -700, 700)))
        gradient = (weights * (y - p)) @ design
        curvature = np.einsum("rn,nk,nl->rkl", weights * p * (1 - p), design, design)
        # Where all probabilities are near 0 or 1 the curvature vanishes to rounding.
        curvature += 1e-12 * np.eye(design.shape[1])
        step = np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]
        for _ in range(HALVINGS):
            reached = likelihood(found + step)
            worse = reached < best - 1e-12 * np.abs(best)
            if not worse.any():
                break
            step[worse] /= 2
        found, best = found + step, reached
        if np.abs(step).max(initial=0) < CONVERGED * (1 + np.abs(found).max(initial=0)):
            break
    return found
