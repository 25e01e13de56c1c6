"""Measures of classifiers: two classes and several."""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.evidence import measures, recalibration
from dxtransfer.evidence.calibration import calibration_bins
from dxtransfer.evidence.kinds import Bools, Floats, Found, Kind, Rows
from dxtransfer.evidence.measures import mean_of_defined, ratio


class Classes(Kind):
    """Outputs are probabilities; the truth is the number of the class, (t,).

    Parameters
    ----------
    classes
        Class names in order.
    """

    within = measures.RANKING
    efficiency = measures.RANKING
    main = "auroc"

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = [str(name) for name in classes]
        if len(set(self.classes)) != len(self.classes) or len(self.classes) < 2:
            raise ValueError(f"need two classes or more, got {self.classes}")

    def outputs(self, found: Sequence[str]) -> list[str]:
        """The classes."""
        return self.classes

    def wrong(self, values: Floats) -> NDArray[np.bool_]:
        """What is no probability."""
        return ~((values >= 0) & (values <= 1))

    def truth(self, test: pd.DataFrame) -> Floats:
        """Number of the class."""
        codes = pd.Index(self.classes).get_indexer(pd.Index(test["label"]))
        if (codes < 0).any():
            row = test.iloc[int(np.argmax(codes < 0))]
            raise ValueError(
                f"splits: label {row['label']!r} of sample {row['sample']!r} is no class"
            )
        return np.asarray(codes, dtype=np.float64)

    def confusion(self, values: Floats, truth: Floats, repeats: Rows) -> pd.DataFrame:
        """See `Kind`."""
        cells = list(product(range(len(self.classes)), repeat=2))
        counts = [
            [np.sum((truth[rows] == a) & (self.called(run[rows]) == p)) for a, p in cells]
            for run, rows in product(values, repeats)
        ]
        pairs = list(product(self.classes, self.classes))
        table = pd.DataFrame(pairs, columns=["actual", "predicted"])
        table["samples"] = np.mean(counts, axis=0)
        table["share"] = table["samples"] / table.groupby("actual")["samples"].transform("sum")
        return table

    def called(self, values: Floats) -> NDArray[np.intp]:
        """Class that is called, (n,)."""
        raise NotImplementedError

    def one_against_others(self) -> list[int]:
        """Classes that ranking measures hold against all others, and average."""
        raise NotImplementedError

    def within_fold(
        self, values: Floats, truth: Floats, weights: Floats, training: Floats
    ) -> Floats:
        """AUROC and average precision, the mean over `one_against_others`."""
        found = [
            np.stack(
                [
                    measures.auroc(values[:, c], truth == c, weights),
                    measures.average_precision(values[:, c], truth == c, weights),
                ],
                axis=1,
            )
            for c in self.one_against_others()
        ]
        return mean_of_defined(np.stack(found))

    def lacks(self, truth: Floats) -> str:
        """Two classes are the least."""
        return "" if len(np.unique(truth)) > 1 else "all samples are of one class"

    def main_under(self, values: Floats, truths: Floats) -> Floats:
        """AUROC, the mean over `one_against_others`."""
        found = [measures.auroc_under(values[:, c], truths == c) for c in self.one_against_others()]
        return mean_of_defined(np.stack(found))

    def recalibration(
        self, values: Floats, truth: Floats, weights: Floats, *, prevalence: float | None = None
    ) -> Found:
        """See `dxtransfer.evidence.recalibration`, each class against the others."""
        asked = {
            "slope": recalibration.slope,
            "in_the_large": recalibration.in_the_large,
            "expected_calibration_error": recalibration.expected_calibration_error,
        }
        return {
            (self.classes[c], name): measure(
                np.ascontiguousarray(values[:, c]), truth == c, weights, prevalence=prevalence
            )
            for c, (name, measure) in product(self.one_against_others(), asked.items())
        }

    def observed(self, truth: Floats) -> dict[str, Floats]:
        """1 for samples of the class."""
        return {self.classes[c]: (truth == c).astype(float) for c in self.one_against_others()}

    def curves(self, values: Floats, truth: Floats, folds: Rows, samples: Rows) -> pd.DataFrame:
        """ROC and precision-recall, averaged over folds and `one_against_others`."""
        parts = list(product(values, folds, self.one_against_others()))
        kinds: tuple[tuple[str, Callable[..., Floats]], ...] = (
            ("roc", measures.roc),
            ("pr", measures.precision_recall),
        )
        tables = []
        for name, curve in kinds:
            found = [curve(run[rows][:, c], truth[rows] == c) for run, rows, c in parts]
            y = mean_of_defined(np.stack(found))
            tables.append(pd.DataFrame({"curve": name, "x": measures.GRID, "y": y}))
        return pd.concat(tables, ignore_index=True)


class Binary(Classes):
    """Two classes, one of which is to be detected.

    Parameters
    ----------
    classes
        The two names.
    positive
        The one that is to be detected.
    """

    whole = measures.PER_REPEAT

    def __init__(self, classes: Sequence[str], positive: str) -> None:
        super().__init__(classes)
        if len(self.classes) != 2 or positive not in self.classes:
            raise ValueError(f"need two classes, one of them {positive!r}, got {self.classes}")
        self.positive = self.classes.index(positive)

    def one_against_others(self) -> list[int]:
        """The positive class."""
        return [self.positive]

    def prevalence(self, truth: Floats) -> float:
        """Share of the positive class."""
        return float((truth == self.positive).mean())

    def events(self, truth: Floats) -> Bools:
        """The positive class."""
        found: Bools = truth == self.positive
        return found

    def called(self, values: Floats) -> NDArray[np.intp]:
        """The positive class from a probability of 0.5."""
        called = values[:, self.positive] >= measures.THRESHOLD
        return np.where(called, self.positive, 1 - self.positive)

    def over_repeat(self, values: Floats, truth: Floats, weights: Floats) -> Floats:
        """See `measures.per_repeat_measures`."""
        found = measures.per_repeat_measures(
            np.ascontiguousarray(values[:, self.positive]), truth == self.positive, weights
        )
        return np.stack([found[name] for name in self.whole], axis=1)

    def calibration(
        self, values: Floats, truth: Floats, *, level: float, prevalence: float | None = None
    ) -> pd.DataFrame:
        """Probability of the positive class against its share."""
        positive = truth == self.positive
        return calibration_bins(
            values[:, self.positive], positive, level=level, prevalence=prevalence
        )


class Multiclass(Classes):
    """Several classes; what is of one class is the mean over the classes, each against the others.

    Measures are those of scikit-learn: `balanced_accuracy` is the mean recall, `f1` the macro
    mean, `mcc` the coefficient of several classes (Gorodkin 2004), `brier` the sum over the
    classes of the squared errors.
    """

    whole = ("accuracy", "balanced_accuracy", "f1", "mcc", "brier", "log_loss")

    def one_against_others(self) -> list[int]:
        """All classes."""
        return list(range(len(self.classes)))

    def called(self, values: Floats) -> NDArray[np.intp]:
        """The most probable class."""
        called: NDArray[np.intp] = values.argmax(axis=1)
        return called

    def over_repeat(self, values: Floats, truth: Floats, weights: Floats) -> Floats:
        """See the class."""
        k = len(self.classes)
        actual, called = np.eye(k)[truth.astype(int)], np.eye(k)[self.called(values)]
        cells = (actual[:, :, None] * called[:, None, :]).reshape(len(values), k * k)
        table = (weights @ cells).reshape(-1, k, k)
        total, right = weights.sum(axis=1), np.trace(table, axis1=1, axis2=2)
        of_actual, of_called = table.sum(axis=2), table.sum(axis=1)
        hits = np.diagonal(table, axis1=1, axis2=2)
        spread = np.sqrt(
            (total**2 - (of_called**2).sum(axis=1)) * (total**2 - (of_actual**2).sum(axis=1))
        )
        agreed = right * total - (of_actual * of_called).sum(axis=1)
        # a class that is neither there nor called takes no part in the mean
        f1 = ratio(2 * hits, of_actual + of_called)
        sure = np.clip((values * actual).sum(axis=1), measures.SMALLEST_PROBABILITY, 1)
        return np.stack(
            [
                ratio(right, total),
                mean_of_defined(ratio(hits, of_actual).T),
                mean_of_defined(f1.T),
                ratio(agreed, spread, empty=0.0),
                ratio(weights @ ((values - actual) ** 2).sum(axis=1), total),
                ratio(weights @ -np.log(sure), total),
            ],
            axis=1,
        )

    def calibration(
        self, values: Floats, truth: Floats, *, level: float, prevalence: float | None = None
    ) -> pd.DataFrame:
        """Probability of the most probable class against the share in which it is right."""
        right = self.called(values) == truth
        return calibration_bins(values.max(axis=1), right, level=level)
