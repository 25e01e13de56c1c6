"""Labelled rows of a source in memory, and the linear models that are fitted to them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from dxtransfer.errors import InputError
from dxtransfer.learn.dual import solve
from dxtransfer.learn.pretrain.effects import mean_effects
from dxtransfer.learn.pretrain.source import Source

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
# Penalties per sample; of the models on features scaled by their evidence, two.
PENALTIES = tuple(float(p) for p in np.logspace(-4, -1, 7))
SCALED_PENALTIES = (1e-3, 1e-2)
NAMES = (
    *(f"logistic {p:.1g}" for p in PENALTIES),
    *(f"logistic on scaled features {p:.1g}" for p in SCALED_PENALTIES),
    "effects cubed",
)
# Kernels of this many samples are solved at most; of more, a weighted sample is drawn.
MOST = 2000


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
    y, cohort
        (samples,).
    """

    source: Source
    rows: Ints
    Z: Floats
    y: Ints
    cohort: Ints

    def at(self, kept: npt.NDArray[np.bool_]) -> "Labelled":
        """Some of the samples."""
        return Labelled(self.source, self.rows[kept], self.Z[kept], self.y[kept], self.cohort[kept])

    @property
    def measured(self) -> npt.NDArray[np.bool_]:
        """(cohorts, features)."""
        return np.asarray(self.source.store.measured)

    def effects(self) -> tuple[Floats, Floats]:
        """See `mean_effects`."""
        return mean_effects(self.Z, self.y, self.cohort, self.measured)

    def centred(self) -> Floats:
        """Values less the midpoint between the class means of their cohort."""
        moved = self.Z.copy()
        for c in np.unique(self.cohort):
            inside = self.cohort == c
            means = [self.Z[inside & (self.y == label)].mean(0) for label in (0, 1)]
            moved[inside] -= (means[0] + means[1]) / 2
        return moved

    def models(self) -> Floats:
        """Weights of the source models, (models, features), each of `NAMES`."""
        p = self.Z.shape[1]
        X, weights = self.centred(), self.source.weights(self.rows).double()
        mean, error = self.effects()
        t = mean / error
        evidence = t**2 / max(float(np.mean(t**2)), 1e-300)
        y = torch.as_tensor(self.y, dtype=torch.float64)
        found = []
        for root, penalties in ((1.0, PENALTIES), (np.sqrt(evidence), SCALED_PENALTIES)):
            scaled = torch.as_tensor(X * root)
            given = weights.expand(len(penalties), -1)
            rates = torch.tensor(penalties, dtype=torch.float64) * len(y)
            alpha, _ = solve(scaled @ scaled.T / p, y, given, rates)
            found.append((alpha[..., 0] @ scaled).numpy() * root / p)
        return np.concatenate([*found, (t**3)[None]])


def labelled_rows(source: Source) -> Labelled:
    """Rows of cohorts with both classes, `MOST` at most.

    Raises
    ------
    InputError
        When no source cohort holds both classes.
    """
    rows = np.flatnonzero(source.informative())
    if not len(rows):
        raise InputError(
            "the objective linear needs a source cohort that holds both classes; "
            "take it out of pretrain.objectives or label the source"
        )
    if len(rows) > MOST:
        share = source.weights(rows).double().numpy()
        rng = np.random.default_rng([source.seed, 4])
        rows = np.sort(rng.choice(rows, MOST, replace=False, p=share / share.sum()))
        rows = _whole(rows, source)
    Z = source.store.read(rows).astype(np.float64)
    return Labelled(source, rows, Z, source.y[rows], source.cohort[rows])


def _whole(rows: Ints, source: Source) -> Ints:
    """Rows of cohorts of which both classes were drawn."""
    both = [
        c
        for c in np.unique(source.cohort[rows])
        if len(np.unique(source.y[rows][source.cohort[rows] == c])) == 2
    ]
    kept: Ints = rows[np.isin(source.cohort[rows], both)]
    return kept
