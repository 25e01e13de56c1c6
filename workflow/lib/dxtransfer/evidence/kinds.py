"""What the evaluation asks of a kind of task: which measures there are, and of which outputs."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.evidence.calibration import COLUMNS as CALIBRATION_COLUMNS

Floats = NDArray[np.float64]
Rows = Sequence[NDArray[np.intp]]
Bools = NDArray[np.bool_]
# values by output and measure
Found = dict[tuple[str, str], Floats]

CONFUSION_COLUMNS = ["actual", "predicted", "samples", "share"]
CURVE_COLUMNS = ["curve", "x", "y"]
# Float32 softmax is off by some 1e-7; a wrong normalisation by far more.
SUM_TOLERANCE = 1e-5


class Kind:
    """A kind of task.

    Measures take predictions (n, outputs), the truth of the same samples (n, ...) and weights
    (resamples, n), not negative, and give (resamples, measures); a row of ones gives the plain
    measure, the others are the resamples of a bootstrap. What cannot be computed is NaN.

    Attributes
    ----------
    within
        Measures that compare samples within a fold.
    whole
        Measures over all test samples of a repeat.
    efficiency
        Measures that are told for every label budget.
    main
        The measure that is told first, in subgroups, and with a permutation test.
    smaller_is_better
        Whether that is so of `main`.
    """

    within: ClassVar[tuple[str, ...]] = ()
    whole: ClassVar[tuple[str, ...]] = ()
    efficiency: ClassVar[tuple[str, ...]] = ()
    main: ClassVar[str] = ""
    smaller_is_better: ClassVar[bool] = False

    @property
    def measures(self) -> tuple[str, ...]:
        """All measures in the order of the tables."""
        return self.within + self.whole

    def outputs(self, found: Sequence[str]) -> list[str]:
        """Outputs in order, of those that predictions have."""
        raise NotImplementedError

    def wrong(self, values: Floats) -> NDArray[np.bool_]:
        """Which single values cannot be a prediction."""
        return ~np.isfinite(values)

    def truth(self, test: pd.DataFrame) -> Floats:
        """Truth of test rows, (t,) or (t, 2); `label`, and `time` for survival.

        Raises
        ------
        ValueError
            For a label that is none.
        """
        raise NotImplementedError

    def prevalence(self, truth: Floats) -> float:
        """Share of the samples that the task is about."""
        return np.nan

    def within_fold(
        self, values: Floats, truth: Floats, weights: Floats, training: Floats
    ) -> Floats:
        """Measures `within`; `training` is the truth of the fold's training part."""
        return np.empty((len(weights), 0))

    def over_repeat(self, values: Floats, truth: Floats, weights: Floats) -> Floats:
        """Measures `whole`."""
        return np.empty((len(weights), 0))

    def events(self, truth: Floats) -> Bools | None:
        """Which samples are of the positive class, or had the event; None where none can be."""
        return None

    def lacks(self, truth: Floats) -> str:
        """Why nothing can be said of samples with this truth; empty where it can."""
        return ""

    def main_under(self, values: Floats, truths: Floats) -> Floats:
        """`main` of predictions (n, outputs) under several truths (m, n, ...), unweighted: (m,)."""
        raise NotImplementedError

    def calibration(
        self, values: Floats, truth: Floats, *, level: float, prevalence: float | None = None
    ) -> pd.DataFrame:
        """Predicted against observed shares; `values` are means of each sample's predictions.

        For probabilities made for a `prevalence` other than that of the samples, observed shares
        are brought to it, too.
        """
        return pd.DataFrame(columns=CALIBRATION_COLUMNS)

    def recalibration(
        self, values: Floats, truth: Floats, weights: Floats, *, prevalence: float | None = None
    ) -> Found:
        """What is told of calibration in one number, of the test samples of a repeat."""
        return {}

    def observed(self, truth: Floats) -> dict[str, Floats]:
        """By output, what is observed where that is predicted: a number per sample, (n,)."""
        return {}

    def confusion(self, values: Floats, truth: Floats, repeats: Rows) -> pd.DataFrame:
        """Actual against predicted classes, `values` (draws, t, outputs), mean over repeats."""
        return pd.DataFrame(columns=CONFUSION_COLUMNS)

    def curves(self, values: Floats, truth: Floats, folds: Rows, samples: Rows) -> pd.DataFrame:
        """What is drawn, `values` (draws, t, outputs); `folds` and `samples` are rows of t."""
        return pd.DataFrame(columns=CURVE_COLUMNS)
