"""Random forest."""

from typing import Any

from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

from dxtransfer.learn.tasks import TASKS

TREES = 100


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
