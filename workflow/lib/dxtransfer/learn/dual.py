"""L2-penalised linear predictors in the dual, many problems at once.

Tens of samples and ten thousand features: the solution lies in the span of the samples, so a
problem costs n x n whatever the number of features is, and folds, budgets and penalties share one
kernel. Each problem minimises ::

    loss(f; y, w) + penalty / 2 * ||beta||^2,   f = offset + Z beta + b,   beta = Z' alpha

with b unpenalised, by Newton's method (iteratively reweighted least squares; Hastie, Tibshirani
and Friedman, The Elements of Statistical Learning, 2nd ed., 4.4.1 and 18.3.4). With g and H the
first and second derivative of the loss at f, and K Z's kernel divided by the penalty, the next
point is ::

    penalty * alpha = Q (f - offset + K g - b) - g,   Q = (H^-1 + K)^-1 = (I + H K)^-1 H

where b makes alpha sum to 0 for each output. Q exists where H does not have an inverse. For H
diagonal it is R (I + R K R)^-1 R with R = H^1/2; for the softmax it has the form of Rasmussen and
Williams, Gaussian Processes for Machine Learning, 3.5, which needs one n x n system per class.

What has no finite solution is given one: where a class has no sample in a problem, its log-odds
are put `losses.BOUND` below; a problem without samples, or without events, is 0 throughout.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from dxtransfer.learn.losses import Logistic, Loss, Softmax
from dxtransfer.learn.newton import minimise
from dxtransfer.learn.pieces import MEMORY, PADDED, Piece, in_pieces

TINY = 1e-300


@dataclass(frozen=True)
class Dual:
    """Problems of one size in the dual; coefficients are alpha times the penalty.

    Attributes
    ----------
    K
        Kernels over the penalties, (problems, samples, samples).
    offset
        (problems, samples, outputs).
    """

    K: Tensor
    offset: Tensor

    def at(self, problems: Tensor) -> "Dual":
        """Some of the problems."""
        return Dual(self.K.index_select(0, problems), self.offset[problems])

    def linear(self, coefficients: Tensor) -> Tensor:
        """Scores without intercept and offset, (problems, samples, outputs)."""
        return self.K @ coefficients

    def penalty(self, coefficients: Tensor, linear: Tensor) -> Tensor:
        """Penalty / 2 times the squared norm of the weights, (problems,)."""
        return (coefficients * linear).sum((1, 2)) / 2

    def target(
        self, loss: Loss, coefficients: Tensor, b: Tensor, f: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Newton's next point; see the module's formula."""
        g = loss.gradient(f)
        if loss.coupled == "samples":
            # Here 1' H = 0, so that alpha sums to 0 and an intercept would change nothing.
            right = loss.product(f, f - self.offset, 0)[:, :, 0] - g
            left = loss.product(f, self.K, 0)[:, :, 0].contiguous()
            left.diagonal(dim1=1, dim2=2).add_(1)
            return torch.linalg.solve(left, right), b
        if loss.coupled == "outputs":
            curved = Coupled.at_scores(loss, self.K, f)
            u = f - self.offset + self.K @ g
            to_b = curved.intercepts(curved.apply(u).sum(1) - g.sum(1))
            return curved.apply(u - to_b[:, None]) - g, to_b
        root = loss.curvature(f).sqrt()
        # Q (f - offset - H^-1 g), which loses fewer digits than the formula where H is diagonal.
        response = root * (f - self.offset) - torch.where(root > 0, g / root.clamp_min(TINY), 0.0)
        right = torch.cat([response, root], dim=2)
        # Two triangular solves, since cholesky_solve copies the factor.
        factor = scaled_factor(self.K, root)
        half = torch.linalg.solve_triangular(factor, right, upper=False)
        solved = root * torch.linalg.solve_triangular(factor.mT, half, upper=True)
        to_b = solved[..., :1].sum(1) / solved[..., 1:].sum(1).clamp_min(TINY)
        return solved[..., :1] - to_b[:, None] * solved[..., 1:], to_b


def matrices_held(loss: Loss, outputs: int) -> int:
    """Matrices of samples squared that a step of one problem holds at a time, as measured."""
    return {"no": 8, "outputs": 5 + 8 * outputs, "samples": 20}[loss.coupled]


def scaled_factor(K: Tensor, root: Tensor) -> Tensor:
    """Cholesky factor of I + R K R, (problems, samples, samples), R = diag(root)."""
    B = root * K
    B *= root.mT
    B.diagonal(dim1=1, dim2=2).add_(1)
    factor: Tensor = torch.linalg.cholesky(B)
    return factor


@dataclass(frozen=True)
class Coupled:
    """Q = E - E 1 T^-1 1' E of the softmax, with T = sum over classes of E.

    Attributes
    ----------
    E
        One block per class, (problems, outputs, samples, samples).
    factor
        Cholesky factor of T, (problems, samples, samples).
    absent
        Classes without a sample, (problems, outputs).
    """

    E: Tensor
    factor: Tensor
    absent: Tensor

    @classmethod
    def at_scores(cls, loss: Loss, K: Tensor, f: Tensor) -> "Coupled":
        """At scores f, with kernels over the penalties K."""
        assert isinstance(loss, Softmax)
        root = loss.curvature(f).sqrt().mT[..., None]
        wide = (root.flatten(0, 1), K.repeat_interleave(f.shape[2], dim=0))
        inverse = torch.cholesky_inverse(scaled_factor(wide[1], wide[0])).view(*root.shape[:3], -1)
        E = root * inverse * root.mT
        total = E.sum(1)
        # A sample that is left out has rows of 0.
        total.diagonal(dim1=1, dim2=2).add_((loss.weights <= 0).double())
        return cls(E, torch.linalg.cholesky(total), loss.absent())

    def apply(self, u: Tensor) -> Tensor:
        """Q u, (problems, samples, outputs)."""
        each = (self.E @ u.mT[..., None])[..., 0]
        shared = torch.cholesky_solve(each.sum(1)[..., None], self.factor)
        return (each - (self.E @ shared[:, None])[..., 0]).mT

    def sums(self) -> Tensor:
        """Q times the indicators of the outputs, summed over samples, (problems, outputs, outputs).

        It is singular along a constant, which is taken out for classes that are present.
        """
        rows = self.E.sum(3)
        solved = torch.cholesky_solve(rows.mT, self.factor)
        found = torch.diag_embed(rows.sum(2)) - rows @ solved
        present = (~self.absent).double()
        size = found.diagonal(dim1=1, dim2=2).mean(1).clamp_min(TINY)[:, None, None]
        constant = present[:, :, None] * present[:, None] * size
        return found + constant + torch.diag_embed(self.absent.double())

    def intercepts(self, right: Tensor) -> Tensor:
        """Intercepts, which sum to 0, (problems, outputs)."""
        found: Tensor = torch.linalg.solve(self.sums(), right)
        return found


def solve(
    K: Tensor,
    y: Tensor,
    weights: Tensor,
    penalties: Tensor,
    *,
    loss: Callable[[Tensor, Tensor], Loss] = Logistic,
    offset: Tensor | None = None,
    start: tuple[Tensor, Tensor] | None = None,
    memory: int = MEMORY,
    padded: int = PADDED,
) -> tuple[Tensor, Tensor]:
    """Solve all problems.

    Parameters
    ----------
    K
        Kernel Z Z', (samples, samples), or one of each problem, (problems, samples, samples);
        float64.
    y
        Outcomes as the loss takes them, (samples,) or (samples, columns): 0 or 1; a number;
        one-hot; time and event.
    weights
        Weight of each sample in each problem, (problems, samples); 0 leaves a sample out.
    penalties
        Penalty of each problem, above 0, (problems,).
    loss
        A class of `dxtransfer.learn.losses` or `dxtransfer.learn.cox`.
    offset
        Fixed part of the scores, (samples, outputs) or (problems, samples, outputs); 0 where None.
    start
        Solution of similar problems, as it is returned; from near it fewer steps are taken.
    memory
        Bytes that may be taken beside the arguments and the result.
    padded
        See `dxtransfer.learn.pieces.in_pieces`.

    Returns
    -------
    tuple of Tensor
        alpha (problems, samples, outputs), 0 for samples left out, and b (problems, outputs).

    Raises
    ------
    ValueError
        For a penalty that is not above 0: a separable problem would have no solution.
    """
    if not bool((penalties > 0).all()):
        raise ValueError("penalties have to be above 0")
    y = y if y.dim() == 2 else y[:, None]
    example = loss(y[None], weights[:1])
    outputs = example.limits().shape[1]
    alpha = K.new_zeros(*weights.shape, outputs)
    b = K.new_zeros(len(weights), outputs)
    near, near_b = start or (torch.zeros_like(alpha), torch.zeros_like(b))

    def work(piece: Piece) -> None:
        local = loss(y[piece.rows], piece.weights)
        limits = local.limits()
        b[piece.problems] = limits
        left = limits.isnan().any(1).nonzero().squeeze(1)
        if not len(left):
            return
        piece, local = piece.at(left), local.at(left)
        rates, own = penalties[piece.problems, None, None], (piece.problems[:, None], piece.rows)
        system = Dual(piece.kernel(K).div_(rates), piece.offset(offset, outputs))
        found, found_b = minimise(local, system, near[own] * rates, near_b[piece.problems])
        alpha[own] = found / rates
        b[piece.problems] = torch.where(limits[left].isnan(), found_b, limits[left])

    matrices = matrices_held(example, outputs)
    in_pieces(work, weights, matrices=matrices, memory=memory, padded=padded)
    return alpha, b
