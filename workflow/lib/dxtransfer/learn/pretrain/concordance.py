"""How well scores rank outcomes, by one measure for all kinds of task, and its variance by chance.

The measure is the share of comparable pairs of samples that scores put into the right order, ties
counted half: the AUROC for classes, the C-index for survival (Harrell et al. 1982), and for numbers
Kendall's tau, from 0 to 1. Chance is one half for all of them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Pairs = npt.NDArray[np.bool_]


def _classes(y: Array, outputs: int) -> list[Pairs]:
    """The positive class above the other; of several classes each above all others."""
    labels = [1] if outputs == 1 else range(outputs)
    return [(y == label)[:, None] & (y != label) for label in labels]


def _numbers(y: Array, outputs: int) -> list[Pairs]:
    """The larger number above the smaller one."""
    return [y[:, None] > y]


def _survival(y: Array, outputs: int) -> list[Pairs]:
    """The earlier event above whoever was seen without one for longer."""
    time, event = y[:, 0], y[:, 1] > 0
    later = (time[:, None] < time) | ((time[:, None] == time) & ~event)
    return [event[:, None] & later]


PAIRS: dict[str, Callable[[Array, int], list[Pairs]]] = {
    "binary": _classes,
    "multiclass": _classes,
    "regression": _numbers,
    "survival": _survival,
}
# What the measure is called.
NAMES = {
    "binary": "auroc",
    "multiclass": "auroc",
    "regression": "concordance",
    "survival": "c_index",
}


def concordance(score: Floats, y: Array, *, task: str) -> float:
    """Share of pairs in the right order, mean over outputs; one half without a pair.

    Parameters
    ----------
    score
        (samples, outputs).
    y
        Coded outcomes, (samples,) or (samples, 2).
    task
        A key of `PAIRS`.
    """
    return float(
        np.mean(
            [
                _ordered(own, pairs)
                for own, pairs in zip(score.T, PAIRS[task](y, score.shape[1]), strict=True)
            ]
        )
    )


def _ordered(score: Floats, pairs: Pairs) -> float:
    first, second = np.nonzero(pairs)
    if not len(first):
        return 0.5
    above, below = score[first], score[second]
    return float(((above > below) + 0.5 * (above == below)).mean())


def chance_variance(y: Array, outputs: int, *, task: str) -> float:
    """Twice the variance of `concordance` under chance; infinite without a pair.

    Two pairs with a common sample agree or disagree by 1 / 12, as that sample ranks on the same
    side of both or not, and a pair has the variance 1 / 4. For two classes this is the variance of
    the Mann-Whitney statistic. It is doubled, because two cohorts that agree by chance score well
    in both directions. Of several outputs the mean is taken, which is not below the variance of
    their mean.
    """
    found = []
    for pairs in PAIRS[task](y, outputs):
        total = int(pairs.sum())
        surplus = pairs.sum(1) - pairs.sum(0)
        found.append((total + int((surplus**2).sum())) / (6 * total**2) if total else np.inf)
    return float(np.mean(found))
