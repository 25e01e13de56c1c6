"""Heads of an encoder on the source's labels: the task's own, and auxiliary ones beside it."""

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from dxtransfer.errors import InputError
from dxtransfer.learn.encoders import Encoder, Pretrained
from dxtransfer.learn.pretrain.source import Ints, Source, finished, head_of
from dxtransfer.learn.tasks import TASKS


class Heads(nn.Module):
    """An encoder with a linear head for each label of a source, the task's own first."""

    def __init__(self, encoder: Encoder, source: Source) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.architecture.widths[-1]
        self.head = nn.Linear(width, _outputs(source))
        self.auxiliary = nn.ModuleList(
            nn.Linear(width, _outputs(other)) for other in source.auxiliary.values()
        )

    def forward(self, X: Tensor) -> list[Tensor]:
        """Scores of each label, (samples, outputs)."""
        embedded = self.encoder(X)
        return [head(embedded) for head in (self.head, *self.auxiliary)]

    def finished(self, source: Source, objective: str) -> Pretrained:
        """The encoder, with its own head as the source's model."""
        whole = finished(source, self.encoder, objective)
        weights, bias = self.head.weight.detach().double(), self.head.bias.detach().double()
        return replace(whole, head=head_of(weights * whole.scale, bias))


@dataclass(frozen=True)
class Labels:
    """Outcomes and weights of every label, for the loss of `Heads`.

    Attributes
    ----------
    tasks
        Keys of `dxtransfer.learn.tasks.TASKS`.
    outcomes
        As each task's loss takes them, (samples, columns).
    weights
        (samples,) each; 0 for samples without that label.
    """

    tasks: tuple[str, ...]
    outcomes: tuple[Tensor, ...]
    weights: tuple[Tensor, ...]

    @classmethod
    def of(cls, source: Source, *parts: Ints) -> "Labels":
        """Labels of rows in some parts; in each, weights have the mean 1 over all its rows."""
        sources = (source, *source.auxiliary.values())
        weights = []
        for one in sources:
            told, weight = one.informative(), torch.zeros(source.store.n)
            for part in parts:
                own = part[told[part]]
                if len(own):
                    weight[own] = one.weights(own) * (len(part) / len(own))
            weights.append(weight)
        outcomes = tuple(one.outcomes.float() for one in sources)
        return cls(tuple(one.task for one in sources), outcomes, tuple(weights))

    def batch(self, rows: Ints) -> tuple[Tensor, ...]:
        """Outcomes and weights of some rows, one after the other."""
        index = torch.as_tensor(rows)
        pairs = zip(self.outcomes, self.weights, strict=True)
        return tuple(part[index] for pair in pairs for part in pair)

    def loss(self, scores: list[Tensor], given: tuple[Tensor, ...]) -> Tensor:
        """Sum over labels of the mean loss of a batch, from what `batch` gave."""
        total = scores[0].new_zeros(())
        for task, f, y, weights in zip(self.tasks, scores, given[::2], given[1::2], strict=True):
            value = TASKS[task].loss(y[None], weights[None]).value(f[None].float())
            total = total + value.sum() / len(y)
        return total


def check_labels(source: Source, objective: str) -> None:
    """Refuse a source that tells nothing of a label.

    Raises
    ------
    InputError
        Naming what no source cohort holds.
    """
    if not source.informative().any():
        raise InputError(
            f"the objective {objective} needs a source cohort that holds "
            f"{TASKS[source.task].needs}; take it out of pretrain.objectives or label the source"
        )
    for name, other in source.auxiliary.items():
        if not other.informative().any():
            raise InputError(
                f"pretrain.auxiliary: no source cohort holds {TASKS[other.task].needs} in the "
                f"column {name}; take it out"
            )


def _outputs(source: Source) -> Any:
    return source.classes if source.task == "multiclass" else 1
