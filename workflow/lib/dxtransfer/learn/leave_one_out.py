"""Leave-one-out scores of finished fits, without fitting again.

At its minimum a fit equals a regression of the working response z = f + H^-1 r on the same kernel
with the weights H, where r = -g is the gradient's negative and H the second derivative of a
sample's loss. With A = K / penalty + H^-1 and P = A^-1 - A^-1 1 (1' A^-1 1)^-1 1' A^-1, which takes
the intercept out, leaving sample i out gives ::

    f_-i = z_i - r_i / P_ii

exactly for squared loss, and to the first order (H kept as it is) for logistic and softmax
regression (Rad and Maleki 2020; for the intercept: Rasmussen and Williams 2006, 2.7 and 5.4.2).

Cox regression is solved again without each sample where there are few. Of many, a sample's leaving
hardly changes the baseline hazard, given which its likelihood is that of a Poisson variable (Meijer
and Goeman 2013): with h its expected events and v = (K / penalty (I + H K / penalty)^-1)_ii ::

    f_-i = f_i - r_i v / (1 - h v)
"""

from collections.abc import Callable

import torch
from torch import Tensor

from dxtransfer.learn.dual import TINY, Coupled, matrices_held, scaled_factor, solve
from dxtransfer.learn.losses import Logistic, Loss
from dxtransfer.learn.pieces import MEMORY, Piece, in_pieces

# Least share of a sample's score that others leave open; below it the formula has no digits left.
LEAST = 1e-9
# The same for Cox, whose formula is of the first order in more than the sample's own score.
LEAST_SURVIVAL = 0.1
# Cox regression on at most this many samples is solved again.
FEW = 32


def leave_one_out(
    K: Tensor,
    y: Tensor,
    weights: Tensor,
    penalties: Tensor,
    alpha: Tensor,
    b: Tensor,
    *,
    loss: Callable[[Tensor, Tensor], Loss] = Logistic,
    offset: Tensor | None = None,
    memory: int = MEMORY,
) -> Tensor:
    """Score of each sample by the fit without it.

    Parameters
    ----------
    K, y, weights, penalties, loss, offset, memory
        As given to `dxtransfer.learn.dual.solve`.
    alpha, b
        What it returned.

    Returns
    -------
    Tensor
        (problems, samples, outputs). Samples that a problem left out anyway keep their score, and
        so do those of a problem with a single class.
    """
    y = y if y.dim() == 2 else y[:, None]
    outputs = b.shape[1]
    f = K @ alpha + b[:, None]
    if offset is not None:
        f = f + offset
    example = loss(y[None], weights[:1])
    survival = example.coupled == "samples"
    few = ((weights > 0).sum(1) <= FEW) & survival

    def work(piece: Piece) -> None:
        local = loss(y[piece.rows], piece.weights)
        kept = ((local.weights > 0).sum(1) > 1) & ~few[piece.problems]
        kept &= local.limits().isnan().sum(1) > (outputs > 1)
        if not bool(kept.any()):
            return
        piece = piece.at(kept)
        local = local.at(kept)
        at = piece.problems[:, None], piece.rows
        inner = piece.kernel(K) / penalties[piece.problems][:, None, None]
        moved = {"no": _separate, "outputs": _coupled, "samples": _survival}[local.coupled]
        change = moved(local, inner, f[at])
        f[at] += torch.where(piece.weights[..., None] > 0, change, 0.0)

    in_pieces(work, weights, matrices=matrices_held(example, outputs), memory=memory)
    if bool(few.any()):
        given = offset if offset is None or offset.dim() == 2 else offset[few]
        problems = weights[few], penalties[few], f[few]
        f[few] = _again(K, y, *problems, loss=loss, offset=given, memory=memory)
    return f


def _separate(loss: Loss, K: Tensor, f: Tensor) -> Tensor:
    """f_-i - f_i for a diagonal H: minus r / H times leverage / (1 - leverage)."""
    curvature = loss.curvature(f)
    root = curvature.sqrt()
    inverse = torch.cholesky_inverse(scaled_factor(K, root))
    ones = inverse @ root
    total = (root * ones).sum(1, keepdim=True).clamp_min(TINY)
    open_share = (inverse.diagonal(dim1=1, dim2=2)[..., None] - ones**2 / total).clamp_min(LEAST)
    response = -loss.gradient(f) / curvature.clamp_min(TINY)
    return -response * (1 - open_share) / open_share


def _survival(loss: Loss, K: Tensor, f: Tensor) -> Tensor:
    """f_-i - f_i for Cox, the baseline hazard as it is."""
    left = loss.product(f, K, 0)[:, :, 0].mT.contiguous()
    left.diagonal(dim1=1, dim2=2).add_(1)
    v = torch.linalg.solve(left, K).diagonal(dim1=1, dim2=2)[..., None]
    change: Tensor = loss.gradient(f) * v / (1 - loss.curvature(f) * v).clamp_min(LEAST_SURVIVAL)
    return change


def _coupled(loss: Loss, K: Tensor, f: Tensor) -> Tensor:
    """f_-i - f_i for the softmax, whose H_i and P_ii are matrices of classes."""
    curved = Coupled.at_scores(loss, K, f)
    outputs = f.shape[2]
    eye = torch.eye(outputs, dtype=f.dtype)
    ones = torch.stack([curved.apply(eye[c].expand_as(f)) for c in range(outputs)], dim=3)
    half = torch.linalg.solve_triangular(curved.factor[:, None], curved.E, upper=False)
    own = torch.diag_embed(curved.E.diagonal(dim1=2, dim2=3).mT)
    own = own - torch.einsum("bcki,bdki->bicd", half, half)
    own = own - ones @ torch.linalg.solve(curved.sums()[:, None], ones.mT)
    each = [loss.product(f, torch.ones_like(f[..., :1]), c)[..., 0] for c in range(outputs)]
    second = torch.stack(each, dim=3)
    residual = -loss.gradient(f)[..., None]
    # Both are singular along a constant, 0 for an absent class and for a sample left out.
    present = loss.limits().isnan().double()
    constant = (present[:, :, None] * present[:, None])[:, None]
    missing = torch.diag_embed(1 - present)[:, None] + eye * (loss.weights <= 0)[..., None, None]
    size = second.diagonal(dim1=2, dim2=3).mean(2).clamp_min(TINY)[..., None, None]
    full = size * constant + missing
    own = own + LEAST * second
    change: Tensor = torch.linalg.solve(second + full, residual)
    change = change - torch.linalg.solve(own + full, residual)
    return change[..., 0]


def _again(
    K: Tensor,
    y: Tensor,
    weights: Tensor,
    penalties: Tensor,
    f: Tensor,
    *,
    loss: Callable[[Tensor, Tensor], Loss],
    offset: Tensor | None,
    memory: int,
) -> Tensor:
    """Scores f with those of each sample replaced by a fit without it."""
    problem, sample = (weights > 0).nonzero(as_tuple=True)
    found = f.clone()
    for part in torch.split(torch.arange(len(problem)), max(1, memory // (32 * len(K)))):
        at, left_out = problem[part], sample[part]
        without = weights[at].clone()
        without[torch.arange(len(at)), left_out] = 0
        given = offset if offset is None or offset.dim() == 2 else offset[at]
        alpha, b = solve(K, y, without, penalties[at], loss=loss, offset=given, memory=memory)
        scores = (K[left_out, None] @ alpha)[:, 0] + b
        if given is not None:
            own = given[left_out] if given.dim() == 2 else given[torch.arange(len(at)), left_out]
            scores = scores + own
        found[at, left_out] = scores
    return found
