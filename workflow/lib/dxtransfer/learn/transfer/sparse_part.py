"""An elastic net beside an ensemble's dense members, where there are samples to choose features by.

Dense members shrink all features alike, or as the source says; where few features carry the signal,
an L1 penalty finds what they blur. Both scores are averaged, with a weight of the elastic net that
is a mean itself: of a few weights, each counting as exp of the log density that the average gives
to samples out of the inner folds, which are of whole patients. Dense members are fitted to these
folds anew, so that both have seen as little. Half is the most.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dxtransfer.learn.baselines.elastic_net import ElasticNet
from dxtransfer.learn.densities import density
from dxtransfer.learn.estimators import Array, Floats, Split
from dxtransfer.learn.members import FULL_EVIDENCE
from dxtransfer.learn.tasks import TASKS

# Log hazards of several folds have no common zero; nets of several classes are slow, and untried.
KINDS = ("binary", "regression")
WEIGHTS = (0.0, 0.25, 0.5)


@dataclass(frozen=True)
class SparsePart:
    """What an elastic net adds to one fit.

    Attributes
    ----------
    share
        Of it in the score.
    weights, bias
        (outputs, features) and (outputs,).
    out_of_fold
        Scores of the training samples by fits that did not see them, (samples, outputs).
    """

    share: Tensor
    weights: Tensor
    bias: Tensor
    out_of_fold: Tensor


def sparse_part(
    net: ElasticNet,
    X: Floats,
    y: Array,
    split: Split,
    weight: Floats,
    dense: Callable[[Tensor], Tensor],
) -> SparsePart | None:
    """Fit the net to a split and weigh it against the dense members.

    Parameters
    ----------
    net
        Of the ensemble's task and classes.
    X, y, weight
        (samples, features), and coded outcomes and weights of the same samples.
    split
        Its training part is fitted.
    dense
        Scores of all samples, (fits, samples, outputs), by the dense members fitted with weights
        (fits, samples).

    Returns
    -------
    SparsePart or None
        None for a task that is not among `KINDS`, fewer than `FULL_EVIDENCE` samples, and where an
        inner fold says nothing.
    """
    rows, own = split.train, torch.as_tensor(net.training_weight(y, split, weight))
    if net.task not in KINDS or int((own > 0).sum()) < FULL_EVIDENCE:
        return None
    (beta, b), scores = net.fitted(X, y, split, weight)
    if np.isnan(scores).any():
        return None
    folds, fold = np.unique(split.inner, return_inverse=True)
    inside = torch.zeros(len(folds), len(X), dtype=torch.float64)
    inside[:, rows] = own * torch.as_tensor(fold != np.arange(len(folds))[:, None])
    out_of_fold, tried = torch.as_tensor(scores), torch.tensor(WEIGHTS, dtype=torch.float64)
    mixed = torch.lerp(dense(inside)[fold, rows], out_of_fold, tried[:, None, None])
    outcomes = TASKS[net.task].outcomes(y[rows], 2)
    found = density(mixed[None], outcomes, own[None].double(), task=net.task)[0]
    share = found.softmax(0) @ tried
    return SparsePart(share, torch.as_tensor(beta), torch.as_tensor(b), out_of_fold)
