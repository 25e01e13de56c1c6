"""L2-penalised logistic regression, many problems at once.

Tens of samples and ten thousand features: the solution lies in the span of the samples, so a
problem costs n x n whatever the number of features is, and folds, budgets and penalties share one
kernel. Each problem minimises ::

    sum_i w_i log(1 + exp(-s_i f_i)) + penalty / 2 * ||beta||^2,   f = Z beta + b,   s = +-1

with b unpenalised, by Newton's method (iteratively reweighted least squares; Hastie, Tibshirani
and Friedman, The Elements of Statistical Learning, 2nd ed., 4.4.1 and 18.3.4) with step halving.
"""

import torch
from torch import Tensor

TOLERANCE = 1e-9
MAX_STEPS = 100


def solve(K: Tensor, y: Tensor, weights: Tensor, penalties: Tensor) -> tuple[Tensor, Tensor]:
    """Solve in the dual: beta = Z' alpha.

    Parameters
    ----------
    K
        Kernel Z Z', (samples, samples), float64.
    y
        0 or 1, (samples,).
    weights
        Weight of each sample in each problem, (problems, samples); 0 leaves a sample out.
    penalties
        Penalty of each problem, (problems,).

    Returns
    -------
    tuple of Tensor
        alpha (problems, samples) and b (problems,).
    """
    problems, n = weights.shape
    alpha, b = K.new_zeros(problems, n), K.new_zeros(problems)
    f = K.new_zeros(problems, n)
    identity = torch.eye(n, dtype=K.dtype)

    def objective(alpha: Tensor, f: Tensor) -> Tensor:
        return _loss(f, y, weights) + penalties / 2 * (alpha * (alpha @ K)).sum(1)

    value = objective(alpha, f)
    for _ in range(MAX_STEPS):
        root, pull = _working(f, y, weights)
        B = root.unsqueeze(2) * K * root.unsqueeze(1) + penalties[:, None, None] * identity
        factor = torch.linalg.cholesky(B)
        right = torch.stack([root * f + pull, root], dim=2)
        solved = torch.cholesky_solve(right, factor)
        new_b = _ratio((root * solved[..., 0]).sum(1), (root * solved[..., 1]).sum(1))
        new_alpha = root * (solved[..., 0] - new_b[:, None] * solved[..., 1])
        new_f = new_alpha @ K + new_b[:, None]
        step = K.new_ones(problems)
        for _ in range(30):
            trial_alpha = alpha + step[:, None] * (new_alpha - alpha)
            trial_f = f + step[:, None] * (new_f - f)
            trial = objective(trial_alpha, trial_f)
            worse = trial > value + 1e-12 * value.abs()
            if not bool(worse.any()):
                break
            step = torch.where(worse, step / 2, step)
        moved = ((trial_f - f).abs() * (weights > 0)).max()
        alpha, b, f = trial_alpha, b + step * (new_b - b), trial_f
        value = trial
        if moved < TOLERANCE:
            break
    return alpha, b


def solve_primal(Z: Tensor, y: Tensor, weights: Tensor, penalties: Tensor) -> tuple[Tensor, Tensor]:
    """Solve in the primal, for more samples than features.

    Parameters
    ----------
    Z
        Features, (samples, features), float64.
    y, weights, penalties
        As in `solve`.

    Returns
    -------
    tuple of Tensor
        beta (problems, features) and b (problems,).
    """
    problems, d = len(penalties), Z.shape[1]
    design = torch.cat([Z, Z.new_ones(len(Z), 1)], dim=1)
    ridge = penalties[:, None].repeat(1, d + 1)
    # A trace of a penalty on b keeps a problem with a single class solvable.
    ridge[:, -1] = 1e-8
    theta = Z.new_zeros(problems, d + 1)
    value = _loss(theta @ design.T, y, weights)
    for _ in range(MAX_STEPS):
        f = theta @ design.T
        p = torch.sigmoid(f)
        gradient = (weights * (p - y)) @ design + ridge * theta
        curvature = torch.einsum("mn,nd,ne->mde", weights * p * (1 - p), design, design)
        change = torch.linalg.solve(curvature + torch.diag_embed(ridge), gradient)
        step = Z.new_ones(problems)
        for _ in range(30):
            trial = theta - step[:, None] * change
            worth = _loss(trial @ design.T, y, weights) + (ridge * trial**2).sum(1) / 2
            worse = worth > value + 1e-12 * value.abs()
            if not bool(worse.any()):
                break
            step = torch.where(worse, step / 2, step)
        moved = (trial - theta).abs().max()
        theta, value = trial, worth
        if moved < TOLERANCE:
            break
    return theta[:, :-1], theta[:, -1]


def _loss(f: Tensor, y: Tensor, weights: Tensor) -> Tensor:
    return (weights * (torch.nn.functional.softplus(f) - y * f)).sum(1)


def _working(f: Tensor, y: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Root of the Newton weights, and the residual divided by it."""
    p = torch.sigmoid(f).clamp(1e-10, 1 - 1e-10)
    root = (weights * p * (1 - p)).sqrt()
    pull = torch.where(weights > 0, weights * (y - p) / root.clamp_min(1e-300), 0.0)
    return root, pull


def _ratio(above: Tensor, below: Tensor) -> Tensor:
    return above / below.clamp_min(1e-300)
