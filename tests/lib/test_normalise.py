"""A sample's normalised values are its own: the same alone and among others."""

import numpy as np
import pytest
import scanpy as sc
from anndata import AnnData
from scipy import sparse
from scipy.special import logit
from scipy.stats import gmean, norm, rankdata

from dxtransfer.cohorts.assays import ASSAYS, SCALES
from dxtransfer.cohorts.normalise import (
    METHODS,
    choose_method,
    library_sizes,
    normalise,
    refuse_unfit,
)
from dxtransfer.errors import InputError

RNG = np.random.default_rng(5)
COUNTS = RNG.poisson(RNG.gamma(0.5, 40, (9, 257))).astype(np.float32)
GAPS = np.where(RNG.random(COUNTS.shape) < 0.2, np.nan, COUNTS).astype(np.float32)


BETA = RNG.beta(0.4, 0.6, (9, 257)).astype(np.float32)
LOG2 = np.log2(COUNTS + 1)
# every method with values and a scale that it takes
TAKEN = {
    "log_cpm": (COUNTS, "counts"),
    "log_cp10k": (COUNTS, "counts"),
    "rank_normal": (COUNTS, "counts"),
    "clr": (COUNTS, "counts"),
    "m_values": (BETA, "beta"),
    "log2": (LOG2, "log2"),
    "log2_median": (LOG2, "log2"),
    "binary": (np.minimum(COUNTS, 2), "counts"),
    "none": (COUNTS, "counts"),
}


def test_every_method_is_tried():
    assert set(TAKEN) == set(METHODS)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("gaps", [False, True], ids=["whole", "gaps"])
def test_a_sample_alone_equals_the_sample_among_others_exactly(method, gaps):
    values, scale = TAKEN[method]
    measured = np.arange(values.shape[1]) % 5 > 0
    if gaps:
        values = np.where(np.isnan(GAPS) | ~measured, np.nan, values).astype(np.float32)
    for given in (None, measured):

        def normalised(part, given=given):
            return normalise(part, method=method, scale=scale, measured=given)

        together = normalised(values)
        assert together.dtype == np.float32
        np.testing.assert_array_equal(normalised(values[::-1]), together[::-1])
        for i in range(len(values)):
            np.testing.assert_array_equal(normalised(values[i : i + 1])[0], together[i])


@pytest.mark.parametrize("method", [name for name in METHODS if name != "clr"])
def test_missing_stays_missing_and_nothing_else_becomes_so(method):
    values, scale = TAKEN[method]
    values = np.where(np.isnan(GAPS), np.nan, values).astype(np.float32)
    result = normalise(values, method=method, scale=scale)
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
    for method in ("log_cpm", "log_cp10k", "rank_normal", "clr"):
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


def test_log_cp10k_of_counts_equals_scanpy_and_takes_its_logarithms_as_they_are():
    adata = AnnData(X=COUNTS.copy())
    sc.pp.normalize_total(adata, target_sum=1e4)
    sc.pp.log1p(adata)
    result = normalise(COUNTS, method="log_cp10k", scale="counts")
    np.testing.assert_allclose(result, adata.X, rtol=1e-5)
    np.testing.assert_array_equal(normalise(result, method="log_cp10k", scale="ln"), result)
    base_2 = normalise(result / np.log(2), method="log_cp10k", scale="log2")
    np.testing.assert_allclose(base_2, result, rtol=1e-5)


def test_clr_is_the_logarithm_over_the_geometric_mean():
    shares = np.array([[0.5, 0.3, 0.2, 0.0]], dtype=np.float32)
    known = shares[0].astype(float) + 0.001
    expected = np.log(known / gmean(known))
    for values, scale in (
        (shares, "fractions"),
        (shares * 100, "percent"),
        (shares * 50, "counts"),
    ):
        result = normalise(values, method="clr", scale=scale, pseudocount=0.001)
        np.testing.assert_allclose(result[0], expected, rtol=1e-5)
        assert abs(result.sum()) < 1e-5


def test_a_species_that_is_not_listed_counts_as_not_found():
    listed = np.array([[0.6, 0.4, 0.0]], dtype=np.float32)
    gap = np.array([[0.6, 0.4, np.nan]], dtype=np.float32)
    np.testing.assert_array_equal(
        normalise(gap, method="clr", scale="fractions"),
        normalise(listed, method="clr", scale="fractions"),
    )


def test_a_sample_of_unknown_species_alone_stays_missing():
    values = np.array([[0.0, 0.0], [0.4, 0.0]], dtype=np.float32)
    result = normalise(values, method="clr", scale="fractions", libraries=np.array([1.0, 1.0]))
    assert np.isnan(result[0]).all()
    assert np.isfinite(result[1]).all()


def test_m_values_are_base_2_logits_of_bounded_betas():
    beta = np.array([[0.0, 0.2, 0.5, 1.0, np.nan]], dtype=np.float32)
    expected = [logit(b) / np.log(2) for b in (0.001, 0.2, 0.5, 0.999)]
    for values, scale in ((beta, "beta"), (beta * 100, "percent")):
        result = normalise(values, method="m_values", scale=scale)[0]
        np.testing.assert_allclose(result[:4], expected, rtol=1e-4, atol=1e-6)
        assert np.isnan(result[4])
    again = normalise(result[None], method="m_values", scale="m_values")
    np.testing.assert_array_equal(again[0], result)


@pytest.mark.parametrize(
    ("values", "scale"),
    [(2.0**LOG2, "linear"), (LOG2 * np.log(2), "ln"), (LOG2 / np.log2(10), "log10"), (LOG2, "npx")],
)
def test_log2_brings_every_base_to_2(values, scale):
    result = normalise(values.astype(np.float32), method="log2", scale=scale)
    np.testing.assert_allclose(result, LOG2, rtol=1e-5, atol=1e-5)


def test_what_has_no_logarithm_is_missing():
    values = np.array([[-3.0, 0.0, 8.0]], dtype=np.float32)
    result = normalise(values, method="log2", scale="intensity")
    np.testing.assert_array_equal(result, [[np.nan, np.nan, 3.0]])


def test_below_detection_is_a_low_value_of_the_sample_itself_and_unmeasured_stays_missing():
    row = np.array([[2.0, 4.0, 8.0, 16.0, 32.0, np.nan, 0.0, np.nan]], dtype=np.float32)
    measured = np.array([True] * 7 + [False])
    result = normalise(row, method="log2_median", scale="intensity", measured=measured)[0]
    np.testing.assert_allclose(result[:5], [-2, -1, 0, 1, 2])
    low = 3 - 1.8 * np.std([1, 2, 3, 4, 5]) - 3
    np.testing.assert_allclose(result[5:7], low, rtol=1e-6)
    assert np.isnan(result[7])


def test_a_proteome_does_not_depend_on_how_much_was_injected():
    values = np.exp2(RNG.normal(20, 3, (4, 200))).astype(np.float32)
    one = normalise(values, method="log2_median", scale="intensity")
    np.testing.assert_allclose(
        normalise(values * 7, method="log2_median", scale="intensity"), one, atol=1e-4
    )


def test_a_gene_without_a_listed_mutation_is_not_mutated():
    row = np.array([[0.0, 3.0, np.nan, np.nan]], dtype=np.float32)
    measured = np.array([True, True, True, False])
    result = normalise(row, method="binary", scale="counts", measured=measured)
    np.testing.assert_array_equal(result, [[0, 1, np.nan, 0]])


@pytest.mark.parametrize("method", ["binary", "clr"])
def test_a_cohort_without_a_single_feature_in_common_stays_missing(method):
    row = np.full((1, 3), np.nan, dtype=np.float32)
    none = np.zeros(3, dtype=bool)
    assert np.isnan(normalise(row, method=method, scale="counts", measured=none)).all()


def test_library_sizes_leave_out_what_is_missing_and_do_not_need_a_dense_matrix():
    np.testing.assert_allclose(library_sizes(GAPS), np.nansum(GAPS, axis=1))
    np.testing.assert_array_equal(library_sizes(sparse.csr_matrix(COUNTS)), library_sizes(COUNTS))
    assert library_sizes(sparse.csr_matrix((0, 3))).shape == (0,)


@pytest.mark.parametrize(
    ("method", "scale", "assay", "told"),
    [
        ("m_values", "counts", "", "the values are counts, the normalisation m_values needs beta"),
        ("clr", "z_scores", "", "needs fractions, percent, counts or linear"),
        ("log2_median", "log", "", "or correct the column scale"),
        ("clr", "counts", "rnaseq", "the assay is rnaseq, the normalisation clr is for metagenome"),
        ("m_values", "beta", "mutations", "use cohorts of one assay"),
    ],
)
def test_a_cohort_that_a_method_says_nothing_about_is_named(method, scale, assay, told):
    with pytest.raises(InputError, match=f"^cohort late: .*{told}"):
        refuse_unfit(method, scale, assay=assay, cohort="late")


# assays and scales of the source, and what auto makes of them
CHOICES = [
    ([("rnaseq", "counts")] * 3, "log_cpm"),
    ([("rnaseq", "tpm")] * 2, "log_cpm"),
    ([("rnaseq", "counts"), ("rnaseq", "tpm")], "rank_normal"),
    ([("rnaseq", "counts"), ("rnaseq", "log2")], "rank_normal"),
    ([("rnaseq", "linear")], "rank_normal"),
    ([("rnaseq", "counts"), ("microarray", "intensity")], "rank_normal"),
    ([("rnaseq", "counts"), ("single_cell", "counts")], "rank_normal"),
    ([("microarray", "log2")] * 2, "rank_normal"),
    ([("microarray_two_colour", "ratios")] * 2, "log2"),
    ([("microarray_two_colour", "ratios"), ("microarray_two_colour", "log2")], "rank_normal"),
    ([("single_cell", "counts"), ("single_cell", "ln")], "log_cp10k"),
    ([("proteome", "intensity"), ("proteome", "log10")], "log2_median"),
    ([("proteome", "intensity"), ("proteome", "log")], "rank_normal"),
    ([("olink", "npx"), ("olink", "linear")], "log2"),
    ([("metagenome", "fractions"), ("metagenome", "percent")], "clr"),
    ([("methylation", "beta"), ("methylation", "m_values")], "m_values"),
    ([("mutations", "binary"), ("mutations", "counts")], "binary"),
    ([("generic", "counts")], "log_cpm"),
    ([("generic", "log")], "rank_normal"),
]


@pytest.mark.parametrize(("cohorts", "method"), CHOICES)
def test_auto_takes_the_assays_own_method_where_its_cohorts_are_comparable(cohorts, method):
    chosen, why = choose_method("auto", cohorts)
    assert chosen == method
    assert METHODS[method].does in why
    assert choose_method("none", cohorts) == ("none", "set by features.normalisation")


def test_ranks_of_centred_values_beside_amounts_are_told_with_a_caution():
    _, why = choose_method("auto", [("rnaseq", "z_scores"), ("rnaseq", "counts")])
    assert "beware that z_scores rank features otherwise" in why
    assert "beware" not in choose_method("auto", [("rnaseq", "z_scores")])[1]


@pytest.mark.parametrize("name", ASSAYS)
def test_an_entry_of_the_table_of_assays_is_whole(name):
    assay = ASSAYS[name]
    assert assay.scales
    assert set(assay.scales) <= set(SCALES)
    assert assay.linear in SCALES
    for method, comparable in assay.own:
        assert comparable <= set(assay.scales)
        for scale in comparable:
            refuse_unfit(method, scale, assay=name)
