"""Centre and scale come from the rows that were given, missing values are the mean."""

import numpy as np
import pytest

from dxtransfer.learn.standardiser import Standardiser


def test_values_are_centred_and_scaled_by_measured_values_and_missing_ones_are_the_mean():
    X = np.random.default_rng(0).normal(7, 3, (20, 4)).astype(np.float32)
    X[:5, 1] = np.nan
    Z = Standardiser.fit(X)(X)
    expected = (X - np.nanmean(X, axis=0)) / np.nanstd(X, axis=0)
    np.testing.assert_allclose(Z, np.nan_to_num(expected), atol=1e-5)
    assert (Z[:5, 1] == 0).all()
    assert Z.dtype == np.float32


def test_only_the_rows_given_to_fit_count():
    X = np.random.default_rng(1).normal(size=(20, 3))
    changed = X.copy()
    changed[10:] += 100
    for a, b in zip(
        vars(Standardiser.fit(X[:10])).values(),
        vars(Standardiser.fit(changed[:10])).values(),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("n", [5, 11, 37, 61, 101])
@pytest.mark.parametrize("value", [0.0, 0.1, 12.3, 15.1, -7.77])
def test_a_constant_feature_becomes_zero_for_whatever_a_new_sample_brings(n, value):
    standardise = Standardiser.fit(np.full((n, 1), value, dtype=np.float32))
    np.testing.assert_array_equal(standardise(np.float32([[value + 1], [1e4]])), [[0], [0]])


@pytest.mark.filterwarnings("error")
def test_a_feature_that_no_training_sample_measures_becomes_zero_in_silence():
    standardise = Standardiser.fit(np.array([[1.0, np.nan], [3.0, np.nan]]))
    np.testing.assert_array_equal(standardise(np.array([[2.0, 5.0]])), [[0, 0]])
