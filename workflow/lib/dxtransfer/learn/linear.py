"""L2-penalised linear models on some representation of a sample, their penalty chosen inside."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from dxtransfer.learn.dual import solve
from dxtransfer.learn.estimators import Array, Floats, Ints, Split, TransferEstimator
from dxtransfer.learn.pieces import MEMORY, PADDED
from dxtransfer.learn.predictor import Predictor
from dxtransfer.learn.primal import solve_primal
from dxtransfer.learn.tasks import TASKS, Task

PENALTIES = tuple(float(p) for p in np.logspace(-2, 2, 9))
DEFAULT_PENALTY = 1.0


class RidgeModel(TransferEstimator):
    """Linear predictor of ``represent(X)`` with an L2 penalty, the kernel scaled by its columns.

    Logistic, softmax, linear or Cox regression, as the task says. The penalty is the one with the
    least loss over the inner folds; among equals the larger. A subclass that represents samples
    otherwise overrides `represent` and `primal`, one that shrinks towards other weights than 0
    `centre`.

    Parameters
    ----------
    task
        A key of `dxtransfer.learn.tasks.TASKS`.
    balanced
        Whether classes weigh the same in each fit, whatever their size; the intercept then is
        that of equally frequent classes.
    """

    def __init__(self, *, task: str = "binary", balanced: bool = False) -> None:
        self.task = task
        self.balanced = balanced

    def represent(self, X: Floats) -> Tensor:
        """(samples, columns) in float64, columns on one scale."""
        return torch.as_tensor(np.asarray(X), dtype=torch.float64)

    def primal(self, weights: Tensor, bias: Tensor) -> Predictor:
        """The model from weights (outputs, columns) and biases (outputs,)."""
        return Predictor(None, {0: weights}, tuple(bias.tolist()), task=self.task)

    def centre(self) -> tuple[Tensor, Tensor] | None:
        """Weights (outputs, columns) and biases (outputs,) to shrink towards; None for 0."""
        return None

    def fit_one(self, X: Floats, y: Array, split: Split, weight: Floats) -> Predictor:
        """Fit one split; a dual solution is turned into primal weights."""
        own = np.asarray(weight)[split.train]
        problems = self._problems(self.represent(X[split.train]), y[split.train], own)
        rows = np.arange(len(split.train))
        local = [Split(rows, rows[:0], split.inner)]
        beta, b = problems.weights(problems.of(local), problems.penalties(local))
        return self.primal(beta, b)

    def solve_grid(
        self, X: Floats, y: Array, splits: Sequence[Split], weight: Floats
    ) -> list[Floats]:
        """All splits over one representation."""
        problems = self._problems(self.represent(X), y, weight)
        f = problems.scores(problems.of(splits), problems.penalties(splits))
        found = problems.task.link(f).numpy()
        return [found[i, split.test] for i, split in enumerate(splits)]

    def _problems(self, Z: Tensor, y: Array, weight: Floats) -> "Problems":
        task = TASKS[self.task]
        outcomes = task.outcomes(y, 2 if self.classes_ is None else len(self.classes_))
        weights = torch.as_tensor(np.asarray(weight), dtype=torch.float64)
        return Problems(task, Z, y, outcomes, weights, self.centre(), self.balanced)


@dataclass(frozen=True)
class Problems:
    """Fits over the samples of one cohort.

    Attributes
    ----------
    task, centre, balanced
        See `RidgeModel`.
    Z
        Representation, (samples, columns).
    y, outcomes
        Coded, and as the loss takes them.
    weight
        (samples,).
    padded
        See `dxtransfer.learn.pieces.in_pieces`.
    """

    task: Task
    Z: Tensor
    y: Array
    outcomes: Tensor
    weight: Tensor
    centre: tuple[Tensor, Tensor] | None
    balanced: bool
    padded: int = PADDED

    @cached_property
    def kernel(self) -> Tensor:
        """(samples, samples), scaled by the number of columns."""
        kernel: Tensor = self.Z @ self.Z.T / self.Z.shape[1]
        return kernel

    @cached_property
    def scaled(self) -> Tensor:
        """Z with that kernel."""
        return self.Z / math.sqrt(self.Z.shape[1])

    @cached_property
    def offset(self) -> Tensor | None:
        """Scores of the centre, (samples, outputs)."""
        return None if self.centre is None else self.Z @ self.centre[0].T + self.centre[1]

    def of(self, splits: Sequence[Split]) -> Tensor:
        """Weights of the training samples of each split, (splits, samples)."""
        return self._balanced(torch.stack([_only(split.train, self.weight) for split in splits]))

    def _balanced(self, weights: Tensor) -> Tensor:
        return self.task.balanced(self.outcomes, weights) if self.balanced else weights

    def scores(self, weights: Tensor, penalties: Tensor) -> Tensor:
        """Scores of all samples by each fit, (problems, samples, outputs).

        A fit to more samples than columns is solved in the primal, another one in the dual.
        """
        many = (weights > 0).sum(1) > self.Z.shape[1]
        parts = [(~many).nonzero().squeeze(1), many.nonzero().squeeze(1)]
        given = {"loss": self.task.loss, "offset": self.offset}
        found = []
        if len(parts[0]):
            of_these = weights[parts[0]], penalties[parts[0]]
            alpha, b = solve(self.kernel, self.outcomes, *of_these, **given, padded=self.padded)
            found.append(self.kernel @ alpha + b[:, None])
        if len(parts[1]):
            of_these = weights[parts[1]], penalties[parts[1]]
            beta, b = solve_primal(self.scaled, self.outcomes, *of_these, **given)
            found.append(self.scaled @ beta + b[:, None])
        f = torch.cat(found)[torch.cat(parts).argsort()]
        return f if self.offset is None else f + self.offset

    def weights(self, weights: Tensor, penalties: Tensor) -> tuple[Tensor, Tensor]:
        """Weights (outputs, columns) and biases (outputs,) of a single fit."""
        given = {"loss": self.task.loss, "offset": self.offset}
        if int((weights > 0).sum()) > self.Z.shape[1]:
            beta, b = solve_primal(self.scaled, self.outcomes, weights, penalties, **given)
            primal = beta[0] / math.sqrt(self.Z.shape[1])
        else:
            alpha, b = solve(self.kernel, self.outcomes, weights, penalties, **given)
            primal = self.Z.T @ alpha[0] / self.Z.shape[1]
        if self.centre is None:
            return primal.T, b[0]
        return primal.T + self.centre[0], b[0] + self.centre[1]

    def penalties(self, splits: Sequence[Split]) -> Tensor:
        """Penalty of each split by inner cross-validation."""
        inside, outside, owners = self._inner(splits)
        chosen = torch.full((len(splits),), DEFAULT_PENALTY, dtype=torch.float64)
        if not owners:
            return chosen
        grid = torch.tensor(PENALTIES, dtype=torch.float64)
        total = torch.zeros(len(splits), len(grid), dtype=torch.float64)
        per_fit = 8 * 4 * len(grid) * self.Z.shape[0] * (self.outcomes.shape[1] + 1)
        for part in torch.split(torch.arange(len(owners)), max(1, MEMORY // per_fit)):
            W, out = (w[part].repeat_interleave(len(grid), dim=0) for w in (inside, outside))
            f = self.scores(W, grid.repeat(len(part)))
            scores = self.task.held_out(self.outcomes, f, W, out).view(len(part), len(grid))
            total.index_add_(0, torch.tensor(owners)[part], scores)
        # From the largest penalty down, so that a tie goes to the stronger one.
        best = len(grid) - 1 - total.flip(1).argmin(dim=1)
        decided = torch.tensor(sorted(set(owners)))
        chosen[decided] = grid[best[decided]]
        return chosen

    def _inner(self, splits: Sequence[Split]) -> tuple[Tensor, Tensor, list[int]]:
        """Weights inside and outside of each inner fit, and the number of its split."""
        kept, left, owners = [], [], []
        for i, split in enumerate(splits):
            whole = self.of([split])[0]
            for fold in np.unique(split.inner):
                inside = split.train[split.inner != fold]
                if len(inside) and self.task.enough(self.y[inside]):
                    kept.append(_only(inside, self.weight))
                    left.append(_only(split.train[split.inner == fold], whole))
                    owners.append(i)
        if not owners:
            return torch.empty(0), torch.empty(0), []
        return self._balanced(torch.stack(kept)), torch.stack(left), owners


def _only(rows: Ints, weight: Tensor) -> Tensor:
    kept = torch.zeros_like(weight)
    kept[rows] = weight[rows]
    return kept
