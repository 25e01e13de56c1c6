"""The one contract of all strategies and baselines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin

from dxtransfer.learn.predictor import Predictor
from dxtransfer.learn.splits import inner_folds

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


class TransferClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A scikit-learn classifier of two classes that can solve many fits at once.

    A subclass gives `fit_one` for `fit`, and `solve_grid`, which fits all splits together. `inner`
    is the number of inner folds that `fit` makes; `predict_grid` is given its own.
    Features are expected standardised (see `dxtransfer.learn.standardiser`), missing ones 0.
    """

    inner: int = 3

    def fit(
        self,
        X: Floats,
        y: Sequence[Any] | npt.NDArray[Any],
        groups: Sequence[Any] | None = None,
        sample_weight: Floats | None = None,
    ) -> "TransferClassifier":
        """Fit to all of `X`; whatever is chosen is chosen over inner folds grouped by `groups`.

        Parameters
        ----------
        X
            (samples, features).
        y
            Two labels, (samples,).
        groups
            Patient of each sample; each its own where None.
        sample_weight
            (samples,); 1 where None.
        """
        self.classes_, coded = self._coded(y)
        names = np.arange(len(coded)) if groups is None else groups
        folds = inner_folds(coded.tolist(), list(names), folds=self.inner)
        rows = np.arange(len(coded))
        weight = np.ones(len(coded)) if sample_weight is None else np.asarray(sample_weight)
        self.predictor_ = self.fit_one(np.asarray(X), coded, Split(rows, rows[:0], folds), weight)
        return self

    def predict_proba(self, X: Floats) -> Floats:
        """Probabilities, (samples, 2), in the order of `classes_`."""
        return two_columns(self.predictor_.probability(np.asarray(X)))

    def predict(self, X: Floats) -> npt.NDArray[Any]:
        """The likelier class."""
        classes: npt.NDArray[Any] = self.classes_[self.predict_proba(X).argmax(axis=1)]
        return classes

    def predict_grid(
        self,
        X: Floats,
        y: Sequence[Any] | npt.NDArray[Any],
        groups: Sequence[Any] | None,
        splits: Sequence[Split],
    ) -> list[Floats]:
        """Probabilities of each split's test rows, as a loop of `fit` would give them."""
        self.classes_, coded = self._coded(y)
        solved = self.solve_grid(np.asarray(X), coded, splits)
        return [two_columns(p) for p in solved]

    def fit_one(self, X: Floats, y: Ints, split: Split, weight: Floats) -> Predictor:
        """Fit one split; give the model in its primal form."""
        raise AttributeError(f"{type(self).__name__} gives no fit_one")

    def solve_grid(self, X: Floats, y: Ints, splits: Sequence[Split]) -> list[Floats]:
        """Probability of the second class for each split's test rows."""
        raise AttributeError(f"{type(self).__name__} gives no solve_grid")

    @staticmethod
    def _coded(y: Sequence[Any] | npt.NDArray[Any]) -> tuple[npt.NDArray[Any], Ints]:
        classes, coded = np.unique(np.asarray(y), return_inverse=True)
        if len(classes) != 2:
            raise ValueError(f"two classes are needed, there are {len(classes)}")
        return classes, coded.astype(np.int64)


def two_columns(positive: Floats) -> Floats:
    """(samples, 2) from the probability of the second class."""
    return np.column_stack([1 - positive, positive])
