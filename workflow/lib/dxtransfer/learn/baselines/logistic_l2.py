"""L2-penalised regression on all features, the reference."""

from dxtransfer.learn.linear import RidgeModel


def logistic_l2(*, seed: int, task: str = "binary") -> RidgeModel:
    """L2-penalised linear model on all features; it draws no random number.

    Logistic or softmax regression, ridge or Cox regression, as the task is.
    """
    return RidgeModel(task=task)
