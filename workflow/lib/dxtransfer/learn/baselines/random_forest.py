"""Random forest."""

from typing import Any

from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from dxtransfer.learn.tasks import TASKS

TREES = 100


def random_forest(*, seed: int, task: str = "binary") -> Any:
    """Random forest with the library's settings (Breiman 2001; Ishwaran et al. 2008)."""
    if TASKS[task].classifies:
        return RandomForestClassifier(n_estimators=TREES, random_state=seed)
    if task == "regression":
        return RandomForestRegressor(n_estimators=TREES, random_state=seed)
    # Half a second to import, for survival alone.
    from sksurv.ensemble import RandomSurvivalForest

    return RandomSurvivalForest(n_estimators=TREES, random_state=seed)
