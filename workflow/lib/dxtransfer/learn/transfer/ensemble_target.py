"""The ensemble's control: the same members without the source, weighed alike."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from dxtransfer.learn.baselines.elastic_net import ElasticNet
from dxtransfer.learn.estimators import Array, Floats, Split, TransferEstimator
from dxtransfer.learn.members import (
    ALL,
    IMPORTANT,
    Fits,
    Member,
    fit_members,
    member_weights,
    members_of,
)
from dxtransfer.learn.predictor import Predictor
from dxtransfer.learn.tasks import TASKS
from dxtransfer.learn.transfer.sparse_part import SparsePart, sparse_part

# What the parts of the ensemble's score are told as.
PARTS = ("source_model", "source_learnt_feature_weights", "target_alone")


class EnsembleTarget(TransferEstimator):
    """Members that never saw the source, weighed by their leave-one-out log density.

    Scores before the link are averaged, so that the whole is one linear model. The ensemble fits
    its members itself: their leave-one-out scores have a closed form, which says more than inner
    folds of 4 labels would. From 16 labelled samples an elastic net joins, weighed over inner
    folds; see `dxtransfer.learn.transfer.sparse_part`.

    Parameters
    ----------
    task
        A key of `dxtransfer.learn.tasks.TASKS`.

    Attributes
    ----------
    shares_
        Share of each of `PARTS` in the score of every fit, (fits, 3): the standard deviations of
        the parts in scores of labelled samples by fits that did not see them (leaving one out, of
        the elastic net a fold), made to sum to 1.
    """

    parts = PARTS

    def __init__(self, *, task: str = "binary") -> None:
        self.task = task

    @property
    def without_source(self) -> str:
        """Why members that use the source take no part; empty where they do, or none was given."""
        return ""

    def members(self) -> tuple[Member, ...]:
        """What is fitted and weighed."""
        return members_of(self.task, source=False)

    def direction(self, features: int) -> Tensor:
        """Weights of the source's score, (outputs, features)."""
        outputs = self._classes() if self.task == "multiclass" else 1
        return torch.zeros(outputs, features, dtype=torch.float64)

    def importance(self, features: int) -> Mapping[str, Tensor]:
        """Importance of each feature in each kernel, (features,)."""
        return {ALL: torch.ones(features, dtype=torch.float64)}

    def _classes(self) -> int:
        return 0 if self.classes_ is None else len(self.classes_)

    def log_prior(self, samples: Tensor) -> Tensor:
        """Log prior of the members for labelled sets of some sizes, (problems, members)."""
        return torch.zeros(len(samples), len(self.members()), dtype=torch.float64)

    def fit_one(self, X: Floats, y: Array, split: Split, weight: Floats) -> Predictor:
        """Fit the members; give their weighted mean as one model."""
        rows = np.arange(len(split.train))
        local = Split(rows, rows[:0], split.inner)
        Z = torch.as_tensor(np.asarray(X)[split.train], dtype=torch.float64)
        own = np.asarray(weight)[split.train]
        fits, weights, (sparse,) = self._solved(Z, y[split.train], [local], own)
        members, features = self.members(), Z.shape[1]
        share = torch.tensor([member.share for member in members], dtype=torch.float64)
        total = (weights[0] @ share) * fits.unit[0] * self.direction(features)
        for name, importance in self.importance(features).items():
            chosen = torch.tensor([member.kernel == name for member in members])
            alpha = (weights[0, chosen, None, None] * fits.alpha[0, chosen]).sum(0)
            total = total + (Z.T @ alpha).T * importance / features
        bias = weights[0] @ fits.b[0]
        if sparse is not None:
            total, bias = (
                torch.lerp(dense, net, sparse.share)
                for dense, net in ((total, sparse.weights), (bias, sparse.bias))
            )
        return Predictor(None, {0: total}, tuple(bias.tolist()), task=self.task)

    def solve_grid(
        self, X: Floats, y: Array, splits: Sequence[Split], weight: Floats
    ) -> list[Floats]:
        """All splits over the same kernels."""
        Z = torch.as_tensor(np.asarray(X), dtype=torch.float64)
        fits, weights, sparse = self._solved(Z, y, splits, np.asarray(weight))
        scores = (weights[..., None, None] * fits.scores).sum(1)
        for i, part in enumerate(sparse):
            if part is not None:
                scores[i] = torch.lerp(scores[i], Z @ part.weights.T + part.bias, part.share)
        found = TASKS[self.task].link(scores).numpy()
        return [found[i, split.test] for i, split in enumerate(splits)]

    def _solved(
        self, Z: Tensor, y: Array, splits: Sequence[Split], weight: Floats
    ) -> tuple[Fits, Tensor, list[SparsePart | None]]:
        """Fits of the members, their weights in each split, and the elastic net beside them."""
        importance = self.importance(Z.shape[1])
        kernels = {name: Z * q @ Z.T / Z.shape[1] for name, q in importance.items()}
        given = torch.zeros(len(splits), len(Z), dtype=torch.float64)
        for i, split in enumerate(splits):
            given[i, split.train] = torch.as_tensor(self.training_weight(y, split, weight))
        outcome = TASKS[self.task].outcomes(y, self._classes())
        direction, members = self.direction(Z.shape[1]), self.members()
        score = torch.stack([Z @ own for own in direction], dim=1)
        fit = partial(fit_members, kernels, score, outcome, members=members, task=self.task)
        fits = fit(given)
        prior = self.log_prior((given > 0).sum(1))
        weights = member_weights(fits, outcome, given, prior, task=self.task)
        net = ElasticNet(task=self.task)
        net.balanced, net.classes_ = self.balanced, self.classes_
        sparse = []
        for split, own in zip(splits, weights, strict=True):

            def dense(inside: Tensor, own: Tensor = own) -> Tensor:
                return torch.einsum("m,fmso->fso", own, fit(inside, judged=False).scores)

            sparse.append(sparse_part(net, Z.numpy(), y, split, weight, dense))
        self.shares_ = _shares(fits, weights, score, given, members, sparse, splits)
        return fits, weights, sparse


def _shares(
    fits: Fits,
    weights: Tensor,
    score: Tensor,
    given: Tensor,
    members: Sequence[Member],
    sparse: Sequence[SparsePart | None],
    splits: Sequence[Split],
) -> Tensor:
    """Share of each of `PARTS`, (problems, 3)."""
    share = torch.tensor([member.share for member in members], dtype=torch.float64)
    source = fits.unit[:, None, None] * score
    own = fits.left_out - share[:, None, None] * source[:, None]
    parts = [(weights @ share)[:, None, None] * source]
    for name in (IMPORTANT, ALL):
        chosen = torch.tensor([member.kernel == name for member in members])
        parts.append((weights[:, chosen, None, None] * own[:, chosen]).sum(1))
    stacked = torch.stack(parts, dim=1)
    for i, (part, split) in enumerate(zip(sparse, splits, strict=True)):
        if part is not None:
            stacked[i] *= 1 - part.share
            stacked[i, -1, split.train] += part.share * part.out_of_fold
    inside = (given > 0).double()[:, None, :, None]
    count = inside.sum(2, keepdim=True).clamp_min(1)
    centred = (stacked - (stacked * inside).sum(2, keepdim=True) / count) * inside
    spread = (centred.square().sum((2, 3)) / count[..., 0, 0]).sqrt()
    total = spread.sum(1, keepdim=True)
    alone = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
    return torch.where(total > 1e-9, spread / total.clamp_min(1e-9), alone)
