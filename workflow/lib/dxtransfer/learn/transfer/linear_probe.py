"""Linear probe: a linear model on the frozen encoder's embedding."""

import numpy as np
import torch
from torch import Tensor

from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.estimators import Floats
from dxtransfer.learn.linear import RidgeModel
from dxtransfer.learn.predictor import Predictor


class LinearProbe(RidgeModel):
    """L2-penalised linear model on the embedding (Alain and Bengio 2016).

    Parameters
    ----------
    encoder
        A pretrained encoder; it stays as it is.
    task, balanced
        See `RidgeModel`.
    """

    def __init__(
        self, encoder: Pretrained, *, task: str = "binary", balanced: bool = False
    ) -> None:
        super().__init__(task=task, balanced=balanced)
        self.encoder = encoder

    def represent(self, X: Floats) -> Tensor:
        """The scaled embedding."""
        return self.encoder.embed(torch.as_tensor(np.asarray(X), dtype=torch.float32)).double()

    def primal(self, weights: Tensor, bias: Tensor) -> Predictor:
        """Weights on the unscaled embedding."""
        last = len(self.encoder.encoder.architecture.widths) - 1
        readout = {last: weights / self.encoder.scale}
        return Predictor(self.encoder.encoder, readout, tuple(bias.tolist()), task=self.task)
