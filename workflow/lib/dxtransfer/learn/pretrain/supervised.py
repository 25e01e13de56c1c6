"""Supervised pretraining on the source's labels."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dxtransfer.errors import InputError
from dxtransfer.learn.checkpoints import Checkpoint
from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.pretrain.source import Source, finished
from dxtransfer.learn.training import Batch, Training, train


class _Classifier(nn.Module):
    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(encoder.architecture.widths[-1], 1)

    def forward(self, X: Tensor) -> Tensor:
        logits: Tensor = self.head(self.encoder(X)).squeeze(-1)
        return logits


def supervised(
    source: Source, *, settings: Mapping[str, Any], checkpoint: Checkpoint | None = None
) -> tuple[Pretrained, list[dict[str, Any]]]:
    """Classify the source's labelled samples, cohorts and classes balanced.

    Each cohort is centred at the midpoint of its class means; cohorts of one class are left out
    (see `Source.informative`).

    Parameters
    ----------
    source
        The source.
    settings
        `network` and `training` of the `pretrain` block.
    checkpoint
        Where to keep the state of the training.

    Returns
    -------
    tuple
        The encoder, with its own head as the source's model, and the history of the training.

    Raises
    ------
    InputError
        When no source cohort holds both classes.
    """
    informative = source.informative()
    if not informative.any():
        raise InputError(
            "the objective supervised needs a source cohort that holds both classes; "
            "take it out of pretrain.objectives or label the source"
        )
    torch.manual_seed(source.seed)
    model = _Classifier(Encoder(network(len(source.store.features), **settings["network"])))
    options = settings["training"]
    training, held_out = source.split(informative, share=options["validation_share"])
    middle = source.midpoints()
    weight = torch.zeros(source.store.n)
    weight[training], weight[held_out] = source.weights(training), source.weights(held_out)

    def batches(rows: "np.ndarray[Any, Any]", epoch: int | None) -> Iterable[Batch]:
        for found, X in source.batches(rows, batch_size=options["batch_size"], epoch=epoch):
            index = torch.as_tensor(found)
            shifted = X - middle[torch.as_tensor(source.cohort[found])]
            yield shifted, torch.as_tensor(source.y[found], dtype=torch.float32), weight[index]

    def loss(model: nn.Module, batch: Batch) -> Tensor:
        X, y, weights = batch
        each = nn.functional.binary_cross_entropy_with_logits(model(X), y, reduction="none")
        return (each * weights).mean()

    history = train(
        model,
        batches=lambda epoch: batches(training, epoch),
        validation=lambda: batches(held_out, None),
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
        name="supervised",
    )
    whole = finished(source, model.encoder, "supervised")
    own = (model.head.weight.detach()[0].double() * whole.scale, model.head.bias.detach().double())
    return Pretrained("supervised", whole.encoder, whole.scale, own), history
