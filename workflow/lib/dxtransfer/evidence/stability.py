"""How steady an explanation is: the same features again, in the same direction, or others."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]
# Features that a reader looks at; of small vocabularies at most half.
TOP = 50


def top_of(features: int) -> int:
    """How many features are called the top of so many."""
    return max(1, min(TOP, features // 2))


def leading(sizes: Floats, top: int) -> Bools:
    """Whether a feature is among the `top` largest; those of size 0 never are.

    Parameters
    ----------
    sizes
        Not negative, (..., features). Of equal sizes the first goes first.
    top
        How many.
    """
    order = np.argsort(-sizes, axis=-1, kind="stable")[..., :top]
    found = np.zeros(sizes.shape, dtype=bool)
    np.put_along_axis(found, order, True, axis=-1)
    within: Bools = found & (sizes > 0)
    return within


def jaccard(chosen: Bools) -> float:
    """Mean share of features that two choices have in common, over all pairs of choices.

    Parameters
    ----------
    chosen
        (choices, features). NaN for fewer than two choices, or where nothing is chosen.
    """
    shared = chosen.astype(float) @ chosen.T.astype(float)
    size = chosen.sum(axis=1)
    either = size[:, None] + size[None] - shared
    pairs = np.triu_indices(len(chosen), k=1)
    shares = np.divide(shared, either, out=np.full(shared.shape, np.nan), where=either > 0)[pairs]
    return float(np.nanmean(shares)) if np.isfinite(shares).any() else np.nan


def selection_stability(chosen: Bools) -> float:
    """Stability of feature selection: 1 for the same features each time, 0 for chance.

    Nogueira, Sechidis and Brown 2018, J Mach Learn Res 18:174, equation 4; for choices of equal
    size it is the mean of Kuncheva's index over the pairs.

    Parameters
    ----------
    chosen
        (choices, features). NaN for fewer than two choices, or where all or none are chosen.
    """
    choices, features = chosen.shape
    share = chosen.mean(axis=0)
    mean_size = share.sum() / features
    if choices < 2 or mean_size in (0, 1):
        return float("nan")
    variance = choices / (choices - 1) * share * (1 - share)
    return float(1 - variance.mean() / (mean_size * (1 - mean_size)))


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's correlation; NaN where one of the two is constant."""
    ranks = [pd.Series(values).rank() for values in (one, other)]
    if any(rank.nunique() < 2 for rank in ranks):
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])


def stability(shipped: Floats, refits: Floats) -> dict[str, float]:
    """Agreement of refits with the shipped model and with each other.

    Parameters
    ----------
    shipped
        Signed attribution of each feature, (features,).
    refits
        The same of each refit, (refits, features).

    Returns
    -------
    dict
        `refits`, how many; `spearman` and `spearman_least`, mean and least rank correlation of a
        refit's signed attributions with the shipped model's; `top`, how many features the next two
        look at; `jaccard` and `selection_stability` of the features with the largest absolute
        attributions, between refits.
    """
    correlations = np.array([rank_correlation(shipped, refit) for refit in refits])
    top = top_of(len(shipped))
    chosen = leading(np.abs(refits), top)
    known = correlations[np.isfinite(correlations)]
    return {
        "refits": len(refits),
        "spearman": float(known.mean()) if len(known) else np.nan,
        "spearman_least": float(known.min()) if len(known) else np.nan,
        "top": top,
        "jaccard": jaccard(chosen),
        "selection_stability": selection_stability(chosen),
    }
