"""Source models on the part of the source that they did not see."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from dxtransfer.errors import InputError
from dxtransfer.learn.pretrain.concordance import chance_variance, concordance
from dxtransfer.learn.pretrain.labelled import Floats, Ints, Labelled
from dxtransfer.learn.pretrain.prior import learnt_prior, uniform_prior
from dxtransfer.learn.primal import solve_primal
from dxtransfer.learn.tasks import TASKS

PATIENT_FOLDS = 5
STANDARD_ERRORS = 2.0
# A cohort this far below chance, in standard deviations, contradicts the others.
CONTRADICTS = -3.0
LEAST_SLOPE = 0.01
TWO_PATIENTS = {
    "binary": "two patients of each class",
    "multiclass": "two patients of each class",
    "regression": "two patients on each side of the median",
    "survival": "two patients with an event",
}


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
        Weights of the models without each group, (groups, models, outputs, features).
    scores
        Scores of each sample by the models without its group, (models, samples, outputs).
    ranked
        Concordance of the scores with the outcomes, (models, groups): the AUROC for classes, the
        C-index for survival.
    kept
        Models that are averaged.
    """

    data: Labelled
    groups: Ints
    by_cohort: bool
    models: Floats
    scores: Floats
    ranked: Floats
    kept: list[int]

    @classmethod
    def of(cls, data: Labelled) -> "HeldOut":
        """Fit the models without each group in turn."""
        groups, by_cohort = _groups(data)
        models, scores = [], []
        for group in np.unique(groups):
            out = groups == group
            models.append(data.at(~out).models())
            each = [models[-1][:, o] @ data.Z[out].T for o in range(data.outputs)]
            scores.append(np.stack(each, axis=-1))
        order = np.concatenate([np.flatnonzero(groups == g) for g in np.unique(groups)])
        whole = np.concatenate(scores, axis=1)[:, order.argsort()]
        ranked = np.array([_ranked(own, data, groups) for own in whole])
        return cls(data, groups, by_cohort, np.stack(models), whole, ranked, _chosen(ranked))

    @cached_property
    def score(self) -> Floats:
        """Averaged score of each sample by models that never saw its group, (samples, outputs)."""
        return self._mean(self.scores) / self._unit

    def averaged(self, models: Floats) -> Floats:
        """Weights of the averaged score, in its standard deviations within a group.

        (outputs, features) from (models, outputs, features).
        """
        return self._mean(models) / self._unit

    def _mean(self, of_models: Floats) -> Floats:
        """Mean over the models that are kept, each in its standard deviations within a group."""
        spread = np.array([self._within(own) for own in self.scores[self.kept]])
        found: Floats = (of_models[self.kept] / spread[:, None, None]).mean(0)
        return found

    @cached_property
    def _unit(self) -> float:
        return self._within(self._mean(self.scores))

    def _within(self, score: Floats) -> float:
        """Mean standard deviation of an output within a group, of (samples, outputs)."""
        inside = [score[self.groups == g].T for g in np.unique(self.groups)]
        each = [np.mean([output.std() for output in own]) for own in inside]
        return max(float(np.mean(each)), 1e-12)

    def standardised(self) -> tuple[Floats, Floats]:
        """By group: concordance of the averaged score less one half, and `chance_variance`."""
        task, outputs = self.data.source.task, self.data.outputs
        own = [self.data.y[self.groups == g] for g in np.unique(self.groups)]
        variance = [chance_variance(y, outputs, task=task) for y in own]
        return np.array(_ranked(self.score, self.data, self.groups)) - 0.5, np.array(variance)

    def beyond_chance(self) -> float:
        """Standard deviations by which the groups together lie above chance; 0 without a pair."""
        above, variance = self.standardised()
        known = float((1 / variance).sum())
        return float((above / variance).sum() / np.sqrt(known)) if known > 0 else 0.0

    def contradicting(self) -> Ints:
        """Cohorts that the others rank far worse than chance; none where no two would be left."""
        above, variance = self.standardised()
        found = np.unique(self.groups)[above / np.sqrt(variance) < CONTRADICTS]
        left = len(above) - len(found)
        return found if self.by_cohort and left >= 2 else found[:0]

    def calibrated(self) -> tuple[Tensor, Tensor]:
        """Slopes (outputs, outputs) and intercepts (outputs,) of a model on the averaged score.

        A single slope is not negative. For regression they are in the source's unit, see
        `Source.unit`.
        """
        weights = self.data.source.weights(self.data.rows).double()
        beta, b = solve_primal(
            torch.as_tensor(self.score),
            self.data.outcomes,
            weights[None],
            torch.ones(1, dtype=torch.float64),
            loss=TASKS[self.data.source.task].loss,
        )
        slopes = beta[0].T
        return slopes.clamp_min(LEAST_SLOPE) if len(slopes) == 1 else slopes, b[0]

    def prior(self) -> Tensor:
        """Log prior of the ensemble's members, uniform where no cohort can play the target."""
        if not self.by_cohort:
            return uniform_prior(self.data.source.task)
        cohorts = []
        for i, g in enumerate(np.unique(self.groups)):
            inside = self.groups == g
            rest = self.data.at(~inside)
            # One sample of a patient, so that a draw cannot hold others of those it is judged by.
            names = self.data.source.patients(self.data.rows[inside])
            first = np.flatnonzero(inside)[np.unique(names, return_index=True)[1]]
            own = self.data.Z[first], self.data.y[first]
            cohorts.append((*own, self.averaged(self.models[i]), rest.importance()))
        source = self.data.source
        return learnt_prior(cohorts, seed=source.seed, task=source.task, classes=source.classes)


def _groups(data: Labelled) -> tuple[Ints, bool]:
    """What is held out in turn: cohorts, or folds of patients, balanced by the task's strata."""
    if len(np.unique(data.cohort)) > 1:
        return data.cohort, True
    patients, member = np.unique(data.source.patients(data.rows), return_inverse=True)
    strata = TASKS[data.source.task].strata(data.y)
    label = np.array([strata[member == i].max() for i in range(len(patients))])
    kinds = np.unique(strata)
    needed = kinds[-1:] if data.source.task == "survival" else kinds
    rarer = min(int((label == k).sum()) for k in needed)
    if rarer < 2:
        raise InputError(
            f"the objective linear needs {TWO_PATIENTS[data.source.task]} in the source; "
            "take it out of pretrain.objectives or add a source cohort"
        )
    rng = np.random.default_rng([data.source.seed, 5])
    fold = np.zeros(len(patients), dtype=np.int64)
    for k in kinds:
        own = rng.permutation(np.flatnonzero(label == k))
        fold[own] = np.arange(len(own)) % min(PATIENT_FOLDS, rarer)
    return fold[member], False


def _ranked(score: Floats, data: Labelled, groups: Ints) -> list[float]:
    """Concordance of scores (samples, outputs) within each group."""
    task = data.source.task
    inside = [groups == g for g in np.unique(groups)]
    return [concordance(score[own], data.y[own], task=task) for own in inside]


def _chosen(ranked: Floats) -> list[int]:
    """Models within two standard errors of the best mean over groups."""
    mean = ranked.mean(1)
    best = ranked[mean.argmax()]
    error = best.std(ddof=1) / np.sqrt(len(best)) if len(best) > 1 else 0.0
    kept: list[int] = np.flatnonzero(mean >= mean.max() - STANDARD_ERRORS * error).tolist()
    return kept
