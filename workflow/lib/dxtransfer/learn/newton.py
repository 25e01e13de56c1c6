"""Newton's method with step halving, many convex problems side by side."""

from dataclasses import dataclass
from typing import Protocol, Self

import torch
from torch import Tensor

from dxtransfer.learn.losses import Loss

TOLERANCE = 1e-9
MAX_STEPS = 100
HALVINGS = 30


class System(Protocol):
    """Linear predictors of a batch of problems: how coefficients become scores and are penalised.

    Coefficients are (problems, any, outputs), intercepts (problems, outputs).
    """

    @property
    def offset(self) -> Tensor:
        """Fixed part of the scores, (problems, samples, outputs)."""

    def at(self, problems: Tensor) -> Self:
        """Some of the problems."""

    def start(self) -> Tensor:
        """Coefficients of 0."""

    def target(
        self, loss: Loss, coefficients: Tensor, b: Tensor, f: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Coefficients and intercepts where the quadratic approximation has its minimum."""

    def scores(self, coefficients: Tensor, b: Tensor) -> Tensor:
        """Scores f, (problems, samples, outputs)."""

    def penalty(self, coefficients: Tensor) -> Tensor:
        """(problems,)."""


def minimise(loss: Loss, system: System) -> tuple[Tensor, Tensor]:
    """Minimise loss + penalty of each problem.

    A problem is finished, and leaves the batch, when no score moves by more than `TOLERANCE` times
    one plus the largest score, or when no step makes it better; so what is found does not depend
    on the problems beside it.

    Parameters
    ----------
    loss
        Convex in the scores.
    system
        The same problems in the same order.

    Returns
    -------
    tuple of Tensor
        Coefficients and intercepts.
    """
    state = _State(system.start(), torch.zeros_like(system.offset[:, 0]), system.offset)
    found, found_b = state.coefficients.clone(), state.b.clone()
    left = torch.arange(len(found))
    for step in range(MAX_STEPS):
        to, to_b = system.target(loss, state.coefficients, state.b, state.f)
        target = _State(to, to_b, system.scores(to, to_b))
        moved = _improved(loss, system, state, target)
        change = ((moved.f - state.f).abs().amax(2) * (loss.weights > 0)).amax(1)
        # Scores of samples left out of a problem are not looked at: nothing bounds them.
        size = 1 + (moved.f.abs().amax(2) * (loss.weights > 0)).amax(1)
        done = change <= TOLERANCE * size
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
    f: Tensor

    def at(self, problems: Tensor) -> "_State":
        return _State(self.coefficients[problems], self.b[problems], self.f[problems])

    def towards(self, other: "_State", step: Tensor) -> "_State":
        each = step[:, None, None]
        return _State(
            torch.lerp(self.coefficients, other.coefficients, each),
            torch.lerp(self.b, other.b, step[:, None]),
            torch.lerp(self.f, other.f, each),
        )


def _improved(loss: Loss, system: System, state: _State, target: _State) -> _State:
    """As far towards the target as makes the objective no worse; not at all where nothing does."""
    value = loss.value(state.f) + system.penalty(state.coefficients)
    step = torch.ones_like(value)
    for _ in range(HALVINGS):
        trial = state.towards(target, step)
        worth = loss.value(trial.f) + system.penalty(trial.coefficients)
        worse = ~(worth <= value + 1e-12 * value.abs())
        if not bool(worse.any()):
            return trial
        step = torch.where(worse, step / 2, step)
    return state.towards(target, torch.where(worse, 0.0, step))
