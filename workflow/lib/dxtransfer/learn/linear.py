"""L2 logistic regression on some representation of a sample, its penalty chosen inside."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from dxtransfer.learn.dual import solve
from dxtransfer.learn.estimators import Floats, Ints, Split, TransferClassifier
from dxtransfer.learn.predictor import Predictor

PENALTIES = tuple(float(p) for p in np.logspace(-2, 2, 9))
DEFAULT_PENALTY = 1.0
# Numbers in the batch of B matrices that are solved at a time (8 bytes each).
BATCH = 2**25


class RidgeLogistic(TransferClassifier):
    """Logistic regression on ``represent(X)``, the kernel scaled by the number of columns.

    The penalty is the one with the least log loss over the inner folds; among equals the larger.
    A subclass that represents samples otherwise overrides `represent` and `primal`.
    """

    def represent(self, X: Floats) -> Tensor:
        """(samples, columns) in float64, columns on one scale."""
        return torch.as_tensor(np.asarray(X), dtype=torch.float64)

    def primal(self, weights: Tensor, bias: float) -> Predictor:
        """The model from weights (columns,) on the representation."""
        return Predictor(None, {0: weights}, bias)

    def fit_one(self, X: Floats, y: Ints, split: Split, weight: Floats) -> Predictor:
        """Fit one split; the dual solution is turned into primal weights."""
        Z = self.represent(X[split.train])
        K, coded = Z @ Z.T / Z.shape[1], torch.as_tensor(y[split.train], dtype=torch.float64)
        rows = np.arange(len(split.train))
        local = Split(rows, rows[:0], split.inner)
        alpha, b = self._solved(K, coded, [local], torch.as_tensor(weight, dtype=torch.float64))
        return self.primal(Z.T @ alpha[0] / Z.shape[1], float(b[0]))

    def solve_grid(self, X: Floats, y: Ints, splits: Sequence[Split]) -> list[Floats]:
        """All splits over one kernel."""
        Z = self.represent(X)
        K = Z @ Z.T / Z.shape[1]
        ones = torch.ones(len(y), dtype=torch.float64)
        alpha, b = self._solved(K, torch.as_tensor(y, dtype=torch.float64), splits, ones)
        p = torch.sigmoid(alpha @ K + b[:, None]).numpy()
        return [p[i, split.test] for i, split in enumerate(splits)]

    def _solved(
        self, K: Tensor, y: Tensor, splits: Sequence[Split], weight: Tensor
    ) -> tuple[Tensor, Tensor]:
        chosen = self._penalties(K, y, splits, weight)
        W = torch.stack([_only(split.train, weight) for split in splits])
        return _batched(K, y, W, chosen)

    def _penalties(self, K: Tensor, y: Tensor, splits: Sequence[Split], weight: Tensor) -> Tensor:
        """Penalty of each split by inner cross-validation."""
        weights, tests, owners = [], [], []
        for i, split in enumerate(splits):
            for fold in np.unique(split.inner):
                inside, outside = split.train[split.inner != fold], split.train[split.inner == fold]
                if len(inside) and y[inside].min() != y[inside].max():
                    weights.append(_only(inside, weight))
                    tests.append(_only(outside, weight))
                    owners.append(i)
        chosen = torch.full((len(splits),), DEFAULT_PENALTY, dtype=K.dtype)
        if not owners:
            return chosen
        penalties = torch.tensor(PENALTIES, dtype=K.dtype)
        W = torch.stack(weights).repeat_interleave(len(penalties), dim=0)
        alpha, b = _batched(K, y, W, penalties.repeat(len(owners)))
        f = (alpha @ K + b[:, None]).reshape(len(owners), len(penalties), -1)
        loss = torch.nn.functional.softplus(f) - y * f
        scores = (loss * torch.stack(tests)[:, None, :]).sum(2)
        total = K.new_zeros(len(splits), len(penalties)).index_add_(0, torch.tensor(owners), scores)
        # From the largest penalty down, so that a tie goes to the stronger one.
        best = len(penalties) - 1 - total.flip(1).argmin(dim=1)
        decided = torch.tensor(sorted(set(owners)))
        chosen[decided] = penalties[best[decided]]
        return chosen


def _only(rows: Ints, weight: Tensor) -> Tensor:
    kept = torch.zeros_like(weight)
    kept[rows] = weight[rows]
    return kept


def _batched(K: Tensor, y: Tensor, W: Tensor, penalties: Tensor) -> tuple[Tensor, Tensor]:
    """`solve` in pieces that fit into memory."""
    size = max(1, BATCH // K.shape[0] ** 2)
    parts = [
        solve(K, y, W[start : start + size], penalties[start : start + size])
        for start in range(0, len(W), size)
    ]
    return torch.cat([a for a, _ in parts]), torch.cat([b for _, b in parts])
