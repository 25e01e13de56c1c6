"""Source models on the part of the source that they did not see."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from dxtransfer.errors import InputError
from dxtransfer.learn.pretrain.labelled import NAMES, Floats, Ints, Labelled
from dxtransfer.learn.pretrain.prior import learnt_prior, uniform_prior
from dxtransfer.learn.primal import solve_primal

PATIENT_FOLDS = 5
STANDARD_ERRORS = 2.0
# A cohort this far below chance, in standard deviations, contradicts the others.
CONTRADICTS = -3.0
LEAST_SLOPE = 0.01


@dataclass(frozen=True)
class HeldOut:
    """Source models on the part of the source that each did not see.

    Attributes
    ----------
    data
        The labelled source.
    groups
        Number of each sample's held-out group, (samples,).
    by_cohort
        Whether groups are cohorts.
    models
        Weights of the models without each group, (groups, models, features).
    scores
        Score of each sample by the models without its group, (models, samples).
    auroc
        (models, groups).
    kept
        Models that are averaged.
    """

    data: Labelled
    groups: Ints
    by_cohort: bool
    models: Floats
    scores: Floats
    auroc: Floats
    kept: list[int]

    @classmethod
    def of(cls, data: Labelled) -> "HeldOut":
        """Fit the models without each group in turn."""
        groups, by_cohort = _groups(data)
        models, scores = [], np.zeros((len(NAMES), len(groups)))
        for group in np.unique(groups):
            out = groups == group
            models.append(data.at(~out).models())
            scores[:, out] = models[-1] @ data.Z[out].T
        auroc = np.array(
            [
                [_auroc(s[groups == g], data.y[groups == g]) for g in np.unique(groups)]
                for s in scores
            ]
        )
        return cls(data, groups, by_cohort, np.stack(models), scores, auroc, _chosen(auroc))

    @cached_property
    def score(self) -> Floats:
        """Averaged score of each sample by models that never saw its group, (samples,)."""
        return self._mean(self.scores) / self._unit

    def averaged(self, models: Floats) -> Floats:
        """Weights of the averaged score, in its standard deviations within a group, (features,)."""
        return self._mean(models) / self._unit

    def _mean(self, of_models: Floats) -> Floats:
        """Mean over the models that are kept, each in its standard deviations within a group."""
        spread = np.array([self._within(own) for own in self.scores[self.kept]])
        found: Floats = (of_models[self.kept] / spread[:, None]).mean(0)
        return found

    @cached_property
    def _unit(self) -> float:
        return self._within(self._mean(self.scores))

    def _within(self, score: Floats) -> float:
        """Mean standard deviation within a group."""
        each = [score[self.groups == g].std() for g in np.unique(self.groups)]
        return max(float(np.mean(each)), 1e-12)

    def standardised(self) -> tuple[Floats, Floats]:
        """By group: AUROC of the averaged score less one half, and its variance under chance.

        The variance is that of the Mann-Whitney statistic, doubled: two cohorts that agree by
        chance score well in both directions.
        """
        above, variance = [], []
        for g in np.unique(self.groups):
            inside = self.groups == g
            y = self.data.y[inside]
            above.append(_auroc(self.score[inside], y) - 0.5)
            variance.append((len(y) + 1) / (6 * y.sum() * (1 - y).sum()))
        return np.array(above), np.array(variance)

    def beyond_chance(self) -> float:
        """Standard deviations by which the groups together lie above chance."""
        above, variance = self.standardised()
        return float((above / variance).sum() / np.sqrt((1 / variance).sum()))

    def contradicting(self) -> Ints:
        """Cohorts that the others rank far worse than chance; none where no two would be left."""
        above, variance = self.standardised()
        found = np.unique(self.groups)[above / np.sqrt(variance) < CONTRADICTS]
        left = len(above) - len(found)
        return found if self.by_cohort and left >= 2 else found[:0]

    def calibrated(self) -> tuple[float, float]:
        """Slope, not negative, and intercept of the log-odds on the averaged score."""
        weights = self.data.source.weights(self.data.rows).double()
        beta, b = solve_primal(
            torch.as_tensor(self.score)[:, None],
            torch.as_tensor(self.data.y, dtype=torch.float64),
            weights[None],
            torch.ones(1, dtype=torch.float64),
        )
        return max(float(beta), LEAST_SLOPE), float(b)

    def prior(self) -> Tensor:
        """Log prior of the ensemble's members, uniform where no cohort can play the target."""
        if not self.by_cohort:
            return uniform_prior()
        cohorts = []
        for i, g in enumerate(np.unique(self.groups)):
            inside = self.groups == g
            rest = self.data.at(~inside)
            mean, _ = rest.effects()
            # One sample of a patient, so that a draw cannot hold others of those it is judged by.
            names = self.data.source.patients(self.data.rows[inside])
            first = np.flatnonzero(inside)[np.unique(names, return_index=True)[1]]
            own = self.data.Z[first], self.data.y[first]
            cohorts.append((*own, self.averaged(self.models[i]), mean**2))
        return learnt_prior(cohorts, seed=self.data.source.seed)


def _groups(data: Labelled) -> tuple[Ints, bool]:
    """What is held out in turn: cohorts, or folds of patients balanced within classes."""
    if len(np.unique(data.cohort)) > 1:
        return data.cohort, True
    patients, member = np.unique(data.source.patients(data.rows), return_inverse=True)
    label = np.array([data.y[member == i].max() for i in range(len(patients))])
    rarer = min(int((label == k).sum()) for k in (0, 1))
    if rarer < 2:
        raise InputError(
            "the objective linear needs two source patients of each class; "
            "take it out of pretrain.objectives or add a source cohort"
        )
    rng = np.random.default_rng([data.source.seed, 5])
    fold = np.zeros(len(patients), dtype=np.int64)
    for k in (0, 1):
        own = rng.permutation(np.flatnonzero(label == k))
        fold[own] = np.arange(len(own)) % min(PATIENT_FOLDS, rarer)
    return fold[member], False


def _chosen(auroc: Floats) -> list[int]:
    """Models within two standard errors of the best mean over groups."""
    mean = auroc.mean(1)
    best = auroc[mean.argmax()]
    error = best.std(ddof=1) / np.sqrt(len(best)) if len(best) > 1 else 0.0
    kept: list[int] = np.flatnonzero(mean >= mean.max() - STANDARD_ERRORS * error).tolist()
    return kept


def _auroc(score: Floats, y: Ints) -> float:
    """Area under the ROC curve, ties counted half; one half for a single class."""
    ill, well = score[y == 1], score[y == 0]
    if not len(ill) or not len(well):
        return 0.5
    return float(((ill[:, None] > well) + 0.5 * (ill[:, None] == well)).mean())
