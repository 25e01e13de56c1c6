"""Stability measures: their known values, their chance level, and what they do with nothing."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import spearmanr

from dxtransfer.evidence.stability import (
    jaccard,
    leading,
    rank_correlation,
    selection_stability,
    stability,
    top_of,
)

RNG = np.random.default_rng(0)


def chosen(choices=6, features=200, size=20):
    return leading(RNG.random((choices, features)), size)


def kuncheva(one, other):
    """Kuncheva 2007, equation 2, of two sets of equal size."""
    size, features = one.sum(), len(one)
    return ((one & other).sum() * features - size**2) / (size * (features - size))


def test_for_choices_of_one_size_it_is_the_mean_of_kunchevas_index():
    sets = chosen()
    sets[:, :5] = True
    sets = leading(sets + RNG.random(sets.shape) / 2, 20)
    pairs = [kuncheva(a, b) for a, b in combinations(sets, 2)]
    assert selection_stability(sets) == pytest.approx(np.mean(pairs))


def test_the_same_features_each_time_are_1_and_random_ones_about_0():
    same = np.repeat(chosen(1), 5, axis=0)
    assert selection_stability(same) == jaccard(same) == 1
    random = [selection_stability(chosen()) for _ in range(200)]
    assert abs(np.mean(random)) < 4 * np.std(random) / 200**0.5
    # without a correction, chance alone gives an overlap
    assert jaccard(chosen()) > 0.02


def test_the_jaccard_index_is_the_mean_over_pairs():
    sets = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 1, 0]], dtype=bool)
    assert jaccard(sets) == pytest.approx((1 / 3 + 2 / 3 + 2 / 3) / 3)


@pytest.mark.parametrize("value", [True, False])
def test_where_all_or_nothing_is_chosen_there_is_nothing_to_compare(value):
    assert np.isnan(selection_stability(np.full((4, 9), value)))


def test_features_that_add_nothing_never_lead():
    sizes = np.array([[0.0, 3, 0, 1, 2], [0, 0, 0, 0, 4]])
    assert leading(sizes, 3).tolist() == [[False, True, False, True, True], [False] * 4 + [True]]


@pytest.mark.parametrize(("features", "top"), [(20000, 50), (100, 50), (60, 30), (3, 1), (1, 1)])
def test_the_top_of_a_small_vocabulary_is_at_most_half(features, top):
    assert top_of(features) == top


def test_the_rank_correlation_is_scipys():
    a, b = RNG.normal(size=80).round(1), RNG.normal(size=80).round(1)
    assert rank_correlation(a, b) == pytest.approx(spearmanr(a, b).statistic)
    assert np.isnan(rank_correlation(a, np.zeros(80)))


def test_a_refit_of_opposite_sign_agrees_on_the_features_and_not_on_their_direction():
    shipped = RNG.normal(size=120)
    found = stability(shipped, np.stack([-shipped, -shipped]))
    assert (found["spearman"], found["jaccard"]) == (pytest.approx(-1), 1)


def test_a_single_refit_has_a_correlation_and_no_overlap():
    found = stability(RNG.normal(size=40), RNG.normal(size=(1, 40)))
    assert np.isfinite(found["spearman"])
    assert np.isnan(found["jaccard"]) and np.isnan(found["selection_stability"])
