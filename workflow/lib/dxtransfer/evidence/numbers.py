"""Measures of predicted numbers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dxtransfer.evidence.kinds import Floats, Found, Kind, Rows
from dxtransfer.evidence.measures import ratio


class Regression(Kind):
    """One output, the number; the truth is a number, (t,).

    `mae` is in the unit of the label. `r2` compares with the mean of the same test samples.
    `spearman` is Spearman's rank correlation; it is not defined for a constant prediction.
    """

    within = ("spearman",)
    whole = ("mae", "r2")
    efficiency = ("mae", "r2", "spearman")
    main = "mae"
    smaller_is_better = True

    def outputs(self, found: Sequence[str]) -> list[str]:
        """The one output."""
        return ["prediction"]

    def truth(self, test: pd.DataFrame) -> Floats:
        """The number."""
        return np.asarray(test["label"], dtype=np.float64)

    def within_fold(
        self, values: Floats, truth: Floats, weights: Floats, training: Floats
    ) -> Floats:
        """Spearman's correlation."""
        return spearman(values[:, 0], truth, weights)[:, None]

    def over_repeat(self, values: Floats, truth: Floats, weights: Floats) -> Floats:
        """Mean absolute error and R2."""
        error, total = truth - values[:, 0], weights.sum(axis=1)
        mean = ratio(weights @ truth, total)
        # Not the mean square less the squared mean: it would lose the digits of small deviations.
        around = (weights * (truth[None] - mean[:, None]) ** 2).sum(axis=1)
        return np.stack(
            [ratio(weights @ np.abs(error), total), 1 - ratio(weights @ error**2, around)], axis=1
        )

    def main_under(self, values: Floats, truths: Floats) -> Floats:
        """Mean absolute error."""
        found: Floats = np.abs(truths - values[:, 0]).mean(axis=1)
        return found

    def recalibration(
        self, values: Floats, truth: Floats, weights: Floats, *, prevalence: float | None = None
    ) -> Found:
        """Slope and intercept of the least-squares line of the observed on the predicted number."""
        total, predicted = weights.sum(axis=1), values[:, 0]
        centre, mean = ratio(weights @ predicted, total), ratio(weights @ truth, total)
        apart = predicted - centre[:, None]
        spread = (weights * apart**2).sum(axis=1)
        # Deviations of a constant are those of its rounding.
        spread[spread <= 1e-18 * total * (1 + centre**2)] = 0
        slope = ratio((weights * apart * (truth - mean[:, None])).sum(axis=1), spread)
        return {
            ("prediction", "slope"): slope,
            ("prediction", "intercept"): mean - slope * centre,
        }

    def observed(self, truth: Floats) -> dict[str, Floats]:
        """The number."""
        return {"prediction": truth}

    def curves(self, values: Floats, truth: Floats, folds: Rows, samples: Rows) -> pd.DataFrame:
        """Observed (x) and mean predicted number (y) of each sample."""
        x = [truth[rows[0]] for rows in samples]
        y = [values[:, rows, 0].mean() for rows in samples]
        return pd.DataFrame({"curve": "points", "x": x, "y": y})


def spearman(one: Floats, other: Floats, weights: Floats) -> Floats:
    """Spearman's correlation of (n,) and (n,) under weights (r, n): Pearson's of mid-ranks.

    Among samples of a weight of two, ranks are those of a table in which each stands twice.
    """
    total = weights.sum(axis=1, keepdims=True)

    def deviations(values: Floats) -> Floats:
        ranks = weights @ np.heaviside(values[None, :] - values[:, None], 0.5)
        centred: Floats = ranks - ratio((weights * ranks).sum(axis=1, keepdims=True), total)
        return centred

    a, b = deviations(one), deviations(other)
    together = (weights * a * b).sum(axis=1)
    spread = np.sqrt((weights * a**2).sum(axis=1) * (weights * b**2).sum(axis=1))
    # Ranks of a constant differ by rounding alone.
    spread[spread < 1e-9 * total[:, 0]] = 0
    return ratio(together, spread)
