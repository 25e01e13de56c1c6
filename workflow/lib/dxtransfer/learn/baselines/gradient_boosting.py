"""Gradient-boosted trees."""

from typing import Any

from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

from dxtransfer.learn.tasks import TASKS

# Small steps, shallow trees, and a share of samples and features for each: with tens of samples and
# thousands of features these matter more than their exact values, so nothing is tuned.
SETTINGS = {
    "n_estimators": 100,
    "learning_rate": 0.1,
    "max_depth": 3,
    "subsample": 0.8,
    "max_features": "sqrt",
}


def gradient_boosting(*, seed: int, task: str = "binary") -> Any:
    """Stochastic gradient boosting (Friedman 2002, Comput Stat Data Anal 38:367-378)."""
    if TASKS[task].classifies:
        return GradientBoostingClassifier(**SETTINGS, random_state=seed)
    if task == "regression":
        return GradientBoostingRegressor(**SETTINGS, random_state=seed)
    # Half a second to import, for survival alone.
    from sksurv.ensemble import GradientBoostingSurvivalAnalysis

    return GradientBoostingSurvivalAnalysis(**SETTINGS, random_state=seed)
