"""Supervised pretraining on the source's labels."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dxtransfer.errors import InputError
from dxtransfer.learn.checkpoints import Checkpoint
from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.pretrain.source import Source, finished, head_of
from dxtransfer.learn.tasks import TASKS
from dxtransfer.learn.training import Batch, Training, train

# What a source cohort has to hold.
NEEDED = {
    "binary": "both classes",
    "multiclass": "all classes",
    "regression": "different numbers",
    "survival": "an event",
}


class _Predictor(nn.Module):
    def __init__(self, encoder: Encoder, outputs: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(encoder.architecture.widths[-1], outputs)

    def forward(self, X: Tensor) -> Tensor:
        scores: Tensor = self.head(self.encoder(X))
        return scores


def supervised(
    source: Source, *, settings: Mapping[str, Any], checkpoint: Checkpoint | None = None
) -> tuple[Pretrained, list[dict[str, Any]]]:
    """Predict the outcome of the source's labelled samples, cohorts and classes balanced.

    Each cohort is centred at the midpoint of its class means; cohorts that tell nothing of the
    outcome are left out (see `Source.informative`). The partial likelihood of survival is that of
    each batch.

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
        When no source cohort holds what the task needs.
    """
    informative = source.informative()
    if not informative.any():
        raise InputError(
            f"the objective supervised needs a source cohort that holds {NEEDED[source.task]}; "
            "take it out of pretrain.objectives or label the source"
        )
    torch.manual_seed(source.seed)
    shape = network(len(source.store.features), **settings["network"])
    model = _Predictor(Encoder(shape), source.classes if source.task == "multiclass" else 1)
    options = settings["training"]
    training, held_out = source.split(informative, share=options["validation_share"])
    middle = source.midpoints()
    weight = torch.zeros(source.store.n)
    weight[training], weight[held_out] = source.weights(training), source.weights(held_out)

    def batches(rows: "np.ndarray[Any, Any]", epoch: int | None) -> Iterable[Batch]:
        for found, X in source.batches(rows, batch_size=options["batch_size"], epoch=epoch):
            index = torch.as_tensor(found)
            shifted = X - middle[torch.as_tensor(source.cohort[found])]
            yield shifted, source.outcomes[index].float(), weight[index]

    def loss(model: nn.Module, batch: Batch) -> Tensor:
        X, y, weights = batch
        whole: Tensor = (
            TASKS[source.task].loss(y[None], weights[None]).value(model(X)[None].float())
        )
        return whole.sum() / len(y)

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
    weights, bias = model.head.weight.detach().double(), model.head.bias.detach().double()
    own = head_of(weights * whole.scale, bias)
    return Pretrained("supervised", whole.encoder, whole.scale, own, source.unit), history
