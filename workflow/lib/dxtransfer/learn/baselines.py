"""Models that never see the source: what a transfer has to beat."""

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from dxtransfer.learn.linear import RidgeModel
from dxtransfer.learn.tasks import TASKS

TREES = 100


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


def logistic_l2(*, seed: int, task: str = "binary") -> RidgeModel:
    """L2-penalised linear model on all features, the reference; it draws no random number.

    Logistic or softmax regression, ridge or Cox regression, as the task is.
    """
    return RidgeModel(task=task)


def random_forest(*, seed: int, task: str = "binary") -> Any:
    """Random forest with the libraries' settings (Breiman 2001; Ishwaran et al. 2008).

    A split looks at the square root of the features. For numbers scikit-learn would look at all,
    which takes a hundred times as long where there are ten thousand.
    """
    if TASKS[task].classifies:
        return RandomForestClassifier(n_estimators=TREES, random_state=seed)
    if task == "regression":
        return RandomForestRegressor(n_estimators=TREES, max_features="sqrt", random_state=seed)
    # Half a second to import, for survival alone.
    from sksurv.ensemble import RandomSurvivalForest

    return RandomSurvivalForest(n_estimators=TREES, random_state=seed)


BASELINES: dict[str, Any] = {
    "majority": majority,
    "logistic_l2": logistic_l2,
    "random_forest": random_forest,
}
