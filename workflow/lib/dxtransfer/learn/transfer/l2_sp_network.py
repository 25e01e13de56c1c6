"""L2-SP for networks: full fine-tuning with a penalty on the distance from the source's weights."""

import torch
from torch import Tensor, nn

from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.training import Training
from dxtransfer.learn.transfer.full_finetune import FullFinetune
from dxtransfer.learn.transfer.networks import HEAD
from dxtransfer.learn.transfer.stacked import Pull


class L2SPNetwork(FullFinetune):
    """All layers move, drawn back to where they started instead of to 0 (Li et al. 2018).

    The summed loss plus penalty / 2 times the squared distance from the source's weights is
    minimised, so that few labels change little; those of the first layer count per feature, as the
    features of a linear model do. The head is drawn to the source's, to 0 where it has none.

    Parameters
    ----------
    encoder, seed, task
        See `FullFinetune`.
    settings
        `epochs`, `learning_rate`, `source_penalty`.
    """

    def training(self) -> Training:
        """Without decay towards 0."""
        names = ("epochs", "learning_rate")
        given = {name: self.settings[name] for name in names}
        return Training(seed=self.seed, weight_decay=0.0, **given)

    def pull(self, start: Pretrained, module: nn.Module, sizes: Tensor, ranks: Tensor) -> Pull:
        """To the start; the loss is a mean over samples, so the penalty is divided by their number.

        A change in the samples' span is ``D V' sqrt(rank / features)`` (see `span_basis`): per
        feature its square is that of D times the rank.
        """
        named = {name: p.detach() for name, p in module.named_parameters()}
        zeros = {name: torch.zeros_like(named[name]) for name in HEAD}
        each = self.settings["source_penalty"] / sizes
        strength = dict.fromkeys(named, each) | {"change": each * ranks}
        return Pull(named if start.head is not None else named | zeros, strength)
