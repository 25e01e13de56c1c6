"""The one contract of all strategies and baselines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils.metaestimators import available_if

from dxtransfer.learn.predictor import Predictor
from dxtransfer.learn.splits import inner_folds
from dxtransfer.learn.tasks import TASKS

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """One fit of the evaluation grid.

    Attributes
    ----------
    train, test
        Rows to learn from and to predict.
    inner
        Inner fold of each row of `train`; what has to be chosen is chosen over these.
    """

    train: Ints
    test: Ints
    inner: Ints


def _classifies(estimator: "TransferEstimator") -> bool:
    return TASKS[estimator.task].classifies


class TransferEstimator(BaseEstimator):  # type: ignore[misc]
    """A scikit-learn estimator for a task that can solve many fits at once.

    A subclass gives `fit_one` for `fit`, and `solve_grid`, which fits all splits together. `task`
    is a key of `dxtransfer.learn.tasks.TASKS`, `inner` the number of inner folds that `fit` makes;
    `predict_grid` is given its own. `balanced` says whether classes weigh the same in each fit,
    whatever their size; probabilities are then those of equally frequent classes. Features are
    expected standardised (see `dxtransfer.learn.standardiser`), missing ones 0.
    """

    task: str = "binary"
    inner: int = 3
    balanced: bool = False

    def adapt(self, X: Floats) -> None:
        """Take note of the fold's training samples, labelled or not, before any fit.

        Parameters
        ----------
        X
            (samples, features), standardised.
        """

    def fit(
        self,
        X: Floats,
        y: Sequence[Any] | Array,
        groups: Sequence[Any] | None = None,
        sample_weight: Floats | None = None,
    ) -> "TransferEstimator":
        """Fit to all of `X`; whatever is chosen is chosen over inner folds grouped by `groups`.

        Parameters
        ----------
        X
            (samples, features).
        y
            Labels or numbers, (samples,); for survival time and event, (samples, 2), or a
            structured array of both.
        groups
            Patient of each sample; each its own where None.
        sample_weight
            (samples,); 1 where None.
        """
        task = TASKS[self.task]
        self.classes_, coded = task.coded(y)
        names = np.arange(len(coded)) if groups is None else groups
        folds = inner_folds(task.strata(coded).tolist(), list(names), folds=self.inner)
        rows = np.arange(len(coded))
        split = Split(rows, rows[:0], folds)
        weight = _weights(sample_weight, len(coded))
        self.predictor_ = self.fit_one(np.asarray(X), coded, split, weight)
        return self

    @available_if(_classifies)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Floats) -> Floats:
        """Probabilities, (samples, classes), in the order of `classes_`."""
        return self._columns(self.predictor_.predict(np.asarray(X)))

    def predict(self, X: Floats) -> Array:
        """The likeliest class; the number; for survival the log relative hazard."""
        if self.classes_ is None:
            return self.predictor_.predict(np.asarray(X))
        classes: Array = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return classes

    def predict_grid(
        self,
        X: Floats,
        y: Sequence[Any] | Array,
        groups: Sequence[Any] | None,
        splits: Sequence[Split],
        sample_weight: Floats | None = None,
    ) -> list[Floats]:
        """Predictions of each split's test rows, as a loop of `fit` would give them.

        Returns
        -------
        list of numpy.ndarray
            As `predict_proba` gives them where there are classes, as `predict` otherwise.
        """
        self.classes_, coded = TASKS[self.task].coded(y)
        weight = _weights(sample_weight, len(coded))
        solved = self.solve_grid(np.asarray(X), coded, splits, weight)
        return [self._columns(p) for p in solved]

    def fit_one(self, X: Floats, y: Array, split: Split, weight: Floats) -> Predictor:
        """Fit one split; give the model in its primal form."""
        raise AttributeError(f"{type(self).__name__} gives no fit_one")

    def solve_grid(
        self, X: Floats, y: Array, splits: Sequence[Split], weight: Floats
    ) -> list[Floats]:
        """What `Predictor.predict` would give for each split's test rows."""
        raise AttributeError(f"{type(self).__name__} gives no solve_grid")

    def training_weight(self, y: Array, split: Split, weight: Floats) -> Floats:
        """Weights of a split's training rows, (rows,), of those of all samples."""
        own = np.asarray(weight, dtype=np.float64)[split.train]
        return balanced_weights(y[split.train], own) if self.balanced else own

    def _columns(self, predicted: Floats) -> Floats:
        """A column for each class, where there are classes."""
        if self.classes_ is None or predicted.ndim == 2:
            return predicted
        return np.column_stack([1 - predicted, predicted])


def balanced_weights(y: Array, weights: Floats) -> Floats:
    """Weights with the same sum in every class of `y` (samples,), the whole sum as it was."""
    _, label = np.unique(y, return_inverse=True)
    sums = np.bincount(label, weights=weights)
    found: Floats = weights * (weights.sum() / len(sums) / sums)[label]
    return found


def _weights(given: Floats | None, samples: int) -> Floats:
    return np.ones(samples) if given is None else np.asarray(given)
