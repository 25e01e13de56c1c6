"""An elastic net beside an ensemble's dense members, where there are samples to choose features by.

Dense members shrink all features alike, or as the source says; where few features carry the signal,
as in proteomes and stool, an L1 penalty finds what they blur. Its fits have no closed form of
leaving one out, so its scores of samples left out are those of the inner folds. The scores of both
are averaged with a share of the elastic net that is itself a mean: over a few shares, weighed by
the log density of the samples left out (pseudo-Bayesian model averaging; Yao et al. 2018, Bayesian
Analysis 13:917). Half is the most, since the folds of an elastic net see fewer samples.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dxtransfer.learn.baselines.elastic_net import ElasticNet
from dxtransfer.learn.densities import density
from dxtransfer.learn.estimators import Array, Floats, Split
from dxtransfer.learn.members import FULL_EVIDENCE
from dxtransfer.learn.tasks import TASKS

SHARES = (0.0, 0.25, 0.5)


@dataclass(frozen=True)
class SparsePart:
    """What an elastic net adds to one fit.

    Attributes
    ----------
    share
        Of it in the score.
    weights, bias
        (outputs, features) and (outputs,).
    left_out
        Scores of the training samples by fits that did not see them, (samples, outputs).
    """

    share: Tensor
    weights: Tensor
    bias: Tensor
    left_out: Tensor


def sparse_part(
    net: ElasticNet, X: Floats, y: Array, split: Split, weight: Floats, dense: Tensor
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
        Scores of the training samples by dense members that did not see them, (samples, outputs).

    Returns
    -------
    SparsePart or None
        None for fewer than `FULL_EVIDENCE` samples, where an inner fold says nothing, and for
        survival: log hazards of several folds' models have no common zero.
    """
    if net.task == "survival" or len(split.train) < FULL_EVIDENCE:
        return None
    (beta, b), held_out = net.fitted(X, y, split, weight)
    if np.isnan(held_out).any():
        return None
    left_out, shares = torch.as_tensor(held_out), torch.tensor(SHARES, dtype=torch.float64)
    mixed = torch.lerp(dense, left_out, shares[:, None, None])
    outcomes = TASKS[net.task].outcomes(y[split.train], len(b))
    own = torch.as_tensor(net.training_weight(y, split, weight), dtype=torch.float64)
    found = density(mixed[None], outcomes, own[None], task=net.task)[0]
    return SparsePart(
        found.softmax(0) @ shares, torch.as_tensor(beta), torch.as_tensor(b), left_out
    )
