"""The convex members that an ensemble weighs, fitted side by side with their leave-one-out scores.

A member is a fit to the target's labelled samples ::

    f = c e + Z diag(q)^1/2 beta + b,   loss + 1 / (2 scale) ||beta||^2

with e the source's score, which stays as it is, b an unpenalised intercept and q the importance of
each feature: 1 for all of them, or what the source learnt. With c = 0 and q = 1 it never sees the
source.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from dxtransfer.learn.dual import solve
from dxtransfer.learn.leave_one_out import leave_one_out
from dxtransfer.learn.losses import Logistic, Loss

# Names of the kernels: all features alike, or weighed by the source.
ALL, IMPORTANT = "all", "important"
SCALES = (1.0, 3.0, 10.0, 30.0, 100.0)
SHARES = (0.0, 1.0, 1.5, 2.5)
# Leave-one-out scores are cut here, so that no single sample decides.
CUT = 6.0
# Below this many samples a log density counts for less: few samples tell members apart badly.
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


MEMBERS = tuple(Member(k, s, c) for k in (ALL, IMPORTANT) for s in SCALES for c in SHARES)
TARGET_ONLY = tuple(member for member in MEMBERS if not member.sees_source)


@dataclass(frozen=True)
class Fits:
    """Fitted members.

    Attributes
    ----------
    alpha
        Dual coefficients, (problems, members, samples).
    b
        Intercepts, (problems, members).
    scores, left_out
        Scores of all samples, and of the fitted ones by the fit without each,
        (problems, members, samples).
    """

    alpha: Tensor
    b: Tensor
    scores: Tensor
    left_out: Tensor


def fit_members(
    kernels: Mapping[str, Tensor],
    score: Tensor,
    y: Tensor,
    weights: Tensor,
    members: Sequence[Member],
    *,
    loss: Callable[[Tensor, Tensor], Loss] = Logistic,
    judged: bool = True,
) -> Fits:
    """Fit every member to every problem.

    Parameters
    ----------
    kernels
        Kernel of each name that `members` use, (samples, samples).
    score
        Source's score of each sample, (samples,).
    y
        Outcomes as the loss takes them, (samples,).
    weights
        (problems, samples); 0 leaves a sample out.
    members
        What to fit.
    loss
        A loss with one output.
    judged
        Whether leave-one-out scores are wanted; 0 otherwise.
    """
    shape = (len(weights), len(members), len(score))
    alpha, scores, left_out = (torch.zeros(shape, dtype=torch.float64) for _ in range(3))
    b = torch.zeros(shape[:2], dtype=torch.float64)
    for name, K in kernels.items():
        chosen = [i for i, member in enumerate(members) if member.kernel == name]
        if not chosen:
            continue
        count, problems = len(chosen), len(weights)
        given = weights.repeat_interleave(count, dim=0)
        penalties = torch.tensor([1 / members[i].scale for i in chosen], dtype=torch.float64)
        penalties = penalties.repeat(problems)
        share = torch.tensor([members[i].share for i in chosen], dtype=torch.float64)
        offset = (share[:, None] * score).repeat(problems, 1)[..., None]
        found, found_b = solve(K, y, given, penalties, loss=loss, offset=offset)
        size = (problems, count, len(score))
        alpha[:, chosen] = found.view(size)
        scores[:, chosen] = (K @ found + found_b[:, None] + offset).view(size)
        b[:, chosen] = found_b.view(problems, count)
        if judged:
            out = leave_one_out(K, y, given, penalties, found, found_b, loss=loss, offset=offset)
            left_out[:, chosen] = out.view(size)
    return Fits(alpha, b, scores, left_out)


def log_density(f: Tensor, y: Tensor) -> Tensor:
    """Log probability of outcomes 0 or 1 at log-odds f, cut off; y is broadcast."""
    return torch.nn.functional.logsigmoid((2 * y - 1) * f.clamp(-CUT, CUT))


def member_weights(fits: Fits, y: Tensor, weights: Tensor, log_prior: Tensor) -> Tensor:
    """Weight of each member in each problem, not negative, summing to 1.

    Pseudo-Bayesian model averaging (Yao et al. 2018): the prior times exp of the leave-one-out log
    density, divided by max(1, 16 / samples), so that 4 labels hardly move the prior.

    Parameters
    ----------
    fits
        Fitted members.
    y
        0 or 1, (samples,).
    weights
        (problems, samples), as the fits had them.
    log_prior
        (problems, members); minus infinity leaves a member out.
    """
    density = (log_density(fits.left_out, y) * weights[:, None]).sum(2)
    samples = (weights > 0).sum(1, keepdim=True).clamp_min(1)
    tempered = density / (FULL_EVIDENCE / samples).clamp_min(1.0)
    return (log_prior + tempered).softmax(1)
