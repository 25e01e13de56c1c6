import numpy as np
import pytest
from scipy.stats import binomtest

from dxtransfer.evidence.intervals import patient_weights, percentile_interval, wilson_interval


def test_the_first_row_is_the_estimate_and_every_resample_draws_as_many_patients():
    weights = patient_weights(12, resamples=50, seed=3)
    assert weights.shape == (51, 12)
    assert (weights[0] == 1).all()
    assert (weights.sum(axis=1) == 12).all()
    assert (weights >= 0).all()
    assert (weights == weights.astype(int)).all()


def test_resamples_draw_with_replacement_and_favour_no_patient():
    weights = patient_weights(10, resamples=20_000, seed=1)[1:]
    assert weights.mean(axis=0) == pytest.approx(np.ones(10), abs=0.03)
    assert (weights == 0).mean() == pytest.approx(0.9**10, abs=0.01)


def test_resamples_depend_on_the_seed_alone():
    first = patient_weights(9, resamples=20, seed=5)
    assert np.array_equal(first, patient_weights(9, resamples=20, seed=5))
    assert not np.array_equal(first, patient_weights(9, resamples=20, seed=6))


def test_percentile_interval_cuts_the_same_share_from_both_tails():
    values = np.random.default_rng(0).permutation(np.arange(1001.0))[:, None]
    low, high = percentile_interval(values, level=0.9)
    assert (low[0], high[0]) == pytest.approx((50, 950))


def test_percentile_interval_leaves_out_undefined_resamples():
    defined = np.arange(101.0)
    holes = np.concatenate([defined, np.full(60, np.nan)])
    values = np.stack([holes, np.full(161, np.nan)], axis=1)
    low, high = percentile_interval(values, level=0.8)
    assert (low[0], high[0]) == pytest.approx((10, 90))
    assert np.isnan([low[1], high[1]]).all()


def test_bootstrap_of_a_share_agrees_with_the_binomial():
    successes = np.arange(400) < 120
    weights = patient_weights(400, resamples=4000, seed=2)[1:]
    low, high = percentile_interval((weights @ successes / 400)[:, None], level=0.95)
    half = 1.96 * np.sqrt(0.3 * 0.7 / 400)
    assert (low[0], high[0]) == pytest.approx((0.3 - half, 0.3 + half), abs=0.006)


@pytest.mark.parametrize(("successes", "samples"), [(0, 9), (3, 9), (9, 9), (50, 180)])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_wilson_interval_equals_scipy(successes, samples, level):
    expected = binomtest(successes, samples).proportion_ci(level, method="wilson")
    share = np.array([successes / samples])
    low, high = wilson_interval(share, np.array([float(samples)]), level=level)
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_interval_starts_at_exactly_zero_and_ends_at_exactly_one():
    samples = np.arange(1.0, 60)
    low, _ = wilson_interval(np.zeros(59), samples, level=0.95)
    _, high = wilson_interval(np.ones(59), samples, level=0.95)
    assert (low == 0).all()
    assert (high == 1).all()
