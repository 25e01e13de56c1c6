"""What the source teaches of several classes, numbers and survival, and how each is centred."""

import numpy as np
import pytest
import torch
from pretraining import SETTINGS, of_kind, rows, source
from scipy.stats import spearmanr

from dxtransfer.errors import InputError
from dxtransfer.learn.pretrain.registry import OBJECTIVES
from dxtransfer.learn.pretrain.source import Source


def test_numbers_are_centred_per_cohort_and_one_unit_is_their_deviation(tmp_path):
    ages = [np.arange(20.0), np.arange(20.0) + 50, np.full(10, 40.0), np.full(10, np.nan)]
    ages[0][:4] = np.nan
    found = of_kind(tmp_path, "regression", ages)
    # a cohort of one number says nothing of a difference
    np.testing.assert_array_equal(found.informative(), [*[False] * 4, *[True] * 36, *[False] * 20])
    mean, deviation = found.unit
    assert mean == np.mean([ages[0][4:].mean(), ages[1].mean()])
    y = found.outcomes[:, 0].numpy()
    assert not y[~found.informative()].any()
    np.testing.assert_allclose([y[:20].sum(), y[20:40].sum()], 0, atol=1e-9)
    np.testing.assert_allclose((y[found.informative()] ** 2).mean(), 1)
    np.testing.assert_allclose(y[20:40] * deviation, ages[1] - ages[1].mean())


def test_times_become_the_hazard_of_their_cohort_so_that_late_and_early_cohorts_meet(tmp_path):
    early = np.column_stack([np.arange(1.0, 21), np.arange(20) % 2])
    late, without = early * [100, 1], early * [1, 0]
    found = of_kind(tmp_path, "survival", [early, late, without])
    np.testing.assert_array_equal(found.informative(), [*[True] * 40, *[False] * 20])
    torch.testing.assert_close(found.outcomes[:20], found.outcomes[20:40])
    hazard = found.outcomes[:20, 0].numpy()
    expected = np.cumsum(early[:, 1] / np.arange(20, 0, -1))
    np.testing.assert_allclose(hazard, expected)


def test_cohorts_without_one_of_the_classes_are_not_learnt_from(tmp_path):
    codes = [np.arange(21) % 3, np.arange(20) % 2, np.full(10, -1)]
    found = of_kind(tmp_path, "multiclass", codes, classes=3)
    np.testing.assert_array_equal(found.informative(), np.arange(51) < 21)
    rows_in = np.flatnonzero(found.informative())
    weights = found.weights(rows_in).numpy()
    sums = [weights[codes[0] == c].sum() for c in range(3)]
    np.testing.assert_allclose(sums, sums[0], rtol=1e-6)


@pytest.mark.parametrize("objective", ["pca", "supervised"])
@pytest.mark.parametrize("task", ["multiclass", "regression", "survival"])
def test_the_sources_own_head_knows_every_kind_of_outcome(objective, task, tmp_path):
    """Two cohorts of other levels; the head is judged within the samples it was fitted on."""
    rng = np.random.default_rng(3)
    base = [rows(60, seed=i, ill=0.5)[0] for i in range(2)]
    signal = [X[:, :3].sum(axis=1) / 10 for X in base]
    if task == "multiclass":
        y = [np.digitize(s, np.quantile(s, [1 / 3, 2 / 3])) for s in signal]
    elif task == "regression":
        y = [10 * s + 40 * i for i, s in enumerate(signal)]
    else:
        y = [
            np.column_stack([np.exp(5 * i - s), rng.random(60) < 0.8]) for i, s in enumerate(signal)
        ]
    stored = source(tmp_path, [(X, np.zeros(60)) for X in base])
    made = Source(stored.store, np.concatenate(y), 1, task, 3 if task == "multiclass" else 0)
    settings = {**SETTINGS, "training": {**SETTINGS["training"], "epochs": 40, "patience": 40}}
    found, _ = OBJECTIVES[objective](made, settings=settings)
    X = torch.as_tensor(made.store.read(np.arange(120)))
    weights = found.head[0].reshape(len(found.head[1]), -1)
    scores = (found.embed(X).double() @ weights.T + found.head[1]).numpy()
    for c in range(2):
        own = slice(60 * c, 60 * c + 60)
        if task == "multiclass":
            assert (scores[own].argmax(axis=1) == y[c]).mean() > 0.6
        else:
            assert spearmanr(scores[own, 0], signal[c]).statistic > 0.7


def test_supervised_says_what_the_source_lacks(tmp_path):
    without = np.column_stack([np.arange(1.0, 21), np.zeros(20)])
    with pytest.raises(InputError, match="needs a source cohort that holds an event"):
        OBJECTIVES["supervised"](of_kind(tmp_path, "survival", [without]), settings=SETTINGS)
