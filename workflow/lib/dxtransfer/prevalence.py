"""Probabilities for a population in which the disease is rarer, or more common, than in a cohort.

In a case-control cohort the share of cases is a choice of whoever recruited it. Where cases of both
populations are alike, and controls too, odds differ between them by one factor: the ratio of their
prior odds (Elkan 2001, IJCAI 973-978; Saerens et al. 2002, Neural Computation 14:21-41).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def rebased(probability: Floats, *, before: Any, after: Any) -> Floats:
    """Probability of the positive class after a change of its prevalence.

    Parameters
    ----------
    probability
        In [0, 1], any shape; 0 and 1 stay.
    before, after
        Prevalence that the probabilities are made for, and the one that they are to be made for,
        each in (0, 1); numbers, or arrays that broadcast to the shape of `probability`.

    Returns
    -------
    numpy.ndarray
        Of the shape that the three broadcast to.
    """
    positive = probability * after * (1 - before)
    negative = (1 - probability) * (1 - after) * before
    found: Floats = positive / (positive + negative)
    return found


def log_odds(probability: Any) -> Any:
    """Logarithm of the odds of probabilities in (0, 1)."""
    return np.log(probability) - np.log1p(-probability)
