"""Linear probe: logistic regression on the frozen encoder's embedding."""

import numpy as np
import torch
from torch import Tensor

from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.estimators import Floats
from dxtransfer.learn.linear import RidgeLogistic
from dxtransfer.learn.predictor import Predictor


class LinearProbe(RidgeLogistic):
    """L2 logistic regression on the embedding (Alain and Bengio 2016).

    Parameters
    ----------
    encoder
        A pretrained encoder; it stays as it is.
    """

    def __init__(self, encoder: Pretrained) -> None:
        self.encoder = encoder

    def represent(self, X: Floats) -> Tensor:
        """The scaled embedding."""
        return self.encoder.embed(torch.as_tensor(np.asarray(X), dtype=torch.float32)).double()

    def primal(self, weights: Tensor, bias: float) -> Predictor:
        """Weights on the unscaled embedding."""
        last = len(self.encoder.encoder.architecture.widths) - 1
        return Predictor(self.encoder.encoder, {last: weights / self.encoder.scale}, bias)
