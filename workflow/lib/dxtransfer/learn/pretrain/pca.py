"""Principal components of the source, in passes over the store."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dxtransfer.learn.checkpoints import Checkpoint
from dxtransfer.learn.encoders import Architecture, Encoder, Pretrained
from dxtransfer.learn.pretrain.source import Source, finished

PASSES = 3
OVERSAMPLING = 10


def pca(
    source: Source, *, settings: Mapping[str, Any], checkpoint: Checkpoint | None = None
) -> tuple[Pretrained, list[dict[str, Any]]]:
    """Randomised principal components (Halko, Martinsson and Tropp 2011, algorithm 4.4).

    The source is centred per cohort in the store already, so no mean is taken off.

    Parameters
    ----------
    source
        The source.
    settings
        `pca.components`.
    checkpoint
        Not used: the work is a few passes over the data.

    Returns
    -------
    tuple
        The encoder, and one row per component: `component`, `explained_variance_ratio`.
    """
    rows = np.arange(source.store.n)
    p = len(source.store.features)
    components = min(settings["pca"]["components"], len(rows) - 1, p)
    generator = torch.Generator().manual_seed(source.seed)
    width = min(components + OVERSAMPLING, p)
    Q = torch.randn(p, width, generator=generator, dtype=torch.float64)
    total = 0.0
    for _ in range(PASSES):
        Q = torch.linalg.qr(Q).Q
        product = torch.zeros_like(Q)
        total = 0.0
        for _, values in source.batches(rows, batch_size=512):
            X = values.double()
            product += X.T @ (X @ Q)
            total += float((X**2).sum())
        projected, Q = Q, product
    values, vectors = torch.linalg.eigh(projected.T @ Q)
    order = values.argsort(descending=True)[:components]
    axes = projected @ vectors[:, order]
    # The sign of a component is arbitrary; the largest loading is made positive.
    axes = axes * torch.sign(axes.gather(0, axes.abs().argmax(dim=0, keepdim=True)))
    encoder = _encoder(axes)
    explained = (values[order] / total).tolist()
    history = [
        {"component": i, "explained_variance_ratio": ratio} for i, ratio in enumerate(explained, 1)
    ]
    return finished(source, encoder, "pca"), history


def _encoder(axes: Tensor) -> Encoder:
    encoder = Encoder(Architecture(axes.shape[0], (axes.shape[1],), linear=True))
    with torch.no_grad():
        encoder.first.weight.copy_(axes.T.float())
        encoder.first.bias.zero_()
    return encoder.eval()
