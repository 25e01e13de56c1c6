"""Every measure of a model under resamples of the patients."""

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from dxtransfer.evidence.align import Scores
from dxtransfer.evidence.intervals import patient_weights
from dxtransfer.evidence.kinds import Floats
from dxtransfer.evidence.measures import mean_of_defined


def patient_resamples(scores: Scores, *, resamples: int, seed: int) -> Floats:
    """Weight of each test row, (1 + resamples, t): see `patient_weights`."""
    patient = scores.patients()
    return patient_weights(patient.max() + 1, resamples=resamples, seed=seed)[:, patient]


def resampled(scores: Scores, runs: Sequence[int], weights: Floats) -> Floats:
    """Each measure of the draws of a strategy at a budget.

    Parameters
    ----------
    scores
        Predictions beside the truth.
    runs
        Rows of `scores.runs`, over which is averaged.
    weights
        (r, t); a test row of weight 0 takes no part.

    Returns
    -------
    numpy.ndarray
        (r, measures).
    """
    kind, values, truth = scores.kind, scores.values, scores.truth

    def within(run: int, key: tuple[int, ...], rows: NDArray[np.intp]) -> Floats:
        training = scores.training.get(key, truth[:0])
        return kind.within_fold(values[run, rows], truth[rows], weights[:, rows], training)

    def whole(run: int, key: tuple[int, ...], rows: NDArray[np.intp]) -> Floats:
        return kind.over_repeat(values[run, rows], truth[rows], weights[:, rows])

    return np.hstack(
        [
            mean_of_defined(np.stack([measure(run, *part) for run, part in product(runs, parts)]))
            for measure, parts in (
                (within, scores.parts(["repeat", "fold"])),
                (whole, scores.parts(["repeat"])),
            )
        ]
    )
