"""The workflow's linear learners, over all folds of a study at once.

What `linear.RidgeModel` and `l2_sp.L2SP` solve at the default penalty: features standardised on
the training part, the workflow's dual solver, and for the transfer the source's score as offset.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dxtransfer.learn.dual import solve
from dxtransfer.learn.linear import DEFAULT_PENALTY

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

FOLDS = 5


def partition(y: Ints, *, repeats: int, rng: np.random.Generator) -> Ints:
    """Fold of each patient in each repeat, stratified by class, (repeats, patients)."""
    folds = np.empty((repeats, len(y)), dtype=np.intp)
    for repeat in range(repeats):
        for c in (0, 1):
            mine = rng.permutation(np.flatnonzero(y == c))
            folds[repeat, mine] = (np.arange(len(mine)) + rng.integers(FOLDS)) % FOLDS
    return folds


def budgets_of(y: Ints, folds: Ints, budgets: list[int], rng: np.random.Generator) -> Tensor:
    """Weights of the labelled patients, (budgets + 1, repeats * FOLDS, patients), all last.

    Nested: two patients of each class first, then at random.
    """
    training = (folds[:, None] != np.arange(FOLDS)[None, :, None]).reshape(-1, len(y))
    labelled = np.zeros((len(budgets) + 1, *training.shape))
    labelled[-1] = training
    for part in range(len(training) if budgets else 0):
        order = rng.permutation(np.flatnonzero(training[part]))
        first = np.concatenate([order[y[order] == c][:2] for c in (0, 1)])
        order = np.concatenate([first, order[~np.isin(order, first)]])
        for i, budget in enumerate(budgets):
            labelled[i, part, order[:budget]] = 1
    return torch.as_tensor(labelled)


def cross_validated(
    X: Floats, y: Ints, folds: Ints, labelled: Tensor, source: Floats | None = None
) -> Floats:
    """Score of each patient by the models that did not see him.

    Parameters
    ----------
    X
        (patients, genes).
    y
        0 or 1, (patients,).
    folds
        See `partition`.
    labelled
        See `budgets_of`.
    source
        Weights of the source's score on standardised genes, (genes,); None for none.

    Returns
    -------
    (budgets, repeats, patients).
    """
    values = torch.as_tensor(X)
    training = labelled[-1]
    Z = _standardised(values[None], training)
    kernel = Z @ Z.mT / X.shape[1]
    offset = None if source is None else (Z @ torch.as_tensor(source))[..., None]
    found = np.empty((len(labelled), *folds.shape))
    for i, weights in enumerate(labelled):
        penalties = torch.full((len(weights),), DEFAULT_PENALTY, dtype=torch.float64)
        outcome = torch.as_tensor(y, dtype=torch.float64)
        alpha, b = solve(kernel, outcome, weights, penalties, offset=offset)
        f = kernel @ alpha + b[:, None]
        f = (f if offset is None else f + offset)[..., 0].view(len(folds), FOLDS, len(y)).numpy()
        found[i] = np.take_along_axis(f, folds[:, None], axis=1)[:, 0]
    return found


def trained(X: Floats, y: Ints, labelled: Tensor, source: Floats | None = None) -> Floats:
    """Weights on genes of models of fresh training sets.

    Parameters
    ----------
    X
        (sets, patients, genes).
    y
        0 or 1, (patients,).
    labelled
        Weights of the labelled patients, (sets, patients); the others standardise alone.
    source
        See `cross_validated`.

    Returns
    -------
    (sets, genes).
    """
    values = torch.as_tensor(X)
    mean, deviation = values.mean(1, keepdim=True), values.std(1, keepdim=True, correction=0)
    Z = (values - mean) / deviation
    genes = X.shape[2]
    offset = None if source is None else (Z @ torch.as_tensor(source))[..., None]
    penalties = torch.full((len(X),), DEFAULT_PENALTY, dtype=torch.float64)
    outcome = torch.as_tensor(y, dtype=torch.float64)
    alpha, _ = solve(Z @ Z.mT / genes, outcome, labelled, penalties, offset=offset)
    weights = (Z.mT @ alpha)[..., 0] / genes
    if source is not None:
        weights = weights + torch.as_tensor(source)
    return (weights / deviation[:, 0]).numpy()


def _standardised(values: Tensor, training: Tensor) -> Tensor:
    """Patients (parts, patients, genes) in units of each training part (parts, patients)."""
    share = training / training.sum(1, keepdim=True)
    mean = share @ values[0]
    variance = share @ values[0] ** 2 - mean**2
    return (values - mean[:, None]) / variance.clamp_min(1e-12).sqrt()[:, None]
