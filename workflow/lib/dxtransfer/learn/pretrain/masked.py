"""Masked modelling: hide some measured features of a sample and guess them from the rest."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dxtransfer.learn.checkpoints import Checkpoint
from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.pretrain.source import Source, finished
from dxtransfer.learn.training import Batch, Training, train


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
    measured = torch.as_tensor(np.asarray(source.store.measured))
    share = settings["masked"]["mask_share"]

    def batches(rows: "np.ndarray[Any, Any]", epoch: int, *, shuffle: bool) -> Iterable[Batch]:
        generator = torch.Generator().manual_seed(source.seed * 1_000_003 + epoch)
        order = epoch if shuffle else None
        for found, X in source.batches(rows, batch_size=options["batch_size"], epoch=order):
            known = measured[torch.as_tensor(source.cohort[found])]
            hidden = (torch.rand(X.shape, generator=generator) < share) & known
            yield X, hidden

    def loss(model: nn.Module, batch: Batch) -> Tensor:
        X, hidden = batch
        error = (model(X.masked_fill(hidden, 0.0)) - X) ** 2
        mean: Tensor = (error * hidden).sum() / hidden.sum().clamp_min(1)
        return mean

    history = train(
        model,
        batches=lambda epoch: batches(training, epoch, shuffle=True),
        validation=lambda: batches(held_out, 0, shuffle=False),
        loss=loss,
        settings=Training(
            epochs=options["epochs"],
            learning_rate=options["learning_rate"],
            weight_decay=options["weight_decay"],
            patience=options["patience"],
            precision=options["precision"],
            seed=source.seed,
        ),
        checkpoint=checkpoint,
        name="masked",
    )
    return finished(source, model.encoder, "masked"), history
