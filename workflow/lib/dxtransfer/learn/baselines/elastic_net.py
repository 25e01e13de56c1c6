"""Elastic net: a linear model whose penalty, part L1 and part L2, leaves most weights at 0.

Zou and Hastie 2005, J R Stat Soc B 67:301-320. Each penalised likelihood is minimised through
weighted least squares (Friedman, Hastie and Tibshirani 2010, J Stat Softw 33:1, and for Cox
regression Simon et al. 2011, J Stat Softw 39:5), these by scikit-learn's coordinate descent. The
path runs from the smallest penalty that leaves all weights at 0 downwards, each fit starting from
the one before it. A fit sees the features whose weight is not 0 or whose slope exceeds the penalty,
and is repeated with those that it turns out to miss; so a path over thousands of features costs
little more than one over those that matter.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn import config_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import enet_path
from torch import Tensor

from dxtransfer.learn.densities import spread
from dxtransfer.learn.estimators import Array, Floats, Ints, Split, TransferEstimator
from dxtransfer.learn.predictor import Predictor
from dxtransfer.learn.tasks import TASKS

L1_SHARE = 0.5
# Of the smallest penalty that leaves all weights at 0.
SHARES = tuple(float(s) for s in np.geomspace(0.9, 0.03, 10))
DEFAULT = 5
# Change of a score at which a fit is done, and how many steps it may take.
TOLERANCE, STEPS = 1e-4, 100
# Of each least squares problem; scikit-learn's default leaves slopes a few percent off.
PRECISION = 1e-6
# A sample whose outcome is certain still weighs this share of its weight.
LEAST_CURVATURE = 1e-4
TINY = 1e-300

Model = tuple[Floats, Floats]
"""Weights (outputs, features) and biases (outputs,)."""


class ElasticNet(TransferEstimator):
    """Logistic, softmax, linear or Cox regression with L1 and L2 penalties of equal share.

    The penalty is the one with the least loss over the inner folds; among equals the largest.

    Parameters
    ----------
    task
        A key of `dxtransfer.learn.tasks.TASKS`.
    """

    def __init__(self, *, task: str = "binary") -> None:
        self.task = task

    def fit_one(self, X: Floats, y: Array, split: Split, weight: Floats) -> Predictor:
        """Fit one split at the penalty that its inner folds choose."""
        (beta, b), _ = self.fitted(X, y, split, weight)
        return Predictor(None, {0: torch.as_tensor(beta)}, tuple(b.tolist()), task=self.task)

    def solve_grid(
        self, X: Floats, y: Array, splits: Sequence[Split], weight: Floats
    ) -> list[Floats]:
        """One split after the other."""
        found = []
        for split in splits:
            (beta, b), _ = self.fitted(X, y, split, weight)
            scores = torch.as_tensor(X[split.test] @ beta.T + b)
            found.append(TASKS[self.task].link(scores).numpy())
        return found

    def fitted(self, X: Floats, y: Array, split: Split, weight: Floats) -> tuple[Model, Floats]:
        """The model of a split, and its training samples' out-of-fold scores.

        The scores are (samples, outputs), by the inner folds at the chosen penalty; NaN where the
        rest of an inner fold is too little to learn from.
        """
        own = torch.as_tensor(self.training_weight(y, split, weight))
        X, y = X[split.train].astype(np.float64), y[split.train]
        outcomes = TASKS[self.task].outcomes(y, 2 if self.classes_ is None else len(self.classes_))
        # In standard deviations, so that the shares of L1 and L2 are the same for any unit.
        unit = float(spread(outcomes, own[None])) if self.task == "regression" else 1.0
        unit = unit if unit > 0 else 1.0
        k, out_of_fold = self._penalty(X, y, outcomes / unit, own, split.inner)
        *_, (beta, b) = self._path(X, outcomes / unit, own).solved(SHARES[: k + 1])
        return (beta * unit, b * unit), out_of_fold * unit

    def _penalty(
        self, X: Floats, y: Array, outcomes: Tensor, weight: Tensor, inner: Ints
    ) -> tuple[int, Floats]:
        """Number of the penalty with the least loss over inner folds, and scores out of them."""
        task, total = TASKS[self.task], torch.zeros(len(SHARES), dtype=torch.float64)
        judged, outputs = False, task.loss(outcomes[None], weight[None]).limits().shape[1]
        out_of_fold = np.full((len(SHARES), len(y), outputs), np.nan)
        for fold in np.unique(inner):
            kept = inner != fold
            if not task.enough(y[kept]):
                continue
            judged = True
            path = self._path(X[kept], outcomes[kept], weight[kept])
            f = torch.as_tensor(np.stack([X @ beta.T + b for beta, b in path.solved(SHARES)]))
            inside = (weight * torch.as_tensor(kept)).expand(len(SHARES), -1)
            total += task.held_out(outcomes, f, inside, weight - inside)
            out_of_fold[:, ~kept] = f[:, ~kept].numpy()
        k = int(total.argmin()) if judged else DEFAULT
        return k, out_of_fold[k]

    def _path(self, X: Floats, outcomes: Tensor, weight: Tensor) -> "_Path":
        return _Path(X, TASKS[self.task].loss(outcomes[None], weight.double()[None]))


@dataclass(frozen=True)
class _Path:
    """Fits to one set of samples.

    Attributes
    ----------
    X
        (samples, features), float64.
    loss
        Of a single problem, see `dxtransfer.learn.losses.Loss`.
    """

    X: Floats
    loss: Any

    def solved(self, shares: Sequence[float]) -> Iterator[Model]:
        """Models at descending shares of the largest penalty."""
        limits = self.loss.limits()[0].numpy()
        b: Floats = np.nan_to_num(limits)
        beta: Floats = np.zeros((len(b), self.X.shape[1]))
        free = np.flatnonzero(np.isnan(limits))
        beta, b = self._fitted((beta, b), np.arange(0), 1.0, free)
        slope = self._slope(beta, b)
        largest = float(slope.max()) / L1_SHARE
        for share in shares:
            penalty = share * largest
            missed = kept = np.flatnonzero((slope > L1_SHARE * penalty) | (beta != 0).any(axis=0))
            while len(missed) and largest > 0:
                beta, b = self._fitted((beta, b), kept, penalty, free)
                slope = self._slope(beta, b)
                missed = np.setdiff1d(np.flatnonzero(slope > 1.01 * L1_SHARE * penalty), kept)
                kept = np.union1d(kept, missed)
            yield beta, b

    def _fitted(self, start: Model, kept: Ints, penalty: float, free: Ints) -> Model:
        """A fit of the free outputs to some features."""
        beta, b = start[0].copy(), start[1].copy()
        X = np.asfortranarray(self.X[:, kept])
        f = X @ beta[:, kept].T + b
        for _ in range(STEPS):
            g, h = self._step(f)
            for k in free:
                z = f[:, k] - g[:, k] / h[:, k]
                beta[k, kept], b[k] = self._least_squares(X, z, h[:, k], penalty, beta[k, kept])
            before, f = f, X @ beta[:, kept].T + b
            if self.loss.quadratic or np.abs(f - before).max() < TOLERANCE:
                break
        return beta, b

    def _least_squares(
        self, X: Floats, z: Floats, h: Floats, penalty: float, start: Floats
    ) -> tuple[Floats, float]:
        """Weights and bias that minimise sum of h (z - f)^2 / 2 and the penalty."""
        mean, root = h @ np.column_stack([X, z]) / h.sum(), np.sqrt(h)
        beta = start
        if len(start):
            with warnings.catch_warnings(), config_context(skip_parameter_validation=True):
                # The next step starts where this one ended.
                warnings.simplefilter("ignore", ConvergenceWarning)
                _, found, _ = enet_path(
                    np.asfortranarray((X - mean[:-1]) * root[:, None]),
                    (z - mean[-1]) * root,
                    l1_ratio=L1_SHARE,
                    alphas=[penalty / len(X)],
                    coef_init=start,
                    precompute=False,
                    check_input=False,
                    tol=PRECISION,
                )
            beta = found[:, 0]
        # A score common to all samples changes nothing where there is no intercept.
        return beta, float(mean[-1] - mean[:-1] @ beta) if self.loss.intercept else 0.0

    def _step(self, f: Floats) -> tuple[Floats, Floats]:
        """Gradient and curvature at the scores, each (samples, outputs)."""
        scores = torch.as_tensor(f)[None]
        # One of weight 0 has a slope of 0, which is divided by this.
        least = (LEAST_CURVATURE * self.loss.weights[0][:, None]).clamp_min(TINY)
        h = torch.maximum(self.loss.curvature(scores)[0], least)
        return self.loss.gradient(scores)[0].numpy(), h.numpy()

    def _slope(self, beta: Floats, b: Floats) -> Floats:
        """Largest slope of the loss along each feature, by size, (features,)."""
        g = self.loss.gradient(torch.as_tensor(self.X @ beta.T + b)[None])[0].numpy()
        slope: Floats = np.abs(g.T @ self.X).max(axis=0)
        return slope


def elastic_net(*, seed: int, task: str = "binary") -> ElasticNet:
    """Elastic net; it draws no random number."""
    return ElasticNet(task=task)
