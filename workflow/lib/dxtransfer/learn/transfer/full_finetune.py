"""Full fine-tuning: every layer moves, from the pretrained weights."""

from collections.abc import Mapping
from typing import Any

from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.transfer.networks import NetworkModel


class FullFinetune(NetworkModel):
    """All layers move, from the pretrained weights and the source's head where there is one.

    Parameters
    ----------
    encoder
        A pretrained encoder.
    settings, seed, task
        See `NetworkModel`.
    """

    def __init__(
        self, encoder: Pretrained, settings: Mapping[str, Any], seed: int, *, task: str = "binary"
    ) -> None:
        self.encoder = encoder
        self.settings = settings
        self.seed = seed
        self.task = task

    def start(self, n_features: int) -> Pretrained:
        """The pretrained network."""
        return self.encoder
