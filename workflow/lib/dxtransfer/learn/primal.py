"""L2-penalised linear predictors in the primal, many problems at once.

For more samples than columns. What is minimised is told in `dxtransfer.learn.dual`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dxtransfer.learn.losses import Logistic, Loss
from dxtransfer.learn.newton import minimise
from dxtransfer.learn.pieces import MEMORY, on_threads

# Least curvature along an intercept; it changes the steps, not the minimum.
LEAST = 1e-10


@dataclass(frozen=True)
class Primal:
    """Problems over one design.

    Attributes
    ----------
    Z
        (samples, features).
    penalties
        (problems,).
    offset
        (problems, samples, outputs).
    """

    Z: Tensor
    penalties: Tensor
    offset: Tensor

    def at(self, problems: Tensor) -> "Primal":
        """Some of the problems."""
        return Primal(self.Z, self.penalties[problems], self.offset[problems])

    def linear(self, coefficients: Tensor) -> Tensor:
        """Scores without intercept and offset, (problems, samples, outputs)."""
        return self.Z @ coefficients

    def penalty(self, coefficients: Tensor, linear: Tensor) -> Tensor:
        """Penalty / 2 times the squared norm of the weights, (problems,)."""
        return self.penalties / 2 * (coefficients**2).sum((1, 2))

    def target(
        self, loss: Loss, coefficients: Tensor, b: Tensor, f: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Newton's next point."""
        problems, d, outputs = coefficients.shape
        X = self.Z
        if loss.intercept:
            X = torch.cat([X, X.new_ones(len(X), 1)], dim=1)
        width = X.shape[1]
        gradient = X.T @ loss.gradient(f)
        gradient[:, :d] += self.penalties[:, None, None] * coefficients
        # (problems, outputs, width, outputs, width)
        second = torch.stack(
            [
                (X.T @ loss.product(f, X[None], c).transpose(1, 2)).contiguous()
                for c in range(outputs)
            ],
            dim=3,
        )
        weights = second.diagonal(dim1=1, dim2=3)[:, :d, :d].diagonal(dim1=1, dim2=2)
        weights += self.penalties[:, None, None]
        if loss.intercept:
            block = second[:, :, d, :, d]
            diagonal = block.diagonal(dim1=1, dim2=2)
            diagonal += (LEAST - diagonal).clamp_min(0)
            if loss.coupled == "outputs":
                # A constant does not change the probabilities; b of the classes present sums to 0.
                present = loss.limits().isnan().double()
                block += diagonal.mean(1)[:, None, None] * present[:, :, None] * present[:, None]
        flat = second.reshape(problems, outputs * width, outputs * width)
        change = torch.linalg.solve(flat, gradient.mT.reshape(problems, -1, 1))
        change = change.view(problems, outputs, width).mT
        if not loss.intercept:
            return coefficients - change, b
        return coefficients - change[:, :d], b - change[:, d]


def solve_primal(
    Z: Tensor,
    y: Tensor,
    weights: Tensor,
    penalties: Tensor,
    *,
    loss: Callable[[Tensor, Tensor], Loss] = Logistic,
    offset: Tensor | None = None,
    memory: int = MEMORY,
) -> tuple[Tensor, Tensor]:
    """Solve all problems.

    Parameters
    ----------
    Z
        Features, (samples, features), float64.
    y, weights, penalties, loss, offset, memory
        As in `dxtransfer.learn.dual.solve`.

    Returns
    -------
    tuple of Tensor
        beta (problems, features, outputs) and b (problems, outputs).

    Raises
    ------
    ValueError
        For a penalty that is not above 0: a separable problem would have no solution.
    """
    if not bool((penalties > 0).all()):
        raise ValueError("penalties have to be above 0")
    y = y if y.dim() == 2 else y[:, None]
    example = loss(y[None], weights[:1])
    outputs, problems = example.limits().shape[1], len(weights)
    beta, b = Z.new_zeros(problems, Z.shape[1], outputs), Z.new_zeros(problems, outputs)
    given = Z.new_zeros(len(Z), outputs) if offset is None else offset
    given = given.expand(problems, len(Z), outputs)

    def work(part: Tensor) -> None:
        local = loss(y.expand(len(part), *y.shape), weights[part])
        limits = local.limits()
        b[part] = limits
        left = limits.isnan().any(1).nonzero().squeeze(1)
        if not len(left):
            return
        kept = part[left]
        system = Primal(Z, penalties[kept], given[kept])
        nothing = torch.zeros_like(beta[kept]), torch.zeros_like(b[kept])
        beta[kept], found = minimise(local.at(left), system, *nothing)
        b[kept] = torch.where(limits[left].isnan(), found, limits[left])

    width = outputs * (Z.shape[1] + 1)
    # Matrices as large as the design that a step holds at a time, as measured.
    wide = {"no": 4, "outputs": 8, "samples": 18}[example.coupled]
    each = 8 * (wide * len(Z) * width + 5 * width**2)
    filled = ((weights > 0).any(1)).nonzero().squeeze(1)
    on_threads(work, filled, each=each, memory=memory)
    return beta, b
