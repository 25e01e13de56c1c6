"""Tasks: what an outcome is, which loss it has, and what a model's scores mean for it.

A task is told by its name, a key of `TASKS`. Outcomes come as users have them and are coded once:
classes as numbers from 0 in the order of their names, regression as float64, survival as the two
columns time and event (0 or 1).
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dxtransfer.learn.cox import Cox
from dxtransfer.learn.losses import Logistic, Loss, Softmax, Squared

Array = npt.NDArray[Any]


class Task:
    """What the learners ask of a task."""

    loss: ClassVar[Any]
    # What a source cohort has to hold, for messages.
    needs: ClassVar[str]
    classifies: ClassVar[bool] = False

    def coded(self, y: Sequence[Any] | Array) -> tuple[Array | None, Array]:
        """Names of the classes, None for other tasks, and coded outcomes.

        Raises
        ------
        ValueError
            For outcomes that are none of this task's.
        """
        raise NotImplementedError

    def outcomes(self, y: Array, classes: int) -> Tensor:
        """Coded outcomes as the loss takes them, (samples, columns), float64."""
        return torch.as_tensor(y, dtype=torch.float64).reshape(len(y), -1)

    def strata(self, y: Array) -> Array:
        """What inner folds balance, (samples,)."""
        raise NotImplementedError

    def enough(self, y: Array) -> bool:
        """Whether something can be learnt from these samples."""
        raise NotImplementedError

    def link(self, scores: Tensor) -> Tensor:
        """Predictions from scores (..., outputs): one column less where there is one output."""
        return scores[..., 0]

    def held_out(self, y: Tensor, f: Tensor, inside: Tensor, outside: Tensor) -> Tensor:
        """Loss of samples that a fit left out, (problems,).

        Parameters
        ----------
        y
            Outcomes as the loss takes them, (samples, columns).
        f
            Scores, (problems, samples, outputs).
        inside, outside
            Weights of the samples that were fitted and of those to be judged by,
            (problems, samples).
        """
        loss: Loss = self.loss(y.expand(len(f), *y.shape), outside)
        return loss.value(f)

    def balanced(self, y: Tensor, weights: Tensor) -> Tensor:
        """Weights (problems, samples) with equal sums in all classes that are there.

        The whole sum stays: a class of share s among k classes is weighted by 1 / (k s).

        Raises
        ------
        ValueError
            For a task without classes.
        """
        raise ValueError("only classes can be balanced")


class Regression(Task):
    """A number per sample; squared loss."""

    loss = Squared
    needs = "different numbers"

    def coded(self, y: Sequence[Any] | Array) -> tuple[Array | None, Array]:
        """Numbers as they are."""
        values = np.asarray(y, dtype=np.float64)
        if values.ndim != 1 or not np.isfinite(values).all():
            raise ValueError("regression needs one finite number per sample")
        return None, values

    def strata(self, y: Array) -> Array:
        """Whether above the median."""
        above: Array = (y > np.median(y)).astype(np.int64)
        return above

    def enough(self, y: Array) -> bool:
        """Two samples."""
        return len(y) > 1


class Survival(Task):
    """Time to an event, or to the last sight of a patient without one; Cox's partial likelihood.

    A prediction is the log relative hazard: higher means earlier.
    """

    loss = Cox
    needs = "an event"

    def coded(self, y: Sequence[Any] | Array) -> tuple[Array | None, Array]:
        """Time and event; also from a structured array with a field of bool and one of numbers."""
        values = np.asarray(y)
        if values.dtype.names is not None:
            first, second = (values[name] for name in values.dtype.names)
            event, time = (first, second) if first.dtype == bool else (second, first)
            values = np.column_stack([time, event])
        values = np.asarray(values, dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != 2:
            raise ValueError("survival needs the time and the event of each sample")
        if not np.isfinite(values).all() or (values[:, 0] < 0).any():
            raise ValueError("survival needs times that are not missing and not negative")
        if not np.isin(values[:, 1], (0, 1)).all():
            raise ValueError("survival needs events of 0 or 1")
        return None, values

    def strata(self, y: Array) -> Array:
        """Whether there was an event."""
        event: Array = y[:, 1].astype(np.int64)
        return event

    def enough(self, y: Array) -> bool:
        """An event while another sample was at risk."""
        events = y[y[:, 1] > 0, 0]
        return len(events) > 0 and int((y[:, 0] >= events.min()).sum()) > 1

    def held_out(self, y: Tensor, f: Tensor, inside: Tensor, outside: Tensor) -> Tensor:
        """What they add to the likelihood of those fitted (Verweij and van Houwelingen 1993).

        By themselves a few of them could have no pair to compare.
        """
        wide = y.expand(len(f), *y.shape)
        return Cox(wide, inside + outside).value(f) - Cox(wide, inside).value(f)


class Multiclass(Task):
    """Classes; softmax with all classes penalised alike.

    With two classes it shrinks half as much as `Binary` at the same penalty, since the squared
    weights of both add up.
    """

    loss: ClassVar[Any] = Softmax
    needs: ClassVar[str] = "all classes"
    classifies = True

    def coded(self, y: Sequence[Any] | Array) -> tuple[Array | None, Array]:
        """Number of each sample's class."""
        classes, coded = np.unique(np.asarray(y), return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"two classes are needed, there are {len(classes)}")
        return classes, coded.astype(np.int64)

    def outcomes(self, y: Array, classes: int) -> Tensor:
        """One-hot."""
        return torch.eye(classes, dtype=torch.float64)[torch.as_tensor(y)]

    def strata(self, y: Array) -> Array:
        """The classes."""
        return y

    def enough(self, y: Array) -> bool:
        """Two classes."""
        return len(np.unique(y)) > 1

    def link(self, scores: Tensor) -> Tensor:
        """Probability of each class, (..., classes)."""
        return scores.softmax(-1)

    def held_out(self, y: Tensor, f: Tensor, inside: Tensor, outside: Tensor) -> Tensor:
        """Log loss; samples of a class that the fit has not seen say nothing about a penalty."""
        seen = (inside @ y > 0).double() @ y.T
        each = (f.log_softmax(2) * y).sum(2)
        return -(each * outside * seen).sum(1)

    def balanced(self, y: Tensor, weights: Tensor) -> Tensor:
        """See `Task`."""
        sums = weights @ y
        wanted = weights.sum(1, keepdim=True) / (sums > 0).sum(1, keepdim=True).clamp_min(1)
        share = torch.where(sums > 0, wanted / sums, 0.0)
        return weights * (share @ y.T)


class Binary(Multiclass):
    """Two classes; logistic regression."""

    loss = Logistic
    needs = "both classes"

    def coded(self, y: Sequence[Any] | Array) -> tuple[Array | None, Array]:
        """0 or 1."""
        classes, coded = np.unique(np.asarray(y), return_inverse=True)
        if len(classes) != 2:
            raise ValueError(f"two classes are needed, there are {len(classes)}")
        return classes, coded.astype(np.int64)

    def outcomes(self, y: Array, classes: int) -> Tensor:
        """0 or 1."""
        return Task.outcomes(self, y, classes)

    def link(self, scores: Tensor) -> Tensor:
        """Probability of the second class, (...,)."""
        return torch.sigmoid(scores[..., 0])

    def held_out(self, y: Tensor, f: Tensor, inside: Tensor, outside: Tensor) -> Tensor:
        """Log loss."""
        return Task.held_out(self, y, f, inside, outside)

    def balanced(self, y: Tensor, weights: Tensor) -> Tensor:
        """See `Task`."""
        return super().balanced(torch.cat([1 - y, y], dim=1), weights)


TASKS: dict[str, Task] = {
    "binary": Binary(),
    "multiclass": Multiclass(),
    "regression": Regression(),
    "survival": Survival(),
}
