"""Differences between training procedures with intervals that hold for new training sets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from dxtransfer.evidence.align import Key, Scores
from dxtransfer.evidence.classes import Classes
from dxtransfer.evidence.measures import mean_of_defined
from dxtransfer.evidence.survival import Survival

Floats = NDArray[np.float64]

# The measure of the verdict for each kind of task, and whether more of it is better.
MEASURES = {
    "binary": ("auroc", True),
    "multiclass": ("auroc", True),
    "regression": ("mae", False),
    "survival": ("c_index", True),
}
# of which a half is chance and 1 perfect
RANKED = ("auroc", "c_index")
# What a measure of ranks has by chance.
CHANCE = 0.5


@dataclass(frozen=True)
class Contrast:
    """Gain of one training procedure over another.

    Attributes
    ----------
    estimate
        Mean over folds and repeats.
    error
        Its standard error.
    low, high
        Ends of the interval.
    equivalence_low, equivalence_high
        Ends of the interval of two one-sided tests, whose level is 2 * level - 1.
    p
        Two-sided p value of no difference.
    degrees
        Degrees of freedom.
    """

    estimate: float
    error: float
    low: float
    high: float
    equivalence_low: float
    equivalence_high: float
    p: float
    degrees: int


def counted_patients(scores: Scores) -> int:
    """Patients of the rarest class; with an event, for survival; all, for numbers."""
    patients = scores.test["patient"]
    if isinstance(scores.kind, Classes):
        classes = range(len(scores.kind.classes))
        return min(int(patients[scores.truth == c].nunique()) for c in classes)
    if isinstance(scores.kind, Survival):
        return int(patients[scores.truth[:, 1] > 0].nunique())
    return int(patients.nunique())


def measured(scores: Scores, measure: str, *, sign: int = 1) -> dict[Key, Floats]:
    """One measure of `without_each`, (1 + patients,) by key, times `sign`: -1 if less is better."""
    return {key: sign * found[:, 0] for key, found in without_each(scores, [measure]).items()}


def without_each(scores: Scores, measures: Sequence[str]) -> dict[Key, Floats]:
    """Measures of each strategy and budget, and the same without each patient in turn.

    Models stay as they were trained; a patient without is left out of every fold and repeat that
    tested him. Measures of ranks are means over folds, then over repeats and draws, others over
    repeats and draws.

    Parameters
    ----------
    scores
        Aligned predictions.
    measures
        Some of `scores.kind.measures`.

    Returns
    -------
    dict
        (1 + patients, measures) by key, the plain measures first.
    """
    kind = scores.kind
    patients, patient = np.unique(scores.test["patient"].to_numpy(str), return_inverse=True)
    weights = np.vstack([np.ones(len(patients)), 1 - np.eye(len(patients))])

    def values(run: int, key: tuple[int, ...], rows: NDArray[np.intp], within: bool) -> Floats:
        # patients who are not in this part change nothing
        own, back = np.unique(patient[rows], return_inverse=True)
        few = np.vstack([weights[:1], weights[1 + own]])[:, own][:, back]
        given = scores.values[run, rows], scores.truth[rows], few
        if within:
            found = kind.within_fold(*given, scores.training.get(key, scores.truth[:0]))
        else:
            found = kind.over_repeat(*given)
        whole = np.tile(found[0], (1 + len(patients), 1))
        whole[1 + own] = found[1:]
        return whole

    groups = [(kind.within, ["repeat", "fold"]), (kind.whole, ["repeat"])]
    groups = [(names, by) for names, by in groups if set(names) & set(measures)]
    of_groups = [name for names, _ in groups for name in names]
    at = [of_groups.index(name) for name in measures]
    parts = [(scores.parts(by), "fold" in by) for _, by in groups]
    return {
        key: np.hstack(
            [
                mean_of_defined(np.stack([values(run, *p, within) for run in runs for p in own]))
                for own, within in parts
            ]
        )[:, at]
        for key, runs in scores.keys().items()
    }


def contrast(
    one: Floats, other: Floats, *, counted: int, level: float, ranked: bool = True
) -> Contrast:
    """Gain of one procedure over another that was tested on the same folds.

    Parameters
    ----------
    one, other
        As `measured` gives them, (1 + patients,). Where one is NaN, so is the interval.
    counted
        Patients of the rarest class, with an event, or all; less one they are the degrees of
        freedom of Student's t.
    level
        Confidence level.
    ranked
        Whether the measure is one of ranks, of which `CHANCE` is chance and 1 perfect. Half a
        patient's pairs are then the least error: where no pair differs there is nothing to
        estimate it from. No interval reaches beyond a gain or loss of 1.
    """
    estimate = float(one[0] - other[0])
    least = 0.5 / counted if ranked else 0.0
    error = float(np.maximum(least, standard_error(one, other, ranked=ranked)))
    degrees = max(1, counted - 1)
    most = 1.0 if ranked else np.inf
    wide, narrow = (float(stats.t.ppf(q, degrees)) * error for q in ((1 + level) / 2, level))
    low, high, equivalence_low, equivalence_high = (
        float(np.clip(estimate + away, -most, most)) for away in (-wide, wide, -narrow, narrow)
    )
    p = float(not estimate) if error == 0 else float(2 * stats.t.sf(abs(estimate) / error, degrees))
    return Contrast(
        estimate=estimate,
        error=error,
        low=low,
        high=high,
        equivalence_low=equivalence_low,
        equivalence_high=equivalence_high,
        p=p,
        degrees=degrees,
    )


def standard_error(one: Floats, other: Floats, *, ranked: bool) -> float:
    """Standard error of a gain over new training and test patients.

    The variance over test patients is the delete-one-patient jackknife's (Efron and Stein 1981,
    Ann Stat 9:586-596), in which all samples, folds and repeats of a patient go together. Training
    sets are resampled by nothing, and the variance of a cross-validation has no unbiased estimate
    (Bengio and Grandvalet 2004, JMLR 5:1089-1105). Where there is nothing to learn, a patient
    sways what others are taught as much as he sways his own test, which doubles the variance; of
    perfect learners nothing remains to be swayed. In between it is taken as linear in the mean of
    the two measures, which simulations of learners that do not differ support
    (docs/statistics.md). Measures without a chance level are doubled throughout.
    """
    gains = one - other
    without, n = gains[1:], len(gains) - 1
    tested = (n - 1) / n * float(np.sum((without - without.mean()) ** 2))
    reached = float(np.clip((one[0] + other[0]) / 2, CHANCE, 1)) if ranked else CHANCE
    return float(np.sqrt(tested * (1 + (1 - reached) / (1 - CHANCE))))
