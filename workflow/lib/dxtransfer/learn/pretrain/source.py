"""The source as the objectives see it: rows of the store with labels, held-out rows and weights."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dxtransfer.cohorts.store import Store
from dxtransfer.learn.cox import baseline_hazard
from dxtransfer.learn.encoders import Encoder, Pretrained
from dxtransfer.learn.primal import solve_primal
from dxtransfer.learn.tasks import TASKS

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
        Coded outcomes, (samples,): 1 for the positive class, 0 for the other; the number of a
        class; -1 for none of them; a number for regression. Time and event, (samples, 2), for
        survival. NaN for none.
    seed
        Seed of the held-out rows and of the order of batches.
    task
        A key of `dxtransfer.learn.tasks.TASKS`.
    classes
        Number of classes, where there are any.
    auxiliary
        Other labels of the same samples by name, for objectives that learn from several.
    """

    store: Store
    y: npt.NDArray[Any]
    seed: int
    task: str = "binary"
    classes: int = 2
    auxiliary: Mapping[str, "Source"] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        store: Store,
        codes: npt.NDArray[np.float64],
        *,
        seed: int,
        task: str,
        classes: int,
        auxiliary: Mapping[str, str],
    ) -> "Source":
        """From the columns of `labels.codes_of` and, after them, `labels.auxiliary_codes`.

        Parameters
        ----------
        codes
            (samples, columns).
        auxiliary
            Column to `classes` or `number`, in the order of the columns.
        """
        first = 2 if task == "survival" else 1
        y = codes[:, :2] if task == "survival" else codes[:, 0]
        others = {}
        for (name, kind), column in zip(auxiliary.items(), codes.T[first:], strict=False):
            if kind == "classes":
                own = column.astype(np.int64)
                others[name] = cls(store, own, seed, "multiclass", max(2, int(own.max()) + 1))
            else:
                others[name] = cls(store, column, seed, "regression", 0)
        return cls(store, y.astype(np.int64) if classes else y, seed, task, classes, others)

    @property
    def cohort(self) -> Ints:
        """Number of each sample's cohort, (samples,)."""
        return np.asarray(self.store.cohorts, dtype=np.int64)

    @property
    def classifies(self) -> bool:
        """Whether there are classes."""
        return TASKS[self.task].classifies

    @cached_property
    def labelled(self) -> npt.NDArray[np.bool_]:
        """Samples with an outcome, (samples,)."""
        if self.classifies:
            return np.asarray(self.y >= 0)
        return np.asarray(np.isfinite(self.y.reshape(len(self.y), -1)).all(axis=1))

    def informative(self) -> npt.NDArray[np.bool_]:
        """Labelled samples of cohorts that hold all classes, different numbers, or an event.

        Values are centred per cohort, so a cohort of one class says nothing about the difference
        between classes, and its centre would be taken for the other's.
        """
        telling = [c for c in np.unique(self.cohort) if self._tells(c)]
        return self.labelled & np.isin(self.cohort, telling)

    def _tells(self, cohort: int) -> bool:
        own = self.y[(self.cohort == cohort) & self.labelled]
        if self.classifies:
            return len(np.unique(own)) == self.classes
        return len(np.unique(own, axis=0)) > 1 and TASKS[self.task].enough(own)

    @cached_property
    def unit(self) -> tuple[float, float]:
        """Mean of the cohorts' means and deviation within cohorts; 0 and 1 but for regression."""
        if self.task != "regression":
            return 0.0, 1.0
        rows = np.flatnonzero(self.informative())
        own = [self.y[rows[self.cohort[rows] == c]] for c in np.unique(self.cohort[rows])]
        if not own:
            return 0.0, 1.0
        within = np.concatenate([values - values.mean() for values in own])
        return float(np.mean([v.mean() for v in own])), float(np.sqrt((within**2).mean()))

    @cached_property
    def outcomes(self) -> Tensor:
        """What a loss takes of informative samples, (samples, columns), float64; 0 elsewhere.

        Numbers are centred per cohort, as features are, and in units of the deviation within
        cohorts. Times become the cumulative hazard of their cohort (Nelson 1972; Aalen 1978), so
        that cohorts in which events come sooner or later can share risk sets.
        """
        rows = np.flatnonzero(self.informative())
        task, y = TASKS[self.task], np.zeros_like(self.y)
        y[rows] = self.y[rows]
        for c in np.unique(self.cohort[rows]) if self.task == "regression" else []:
            own = rows[self.cohort[rows] == c]
            y[own] = (y[own] - y[own].mean()) / self.unit[1]
        found = task.outcomes(y, self.classes).clone()
        for c in np.unique(self.cohort[rows]) if self.task == "survival" else []:
            at = torch.as_tensor(rows[self.cohort[rows] == c])
            own_outcomes, same = found[at], torch.zeros(len(at), dtype=torch.float64)
            found[at, 0] = baseline_hazard(same, own_outcomes, same + 1, own_outcomes[:, 0])
        return found

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

    def split_labelled(self, eligible: npt.NDArray[np.bool_], *, share: float) -> tuple[Ints, Ints]:
        """As `split` of the informative samples, the others among `eligible` to train on.

        Left out are others of the patients held out, and of cohorts that are held out whole.
        """
        informative = self.informative()
        training, held_out = self.split(informative, share=share)
        rows = np.flatnonzero(eligible & ~informative)
        gone = np.setdiff1d(self.cohort[held_out], self.cohort[training])
        rows = rows[~np.isin(self.cohort[rows], gone)]
        if len(rows):
            rows = rows[~np.isin(self.patients(rows), self.patients(held_out))]
        return np.sort(np.concatenate([training, rows])), held_out

    def patients(self, rows: Ints) -> npt.NDArray[Any]:
        """Patient of each row, told apart by cohort."""
        samples = self.store.samples
        return np.array([f"{samples[i]['cohort']}\t{samples[i]['patient']}" for i in rows])

    def weights(self, rows: Ints) -> Tensor:
        """Weights of labelled rows, mean 1: classes equal in a cohort, cohorts by sqrt(size)."""
        weight = np.zeros(len(rows))
        groups = self._groups()[rows]
        for c in np.unique(self.cohort[rows]):
            inside = self.cohort[rows] == c
            for label in range(groups.max() + 1):
                members = inside & (groups == label)
                if members.any():
                    weight[members] = np.sqrt(inside.sum()) / members.sum()
        return torch.as_tensor(weight / weight.mean(), dtype=torch.float32)

    def _groups(self) -> Ints:
        """Class of each sample, -1 for none; all labelled ones are of one without classes."""
        if self.classifies:
            return np.asarray(self.y, dtype=np.int64)
        return self.labelled.astype(np.int64) - 1

    def midpoints(self) -> Tensor:
        """Mean of the class means of each cohort, (cohorts, features); 0 without all classes.

        Subtracting it makes cohorts with different shares of the classes comparable. Without
        classes it is the mean of the labelled samples.
        """
        groups = self._groups()
        kinds = self.classes if self.classifies else 1
        sums = np.zeros((int(self.cohort.max()) + 1, kinds, len(self.store.features)))
        counts = np.zeros(sums.shape[:2])
        for rows, values in self.batches(np.flatnonzero(self.informative()), batch_size=512):
            for c, label in set(zip(self.cohort[rows], groups[rows], strict=True)):
                members = (self.cohort[rows] == c) & (groups[rows] == label)
                sums[c, label] += values.numpy()[members].sum(axis=0)
                counts[c, label] += members.sum()
        whole = counts.min(axis=1) > 0
        middle = np.zeros((len(sums), sums.shape[2]))
        middle[whole] = (sums[whole] / counts[whole][..., None]).mean(axis=1)
        return torch.as_tensor(middle, dtype=torch.float32)

    def batches(
        self, rows: Ints, *, batch_size: int, epoch: int | None = None
    ) -> Iterator[tuple[Ints, Tensor]]:
        """Row numbers and values, in an order drawn by seed and epoch."""
        rng = np.random.default_rng([self.seed, 2, epoch or 0])
        for found, values in self.store.batches(rows, batch_size=batch_size, rng=rng):
            yield found, torch.as_tensor(values, dtype=torch.float32)


def finished(source: Source, encoder: Encoder, objective: str) -> Pretrained:
    """Add the embedding's scale and a linear head, fitted on the source's embedding.

    The head's penalty is chosen by leaving out one cohort at a time (one random third of the
    patients where there are fewer than two informative cohorts), by the task's own loss.

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
    y = source.outcomes[torch.as_tensor(kept)]
    weights = source.weights(kept).double()
    penalties = torch.tensor(PENALTIES, dtype=torch.float64) * len(kept)
    groups = source.cohort[kept]
    if len(np.unique(groups)) < 2:
        patients, member = np.unique(source.patients(kept), return_inverse=True)
        groups = np.random.default_rng([source.seed, 3]).permutation(len(patients))[member] % 3
    chosen = _best_penalty(Z, y, weights, penalties, groups, task=source.task)
    beta, b = solve_primal(Z, y, weights[None], chosen[None], loss=TASKS[source.task].loss)
    return Pretrained(objective, encoder, scale, head_of(beta[0].T, b[0]), source.unit)


def head_of(weights: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Head from weights (outputs, width): (width,) where there is one output."""
    return (weights[0] if len(weights) == 1 else weights).contiguous(), bias


def _best_penalty(
    Z: Tensor, y: Tensor, weights: Tensor, penalties: Tensor, groups: Ints, *, task: str
) -> Tensor:
    total = torch.zeros(len(penalties), dtype=torch.float64)
    for group in np.unique(groups):
        out = torch.as_tensor(groups == group)
        inside, outside = (
            (weights * part).expand(len(penalties), -1).contiguous() for part in (~out, out)
        )
        beta, b = solve_primal(Z, y, inside, penalties, loss=TASKS[task].loss)
        total += TASKS[task].held_out(y, Z @ beta + b[:, None], inside, outside)
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
