"""Linear models of the source's labels, averaged, and what else the labels say."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dxtransfer.learn.checkpoints import Checkpoint
from dxtransfer.learn.encoders import Architecture, Encoder, Pretrained
from dxtransfer.learn.knowledge import Knowledge, correlations, pooled, similarity_of
from dxtransfer.learn.pretrain.concordance import NAMES
from dxtransfer.learn.pretrain.held_out import HeldOut
from dxtransfer.learn.pretrain.labelled import Floats, Ints, Labelled, labelled_rows, model_names
from dxtransfer.learn.pretrain.source import Source, head_of

# Features whose correlations are compared.
TOP = 400
# Correlations of a smaller cohort say nothing.
FEWEST = 6


def linear(
    source: Source, *, settings: Mapping[str, Any], checkpoint: Checkpoint | None = None
) -> tuple[Pretrained, list[dict[str, Any]]]:
    """Average the linear models of the source that do best on cohorts they never saw.

    Ten models (see `model_names`) are fitted to all labelled cohorts, each centred at the mean of
    its class means, cohorts weighted by the root of their size and classes balanced; then again
    without each cohort in turn, which is scored by its AUROC (C-index for survival, see
    `concordance`). Where fewer than two cohorts tell something of the outcome, folds of patients
    take the cohorts' place. The models within two standard errors of the best are averaged, each
    divided by its scores' standard deviation in what was held out. A cohort that the others rank
    far worse than chance (swapped labels, values on an inverted scale) contradicts them and is left
    out.

    Parameters
    ----------
    source
        The source.
    settings
        Nothing is read.
    checkpoint
        Not used.

    Returns
    -------
    tuple
        An encoder of one unit per output, the averaged score in source standard deviations, with
        the model of the outcome on it and `Knowledge`; and a row per model: `model`, its `auroc`
        (`c_index`, `concordance`), `kept`, and what was `held_out`: `cohorts` or `patients`.

    Raises
    ------
    InputError
        When no source cohort tells anything of the outcome.
    """
    data = labelled_rows(source)
    held_out = HeldOut.of(data)
    contradicting = held_out.contradicting()
    if len(contradicting):
        data = data.at(~np.isin(data.cohort, contradicting))
        held_out = HeldOut.of(data)
    weights = held_out.averaged(data.models())
    names, models = source.store.cohort_names, model_names(source.task)
    measure = NAMES[source.task]
    told = {
        "kept": [models[i] for i in held_out.kept],
        "held_out": "cohorts" if held_out.by_cohort else "patients",
        "cohorts": [names[c] for c in np.unique(data.cohort)],
        "contradicting": [names[c] for c in contradicting],
        measure: float(held_out.ranked[held_out.kept].mean()),
    }
    knowledge = _knowledge(data, held_out, told)
    # In single precision, as the encoder's weights are.
    head = head_of(*(part.float().double() for part in held_out.calibrated()))
    pretrained = Pretrained("linear", _encoder(weights), 1.0, head, source.unit, knowledge)
    history = [
        {
            "model": name,
            measure: float(row.mean()),
            "kept": int(i in held_out.kept),
            "held_out": told["held_out"],
        }
        for i, (name, row) in enumerate(zip(models, held_out.ranked, strict=True))
    ]
    return pretrained, history


def _knowledge(data: Labelled, held_out: HeldOut, told: Mapping[str, Any]) -> Knowledge:
    mean, error = data.effects()
    top = np.sort(np.argsort(-np.abs(mean / error).max(0), kind="stable")[:TOP])
    importance = data.importance()
    correlation, similarity = _varying_together(data, top)
    return Knowledge(
        importance=torch.as_tensor(importance / max(float(np.mean(importance)), 1e-300)),
        top=torch.as_tensor(top),
        correlation=correlation,
        log_prior=held_out.prior(),
        beyond_chance=held_out.beyond_chance(),
        similarity=similarity,
        told=told,
    )


def _varying_together(data: Labelled, top: Ints) -> tuple[Tensor, float]:
    """Pooled correlations of features, and the median likeness of a cohort's to the rest."""
    parts = [torch.as_tensor(z) for z in _parts(data, top)]
    matrices, sizes = [correlations(z) for z in parts], [len(z) for z in parts]
    whole = pooled(matrices, sizes)
    each = [
        similarity_of(one, pooled(matrices[:i] + matrices[i + 1 :], sizes[:i] + sizes[i + 1 :]))
        for i, one in enumerate(matrices)
        if len(matrices) > 1
    ]
    return whole, float(np.median(each)) if each else 0.0


def _parts(data: Labelled, top: Ints) -> Sequence[Floats]:
    """Values of the top features by cohort; random halves of a single cohort's patients."""
    cohorts = [data.Z[data.cohort == c][:, top] for c in np.unique(data.cohort)]
    if len(cohorts) > 1:
        large = [part for part in cohorts if len(part) >= FEWEST]
        return large or cohorts
    patients, member = np.unique(data.source.patients(data.rows), return_inverse=True)
    half = np.random.default_rng([data.source.seed, 6]).permutation(len(patients)) % 2
    return [data.Z[half[member] == side][:, top] for side in (0, 1)]


def _encoder(weights: Floats) -> Encoder:
    encoder = Encoder(Architecture(weights.shape[1], (len(weights),), linear=True))
    with torch.no_grad():
        encoder.first.weight.copy_(torch.as_tensor(weights, dtype=torch.float32))
        encoder.first.bias.zero_()
    return encoder.eval()
