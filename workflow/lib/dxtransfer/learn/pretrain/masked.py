"""Masked modelling: hide some measured features of a sample and guess them from the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dxtransfer.learn.checkpoints import Checkpoint
from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.pretrain.source import Ints, Source, finished
from dxtransfer.learn.training import Batch, Training, train


@dataclass(frozen=True)
class Hidden:
    """Draws the features to hide.

    Attributes
    ----------
    source
        Whose samples.
    measured
        Whether a cohort measures a feature, (cohorts, features); others are never hidden.
    share
        Share of the measured features.
    """

    source: Source
    measured: Tensor
    share: float

    @classmethod
    def of(cls, source: Source, share: float) -> "Hidden":
        """For the samples of a source."""
        return cls(source, torch.as_tensor(np.asarray(source.store.measured)), share)

    def generator(self, epoch: int) -> torch.Generator:
        """Random numbers of one epoch; 0 for those held out."""
        return torch.Generator().manual_seed(self.source.seed * 1_000_003 + epoch)

    def __call__(self, rows: Ints, generator: torch.Generator) -> Tensor:
        """Whether a feature is hidden, (rows, features)."""
        known = self.measured[torch.as_tensor(self.source.cohort[rows])]
        return (torch.rand(known.shape, generator=generator) < self.share) & known


def hidden_error(guessed: Tensor, X: Tensor, hidden: Tensor) -> Tensor:
    """Mean squared error over the hidden features alone."""
    mean: Tensor = ((guessed - X) ** 2 * hidden).sum() / hidden.sum().clamp_min(1)
    return mean


class _Masked(nn.Module):
    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        architecture = encoder.architecture
        self.decoder = nn.Linear(architecture.widths[-1], architecture.n_features)

    def forward(self, X: Tensor) -> Tensor:
        guessed: Tensor = self.decoder(self.encoder(X))
        return guessed


def masked(
    source: Source, *, settings: Mapping[str, Any], checkpoint: Checkpoint | None = None
) -> tuple[Pretrained, list[dict[str, Any]]]:
    """Masked (denoising) modelling (Vincent et al. 2010; Devlin et al. 2019).

    A hidden feature is set to 0, the mean of its cohort. The loss is the mean squared error over
    the hidden features alone; a feature that a cohort does not measure is never hidden nor scored.

    Parameters
    ----------
    source
        The source.
    settings
        `network`, `training` and `masked` of the `pretrain` block.
    checkpoint
        Where to keep the state of the training.

    Returns
    -------
    tuple
        The encoder and the history of the training.
    """
    torch.manual_seed(source.seed)
    shape = network(len(source.store.features), **settings["network"])
    model = _Masked(Encoder(shape))
    options = settings["training"]
    everyone = np.ones(source.store.n, dtype=bool)
    training, held_out = source.split(everyone, share=options["validation_share"])
    hide = Hidden.of(source, settings["masked"]["mask_share"])

    def batches(rows: "np.ndarray[Any, Any]", epoch: int | None) -> Iterable[Batch]:
        generator = hide.generator(epoch or 0)
        for found, X in source.batches(rows, batch_size=options["batch_size"], epoch=epoch):
            yield X, hide(found, generator)

    def loss(model: nn.Module, batch: Batch) -> Tensor:
        X, hidden = batch
        return hidden_error(model(X.masked_fill(hidden, 0.0)), X, hidden)

    history = train(
        model,
        batches=lambda epoch: batches(training, epoch),
        validation=lambda: batches(held_out, None),
        loss=loss,
        settings=Training.of(options, seed=source.seed),
        checkpoint=checkpoint,
        name="masked",
    )
    return finished(source, model.encoder, "masked"), history
