"""Majority: what is known without looking at a sample."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier, DummyRegressor

from dxtransfer.learn.tasks import TASKS


class NoRisk(BaseEstimator):  # type: ignore[misc]
    """The same hazard for everyone."""

    def fit(self, X: npt.NDArray[Any], y: npt.NDArray[Any]) -> "NoRisk":
        """Nothing is fitted."""
        return self

    def predict(self, X: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Log relative hazard 0, (samples,)."""
        return np.zeros(len(X))


def majority(*, seed: int, task: str = "binary") -> Any:
    """For everyone: the training part's share of the classes, its mean, or the same hazard."""
    if TASKS[task].classifies:
        return DummyClassifier(strategy="prior", random_state=seed)
    return DummyRegressor() if task == "regression" else NoRisk()
