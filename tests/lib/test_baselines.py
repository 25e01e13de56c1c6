"""Baselines are what their names say, and the reference draws no random number."""

import numpy as np
import pytest
from sklearn.base import clone

from dxtransfer.config import NEVER_SEE_THE_SOURCE
from dxtransfer.learn.baselines.registry import BASELINES
from dxtransfer.learn.transfer.registry import STRATEGIES, make

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 12))
Y = (X[:, 0] + RNG.normal(size=40) > 0.4).astype(int)


def fitted(name, seed=1):
    return make(name, encoder=None, settings={}, seed=seed).fit(X, Y).predict_proba(X)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_cloned_and_gives_probabilities(name):
    model = clone(BASELINES[name](seed=1)).fit(X, Y)
    found = model.predict_proba(X)
    assert found.shape == (40, 2)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_array_equal(model.classes_, [0, 1])


def test_the_majority_predicts_the_share_of_the_training_part_for_everyone():
    np.testing.assert_allclose(fitted("majority")[:, 1], Y.mean())


def test_one_seed_gives_one_forest_and_the_reference_needs_none():
    np.testing.assert_array_equal(fitted("random_forest"), fitted("random_forest"))
    assert not np.array_equal(fitted("random_forest"), fitted("random_forest", seed=2))
    np.testing.assert_array_equal(fitted("logistic_l2"), fitted("logistic_l2", seed=2))


@pytest.mark.parametrize("name", sorted(set(STRATEGIES) - set(NEVER_SEE_THE_SOURCE)))
def test_a_strategy_that_needs_an_encoder_says_so(name):
    with pytest.raises(ValueError, match="needs an encoder"):
        make(name, encoder=None, settings={}, seed=1)
