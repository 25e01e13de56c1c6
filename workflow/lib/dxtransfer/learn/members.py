"""The convex members that an ensemble weighs, fitted side by side with their leave-one-out scores.

A member is a fit to the target's labelled samples ::

    f = c u e + Z diag(q)^1/2 beta + b,   loss + 1 / (2 scale) ||beta||^2

with e the source's score, which stays as it is, b an unpenalised intercept and q the importance of
each feature: 1 for all of them, or what the source learnt. u is 1, but for numbers the standard
deviation of the samples that are fitted. With c = 0 and q = 1 it never sees the source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from dxtransfer.learn.densities import density, spread
from dxtransfer.learn.dual import solve
from dxtransfer.learn.leave_one_out import leave_one_out
from dxtransfer.learn.tasks import TASKS

# Names of the kernels: all features alike, or weighed by the source.
ALL, IMPORTANT = "all", "important"
# Scales of the kernel and coefficients of the source's score. Log-odds reach further than log
# hazards and numbers in standard deviations, so their coefficients are larger. Scales of numbers
# reach to the weakest penalty of ridge, which many samples want.
CLASSES = (1.0, 3.0, 10.0, 30.0, 100.0), (0.0, 1.0, 1.5, 2.5)
GRIDS = {
    "binary": CLASSES,
    "multiclass": CLASSES,
    "regression": ((0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0), (0.0, 0.25, 0.5, 1.0)),
    "survival": ((0.03, 0.1, 0.3, 1.0, 3.0), (0.0, 0.25, 0.5, 1.0)),
}
# Below this many samples a log density counts for less and no elastic net joins: few samples tell
# members, or features, apart badly.
FULL_EVIDENCE = 16


@dataclass(frozen=True)
class Member:
    """Kernel, its scale (the inverse of the penalty), and the source score's coefficient."""

    kernel: str
    scale: float
    share: float

    @property
    def sees_source(self) -> bool:
        """Whether the source has a part in it."""
        return self.share > 0 or self.kernel == IMPORTANT


def members_of(task: str, *, source: bool = True) -> tuple[Member, ...]:
    """Members of a kind of task; without `source` those that never see it."""
    scales, shares = GRIDS[task]
    each = [Member(k, s, c) for k in (ALL, IMPORTANT) for s in scales for c in shares]
    return tuple(member for member in each if source or not member.sees_source)


@dataclass(frozen=True)
class Fits:
    """Fitted members.

    Attributes
    ----------
    alpha
        Dual coefficients, (problems, members, samples, outputs).
    b
        Intercepts, (problems, members, outputs).
    unit
        What the source's score is multiplied by, beside its coefficient, (problems,).
    scores, left_out
        Scores of all samples, and of the fitted ones by the fit without each,
        (problems, members, samples, outputs).
    """

    alpha: Tensor
    b: Tensor
    unit: Tensor
    scores: Tensor
    left_out: Tensor


def fit_members(
    kernels: Mapping[str, Tensor],
    score: Tensor,
    y: Tensor,
    weights: Tensor,
    members: Sequence[Member],
    *,
    task: str = "binary",
    judged: bool = True,
) -> Fits:
    """Fit every member to every problem.

    Parameters
    ----------
    kernels
        Kernel of each name that `members` use, (samples, samples).
    score
        Source's score of each sample, (samples, outputs).
    y
        Outcomes as the loss takes them, (samples, columns).
    weights
        (problems, samples); 0 leaves a sample out.
    members
        What to fit.
    task
        A key of `dxtransfer.learn.tasks.TASKS`.
    judged
        Whether leave-one-out scores are wanted; 0 otherwise.
    """
    shape = (len(weights), len(members), *score.shape)
    alpha, scores, left_out = (torch.zeros(shape, dtype=torch.float64) for _ in range(3))
    b = torch.zeros(*shape[:2], shape[3], dtype=torch.float64)
    unit = spread(y, weights) if task == "regression" else torch.ones(len(weights)).double()
    loss = TASKS[task].loss
    for name, K in kernels.items():
        chosen = [i for i, member in enumerate(members) if member.kernel == name]
        if not chosen:
            continue
        count, problems = len(chosen), len(weights)
        given = weights.repeat_interleave(count, dim=0)
        penalties = torch.tensor([1 / members[i].scale for i in chosen], dtype=torch.float64)
        penalties = penalties.repeat(problems)
        share = torch.tensor([members[i].share for i in chosen], dtype=torch.float64)
        offset = (share[:, None, None] * score).repeat(problems, 1, 1)
        offset = offset * unit.repeat_interleave(count)[:, None, None]
        found, found_b = solve(K, y, given, penalties, loss=loss, offset=offset)
        size = (problems, count, *score.shape)
        alpha[:, chosen] = found.view(size)
        scores[:, chosen] = (K @ found + found_b[:, None] + offset).view(size)
        b[:, chosen] = found_b.view(problems, count, -1)
        if judged:
            out = leave_one_out(K, y, given, penalties, found, found_b, loss=loss, offset=offset)
            left_out[:, chosen] = out.view(size)
    return Fits(alpha, b, unit, scores, left_out)


def member_weights(
    fits: Fits, y: Tensor, weights: Tensor, log_prior: Tensor, *, task: str = "binary"
) -> Tensor:
    """Weight of each member in each problem, not negative, summing to 1.

    Pseudo-Bayesian model averaging (Yao et al. 2018): the prior times exp of the leave-one-out log
    density, divided by max(1, 16 / samples), so that 4 labels hardly move the prior.

    Parameters
    ----------
    fits
        Fitted members.
    y
        Outcomes as the task's loss takes them, (samples, columns).
    weights
        (problems, samples), as the fits had them.
    log_prior
        (problems, members); minus infinity leaves a member out.
    task
        A key of `dxtransfer.learn.tasks.TASKS`.
    """
    found = density(fits.left_out, y, weights, task=task)
    samples = (weights > 0).sum(1, keepdim=True).clamp_min(1)
    tempered = found / (FULL_EVIDENCE / samples).clamp_min(1.0)
    return (log_prior + tempered).softmax(1)
