"""Models that never see the source: what a transfer has to beat."""

from typing import Any

from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier

from dxtransfer.learn.linear import RidgeModel


def majority(*, seed: int) -> DummyClassifier:
    """Share of the classes in the training part, for everyone."""
    return DummyClassifier(strategy="prior", random_state=seed)


def logistic_l2(*, seed: int) -> RidgeModel:
    """L2 logistic regression on all features, the reference; it draws no random number."""
    return RidgeModel()


def random_forest(*, seed: int) -> RandomForestClassifier:
    """Random forest of 100 trees with scikit-learn's settings (Breiman 2001)."""
    return RandomForestClassifier(n_estimators=100, random_state=seed)


BASELINES: dict[str, Any] = {
    "majority": majority,
    "logistic_l2": logistic_l2,
    "random_forest": random_forest,
}
