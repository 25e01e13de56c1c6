"""Log densities of outcomes given scores, by kind of task: what members are weighed by."""

from collections.abc import Callable

import torch
from torch import Tensor

from dxtransfer.learn.cox import Cox

# Log-odds and log probabilities are cut here, so that no single sample decides.
CUT = 6.0
# Samples that the variance of the outcomes themselves counts for, in that of the residuals.
PRIOR_SAMPLES = 4.0


def _binary(f: Tensor, y: Tensor, weights: Tensor) -> Tensor:
    return (log_density(f[..., 0], y[:, 0]) * weights[:, None]).sum(2)


def _multiclass(f: Tensor, y: Tensor, weights: Tensor) -> Tensor:
    each = (f.log_softmax(3) * y).sum(3).clamp_min(-CUT)
    return (each * weights[:, None]).sum(2)


def _regression(f: Tensor, y: Tensor, weights: Tensor) -> Tensor:
    """Normal, its variance integrated over an inverse gamma prior: a t density."""
    total = weights.sum(1)[:, None]
    squares = ((f[..., 0] - y[:, 0]).square() * weights[:, None]).sum(2)
    prior = PRIOR_SAMPLES * spread(y, weights).square()[:, None]
    return -(total + PRIOR_SAMPLES) / 2 * (squares + prior).clamp_min(1e-300).log()


def _survival(f: Tensor, y: Tensor, weights: Tensor) -> Tensor:
    """Partial likelihood."""
    problems, members = f.shape[:2]
    wide = weights.repeat_interleave(members, dim=0)
    loss = Cox(y.expand(len(wide), *y.shape), wide)
    return -loss.value(f.flatten(0, 1)).view(problems, members)


DENSITIES: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "binary": _binary,
    "multiclass": _multiclass,
    "regression": _regression,
    "survival": _survival,
}


def density(f: Tensor, y: Tensor, weights: Tensor, *, task: str) -> Tensor:
    """Log density of all samples of each problem, up to a constant, (problems, members).

    Parameters
    ----------
    f
        Scores of samples by fits that did not see them, (problems, members, samples, outputs).
    y
        Outcomes as the task's loss takes them, (samples, columns).
    weights
        (problems, samples).
    task
        A key of `DENSITIES`.
    """
    return DENSITIES[task](f, y, weights)


def log_density(f: Tensor, y: Tensor) -> Tensor:
    """Log probability of outcomes 0 or 1 at log-odds f, cut off; y is broadcast."""
    return torch.nn.functional.logsigmoid((2 * y - 1) * f.clamp(-CUT, CUT))


def spread(y: Tensor, weights: Tensor) -> Tensor:
    """Standard deviation of numbers (samples, 1) in each problem, (problems,)."""
    share = weights / weights.sum(1, keepdim=True).clamp_min(1e-300)
    values = y[:, 0]
    centred = values - (share @ values)[:, None]
    return (share * centred.square()).sum(1).sqrt()
