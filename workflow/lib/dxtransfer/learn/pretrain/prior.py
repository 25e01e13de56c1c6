"""Prior weights of the ensemble's members: each source cohort in turn plays the target."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dxtransfer.learn.densities import density
from dxtransfer.learn.knowledge import SIZES
from dxtransfer.learn.members import ALL, IMPORTANT, fit_members, members_of
from dxtransfer.learn.tasks import TASKS

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]
DRAWS = 10
# New samples that a cohort's mean log density counts for.
EVIDENCE = 16
# Cohorts that a uniform prior counts for.
UNIFORM = 2.0
STEPS = 50


def uniform_prior(task: str) -> Tensor:
    """The same prior weight for each member at all sizes, (sizes, members)."""
    count = len(members_of(task))
    return torch.full((len(SIZES), count), 1 / count, dtype=torch.float64).log()


def learnt_prior(
    cohorts: Sequence[tuple[Floats, Array, Floats, Floats]],
    *,
    seed: int,
    task: str = "binary",
    classes: int = 2,
) -> Tensor:
    """Log prior of each member at each of `SIZES`, (sizes, members).

    Of each cohort, samples of all strata are drawn and every member fitted to them; the others
    are predicted. Each cohort is taken to be told best by one member, and the members' shares are
    estimated by expectation maximisation with a Dirichlet prior, so that a few cohorts move
    them little (empirical Bayes; Robbins 1956; Dempster, Laird and Rubin 1977).

    Parameters
    ----------
    cohorts
        Values (samples, features), coded outcomes (samples, ...), the source score's weights
        (outputs, features) and each feature's importance (features,), learnt without the cohort.
    seed
        Seed of the draws.
    task
        A key of `dxtransfer.learn.tasks.TASKS`; its strata are the classes, with and without an
        event, or both sides of the median.
    classes
        Number of classes, where there are any.
    """
    told_by: list[list[Tensor]] = [[] for _ in SIZES]
    for number, (Z, y, score, importance) in enumerate(cohorts):
        rng = np.random.default_rng([seed, 7, number])
        strata = TASKS[task].strata(y)
        drawn = [_draws(strata, size, rng) for size in SIZES]
        told = [i for i, draws in enumerate(drawn) if len(draws)]
        if not told:
            continue
        weights = torch.cat([drawn[i] for i in told])
        given = Z, TASKS[task].outcomes(y, classes), score, importance
        found = torch.split(_densities(*given, weights, task=task), DRAWS)
        for i, each in zip(told, found, strict=True):
            told_by[i].append(each.mean(0))
    # A size that no cohort allows takes what the next smaller one told.
    for i in range(1, len(SIZES)):
        told_by[i] = told_by[i] or told_by[i - 1]
    count = len(members_of(task))
    return torch.stack([_shares(each, count) for each in told_by]).log()


def _draws(strata: Array, size: int, rng: np.random.Generator) -> Tensor:
    """Weights 1 of the samples drawn, (draws, samples); two of each stratum first, two left."""
    kinds, counts = np.unique(strata, return_counts=True)
    least = 2 * len(kinds)
    if len(kinds) < 2 or counts.min() < 4 or size < least or len(strata) < size + least:
        return torch.zeros(0, len(strata), dtype=torch.float64)
    drawn = torch.zeros(DRAWS, len(strata), dtype=torch.float64)
    for weights in drawn:
        order = rng.permutation(len(strata))
        each = [order[strata[order] == k] for k in kinds]
        rest = rng.permutation(np.concatenate([part[2:-2] for part in each]))
        chosen = [*np.concatenate([part[:2] for part in each]), *rest]
        weights[torch.as_tensor(np.array(chosen[:size]))] = 1
    return drawn


def _densities(
    Z: Floats, y: Tensor, score: Floats, importance: Floats, weights: Tensor, *, task: str
) -> Tensor:
    """Mean log density of samples that were not drawn, classes balanced, (draws, members)."""
    scaled = Z * np.sqrt(importance / max(float(importance.mean()), 1e-300))
    kernels = {
        name: torch.as_tensor(X @ X.T / X.shape[1]) for name, X in ((ALL, Z), (IMPORTANT, scaled))
    }
    by_source = torch.as_tensor(np.stack([Z @ own for own in score], axis=1))
    fits = fit_members(kernels, by_source, y, weights, members_of(task), task=task, judged=False)
    left = 1 - weights
    if not TASKS[task].classifies:
        return density(fits.scores, y, left, task=task) / left.sum(1, keepdim=True)
    indicators = torch.cat([1 - y, y], dim=1) if y.shape[1] == 1 else y
    inside = left[..., None] * indicators
    share = (inside / inside.sum(1, keepdim=True).clamp_min(1) / indicators.shape[1]).sum(2)
    return density(fits.scores, y, share, task=task)


def _shares(densities: Sequence[Tensor], count: int) -> Tensor:
    """Share of each of `count` members, from mean log densities by cohort."""
    shares = torch.full((count,), 1 / count, dtype=torch.float64)
    if not densities:
        return shares
    evidence = EVIDENCE * torch.stack(list(densities))
    for _ in range(STEPS):
        belongs = (evidence + shares.log()).softmax(1)
        shares = (belongs.sum(0) + UNIFORM / count) / (len(belongs) + UNIFORM)
    return shares
