"""The clinical model with the omics: covariates beside the linear predictor of all features."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from dxtransfer.learn.estimators import Array, Floats, Split
from dxtransfer.learn.linear import Problems, RidgeModel
from dxtransfer.learn.predictor import Predictor

SMALLEST_SPREAD = 1e-9


class CovariatesOmics(RidgeModel):
    """Stack of the linear predictor of `logistic_l2` and the covariates.

    Under one penalty, two covariates beside ten thousand features would count for nothing. So the
    features become one score first: within the training part each inner fold is scored by the model
    of the others (Wolpert 1992, Neural Networks 5:241-259), and a linear model with an L2 penalty
    of its own learns from that score, in units of its standard deviation, beside the covariates. It
    is shrunk towards the score as it is and no covariate, so that with few labels little is taken
    from `logistic_l2`. A single score has no negative weight (Breiman 1996, Machine Learning
    24:49-64): where features say nothing, scores of held-out samples go against the labels. Test
    samples are scored by the model of the whole training part.

    Parameters
    ----------
    columns
        How many of the last columns of `X` are covariates.
    task, balanced
        As in `RidgeModel`.
    """

    def __init__(self, columns: int, *, task: str = "binary", balanced: bool = False) -> None:
        super().__init__(task=task, balanced=balanced)
        self.columns = columns

    def fit_one(self, X: Floats, y: Array, split: Split, weight: Floats) -> Predictor:
        """Fit one split; both stages together are one linear model."""
        omics, clinical = self._parts(X[split.train])
        rows = np.arange(len(split.train))
        local = Split(rows, rows[:0], split.inner)
        own = np.asarray(weight)[split.train]
        problems = self._problems(self.represent(omics), y[split.train], own)
        crossed = _scores(problems, [local])[1][0]
        second = self._second(crossed, clinical, y[split.train], own, split.inner)
        beta, b = problems.weights(problems.of([local]), problems.penalties([local]))
        weights = torch.cat([second.of_score @ beta, second.of_covariates], dim=1)
        return self.primal(weights, second.bias + second.of_score @ b)

    def solve_grid(
        self, X: Floats, y: Array, splits: Sequence[Split], weight: Floats
    ) -> list[Floats]:
        """All scores together, then the covariates of each split."""
        omics, clinical = self._parts(X)
        problems = self._problems(self.represent(omics), y, weight)
        whole, crossed = _scores(problems, splits)
        found = []
        for split, f, own in zip(splits, whole, crossed, strict=True):
            at, given = split.train, np.asarray(weight)[split.train]
            second = self._second(own, clinical[at], y[at], given, split.inner)
            covariates = torch.as_tensor(clinical[split.test], dtype=torch.float64)
            scores = f[split.test] @ second.of_score.T + covariates @ second.of_covariates.T
            found.append(problems.task.link(scores + second.bias).numpy())
        return found

    def _parts(self, X: Floats) -> tuple[Floats, Floats]:
        place = X.shape[1] - self.columns
        return X[:, :place], X[:, place:]

    def _second(
        self, crossed: Tensor, clinical: Floats, y: Array, weight: Floats, inner: Array
    ) -> "Stacked":
        """Weights of the score and of the covariates, from the training rows."""
        spread = crossed.std(0, correction=0)
        spread = torch.where(spread > SMALLEST_SPREAD, spread, 0.0)
        rows = np.arange(len(y))
        local = [Split(rows, rows[:0], inner)]

        def solved(spread: Tensor) -> Stacked:
            unit = torch.where(spread > 0, 1 / spread, 0.0)
            X = np.column_stack([(crossed * unit).numpy(), clinical])
            towards = torch.zeros(len(spread), X.shape[1], dtype=torch.float64)
            towards[:, : len(spread)] = torch.diag(spread)
            centre = (towards, torch.zeros(len(spread), dtype=torch.float64))
            problems = replace(self._problems(self.represent(X), y, weight), centre=centre)
            beta, b = problems.weights(problems.of(local), problems.penalties(local))
            return Stacked(beta[:, : len(unit)] * unit, beta[:, len(unit) :], b)

        found = solved(spread)
        against = crossed.shape[1] == 1 and bool(found.of_score[0, 0] < 0)
        return solved(torch.zeros_like(spread)) if against else found


@dataclass(frozen=True)
class Stacked:
    """The second stage.

    Attributes
    ----------
    of_score
        Weights of the score's outputs, (outputs, outputs).
    of_covariates
        Weights of the covariates, (outputs, columns).
    bias
        (outputs,).
    """

    of_score: Tensor
    of_covariates: Tensor
    bias: Tensor


def _scores(problems: Problems, splits: Sequence[Split]) -> tuple[Tensor, list[Tensor]]:
    """Scores of each split's own fit, (splits, samples, outputs), and those of its training rows.

    The latter, (rows, outputs), are by the fit without their inner fold; 0 where too few are left
    for one.
    """
    fits, places = list(splits), []
    for i, split in enumerate(splits):
        for fold in np.unique(split.inner):
            kept = split.inner != fold
            inside = split.train[kept]
            if len(inside) and problems.task.enough(problems.y[inside]):
                fits.append(Split(inside, split.train[~kept], split.inner[kept]))
                places.append((i, np.flatnonzero(~kept)))
    f = problems.scores(problems.of(fits), problems.penalties(fits))
    crossed = [f.new_zeros(len(split.train), f.shape[2]) for split in splits]
    for (i, held), own, fit in zip(places, f[len(splits) :], fits[len(splits) :], strict=True):
        crossed[i][held] = own[fit.test]
    return f[: len(splits)], crossed


def covariates_omics(*, seed: int, task: str = "binary", columns: int = 0) -> CovariatesOmics:
    """Covariates beside the omics; it draws no random number."""
    return CovariatesOmics(columns, task=task)
