"""Prior weights of the ensemble's members: each source cohort in turn plays the target."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dxtransfer.learn.knowledge import SIZES
from dxtransfer.learn.members import ALL, IMPORTANT, MEMBERS, fit_members, log_density

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
DRAWS = 10
# New samples that a cohort's mean log density counts for.
EVIDENCE = 16
# Cohorts that a uniform prior counts for.
UNIFORM = 2.0
STEPS = 50


def uniform_prior() -> Tensor:
    """The same prior weight for each member at all sizes, (sizes, members)."""
    count = len(MEMBERS)
    return torch.full((len(SIZES), count), 1 / count, dtype=torch.float64).log()


def learnt_prior(cohorts: Sequence[tuple[Floats, Ints, Floats, Floats]], *, seed: int) -> Tensor:
    """Log prior of each member at each of `SIZES`, (sizes, members).

    Of each cohort, samples of both classes are drawn and every member fitted to them; the others
    are predicted. Each cohort is taken to be told best by one member, and the members' shares are
    estimated by expectation maximisation with a Dirichlet prior, so that a few cohorts move
    them little (empirical Bayes; Robbins 1956; Dempster, Laird and Rubin 1977).

    Parameters
    ----------
    cohorts
        Values (samples, features), classes (samples,), the source score's weights (features,) and
        each feature's importance (features,), learnt without the cohort.
    seed
        Seed of the draws.
    """
    density: list[list[Tensor]] = [[] for _ in SIZES]
    for number, (Z, y, score, importance) in enumerate(cohorts):
        rng = np.random.default_rng([seed, 7, number])
        drawn = [_draws(y, size, rng) for size in SIZES]
        told = [i for i, draws in enumerate(drawn) if len(draws)]
        if not told:
            continue
        weights = torch.cat([drawn[i] for i in told])
        found = torch.split(_densities(Z, y, score, importance, weights), DRAWS)
        for i, each in zip(told, found, strict=True):
            density[i].append(each.mean(0))
    # A size that no cohort allows takes what the next smaller one told.
    for i in range(1, len(SIZES)):
        density[i] = density[i] or density[i - 1]
    return torch.stack([_shares(each) for each in density]).log()


def _draws(y: Ints, size: int, rng: np.random.Generator) -> Tensor:
    """Weights 1 of the samples drawn, (draws, samples); two of each class first, two left."""
    counts = np.bincount(y, minlength=2)
    if counts.min() < 4 or len(y) < size + 4:
        return torch.zeros(0, len(y), dtype=torch.float64)
    drawn = torch.zeros(DRAWS, len(y), dtype=torch.float64)
    for weights in drawn:
        order = rng.permutation(len(y))
        each = [order[y[order] == k] for k in (0, 1)]
        rest = rng.permutation(np.concatenate([part[2:-2] for part in each]))
        chosen = [*each[0][:2], *each[1][:2], *rest]
        weights[torch.as_tensor(np.array(chosen[:size]))] = 1
    return drawn


def _densities(Z: Floats, y: Ints, score: Floats, importance: Floats, weights: Tensor) -> Tensor:
    """Mean log density of samples that were not drawn, classes balanced, (draws, members)."""
    scaled = Z * np.sqrt(importance / max(float(importance.mean()), 1e-300))
    kernels = {
        name: torch.as_tensor(X @ X.T / X.shape[1]) for name, X in ((ALL, Z), (IMPORTANT, scaled))
    }
    outcome = torch.as_tensor(y, dtype=torch.float64)
    by_source = torch.as_tensor(Z @ score)
    fits = fit_members(kernels, by_source, outcome, weights, MEMBERS, judged=False)
    left = 1 - weights
    share = sum(
        left * (outcome == k) / (left * (outcome == k)).sum(1, keepdim=True).clamp_min(1) / 2
        for k in (0, 1)
    )
    return (log_density(fits.scores, outcome) * torch.as_tensor(share)[:, None]).sum(2)


def _shares(densities: Sequence[Tensor]) -> Tensor:
    """Share of each member, from mean log densities by cohort."""
    count = len(MEMBERS)
    shares = torch.full((count,), 1 / count, dtype=torch.float64)
    if not densities:
        return shares
    evidence = EVIDENCE * torch.stack(list(densities))
    for _ in range(STEPS):
        belongs = (evidence + shares.log()).softmax(1)
        shares = (belongs.sum(0) + UNIFORM / count) / (len(belongs) + UNIFORM)
    return shares
