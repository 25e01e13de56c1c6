"""Newton's method with step halving, many convex problems side by side."""

from dataclasses import dataclass
from typing import Protocol, Self

import torch
from torch import Tensor

from dxtransfer.learn.losses import Loss

# Near the minimum a step squares what is wrong: after one of this size, relative to the largest
# score, some 1e-9 is left.
TOLERANCE = 1e-5
MAX_STEPS = 100
HALVINGS = 30


class System(Protocol):
    """Linear predictors of a batch of problems: how coefficients become scores and are penalised.

    Coefficients are (problems, any, outputs), intercepts b (problems, outputs), scores
    ``linear + b + offset``, with ``linear`` (problems, samples, outputs).
    """

    @property
    def offset(self) -> Tensor:
        """Fixed part of the scores, (problems, samples, outputs)."""

    def at(self, problems: Tensor) -> Self:
        """Some of the problems."""

    def target(
        self, loss: Loss, coefficients: Tensor, b: Tensor, f: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Coefficients and intercepts where the quadratic approximation has its minimum."""

    def linear(self, coefficients: Tensor) -> Tensor:
        """The part of the scores that the coefficients give, (problems, samples, outputs)."""

    def penalty(self, coefficients: Tensor, linear: Tensor) -> Tensor:
        """(problems,)."""


def minimise(loss: Loss, system: System, start: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Minimise loss + penalty of each problem.

    A problem is finished, and leaves the batch, when Newton's step moves no score by more than
    `TOLERANCE` times one plus the largest score, or when all parts of the step that are tried make
    it worse, and then stays as it is; so what is found does not depend on the problems beside it.

    Parameters
    ----------
    loss
        Convex in the scores.
    system
        The same problems in the same order.
    start, b
        Coefficients and intercepts of the first point.

    Returns
    -------
    tuple of Tensor
        Coefficients and intercepts.
    """
    state = _at(loss, system, start, b, system.linear(start))
    found, found_b = state.coefficients.clone(), state.b.clone()
    left = torch.arange(len(found))
    for step in range(MAX_STEPS):
        to, to_b = system.target(loss, state.coefficients, state.b, state.f)
        target = _at(loss, system, to, to_b, system.linear(to))
        moved, stuck = _improved(loss, system, state, target)
        # Scores of samples left out of a problem are not looked at: nothing bounds them.
        inside = loss.weights[..., None] > 0
        change = ((target.f - state.f).abs() * inside).amax((1, 2))
        done = stuck | (change <= TOLERANCE * (1 + (target.f.abs() * inside).amax((1, 2))))
        if loss.quadratic or step == MAX_STEPS - 1:
            done[:] = True
        found[left[done]], found_b[left[done]] = moved.coefficients[done], moved.b[done]
        if bool(done.all()):
            break
        state = moved
        if bool(done.any()):
            kept = (~done).nonzero().squeeze(1)
            left, loss, system, state = left[kept], loss.at(kept), system.at(kept), state.at(kept)
    return found, found_b


@dataclass(frozen=True)
class _State:
    coefficients: Tensor
    b: Tensor
    linear: Tensor
    f: Tensor
    value: Tensor

    def at(self, problems: Tensor) -> "_State":
        return _State(*(part[problems] for part in vars(self).values()))


def _at(loss: Loss, system: System, coefficients: Tensor, b: Tensor, linear: Tensor) -> _State:
    f = linear + b[:, None] + system.offset
    return _State(coefficients, b, linear, f, loss.value(f) + system.penalty(coefficients, linear))


def _improved(loss: Loss, system: System, state: _State, target: _State) -> tuple[_State, Tensor]:
    """As far towards the target as makes the objective no worse, and where nothing does."""
    trial, step = target, torch.ones_like(state.value)
    most = state.value + 1e-12 * state.value.abs()
    for left in reversed(range(HALVINGS + 1)):
        worse = ~(trial.value <= most)
        if not bool(worse.any()):
            break
        step = torch.where(worse, step / 2 if left else 0.0, step)
        trial = _between(loss, system, state, target, step)
    return trial, worse


def _between(loss: Loss, system: System, state: _State, target: _State, step: Tensor) -> _State:
    each = step[:, None, None]
    return _at(
        loss,
        system,
        torch.lerp(state.coefficients, target.coefficients, each),
        torch.lerp(state.b, target.b, step[:, None]),
        torch.lerp(state.linear, target.linear, each),
    )
