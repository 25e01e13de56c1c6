"""L2-SP: a linear model that shrinks towards the source's model instead of 0."""

from torch import Tensor

from dxtransfer.errors import InputError
from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.linear import RidgeModel


class L2SP(RidgeModel):
    """Linear model on all features, penalised by its distance to the source's (Li et al. 2018).

    The source's scores are a fixed offset, so that few labels change little: f = c e + K a + b
    with e the source's score, c its slope in the source, and b not penalised.

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

    def centre(self) -> tuple[Tensor, Tensor]:
        """Weights (outputs, features) and intercepts of the source's model on the features."""
        encoder, head = self.encoder.encoder, self.encoder.head
        if head is None or not encoder.architecture.linear:
            raise InputError(
                f"l2_sp needs a linear model of the source's labels; {self.encoder.objective} has "
                "none: take the objective linear"
            )
        mean, deviation = self.encoder.unit
        slope = head[0].double().reshape(len(head[1]), -1) / self.encoder.scale * deviation
        weights = slope @ encoder.first.weight.detach().double()
        bias = head[1].double() * deviation + mean
        return weights, slope @ encoder.first.bias.detach().double() + bias
