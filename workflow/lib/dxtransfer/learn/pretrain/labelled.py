"""Labelled rows of a source in memory, and the linear models that are fitted to them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dxtransfer.errors import InputError
from dxtransfer.learn.dual import solve
from dxtransfer.learn.pretrain.effects import class_effect, correlation_effect, mean_effects
from dxtransfer.learn.pretrain.source import Source
from dxtransfer.learn.tasks import TASKS

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
# Penalties per sample; of the models on features scaled by their evidence, two.
PENALTIES = tuple(float(p) for p in np.logspace(-4, -1, 7))
SCALED_PENALTIES = (1e-3, 1e-2)
MODELS = {
    "binary": "logistic",
    "multiclass": "softmax",
    "regression": "ridge",
    "survival": "Cox",
}
# Kernels of this many samples are solved at most; of more, a weighted sample is drawn.
MOST = 2000


def model_names(task: str) -> tuple[str, ...]:
    """Name of each of the source models that `Labelled.models` fits."""
    return (
        *(f"{MODELS[task]} {p:.1g}" for p in PENALTIES),
        *(f"{MODELS[task]} on scaled features {p:.1g}" for p in SCALED_PENALTIES),
        "effects cubed",
    )


@dataclass(frozen=True)
class Labelled:
    """Labelled rows of a source in memory.

    Attributes
    ----------
    source
        Where they come from.
    rows
        Their numbers in the store, (samples,).
    Z
        Values standardised per cohort, (samples, features).
    y
        Coded outcomes, (samples,), for survival time and event, (samples, 2).
    cohort
        (samples,).
    """

    source: Source
    rows: Ints
    Z: Floats
    y: Array
    cohort: Ints

    def at(self, kept: npt.NDArray[np.bool_]) -> "Labelled":
        """Some of the samples."""
        return Labelled(self.source, self.rows[kept], self.Z[kept], self.y[kept], self.cohort[kept])

    @property
    def measured(self) -> npt.NDArray[np.bool_]:
        """(cohorts, features)."""
        return np.asarray(self.source.store.measured)

    @cached_property
    def outcomes(self) -> Tensor:
        """What the task's loss takes, (samples, columns); see `Source.outcomes`."""
        if self.source.classifies:
            return TASKS[self.source.task].outcomes(self.y, self.source.classes)
        return self.source.outcomes[torch.as_tensor(self.rows)]

    @property
    def outputs(self) -> int:
        """Outputs of a model."""
        return self.source.classes if self.source.task == "multiclass" else 1

    def directions(self) -> list[Array]:
        """What effects are of, (samples,) per output.

        The class, or the residual of a model without features: of a number the number itself, for
        survival the martingale residual (Therneau, Grambsch and Fleming 1990), the event less the
        cumulative hazard of the cohort.
        """
        if self.source.task == "survival":
            return [(self.outcomes[:, 1] - self.outcomes[:, 0]).numpy()]
        if self.source.task == "binary":
            return [self.y]
        return list(self.outcomes.numpy().T)

    def effects(self) -> tuple[Floats, Floats]:
        """Mean effects and their standard errors, (outputs, features); see `mean_effects`."""
        effect = class_effect if self.source.classifies else correlation_effect
        each = [
            mean_effects(self.Z, y, self.cohort, self.measured, effect=effect)
            for y in self.directions()
        ]
        mean, error = (np.stack(part) for part in zip(*each, strict=True))
        return mean, error

    def importance(self) -> Floats:
        """Squared mean effect of each feature, mean over outputs, (features,)."""
        found: Floats = (self.effects()[0] ** 2).mean(0)
        return found

    def centred(self) -> Floats:
        """Values less the mean of the class means of their cohort, or less its mean."""
        moved = self.Z.copy()
        groups = self.y if self.source.classifies else np.zeros(len(self.Z))
        labels = np.unique(groups)
        for c in np.unique(self.cohort):
            inside = self.cohort == c
            means = [self.Z[inside & (groups == label)].mean(0) for label in labels]
            moved[inside] -= sum(means) / len(means)
        return moved

    def models(self) -> Floats:
        """Weights of the source models, (models, outputs, features); see `model_names`."""
        p = self.Z.shape[1]
        X, weights = self.centred(), self.source.weights(self.rows).double()
        mean, error = self.effects()
        t = mean / error
        evidence = (t**2).mean(0)
        evidence /= max(float(np.mean(evidence)), 1e-300)
        y, loss = self.outcomes, TASKS[self.source.task].loss
        found = []
        for root, penalties in ((1.0, PENALTIES), (np.sqrt(evidence), SCALED_PENALTIES)):
            scaled = torch.as_tensor(X * root)
            given = weights.expand(len(penalties), -1)
            rates = torch.tensor(penalties, dtype=torch.float64) * len(y)
            alpha, _ = solve(scaled @ scaled.T / p, y, given, rates, loss=loss)
            each = [(alpha[..., o] @ scaled).numpy() * root / p for o in range(self.outputs)]
            found.append(np.stack(each, axis=1))
        return np.concatenate([*found, (t**3)[None]])


def labelled_rows(source: Source) -> Labelled:
    """Rows of cohorts that tell something of the outcome, `MOST` at most.

    Raises
    ------
    InputError
        When there is none: no source cohort holds all classes, different numbers, or an event.
    """
    rows = np.flatnonzero(source.informative())
    if not len(rows):
        raise InputError(
            f"the objective linear needs a source cohort that holds {TASKS[source.task].needs}; "
            "take it out of pretrain.objectives or label the source"
        )
    if len(rows) > MOST:
        share = source.weights(rows).double().numpy()
        rng = np.random.default_rng([source.seed, 4])
        rows = np.sort(rng.choice(rows, MOST, replace=False, p=share / share.sum()))
        rows = _whole(rows, source) if source.classifies else rows
    Z = source.store.read(rows).astype(np.float64)
    return Labelled(source, rows, Z, source.y[rows], source.cohort[rows])


def _whole(rows: Ints, source: Source) -> Ints:
    """Rows of cohorts of which all classes were drawn."""
    whole = [
        c
        for c in np.unique(source.cohort[rows])
        if len(np.unique(source.y[rows][source.cohort[rows] == c])) == source.classes
    ]
    kept: Ints = rows[np.isin(source.cohort[rows], whole)]
    return kept
