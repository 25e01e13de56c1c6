"""Losses of linear predictors: value, gradient and curvature of many problems side by side.

A loss holds the outcomes y and the weights w of a batch of problems and is a function of the
scores f, (problems, samples, outputs). A weight of 0 leaves a sample out. Everything is float64.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import torch
from torch import Tensor

# Log-odds at which a class that no sample of a fit belongs to is put; exp(-23) is about 1e-10.
BOUND = 23.0


class Loss(Protocol):
    """What the solvers ask of a loss.

    Attributes
    ----------
    intercept
        Whether an unpenalised intercept is fitted.
    quadratic
        Whether one Newton step is exact.
    coupled
        Shape of the second derivative: `no` for a diagonal one, `outputs` where the outputs of a
        sample depend on each other, `samples` where samples do.
    weights
        (problems, samples).
    """

    intercept: ClassVar[bool]
    quadratic: ClassVar[bool]
    coupled: ClassVar[str]

    @property
    def weights(self) -> Tensor:
        """(problems, samples); 0 leaves a sample out."""

    def at(self, problems: Tensor) -> Self:
        """Only these problems."""

    def value(self, f: Tensor) -> Tensor:
        """(problems,)."""

    def gradient(self, f: Tensor) -> Tensor:
        """(problems, samples, outputs)."""

    def curvature(self, f: Tensor) -> Tensor:
        """Diagonal D of the second derivative, (problems, samples, outputs).

        The second derivative is D for a loss that is not coupled, and D minus a positive
        semidefinite matrix for one that is.
        """

    def product(self, f: Tensor, M: Tensor, output: int) -> Tensor:
        """Second derivative times M, (problems or 1, samples, columns), placed at `output`.

        Returns (problems, samples, outputs, columns).
        """

    def limits(self) -> Tensor:
        """Intercepts of outputs that have no finite one, (problems, outputs), NaN for the others.

        These outputs have coefficients of 0.
        """


@dataclass(frozen=True)
class _Outcomes:
    """Outcomes (problems, samples, outputs) and weights (problems, samples)."""

    y: Tensor
    weights: Tensor

    intercept: ClassVar[bool] = True
    quadratic: ClassVar[bool] = False
    coupled: ClassVar[str] = "no"

    def at(self, problems: Tensor) -> Self:
        return type(self)(self.y[problems], self.weights[problems])

    def limits(self) -> Tensor:
        return torch.full_like(self.y[:, 0], torch.nan)

    def curvature(self, f: Tensor) -> Tensor:
        raise NotImplementedError

    def product(self, f: Tensor, M: Tensor, output: int) -> Tensor:
        return (self.curvature(f)[:, :, :1] * M).unsqueeze(2)


class Squared(_Outcomes):
    """Linear regression: sum of w (y - f)^2 / 2, as scikit-learn's Ridge minimises it."""

    quadratic = True

    def value(self, f: Tensor) -> Tensor:
        """(problems,)."""
        return (self.weights[..., None] * (self.y - f) ** 2).sum((1, 2)) / 2

    def gradient(self, f: Tensor) -> Tensor:
        """(problems, samples, outputs)."""
        return self.weights[..., None] * (f - self.y)

    def curvature(self, f: Tensor) -> Tensor:
        """Diagonal, (problems, samples, outputs)."""
        return self.weights[..., None].expand_as(f)


class Logistic(_Outcomes):
    """Logistic regression of two classes; y is 0 or 1.

    Where all samples are of one class, its log-odds are `BOUND`.
    """

    def limits(self) -> Tensor:
        """Intercepts without a finite value, (problems, outputs)."""
        weights = self.weights[..., None]
        ones, zeros = ((weights * share).sum(1) > 0 for share in (self.y, 1 - self.y))
        found = torch.where(ones, BOUND, -BOUND).to(self.y.dtype)
        return torch.where(ones & zeros, torch.nan, found)

    def value(self, f: Tensor) -> Tensor:
        """(problems,)."""
        each = torch.nn.functional.softplus(f, threshold=40) - self.y * f
        return (self.weights[..., None] * each).sum((1, 2))

    def gradient(self, f: Tensor) -> Tensor:
        """(problems, samples, outputs)."""
        # Neither p - 1 nor 1 - p: both lose their digits where p is next to 1.
        residual = (1 - self.y) * torch.sigmoid(f) - self.y * torch.sigmoid(-f)
        return self.weights[..., None] * residual

    def curvature(self, f: Tensor) -> Tensor:
        """Diagonal, (problems, samples, outputs)."""
        return self.weights[..., None] * torch.sigmoid(f) * torch.sigmoid(-f)


class Softmax(_Outcomes):
    """Multinomial regression, one output per class, all penalised alike; y is one-hot.

    A class without a sample in a problem takes no part in it; its score is ``-BOUND``.
    """

    coupled = "outputs"

    def absent(self) -> Tensor:
        """Classes without a sample, (problems, outputs) of bool."""
        return (self.weights[..., None] * self.y).sum(1) == 0

    def limits(self) -> Tensor:
        """Intercepts without a finite value, (problems, outputs)."""
        return torch.where(self.absent(), -BOUND, torch.nan).to(self.y.dtype)

    def _log(self, f: Tensor) -> Tensor:
        return f.masked_fill(self.absent()[:, None], -torch.inf).log_softmax(2)

    def value(self, f: Tensor) -> Tensor:
        """(problems,)."""
        each = torch.where(self.y > 0, self._log(f), 0.0).sum(2)
        return -torch.where(self.weights > 0, self.weights * each, 0.0).sum(1)

    def gradient(self, f: Tensor) -> Tensor:
        """(problems, samples, outputs)."""
        p = self._log(f).exp()
        # p - 1 as minus the sum of the others, which keeps its digits where p is next to 1.
        others = (p * (1 - self.y)).sum(2, keepdim=True)
        return self.weights[..., None] * torch.where(self.y > 0, -others, p)

    def curvature(self, f: Tensor) -> Tensor:
        """Diagonal, (problems, samples, outputs)."""
        return self.weights[..., None] * self._log(f).exp()

    def product(self, f: Tensor, M: Tensor, output: int) -> Tensor:
        """Second derivative times M, at an output."""
        p = self._log(f).exp()
        mixed = -p * p[..., output : output + 1]
        # p (1 - p) as the sum of the others, for the same reason.
        mixed[..., output] = 0
        mixed[..., output] = -mixed.sum(2)
        return (self.weights[..., None] * mixed)[..., None] * M[:, :, None]
