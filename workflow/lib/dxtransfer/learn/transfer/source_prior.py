"""Source-learnt feature weights: a target-only model that shrinks unimportant features more."""

import numpy as np
import torch
from torch import Tensor

from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.estimators import Floats
from dxtransfer.learn.linear import RidgeModel
from dxtransfer.learn.predictor import Predictor


class SourcePrior(RidgeModel):
    """L2-penalised linear model whose penalty on a feature is the inverse of its importance.

    Importance is the squared mean effect of a feature over the source cohorts; the source's
    direction plays no part, so that a feature may count the other way round in the target.

    Parameters
    ----------
    encoder
        What the objective `linear` learnt.
    task, balanced
        See `RidgeModel`.
    """

    def __init__(
        self, encoder: Pretrained, *, task: str = "binary", balanced: bool = False
    ) -> None:
        super().__init__(task=task, balanced=balanced)
        self.encoder = encoder

    @property
    def root(self) -> Tensor:
        """Root of each feature's importance, (features,)."""
        if self.encoder.knowledge is None:
            raise ValueError(
                f"source_prior needs the objective linear, not {self.encoder.objective}"
            )
        return self.encoder.knowledge.importance.sqrt()

    def represent(self, X: Floats) -> Tensor:
        """Features times the root of their importance."""
        return torch.as_tensor(np.asarray(X), dtype=torch.float64) * self.root

    def primal(self, weights: Tensor, bias: Tensor) -> Predictor:
        """Weights on the features as they are."""
        return super().primal(weights * self.root, bias)
