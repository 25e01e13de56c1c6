"""Scalar mix: all layers of the frozen encoder, weighted as the target's labels say."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from dxtransfer.learn.dual import solve
from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.estimators import Array, Floats, Split
from dxtransfer.learn.linear import Problems, RidgeModel
from dxtransfer.learn.pieces import MEMORY
from dxtransfer.learn.predictor import Predictor
from dxtransfer.learn.tasks import TASKS

# Times that the layers' weights are learnt anew; from equal ones a few steps come close.
STEPS = 2
# Small problems, solved again and again: padding costs arithmetic and saves calls. The outer fits
# are fewer than the inner ones, so they are padded wider.
INNER_PADDED, PADDED = 16, 64
TINY = 1e-300


class ScalarMix(RidgeModel):
    """Mixes the encoder's layers, each brought to the outputs by a linear head of its own.

    Peters et al. 2018, Deep contextualized word representations, equation 1: gamma times the sum
    over layers of theta_i times layer i, theta a softmax, layers normalised. A linear head of each
    layer and a linear readout of their mix are one linear map per layer, v_i, so the scores are ::

        f = gamma * sum_i theta_i Z_i v_i + b

    with gamma such that the squares of gamma * theta_i sum to 1: theta says which layers count,
    and the penalty alone how much. For a given theta, loss + penalty / 2 * sum_i |v_i|^2 is convex,
    with the kernel sum_i rho_i K_i, where rho_i = (gamma theta_i)^2 and K_i = Z_i Z_i' / width.
    Theta goes down the value of that minimum, which is convex in rho, from equal layers by a fixed
    number of steps: rho_i in proportion to rho_i |Z_i' alpha|, the norm of a layer's part of the
    model (multiple kernel learning; Xu et al. 2010). The penalty is chosen over the inner folds,
    as it is for the linear probe, with equal layers.

    Parameters
    ----------
    encoder
        A pretrained encoder; it stays as it is.
    task, balanced
        See `RidgeModel`.

    Attributes
    ----------
    theta_
        Weight of each layer after `fit`, first to last.
    """

    def __init__(
        self, encoder: Pretrained, *, task: str = "binary", balanced: bool = False
    ) -> None:
        super().__init__(task=task, balanced=balanced)
        self.encoder = encoder

    def fit_one(self, X: Floats, y: Array, split: Split, weight: Floats) -> Predictor:
        """Fit one split; the heads are the primal weights of each layer."""
        layers = self._layers(X[split.train])
        problems = self._mixing(layers, y[split.train], np.asarray(weight)[split.train])
        rows = np.arange(len(split.train))
        local = [Split(rows, rows[:0], split.inner)]
        rho, alpha, b = _mixed(problems, _kernels(layers), local)
        self.theta_ = (rho[0].sqrt() / rho[0].sqrt().sum()).numpy()
        readout = {
            i: (share * z.T @ alpha[0] / z.shape[1] ** 0.5).T
            for i, (share, z) in enumerate(zip(rho[0], layers, strict=True))
        }
        given = tuple(b[0].tolist())
        return Predictor(self.encoder.encoder, readout, given, normalised=True, task=self.task)

    def solve_grid(
        self, X: Floats, y: Array, splits: Sequence[Split], weight: Floats
    ) -> list[Floats]:
        """All splits over the layers' kernels, as many at a time as fit into memory."""
        layers = self._layers(X)
        problems = self._mixing(layers, y, weight)
        kernels = _kernels(layers)
        most = max(1, MEMORY // (8 * len(X) ** 2))
        found: list[Floats] = []
        for start in range(0, len(splits), most):
            part = splits[start : start + most]
            rho, alpha, b = _mixed(problems, kernels, part)
            f = torch.einsum("sl,lij,sjo->sio", rho, kernels, alpha) + b[:, None]
            linked = TASKS[self.task].link(f).numpy()
            found.extend(linked[i, split.test] for i, split in enumerate(part))
        return found

    def _mixing(self, layers: Sequence[Tensor], y: Array, weight: Floats) -> Problems:
        """All layers side by side, each with the same share of the kernel."""
        columns = sum(z.shape[1] for z in layers)
        Z = torch.cat([z * (columns / len(layers)) ** 0.5 for z in layers], dim=1)
        return replace(self._problems(Z, y, weight), padded=INNER_PADDED)

    def _layers(self, X: Floats) -> list[Tensor]:
        """Layers with rows of mean 0 and norm 1, each (samples, width)."""
        with torch.no_grad():
            layers = self.encoder.encoder.layers(torch.as_tensor(X, dtype=torch.float32))
        widths = [z.shape[-1] for z in layers]
        return [
            nn.functional.layer_norm(z.double(), [width]) / width**0.5
            for z, width in zip(layers, widths, strict=True)
        ]


def _kernels(layers: Sequence[Tensor]) -> Tensor:
    return torch.stack([z @ z.T for z in layers])


def _mixed(
    problems: Problems, kernels: Tensor, splits: Sequence[Split]
) -> tuple[Tensor, Tensor, Tensor]:
    """Shares rho (splits, layers), alpha (splits, samples, outputs) and b (splits, outputs)."""
    weights, penalties = problems.of(splits), problems.penalties(splits)
    rho = torch.full((len(splits), len(kernels)), 1 / len(kernels), dtype=torch.float64)
    start = None
    for step in range(STEPS + 1):
        K = torch.einsum("sl,lij->sij", rho, kernels)
        given = {"loss": problems.task.loss, "padded": PADDED, "start": start}
        alpha, b = solve(K, problems.outcomes, weights, penalties, **given)
        start = alpha, b
        if step == STEPS or len(kernels) == 1:
            break
        squares = torch.einsum("sio,lij,sjo->sl", alpha, kernels, alpha).clamp_min(0)
        norms = rho * squares.sqrt()
        total = norms.sum(1, keepdim=True)
        rho = torch.where(total > 0, norms / total.clamp_min(TINY), rho)
    return rho, alpha, b
