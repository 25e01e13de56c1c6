"""The same network without a source: the control of fine-tuning."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.transfer.networks import NetworkModel


class FromScratch(NetworkModel):
    """All layers are trained, from random weights.

    Parameters
    ----------
    widths
        Units of each hidden layer.
    settings, seed, task
        See `NetworkModel`; the seed also draws the first weights.
    """

    def __init__(
        self, widths: Sequence[int], settings: Mapping[str, Any], seed: int, *, task: str = "binary"
    ) -> None:
        self.widths = widths
        self.settings = settings
        self.seed = seed
        self.task = task

    def start(self, n_features: int) -> Pretrained:
        """A network with random weights."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            encoder = Encoder(network(n_features, self.widths)).eval()
        return Pretrained("none", encoder, 1.0, None)
