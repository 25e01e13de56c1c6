"""The source as the objectives see it: rows of the store with labels, held-out rows and weights."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dxtransfer.cohorts.store import Store
from dxtransfer.learn.encoders import Encoder, Pretrained
from dxtransfer.learn.primal import solve_primal

Ints = npt.NDArray[np.int64]
PENALTIES = tuple(float(p) for p in np.logspace(-3, 1, 5))


@dataclass(frozen=True)
class Source:
    """A store with what the task says of its samples.

    Attributes
    ----------
    store
        Standardised values per cohort.
    y
        1 for the positive class, 0 for the other, -1 for no label, (samples,).
    seed
        Seed of the held-out rows and of the order of batches.
    """

    store: Store
    y: Ints
    seed: int

    @property
    def cohort(self) -> Ints:
        """Number of each sample's cohort, (samples,)."""
        return np.asarray(self.store.cohorts, dtype=np.int64)

    def informative(self) -> npt.NDArray[np.bool_]:
        """Labelled samples of cohorts that hold both classes.

        Values are centred per cohort, so a cohort of one class says nothing about the difference
        between classes, and its centre would be taken for the other's.
        """
        both = [c for c in np.unique(self.cohort) if self._classes(c) == {0, 1}]
        return (self.y >= 0) & np.isin(self.cohort, both)

    def _classes(self, cohort: int) -> set[int]:
        return set(self.y[self.cohort == cohort].tolist()) - {-1}

    def split(self, eligible: npt.NDArray[np.bool_], *, share: float) -> tuple[Ints, Ints]:
        """Rows to train on and rows held out for early stopping, both among `eligible`.

        Whole cohorts are held out where three or more are eligible, smallest overshoot of `share`
        first; otherwise whole patients, whatever their cohort.
        """
        rng = np.random.default_rng([self.seed, 1])
        cohorts = np.unique(self.cohort[eligible])
        rows = np.flatnonzero(eligible)
        if len(cohorts) >= 3:
            sizes = {c: (self.cohort[rows] == c).mean() for c in cohorts}
            drawn = sorted(rng.permutation(cohorts), key=lambda c: max(sizes[c] - share, 0.0))
            held: list[int] = []
            for c in drawn:
                if np.isin(self.cohort[rows], held).mean() >= share or len(held) > len(cohorts) - 3:
                    break
                held.append(int(c))
            out = np.isin(self.cohort[rows], held)
        else:
            names = self.patients(rows)
            patients = np.unique(names)
            count = max(1, round(share * len(patients)))
            out = np.isin(names, rng.permutation(patients)[:count])
        return rows[~out], rows[out]

    def patients(self, rows: Ints) -> npt.NDArray[Any]:
        """Patient of each row, told apart by cohort."""
        samples = self.store.samples
        return np.array([f"{samples[i]['cohort']}\t{samples[i]['patient']}" for i in rows])

    def weights(self, rows: Ints) -> Tensor:
        """Weights of labelled rows, mean 1: classes equal in a cohort, cohorts by sqrt(size)."""
        weight = np.zeros(len(rows))
        for c in np.unique(self.cohort[rows]):
            inside = self.cohort[rows] == c
            for label in (0, 1):
                members = inside & (self.y[rows] == label)
                if members.any():
                    weight[members] = np.sqrt(inside.sum()) / members.sum()
        return torch.as_tensor(weight / weight.mean(), dtype=torch.float32)

    def midpoints(self) -> Tensor:
        """Midpoint between the class means of each cohort, (cohorts, features); 0 without both.

        Subtracting it makes cohorts with different shares of the classes comparable.
        """
        informative = self.informative()
        sums = np.zeros((int(self.cohort.max()) + 1, 2, len(self.store.features)))
        counts = np.zeros(sums.shape[:2])
        for rows, values in self.batches(np.flatnonzero(informative), batch_size=512):
            for c, label in set(zip(self.cohort[rows], self.y[rows], strict=True)):
                members = (self.cohort[rows] == c) & (self.y[rows] == label)
                sums[c, label] += values.numpy()[members].sum(axis=0)
                counts[c, label] += members.sum()
        both = counts.min(axis=1) > 0
        middle = np.zeros((len(sums), sums.shape[2]))
        middle[both] = (sums[both] / counts[both][..., None]).mean(axis=1)
        return torch.as_tensor(middle, dtype=torch.float32)

    def batches(
        self, rows: Ints, *, batch_size: int, epoch: int | None = None
    ) -> Iterator[tuple[Ints, Tensor]]:
        """Row numbers and values, in an order drawn by seed and epoch."""
        rng = np.random.default_rng([self.seed, 2, epoch or 0])
        for found, values in self.store.batches(rows, batch_size=batch_size, rng=rng):
            yield found, torch.as_tensor(values, dtype=torch.float32)


def finished(source: Source, encoder: Encoder, objective: str) -> Pretrained:
    """Add the embedding's scale and a logistic head, fitted on the source's embedding.

    The head's penalty is chosen by leaving out one cohort at a time (one random third of the
    patients where there are fewer than two cohorts with both classes), by log loss.

    Parameters
    ----------
    source
        The source that the encoder was trained on.
    encoder
        The encoder.
    objective
        Its objective, for the record.
    """
    encoder = encoder.eval()
    scale = _scale(source, encoder)
    rows = np.flatnonzero(source.informative())
    if not len(rows):
        return Pretrained(objective, encoder, scale, None)
    middle = source.midpoints()
    embedded = []
    order: list[Any] = []
    with torch.no_grad():
        for found, values in source.batches(rows, batch_size=512):
            shifted = values - middle[torch.as_tensor(source.cohort[found])]
            embedded.append((encoder(shifted) / scale).double())
            order.extend(found)
    Z, kept = torch.cat(embedded), np.array(order, dtype=np.int64)
    y = torch.as_tensor(source.y[kept], dtype=torch.float64)
    weights = source.weights(kept).double()
    penalties = torch.tensor(PENALTIES, dtype=torch.float64) * len(kept)
    groups = source.cohort[kept]
    if len(np.unique(groups)) < 2:
        patients, member = np.unique(source.patients(kept), return_inverse=True)
        groups = np.random.default_rng([source.seed, 3]).permutation(len(patients))[member] % 3
    chosen = _best_penalty(Z, y, weights, penalties, groups)
    beta, b = solve_primal(Z, y, weights[None], chosen[None])
    return Pretrained(objective, encoder, scale, (beta[0, :, 0], b[0]))


def _best_penalty(Z: Tensor, y: Tensor, weights: Tensor, penalties: Tensor, groups: Ints) -> Tensor:
    total = torch.zeros(len(penalties), dtype=torch.float64)
    for group in np.unique(groups):
        out = torch.as_tensor(groups == group)
        inside = (weights * ~out).expand(len(penalties), -1)
        beta, b = solve_primal(Z, y, inside, penalties)
        f = (Z @ beta)[..., 0] + b
        total += ((torch.nn.functional.softplus(f) - y * f) * weights * out).sum(1)
    return penalties[total.argmin()]


def _scale(source: Source, encoder: Encoder) -> float:
    """Root mean square of the embedding over the source."""
    total, count = 0.0, 0
    with torch.no_grad():
        for _, values in source.batches(np.arange(source.store.n), batch_size=512):
            embedded = encoder(values).double()
            total += float((embedded**2).sum())
            count += embedded.numel()
    return float(np.sqrt(total / count)) or 1.0
