"""Features that are the label under another name.

Thousands of features hold against tens of patients: some separate the classes perfectly by
chance, and a good marker does by biology. Only a feature that takes one value in one class and
another in the other, as a label that was written into the matrix does, is no measurement.
"""

from collections.abc import Sequence
from math import comb
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

FEATURES = 2000


class FeatureLikeLabel(NamedTuple):
    """A feature that is constant within each class, or that follows a numeric label.

    Attributes
    ----------
    feature
        Its name.
    how
        `values` and `missing`: one value for each class, or missing in exactly some classes.
        `affine`, `order` and `near`: see `numeric.features_like_number`.
    expected
        How many such features chance alone would give.
    """

    feature: str
    how: str
    expected: float


def features_like_label(
    X: Any, labels: Sequence[str], features: Sequence[str]
) -> list[FeatureLikeLabel]:
    """Find features with one value per class, and features missing in exactly some classes.

    Parameters
    ----------
    X
        (samples, features), dense with NaN for missing, or sparse.
    labels
        (samples,) class, empty where there is none.
    features
        Names of the columns.

    Returns
    -------
    list of FeatureLikeLabel
        `expected` is the number of features with as few values (two, or missing and not) times
        the chance that a random order of the labels gives one class to each value.
    """
    known = np.array([bool(label) for label in labels])
    names = [label for label in labels if label]
    if len(set(names)) < 2:
        return []
    classes = np.unique(names, return_inverse=True)[1]
    chance = _chance(classes)
    equal: list[str] = []
    missing: list[str] = []
    two_valued = partly_missing = 0
    for start in range(0, len(features), FEATURES):
        block = X[:, start : start + FEATURES]
        values = np.asarray(block.toarray() if sparse.issparse(block) else block, float)[known]
        part = np.asarray(features[start : start + FEATURES], dtype=object)
        absent = np.isnan(values)
        lowest, highest = _range(np.where(absent, np.nan, values))
        is_two = ((values == lowest) | (values == highest)).all(axis=0) & (lowest < highest)
        two_valued += int(is_two.sum())
        equal += list(part[is_two & _constant_in_classes(values, classes)])
        some = absent.any(axis=0) & ~absent.all(axis=0)
        partly_missing += int(some.sum())
        missing += list(part[some & _constant_in_classes(absent, classes)])
    return [FeatureLikeLabel(name, "values", two_valued * chance) for name in equal] + [
        FeatureLikeLabel(name, "missing", partly_missing * chance) for name in missing
    ]


def _range(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low = np.where(np.isnan(values), np.inf, values).min(axis=0)
    high = np.where(np.isnan(values), -np.inf, values).max(axis=0)
    return low, high


def _constant_in_classes(values: NDArray[Any], classes: NDArray[np.intp]) -> NDArray[np.bool_]:
    constant = np.ones(values.shape[1], dtype=bool)
    for label in np.unique(classes):
        own = values[classes == label]
        constant &= (own == own[:1]).all(axis=0)
    return constant


def _chance(classes: NDArray[np.intp]) -> float:
    """Chance that a random two-valued feature of the label's own sizes follows the classes."""
    sizes = np.bincount(classes)
    return 2 / comb(int(sizes.sum()), int(sizes.max()))
