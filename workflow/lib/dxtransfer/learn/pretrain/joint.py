"""Joint pretraining: masked features are guessed and labels predicted, in one loss."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dxtransfer.learn.checkpoints import Checkpoint
from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.pretrain.heads import Heads, Labels, check_labels
from dxtransfer.learn.pretrain.masked import Hidden, hidden_error
from dxtransfer.learn.pretrain.source import Source
from dxtransfer.learn.training import Batch, Training, train


class _Joint(nn.Module):
    def __init__(self, heads: Heads) -> None:
        super().__init__()
        self.heads = heads
        architecture = heads.encoder.architecture
        self.decoder = nn.Linear(architecture.widths[-1], architecture.n_features)

    def forward(self, X: Tensor, hidden: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Guesses of all features from those not hidden, and the labels' scores from all."""
        guessed = self.decoder(self.heads.encoder(X.masked_fill(hidden, 0.0)))
        return guessed, self.heads(X)


def joint(
    source: Source, *, settings: Mapping[str, Any], checkpoint: Checkpoint | None = None
) -> tuple[Pretrained, list[dict[str, Any]]]:
    """Guess hidden features of all samples and predict the labels of those that have one.

    The loss is that of `masked` plus `label_weight` times that of `supervised`; samples and cohorts
    without labels take part in the first term alone. Cohorts are centred as in `supervised`, and
    those held out for early stopping are labelled ones.

    Parameters
    ----------
    source
        The source.
    settings
        `network`, `training`, `masked` and `joint` of the `pretrain` block.
    checkpoint
        Where to keep the state of the training.

    Returns
    -------
    tuple
        The encoder, with its own head as the source's model, and the history of the training.

    Raises
    ------
    InputError
        When no source cohort holds what the task, or an auxiliary label, needs.
    """
    check_labels(source, "joint")
    torch.manual_seed(source.seed)
    shape = network(len(source.store.features), **settings["network"])
    model = _Joint(Heads(Encoder(shape), source))
    options, weight = settings["training"], settings["joint"]["label_weight"]
    everyone = np.ones(source.store.n, dtype=bool)
    training, held_out = source.split_labelled(everyone, share=options["validation_share"])
    middle, labels = source.midpoints(), Labels.of(source, training, held_out)
    hide = Hidden.of(source, settings["masked"]["mask_share"])

    def batches(rows: "np.ndarray[Any, Any]", epoch: int | None) -> Iterable[Batch]:
        generator = hide.generator(epoch or 0)
        for found, X in source.batches(rows, batch_size=options["batch_size"], epoch=epoch):
            shifted = X - middle[torch.as_tensor(source.cohort[found])]
            yield shifted, hide(found, generator), *labels.batch(found)

    def loss(model: nn.Module, batch: Batch) -> Tensor:
        X, hidden, *given = batch
        guessed, scores = model(X, hidden)
        total: Tensor = hidden_error(guessed, X, hidden) + weight * labels.loss(
            scores, tuple(given)
        )
        return total

    history = train(
        model,
        batches=lambda epoch: batches(training, epoch),
        validation=lambda: batches(held_out, None),
        loss=loss,
        settings=Training.of(options, seed=source.seed),
        checkpoint=checkpoint,
        name="joint",
    )
    return model.heads.finished(source, "joint"), history
