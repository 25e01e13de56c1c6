"""Measures of a binary classifier, under many weightings of the same samples at once.

Every measure takes ``probability`` of the positive class (shape ``(n,)``), ``positive`` (the
truth, bool, shape ``(n,)``) and ``weights`` (shape ``(r, n)``, not negative), and returns one
value per row of ``weights`` (shape ``(r,)``). A row of ones gives the plain measure; the other
rows are the resamples of a bootstrap. What cannot be computed from a row is NaN there.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RANKING = ("auroc", "average_precision")
PER_REPEAT = (
    "accuracy",
    "balanced_accuracy",
    "recall",
    "precision",
    "specificity",
    "f1",
    "mcc",
    "brier",
    "log_loss",
)
MEASURES = RANKING + PER_REPEAT

THRESHOLD = 0.5
SMALLEST_PROBABILITY = 1e-15
# Multiples of 1/100 rounded once, so that a rate such as 3/5 meets its grid point exactly.
GRID: Floats = np.arange(101) / 100


def mean_of_defined(values: Floats) -> Floats:
    """Average over the first axis of what is defined; NaN where nothing is.

    Parameters
    ----------
    values
        Shape ``(k, ...)``.

    Returns
    -------
    Shape ``(...)``.
    """
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0.0).sum(axis=0), defined.sum(axis=0))


def auroc(probability: Floats, positive: Bools, weights: Floats) -> Floats:
    """Share of (positive, negative) pairs in the right order, ties counting one half.

    The Mann-Whitney form of the area under the ROC curve (Hanley & McNeil 1982,
    Radiology 143:29-36), each pair weighted by the product of its two weights. NaN where a
    class has no weight.
    """
    above = probability[positive, None] - probability[None, ~positive]
    order = np.heaviside(above, 0.5)
    of_positive, of_negative = weights[:, positive], weights[:, ~positive]
    pairs = of_positive.sum(axis=1) * of_negative.sum(axis=1)
    return ratio(((of_positive @ order) * of_negative).sum(axis=1), pairs)


def auroc_under(probability: Floats, truths: Bools) -> Floats:
    """AUROC of one set of predictions under several truths (m, n), (m,).

    From the sum of the positives' mid-ranks, as Mann and Whitney's statistic; NaN for a truth of
    one class.
    """
    ranks = rankdata(probability)
    positives = truths.sum(axis=1)
    pairs = positives * (truths.shape[1] - positives)
    return ratio(truths @ ranks - positives * (positives + 1) / 2, pairs)


def average_precision(probability: Floats, positive: Bools, weights: Floats) -> Floats:
    """Precision at each distinct threshold, weighted by the gain in recall.

    The step-wise sum of scikit-learn's ``average_precision_score``; samples with equal
    probability enter together. NaN where a class has no weight (scikit-learn gives 0 or 1
    there, which says nothing about the classifier).
    """
    true, called = _cumulative(probability, positive, weights)
    total = true[:, -1]
    precision = np.divide(true, called, out=np.zeros_like(true), where=called > 0)
    gain = np.diff(true, axis=1, prepend=0.0)
    value = ratio((gain * precision).sum(axis=1), total)
    value[called[:, -1] == total] = np.nan
    return value


def confusion(probability: Floats, positive: Bools, weights: Floats) -> dict[str, Floats]:
    """Weight of true and false positives (tp, fp) and negatives (tn, fn) at the threshold.

    A probability of exactly 0.5 is called positive.
    """
    called = probability >= THRESHOLD
    return {
        "tp": weights @ (called & positive).astype(float),
        "fp": weights @ (called & ~positive).astype(float),
        "fn": weights @ (~called & positive).astype(float),
        "tn": weights @ (~called & ~positive).astype(float),
    }


def per_repeat_measures(probability: Floats, positive: Bools, weights: Floats) -> dict[str, Floats]:
    """Every measure that is taken over all test samples of a repeat, by name.

    Zero division gives 0 for precision, F1 and MCC, as in scikit-learn. Recall and specificity
    of a class without weight, and the balanced accuracy that needs both, are NaN.

    Returns
    -------
    One array of shape ``(r,)`` for each name in ``PER_REPEAT``; ``log_loss`` in nats.
    """
    counts = confusion(probability, positive, weights)
    tp, fp, fn, tn = counts["tp"], counts["fp"], counts["fn"], counts["tn"]
    recall, specificity = ratio(tp, tp + fn), ratio(tn, tn + fp)
    # Square roots first: the product of four sums would lose digits in large cohorts.
    spread = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
    total = weights.sum(axis=1)
    clipped = np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    surprise = -np.log(np.where(positive, clipped, 1 - clipped))
    return {
        "accuracy": ratio(tp + tn, total),
        "balanced_accuracy": (recall + specificity) / 2,
        "recall": recall,
        "precision": ratio(tp, tp + fp, empty=0.0),
        "specificity": specificity,
        "f1": ratio(2 * tp, 2 * tp + fp + fn, empty=0.0),
        "mcc": ratio(tp * tn - fp * fn, spread, empty=0.0),
        "brier": ratio(weights @ (probability - positive) ** 2, total),
        "log_loss": ratio(weights @ surprise, total),
    }


def roc(probability: Floats, positive: Bools) -> Floats:
    """Sensitivity at each false positive rate of ``GRID``, NaN when a class is absent.

    Linear between thresholds; where the curve rises vertically, its upper end, so that the
    first point is the sensitivity that costs no false positive (vertical averaging, Fawcett
    2006, Pattern Recognition Letters 27:861-874).
    """
    true, called = _cumulative(probability, positive, np.ones((1, len(positive))))
    false = called - true
    if true[0, -1] == 0 or false[0, -1] == 0:
        return np.full(len(GRID), np.nan)
    tpr = np.append(0.0, true[0] / true[0, -1])
    fpr = np.append(0.0, false[0] / false[0, -1])
    sensitivity: Floats = np.interp(GRID, fpr, tpr)
    return sensitivity


def precision_recall(probability: Floats, positive: Bools) -> Floats:
    """Precision at each recall of ``GRID``, NaN when a class is absent.

    The precision at the first threshold that reaches that recall: the step function that
    average precision sums. A straight line between thresholds would be too optimistic (Davis &
    Goadrich 2006, ICML 233-240).
    """
    true, called = _cumulative(probability, positive, np.ones((1, len(positive))))
    if true[0, -1] in (0, called[0, -1]):
        return np.full(len(GRID), np.nan)
    recall = true[0] / true[0, -1]
    precision: Floats = true[0] / called[0]
    return precision[np.searchsorted(recall, GRID, side="left")]


def _cumulative(probability: Floats, positive: Bools, weights: Floats) -> tuple[Floats, Floats]:
    """Weight of the positives, and of all, at or above each distinct probability, from the top."""
    order = np.argsort(-probability, kind="stable")
    last_of_tie = np.append(np.diff(probability[order]) != 0, True)
    ordered = weights[:, order]
    true = np.cumsum(ordered * positive[order], axis=1)[:, last_of_tie]
    return true, np.cumsum(ordered, axis=1)[:, last_of_tie]


def ratio(above: Floats, below: Floats, *, empty: float = np.nan) -> Floats:
    """Quotient, `empty` where `below` is 0."""
    found: Floats = np.full(np.shape(below), empty)
    np.divide(above, below, out=found, where=below != 0)
    return found
