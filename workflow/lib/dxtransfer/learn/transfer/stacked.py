"""Small networks trained side by side: the same module with one set of weights per fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from dxtransfer.learn.estimators import Array, Floats, Split, TransferEstimator
from dxtransfer.learn.tasks import TASKS
from dxtransfer.learn.training import Batch, Training, train


class Stacked(nn.Module):
    """`models` copies of a module that returns scores, each with its own parameters.

    Parameters
    ----------
    module
        The module to copy, without dropout, so that a copy trains as it would alone.
    models
        Number of copies.
    """

    def __init__(self, module: nn.Module, models: int) -> None:
        super().__init__()
        self.names = [name for name, _ in module.named_parameters()]
        self.weights = nn.ParameterList(
            nn.Parameter(p.detach().unsqueeze(0).repeat(models, *[1] * p.dim()))
            for _, p in module.named_parameters()
        )
        # In a tuple, so that the template's own parameters are not registered and trained.
        self.template = (module,)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Scores (models, samples, outputs) of inputs (models, samples, width)."""

        def one(weights: list[Tensor], *values: Tensor) -> Tensor:
            named = dict(zip(self.names, weights, strict=True))
            scores: Tensor = functional_call(self.template[0], named, values)
            return scores

        scores: Tensor = vmap(one)(list(self.weights), *inputs)
        return scores

    def weights_of(self, model: int) -> dict[str, Tensor]:
        """Parameters of one copy by name."""
        return {n: w[model].detach() for n, w in zip(self.names, self.weights, strict=True)}


@dataclass(frozen=True)
class Pull:
    """A penalty on the distance from given weights: strength / 2 times its square.

    Attributes
    ----------
    centre
        Weights of one copy by name.
    strength
        By name, one for each copy, (models,).
    """

    centre: Mapping[str, Tensor]
    strength: Mapping[str, Tensor]

    def penalty(self, stack: Stacked) -> Tensor:
        """Sum over the copies."""
        own = dict(zip(stack.names, stack.weights, strict=True))
        each = [
            strength.to(own[name])
            @ (own[name] - self.centre[name].to(own[name])).square().flatten(1).sum(1)
            for name, strength in self.strength.items()
        ]
        return torch.stack(each).sum() / 2


def train_stacked(
    module: nn.Module,
    inputs: Sequence[Tensor],
    y: Tensor,
    weights: Tensor,
    *,
    task: str = "binary",
    settings: Training,
    stages: Sequence[Mapping[str, float]] = (),
    pull: Pull | None = None,
) -> Stacked:
    """Train one copy of `module` per row of `weights`, full batch.

    Parameters
    ----------
    module
        Maps inputs (samples, width) to scores (samples, outputs).
    inputs
        Each (models, samples, width).
    y
        Outcomes as the task's loss takes them, (models, samples, columns).
    weights
        (models, samples); weight 0 pads.
    task
        A key of `dxtransfer.learn.tasks.TASKS`.
    settings
        Epochs, step size, weight decay, seed.
    stages
        What is trained one after the other: names of parameters with their share of the step size.
        Epochs are dealt evenly, what is left over to the last stage, and the optimiser starts
        anew with each. One stage of everything where empty.
    pull
        Added to the loss.
    """
    stack = Stacked(module, len(weights))
    named = dict(zip(stack.names, stack.weights, strict=True))

    def loss(model: nn.Module, batch: Batch) -> Tensor:
        *values, y, weights = batch
        each: Tensor = TASKS[task].loss(y, weights).value(model(*values))
        # A sum over models, so that each one's gradient is what it would be alone.
        total = (each / weights.sum(1)).sum()
        return total if pull is None else total + pull.penalty(stack)

    batch = (*inputs, y, weights)
    stages = stages or [dict.fromkeys(named, 1.0)]
    share, left = divmod(settings.epochs, len(stages))
    for number, shares in enumerate(stages, start=1):
        rates: dict[float, list[nn.Parameter]] = {}
        for name, weight in named.items():
            weight.requires_grad_(name in shares)
            if name in shares:
                rates.setdefault(shares[name], []).append(weight)
        own = replace(settings, epochs=share + left * (number == len(stages)))
        groups = [(members, rate) for rate, members in rates.items()]
        train(stack, batches=lambda epoch: [batch], loss=loss, settings=own, rates=groups)
    return stack


def fitted_units(task: str, y: Array, split: Split, weight: Floats) -> tuple[float, float]:
    """Mean and deviation of a split's training numbers; 0 and 1 but for regression.

    Networks learn numbers in these units, so that a step is of the same size for all of them.
    """
    if task != "regression":
        return 0.0, 1.0
    own, weights = y[split.train], weight[split.train]
    mean = float(np.average(own, weights=weights))
    deviation = float(np.sqrt(np.average((own - mean) ** 2, weights=weights)))
    return mean, deviation if deviation > 0 else 1.0


def outputs_of(model: TransferEstimator) -> int:
    """Scores per sample: one for each of several classes, else one."""
    if model.task != "multiclass" or model.classes_ is None:
        return 1
    return len(model.classes_)


def padded_outcomes(
    model: TransferEstimator, y: Array, splits: Sequence[Split], rows: Tensor, weight: Floats
) -> Tensor:
    """Outcomes of the rows of `padded_rows`, (splits, rows, columns), numbers in fitted units."""
    outcomes = TASKS[model.task].outcomes(y, outputs_of(model))[rows].float()
    units = [fitted_units(model.task, y, split, weight) for split in splits]
    mean, deviation = torch.tensor(units).T[..., None, None]
    scaled: Tensor = (outcomes - mean) / deviation
    return scaled


def padded_weights(
    model: TransferEstimator, y: Array, splits: Sequence[Split], kept: Tensor, weight: Floats
) -> Tensor:
    """Weights of the rows of `padded_rows`, (splits, rows), from those that undo the padding."""
    found = torch.zeros_like(kept)
    for i, split in enumerate(splits):
        found[i, : len(split.train)] = torch.as_tensor(model.training_weight(y, split, weight))
    return found


def padded_rows(splits: Sequence[Split]) -> tuple[Tensor, Tensor]:
    """Training rows of each split, padded by their first row, and weights that undo the padding."""
    longest = max(len(split.train) for split in splits)
    rows = torch.zeros(len(splits), longest, dtype=torch.long)
    weights = torch.zeros(len(splits), longest)
    for i, split in enumerate(splits):
        n = len(split.train)
        rows[i, :n] = torch.as_tensor(split.train)
        rows[i, n:] = int(split.train[0])
        weights[i, :n] = 1
    return rows, weights


def by_size(splits: Sequence[Split], *, most: int) -> list[list[int]]:
    """Split numbers in groups of about equal training size, so that little is padding."""
    order = sorted(range(len(splits)), key=lambda i: len(splits[i].train))
    groups: list[list[int]] = []
    for i in order:
        first = len(splits[groups[-1][0]].train) if groups else 0
        if groups and len(splits[i].train) <= 1.5 * first and len(groups[-1]) < most:
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups
