"""The clinical model: covariates that the user names, without the omics."""

from dxtransfer.learn.linear import RidgeModel


def covariates(*, seed: int, task: str = "binary") -> RidgeModel:
    """L2-penalised linear model on the covariates, tuned as `logistic_l2`.

    Its features are those of `dxtransfer.learn.covariates`. It draws no random number.
    """
    return RidgeModel(task=task)
