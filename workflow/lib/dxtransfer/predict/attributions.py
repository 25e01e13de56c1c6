"""What each feature adds to a model's score of each sample.

A model that is linear in the standardised features, from them or through a linear encoder, is
explained exactly: coefficient times value. A network is explained by integrated gradients
(Sundararajan, Taly and Yan 2017, Axiomatic attribution for deep networks), along the line from the
training mean to the sample. In both cases the attributions of a sample and the score at the
training mean add up to the sample's score.
"""

import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from dxtransfer.learn.predictor import Predictor

Floats = npt.NDArray[np.floating[Any]]
EXACT, GRADIENTS = "exact", "integrated gradients"
# Integration points: doubled until sums are as exact as wanted.
FEWEST_STEPS, MOST_STEPS = 64, 1024
# Largest difference between a sum of attributions and the score that it explains: of an exact one,
# whose encoder may compute in float32, and of a network, both in the largest distance of a score
# from the baseline's.
TOLERANCE = {EXACT: 1e-4, GRADIENTS: 0.01}
# Bytes of the points on the way that are computed at a time.
MEMORY = 2**26


@dataclass(frozen=True)
class Attributions:
    """Parts of the scores of some samples.

    Attributes
    ----------
    values
        What each feature adds, (outputs, samples, features), in units of the score.
    base
        Score at the training mean, (outputs,).
    method
        `exact` or `integrated gradients`.
    error
        Largest difference between a sample's score and the sum of its parts.
    tolerance
        What `error` may be.
    """

    values: Floats
    base: Floats
    method: str
    error: float
    tolerance: float


def attribute(predictor: Predictor, Z: Floats) -> Attributions:
    """Explain the scores of some samples.

    Scores are those before the link: log-odds, a number, the log relative hazard. Of several
    classes the mean over the classes is taken off each, since the softmax does not see it.

    Parameters
    ----------
    predictor
        The model.
    Z
        (samples, features), standardised, so that 0 is the training mean; missing values are 0 and
        add nothing.
    """
    coefficients = linear_coefficients(predictor)
    base = _centred(predictor.scores(np.zeros((1, Z.shape[1]), dtype=np.float32)))[0]
    scores = _centred(predictor.scores(Z))
    reach = float(np.abs(scores - base).max(initial=0.0))
    if coefficients is not None:
        centred = _centred(coefficients.T).T
        values = centred[:, None] * np.asarray(Z, dtype=np.float64)
        error = _error(values, base, scores)
        return Attributions(values, base, EXACT, error, TOLERANCE[EXACT] * reach)
    tolerance, steps = TOLERANCE[GRADIENTS] * reach, FEWEST_STEPS
    while True:
        values = integrated(predictor, Z, outputs=len(base), steps=steps)
        error = _error(values, base, scores)
        if error <= tolerance or steps >= MOST_STEPS:
            return Attributions(values, base, GRADIENTS, error, tolerance)
        steps *= 2


def linear_coefficients(predictor: Predictor) -> Floats | None:
    """Coefficients of the standardised features, (outputs, features); None for a network."""
    encoder = predictor.encoder
    if encoder is None:
        weights = predictor.readout[0].detach().double()
        found: Floats = weights.reshape(-1, weights.shape[-1]).numpy()
        return found
    if predictor.normalised or not encoder.architecture.linear:
        return None
    total = torch.zeros(1, dtype=torch.float64)
    layer = encoder.first.weight.detach().double()
    for i in range(len(encoder.architecture.widths)):
        if i:
            layer = encoder.tail.maps[i - 1].weight.detach().double() @ layer  # type: ignore[operator]
        if i in predictor.readout:
            weights = predictor.readout[i].detach().double()
            total = total + weights.reshape(-1, len(layer)) @ layer
    return total.numpy()


def _centred(scores: Floats) -> Floats:
    """Scores (samples, outputs) less their mean over the classes, where there are several."""
    if scores.shape[1] == 1:
        return scores
    centred: Floats = scores - scores.mean(axis=1, keepdims=True)
    return centred


def _error(values: Floats, base: Floats, scores: Floats) -> float:
    return float(np.abs(values.sum(axis=2).T + base - scores).max(initial=0.0))


def integrated(predictor: Predictor, Z: Floats, *, outputs: int, steps: int) -> Floats:
    """Integrated gradients by captum, in float64, (outputs, samples, features)."""
    exact = replace(predictor, encoder=copy.deepcopy(predictor.encoder).double())  # type: ignore[union-attr]

    def scores(x: Tensor) -> Tensor:
        found = exact.forward(x)
        return found if outputs == 1 else found - found.mean(1, keepdim=True)

    gradients = IntegratedGradients(scores)
    inputs = torch.as_tensor(np.asarray(Z), dtype=torch.float64)
    most = max(1, MEMORY // (8 * steps * inputs.shape[1]))
    parts = [
        torch.stack(
            [
                gradients.attribute(part, baselines=0.0, target=k, n_steps=steps).detach()
                for k in range(outputs)
            ]
        )
        for part in torch.split(inputs, most)
    ]
    found: Floats = torch.cat(parts, dim=1).numpy()
    return found
