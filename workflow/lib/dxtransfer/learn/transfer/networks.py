"""Fine-tuning of the whole network, from the source's weights or from none.

The first layer is as wide as the vocabulary, and its gradient always lies in the span of the
training samples. So it is trained in coordinates of that span: with X_train = U S V', the weights
are W = W_0 + D V', where only D (units x rank) is learnt. A fit then costs the same for a thousand
features as for twenty thousand, and the primal weights are W_0 + D V'.
"""

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dxtransfer.learn.encoders import Pretrained, Tail
from dxtransfer.learn.estimators import Array, Floats, Split, TransferEstimator
from dxtransfer.learn.predictor import Predictor
from dxtransfer.learn.tasks import TASKS
from dxtransfer.learn.training import Training
from dxtransfer.learn.transfer.stacked import (
    Pull,
    Stacked,
    by_size,
    fitted_units,
    outputs_of,
    padded_outcomes,
    padded_rows,
    padded_weights,
    train_stacked,
)

# Models in one stack; memory and cache, not mathematics.
MOST = 64
HEAD = ("weight", "bias")


class _Tuned(nn.Module):
    """Encoder and head, the first layer as its start and a change in the samples' span."""

    def __init__(self, tail: Tail, rank: int, width: int, head: tuple[Tensor, Tensor]) -> None:
        super().__init__()
        self.change = nn.Parameter(torch.zeros(rank, width))
        self.tail = tail
        self.weight = nn.Parameter(head[0].clone())
        self.bias = nn.Parameter(head[1].clone())

    def forward(self, start: Tensor, coordinates: Tensor) -> Tensor:
        """Scores from the first layer's start output and the sample's coordinates."""
        last = self.tail(start + coordinates @ self.change)[-1]
        scores: Tensor = last @ self.weight.T + self.bias
        return scores


def parameters_by_depth(layers: int) -> list[tuple[str, ...]]:
    """Names of the parameters of the head, then of each layer, last to first.

    Parameters
    ----------
    layers
        Number of layers, with a layer norm each.
    """
    found: list[tuple[str, ...]] = [HEAD]
    for i in reversed(range(layers)):
        norm = (f"tail.norms.{i}.weight", f"tail.norms.{i}.bias")
        own = (f"tail.maps.{i - 1}.weight", f"tail.maps.{i - 1}.bias") if i else ("change",)
        found.append((*own, *norm))
    return found


class NetworkModel(TransferEstimator):
    """Trains all layers of an encoder and a head on the target.

    Parameters
    ----------
    settings
        `epochs`, `learning_rate`, `weight_decay`.
    seed
        Seed of the head where the source gives none.
    task
        A key of `dxtransfer.learn.tasks.TASKS`.
    """

    settings: Mapping[str, Any]
    seed: int

    def start(self, n_features: int) -> Pretrained:
        """The network to start from."""
        raise AttributeError(f"{type(self).__name__} gives no start")

    def training(self) -> Training:
        """How it is trained."""
        names = ("epochs", "learning_rate", "weight_decay")
        return Training(seed=self.seed, **{name: self.settings[name] for name in names})

    def stages(self, layers: int) -> Sequence[Mapping[str, float]]:
        """See `train_stacked`; the parameters are those of `parameters_by_depth`."""
        return ()

    def pull(
        self, start: Pretrained, module: nn.Module, sizes: Tensor, ranks: Tensor
    ) -> Pull | None:
        """See `train_stacked`; of fits to so many samples, of such rank, (models,)."""
        return None

    def fit_one(self, X: Floats, y: Array, split: Split, weight: Floats) -> Predictor:
        """Train on one split; give the whole network in its primal form."""
        start = self.start(X.shape[1])
        inputs = torch.as_tensor(X, dtype=torch.float32)
        stack, bases = self._trained(start, inputs, y, [split], weight)
        named = stack.weights_of(0)
        encoder = copy.deepcopy(start.encoder)
        encoder.tail.load_state_dict(
            {k.removeprefix("tail."): v for k, v in named.items() if k.startswith("tail.")}
        )
        span = bases[0].T @ inputs[torch.as_tensor(split.train)]
        encoder.first.weight.data += (span.T @ named["change"][: len(span)]).T
        last = len(encoder.architecture.widths) - 1
        mean, deviation = fitted_units(self.task, y, split, weight)
        readout = {last: named["weight"].double() * deviation}
        bias = named["bias"].double() * deviation + mean
        return Predictor(encoder, readout, tuple(bias.tolist()), task=self.task)

    def solve_grid(
        self, X: Floats, y: Array, splits: Sequence[Split], weight: Floats
    ) -> list[Floats]:
        """Splits of about one size are trained as one stack."""
        start = self.start(X.shape[1])
        inputs = torch.as_tensor(X, dtype=torch.float32)
        found: list[Floats] = [np.empty(0)] * len(splits)
        with torch.no_grad():
            first = start.encoder.first(inputs)
        for group in by_size(splits, most=MOST):
            members = [splits[i] for i in group]
            stack, bases = self._trained(start, inputs, y, members, weight)
            for j, i in enumerate(group):
                test = torch.as_tensor(splits[i].test)
                at = inputs[test] @ inputs[torch.as_tensor(splits[i].train)].T @ bases[j]
                module, named = stack.template[0], stack.weights_of(j)
                at = nn.functional.pad(at, (0, named["change"].shape[0] - at.shape[1]))
                with torch.no_grad():
                    scores = torch.func.functional_call(module, named, (first[test], at)).double()
                mean, deviation = fitted_units(self.task, y, splits[i], weight)
                found[i] = TASKS[self.task].link(scores * deviation + mean).numpy()
        return found

    def _trained(
        self, start: Pretrained, X: Tensor, y: Array, splits: Sequence[Split], weight: Floats
    ) -> tuple[Stacked, list[Tensor]]:
        rows, kept = padded_rows(splits)
        bases = [span_basis(X[torch.as_tensor(split.train)]) for split in splits]
        rank = max(basis.shape[1] for basis in bases)
        coordinates = torch.zeros(*rows.shape, rank)
        for i, (split, basis) in enumerate(zip(splits, bases, strict=True)):
            train = X[torch.as_tensor(split.train)]
            coordinates[i, : len(train), : basis.shape[1]] = train @ train.T @ basis
        with torch.no_grad():
            first = start.encoder.first(X)[rows]
        width = start.encoder.architecture.widths[0]
        outcomes = padded_outcomes(self, y, splits, rows, weight)
        module = _Tuned(start.encoder.tail, rank, width, self._head(start))
        weights = padded_weights(self, y, splits, kept, weight)
        ranks = torch.tensor([basis.shape[1] for basis in bases])
        stack = train_stacked(
            module,
            [first, coordinates],
            outcomes,
            weights,
            task=self.task,
            settings=self.training(),
            stages=self.stages(len(start.encoder.architecture.widths)),
            pull=self.pull(start, module, weights.sum(1), ranks),
        )
        return stack, bases

    def _head(self, start: Pretrained) -> tuple[Tensor, Tensor]:
        if start.head is not None:
            weights = start.head[0].float().reshape(len(start.head[1]), -1)
            return weights / start.scale, start.head[1].float()
        width, outputs = start.encoder.architecture.widths[-1], outputs_of(self)
        drawn = torch.randn(outputs, width, generator=torch.Generator().manual_seed(self.seed))
        return drawn / math.sqrt(width), torch.zeros(outputs)


def span_basis(X: Tensor) -> Tensor:
    """Map from inner products with the rows of X to scaled coordinates in their span.

    With K = X X' = U S^2 U' the coordinates of x are ``(x X') U / S``, an isometry, times
    sqrt(rank / features), so that each is of the order of a standardised feature.

    Parameters
    ----------
    X
        (samples, features).

    Returns
    -------
    Tensor
        (samples, rank).
    """
    values, vectors = torch.linalg.eigh(X.double() @ X.double().T)
    kept = values > 1e-8 * values.max().clamp_min(1e-300)
    vectors = vectors[:, kept]
    # The sign of an eigenvector is arbitrary; fix it, so that equal data give equal bits. (Its sum
    # says nothing: where the rows are centred, each sums to 0.)
    vectors = vectors * torch.sign(vectors.gather(0, vectors.abs().argmax(dim=0, keepdim=True)))
    scale = math.sqrt(int(kept.sum()) / X.shape[1])
    basis: Tensor = (vectors / values[kept].sqrt() * scale).float()
    return basis
