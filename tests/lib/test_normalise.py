"""A sample's normalised values are its own: the same alone and among others."""

import numpy as np
import pytest
import scanpy as sc
from anndata import AnnData
from scipy import sparse
from scipy.stats import norm, rankdata

from dxtransfer.cohorts.normalise import choose_method, normalise
from dxtransfer.errors import InputError

RNG = np.random.default_rng(5)
COUNTS = RNG.poisson(RNG.gamma(0.5, 40, (9, 257))).astype(np.float32)
GAPS = np.where(RNG.random(COUNTS.shape) < 0.2, np.nan, COUNTS).astype(np.float32)


@pytest.mark.parametrize("method", ["log_cpm", "rank_normal", "none"])
@pytest.mark.parametrize("values", [COUNTS, GAPS], ids=["whole", "gaps"])
def test_a_sample_alone_equals_the_sample_among_others_exactly(method, values):
    together = normalise(values, method=method, scale="counts")
    assert together.dtype == np.float32
    for order in (slice(None), slice(None, None, -1)):
        np.testing.assert_array_equal(
            normalise(values[order], method=method, scale="counts"), together[order]
        )
    for i in range(len(values)):
        alone = normalise(values[i : i + 1], method=method, scale="counts")
        np.testing.assert_array_equal(alone[0], together[i])


@pytest.mark.parametrize("method", ["log_cpm", "rank_normal", "none"])
def test_missing_stays_missing_and_nothing_else_becomes_so(method):
    result = normalise(GAPS, method=method, scale="linear")
    np.testing.assert_array_equal(np.isnan(result), np.isnan(GAPS))


def test_log_cpm_of_whole_counts_equals_scanpy():
    adata = AnnData(X=COUNTS.copy())
    sc.pp.normalize_total(adata, target_sum=1e6)
    sc.pp.log1p(adata, base=2)
    np.testing.assert_allclose(
        normalise(COUNTS, method="log_cpm", scale="counts"), adata.X, rtol=1e-5
    )


def test_log_cpm_does_not_depend_on_depth_and_takes_linear_values():
    one = normalise(COUNTS, method="log_cpm", scale="counts")
    np.testing.assert_allclose(
        normalise(COUNTS * 0.37, method="log_cpm", scale="linear"), one, rtol=1e-5
    )


def test_rank_normal_is_the_normal_score_of_average_ranks():
    result = normalise(COUNTS, method="rank_normal", scale="counts")
    expected = norm.ppf((rankdata(COUNTS, axis=1) - 0.5) / COUNTS.shape[1])
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


def test_rank_normal_does_not_see_a_monotone_change_of_scale():
    np.testing.assert_array_equal(
        normalise(GAPS, method="rank_normal", scale="counts"),
        normalise(np.log2(GAPS + 1), method="rank_normal", scale="log"),
    )


def test_a_sparse_matrix_gives_the_dense_result():
    for method in ("log_cpm", "rank_normal"):
        np.testing.assert_array_equal(
            normalise(sparse.csr_matrix(COUNTS), method=method, scale="counts"),
            normalise(COUNTS, method=method, scale="counts"),
        )


def test_an_empty_sample_stays_finite():
    values = np.zeros((1, 5), dtype=np.float32)
    assert not normalise(values, method="log_cpm", scale="counts").any()
    assert not normalise(values, method="rank_normal", scale="counts").any()
    nothing = np.full((1, 5), np.nan, dtype=np.float32)
    assert np.isnan(normalise(nothing, method="rank_normal", scale="log")).all()


@pytest.mark.parametrize(("values", "scale"), [(COUNTS, "log"), (COUNTS - 5, "intensity")])
def test_log_cpm_of_logarithms_or_negative_values_names_the_way_out(values, scale):
    with pytest.raises(InputError, match="rank_normal"):
        normalise(values, method="log_cpm", scale=scale)


def test_an_unknown_method_is_refused():
    with pytest.raises(InputError, match="quantile"):
        normalise(COUNTS, method="quantile", scale="counts")


def test_auto_is_log_cpm_only_where_every_source_cohort_brings_counts():
    assert choose_method("auto", ["counts", "counts"]) == "log_cpm"
    assert choose_method("auto", ["counts", "log"]) == "rank_normal"
    assert choose_method("none", ["counts"]) == "none"
