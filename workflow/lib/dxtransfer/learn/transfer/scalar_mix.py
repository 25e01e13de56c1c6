"""Scalar mix: all layers of the frozen encoder, weighted as the target's labels say."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.estimators import Array, Floats, Split, TransferEstimator
from dxtransfer.learn.predictor import Predictor
from dxtransfer.learn.tasks import TASKS
from dxtransfer.learn.training import Training
from dxtransfer.learn.transfer.stacked import (
    Stacked,
    by_size,
    fitted_units,
    outputs_of,
    padded_outcomes,
    padded_rows,
    padded_weights,
    train_stacked,
)

WIDTH = 32
MOST = 64


class _Mix(nn.Module):
    """Z' = sum_i theta_i head_i(Z_i), theta = softmax(s); a linear readout of Z'."""

    def __init__(self, widths: Sequence[int], outputs: int, seed: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.heads = nn.ModuleList(nn.Linear(width, WIDTH) for width in widths)
            self.readout = nn.Linear(WIDTH, outputs)
        self.scores = nn.Parameter(torch.zeros(len(widths)))

    def forward(self, *layers: Tensor) -> Tensor:
        """Scores from the layer-normalised layers."""
        theta = torch.softmax(self.scores, dim=0)
        pairs = zip(self.heads, layers, strict=True)
        mixed = sum(t * head(z) for t, (head, z) in zip(theta, pairs, strict=True))
        scores: Tensor = self.readout(mixed)
        return scores


class ScalarMix(TransferEstimator):
    """Mixes the encoder's layers, each brought to a common width by a linear head of its own.

    Peters et al. 2018, Deep contextualized word representations, equation 1.

    Parameters
    ----------
    encoder
        A pretrained encoder; it stays as it is.
    settings
        `epochs`, `learning_rate`, `weight_decay`.
    seed
        Seed of the heads' first weights.
    task
        A key of `dxtransfer.learn.tasks.TASKS`.

    Attributes
    ----------
    theta_
        Weight of each layer after `fit`, first to last.
    """

    def __init__(
        self, encoder: Pretrained, settings: Mapping[str, Any], seed: int, *, task: str = "binary"
    ) -> None:
        self.encoder = encoder
        self.settings = settings
        self.seed = seed
        self.task = task

    def fit_one(self, X: Floats, y: Array, split: Split, weight: Floats) -> Predictor:
        """Train on one split; heads and readout collapse into one matrix per layer."""
        layers = self._layers(X)
        stack = self._trained(layers, y, [split], weight)
        named = stack.weights_of(0)
        theta = torch.softmax(named["scores"].double(), dim=0)
        self.theta_ = theta.numpy()
        mean, deviation = fitted_units(self.task, y, split, weight)
        out = named["readout.weight"].double() * deviation
        bias = named["readout.bias"].double() * deviation + mean
        readout = {}
        for i, t in enumerate(theta):
            readout[i] = t * (out @ named[f"heads.{i}.weight"].double())
            bias = bias + t * (out @ named[f"heads.{i}.bias"].double())
        given = tuple(bias.tolist())
        return Predictor(self.encoder.encoder, readout, given, normalised=True, task=self.task)

    def solve_grid(
        self, X: Floats, y: Array, splits: Sequence[Split], weight: Floats
    ) -> list[Floats]:
        """Splits of about one size are trained as one stack."""
        layers = self._layers(X)
        found: list[Floats] = [np.empty(0)] * len(splits)
        for group in by_size(splits, most=MOST):
            stack = self._trained(layers, y, [splits[i] for i in group], weight)
            for j, i in enumerate(group):
                test = [z[torch.as_tensor(splits[i].test)] for z in layers]
                with torch.no_grad():
                    scores = torch.func.functional_call(
                        stack.template[0], stack.weights_of(j), tuple(test)
                    ).double()
                mean, deviation = fitted_units(self.task, y, splits[i], weight)
                found[i] = TASKS[self.task].link(scores * deviation + mean).numpy()
        return found

    def _layers(self, X: Floats) -> list[Tensor]:
        with torch.no_grad():
            layers = self.encoder.encoder.layers(torch.as_tensor(X, dtype=torch.float32))
            return [nn.functional.layer_norm(z, z.shape[-1:]) for z in layers]

    def _trained(
        self, layers: Sequence[Tensor], y: Array, splits: Sequence[Split], weight: Floats
    ) -> Stacked:
        rows, kept = padded_rows(splits)
        module = _Mix([z.shape[1] for z in layers], outputs_of(self), self.seed)
        return train_stacked(
            module,
            [z[rows] for z in layers],
            padded_outcomes(self, y, splits, rows, weight),
            padded_weights(self, y, splits, kept, weight),
            task=self.task,
            settings=Training(seed=self.seed, **self.settings),
        )
