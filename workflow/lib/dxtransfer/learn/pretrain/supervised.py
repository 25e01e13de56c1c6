"""Supervised pretraining on the source's labels."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dxtransfer.learn.checkpoints import Checkpoint
from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.pretrain.heads import Heads, Labels, check_labels
from dxtransfer.learn.pretrain.source import Source
from dxtransfer.learn.training import Batch, Training, train


def supervised(
    source: Source, *, settings: Mapping[str, Any], checkpoint: Checkpoint | None = None
) -> tuple[Pretrained, list[dict[str, Any]]]:
    """Predict the outcome of the source's labelled samples, cohorts and classes balanced.

    Each cohort is centred at the midpoint of its class means; cohorts that tell nothing of the
    outcome are left out (see `Source.informative`), unless they tell an auxiliary label, whose loss
    is added. The partial likelihood of survival is that of each batch.

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
        When no source cohort holds what the task, or an auxiliary label, needs.
    """
    check_labels(source, "supervised")
    torch.manual_seed(source.seed)
    shape = network(len(source.store.features), **settings["network"])
    model = Heads(Encoder(shape), source)
    options = settings["training"]
    told = np.any([s.informative() for s in (source, *source.auxiliary.values())], axis=0)
    training, held_out = source.split_labelled(told, share=options["validation_share"])
    middle, labels = source.midpoints(), Labels.of(source, training, held_out)

    def batches(rows: "np.ndarray[Any, Any]", epoch: int | None) -> Iterable[Batch]:
        for found, X in source.batches(rows, batch_size=options["batch_size"], epoch=epoch):
            shifted = X - middle[torch.as_tensor(source.cohort[found])]
            yield shifted, *labels.batch(found)

    def loss(model: nn.Module, batch: Batch) -> Tensor:
        X, *given = batch
        return labels.loss(model(X), tuple(given))

    history = train(
        model,
        batches=lambda epoch: batches(training, epoch),
        validation=lambda: batches(held_out, None),
        loss=loss,
        settings=Training.of(options, seed=source.seed),
        checkpoint=checkpoint,
        name="supervised",
    )
    return model.finished(source, "supervised"), history
