"""Every cohort speaks the vocabulary: order, gaps and normalisation are the same for all."""

import anndata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse
from scipy.stats import gmean, norm, rankdata

from dxtransfer.cohorts.features import (
    coverage,
    normalised_chunks,
    pca_projection,
    project,
    projected_chunks,
)
from dxtransfer.cohorts.normalise import METHODS
from dxtransfer.errors import InputError

RNG = np.random.default_rng(2)
COUNTS = RNG.poisson(30, (6, 5)).astype(np.float32)
VOCABULARY = ["E", "A", "X", "C"]


def adata(values=COUNTS, names="ABCDE"):
    return AnnData(
        X=values,
        obs=pd.DataFrame({"patient": "p"}, index=[f"s{i}" for i in range(values.shape[0])]),
        var=pd.DataFrame(index=list(names)),
        uns={"dxtransfer": {"cohort": "c"}},
    )


def test_features_come_in_the_order_of_the_vocabulary_and_absent_ones_are_missing():
    result = project(adata(), VOCABULARY, method="none", scale="counts")
    assert list(result.var_names) == VOCABULARY
    np.testing.assert_array_equal(result.X[:, [0, 1, 3]], COUNTS[:, [4, 0, 2]])
    assert np.isnan(result.X[:, 2]).all()
    assert list(result.obs["patient"]) == ["p"] * 6
    assert result.uns["dxtransfer"] == {"cohort": "c", "normalisation": "none", "scale": "counts"}


def test_log_cpm_scales_by_the_whole_library():
    result = project(adata(), ["A"], method="log_cpm", scale="counts")
    expected = np.log2(COUNTS[:, 0] / COUNTS.sum(axis=1) * 1e6 + 1)
    np.testing.assert_allclose(result.X[:, 0], expected, rtol=1e-5)


def test_ranks_are_among_the_measured_features_of_the_vocabulary():
    result = project(adata(), VOCABULARY, method="rank_normal", scale="counts")
    expected = norm.ppf((rankdata(COUNTS[:, [4, 0, 2]], axis=1) - 0.5) / 3)
    np.testing.assert_allclose(result.X[:, [0, 1, 3]], expected, atol=1e-6)


def test_ranks_do_not_depend_on_what_else_a_platform_measures():
    wide = np.hstack([COUNTS, RNG.poisson(500, (6, 40))]).astype(np.float32)
    names = [*"ABCDE", *(f"G{i}" for i in range(40))]
    np.testing.assert_array_equal(
        project(adata(wide, names), VOCABULARY, method="rank_normal", scale="counts").X,
        project(adata(), VOCABULARY, method="rank_normal", scale="counts").X,
    )


def test_ratios_and_medians_are_taken_within_the_vocabulary():
    known = COUNTS[:, [4, 0, 2]] / COUNTS.sum(axis=1, keepdims=True) + 1e-6
    # X is in no table, so it was not found
    known = np.insert(known, 2, 1e-6, axis=1)
    result = project(adata(), VOCABULARY, method="clr", scale="counts")
    np.testing.assert_allclose(
        result.X, np.log(known / gmean(known, axis=1)[:, None]), rtol=1e-4, atol=1e-5
    )
    result = project(adata(), VOCABULARY, method="log2_median", scale="linear").X
    logarithms = np.log2(COUNTS[:, [4, 0, 2]])
    expected = logarithms - np.median(logarithms, axis=1, keepdims=True)
    np.testing.assert_allclose(result[:, [0, 1, 3]], expected, atol=1e-5)
    assert np.isnan(result[:, 2]).all()


def test_the_pseudocount_is_that_of_the_settings():
    one = project(adata(), VOCABULARY, method="clr", scale="counts", pseudocount=1e-3).X
    other = project(adata(), VOCABULARY, method="clr", scale="counts", pseudocount=1e-5).X
    assert (one[:, 2] > other[:, 2]).all()


def test_what_a_proteome_lists_and_a_sample_lacks_is_below_its_detection():
    values = COUNTS.copy()
    values[0, 4] = np.nan
    result = project(adata(values), VOCABULARY, method="log2_median", scale="linear").X
    assert result[0, 0] < np.nanmin(np.log2(values[0]) - np.median(np.log2(values[0, [0, 2]])))
    assert np.isnan(result[:, 2]).all()


def test_species_listed_beside_those_of_the_vocabulary_only_share_the_whole():
    wide = np.hstack([COUNTS, np.zeros((6, 40))]).astype(np.float32)
    names = [*"ABCDE", *(f"G{i}" for i in range(40))]
    np.testing.assert_array_equal(
        project(adata(wide, names), VOCABULARY, method="clr", scale="counts").X,
        project(adata(), VOCABULARY, method="clr", scale="counts").X,
    )


def test_a_cohort_of_another_assay_or_scale_is_named():
    whole = adata()
    whole.uns["dxtransfer"]["assay"] = "rnaseq"
    with pytest.raises(InputError, match=r"^cohort c: the assay is rnaseq, the normalisation clr"):
        project(whole, VOCABULARY, method="clr", scale="counts")
    with pytest.raises(
        InputError, match=r"^cohort c: the values are log2, the normalisation log_c"
    ):
        project(whole, VOCABULARY, method="log_cpm", scale="log2")


def test_a_large_cohort_is_the_same_in_pieces():
    many = np.vstack([COUNTS] * 400)
    for values in (many, sparse.csr_matrix(many)):
        for method in METHODS:
            scale = "beta" if method == "m_values" else "counts"
            scale = "linear" if method in ("log2", "log2_median") else scale
            large = project(adata(values), VOCABULARY, method=method, scale=scale).X
            small = project(adata(), VOCABULARY, method=method, scale=scale).X
            np.testing.assert_array_equal(large, np.vstack([small] * 400))


@pytest.mark.parametrize("method", ["log_cpm", "log_cp10k", "rank_normal", "clr", "binary", "none"])
def test_a_patient_alone_and_a_sparse_cohort_give_the_same_values(method):
    together = project(adata(), VOCABULARY, method=method, scale="counts").X
    for i in range(6):
        alone = project(adata()[i : i + 1], VOCABULARY, method=method, scale="counts").X
        np.testing.assert_array_equal(alone[0], together[i])
    thin = project(adata(sparse.csr_matrix(COUNTS)), VOCABULARY, method=method, scale="counts").X
    np.testing.assert_array_equal(thin, together)


def test_coverage_counts_features_with_any_value_and_names_the_rest():
    values = COUNTS.copy()
    values[:, 0] = np.nan
    values[1:, 4] = np.nan
    row = coverage(adata(values), VOCABULARY, cohort="c").iloc[0]
    assert (row["cohort"], row["vocabulary"], row["measured"]) == ("c", 4, 2)
    assert row["share"] == 0.5
    assert row["missing"] == "A,X"


def test_coverage_names_twenty_missing_features_at_most():
    many = [f"M{i}" for i in range(50)]
    row = coverage(adata(), many, cohort="c").iloc[0]
    assert row["missing"].split(",") == many[:20]
    assert row["measured"] == 0


def test_the_projection_takes_missing_values_as_the_mean():
    X = np.array([[1.0, np.nan], [3.0, 5.0]], dtype=np.float32)
    components = np.array([[1.0, 1.0], [0.0, 2.0]])
    result = pca_projection(
        X, mean=np.array([1.0, 1.0]), sd=np.array([2.0, 4.0]), components=components
    )
    np.testing.assert_allclose(result, [[0, 0], [1, 3]])


def test_the_projection_leaves_out_what_does_not_vary_in_the_source():
    X = np.array([[1.0, 9.0]], dtype=np.float32)
    flat = np.array([1.0, 0.0])
    result = pca_projection(X, mean=np.zeros(2), sd=flat, components=np.ones((2, 1)))
    np.testing.assert_allclose(result, [[1]])


def test_chunks_of_all_features_fill_nothing_in():
    values = np.vstack([COUNTS] * 3)
    values[::2, 1] = np.nan
    whole = adata(values)
    whole.uns["dxtransfer"]["scale"] = "linear"
    pieces = list(normalised_chunks(whole, method="log2_median", rows=7))
    assert [len(piece) for piece in pieces] == [7, 7, 4]
    np.testing.assert_array_equal(np.isnan(np.vstack(pieces)), np.isnan(values))


@pytest.mark.parametrize("method", ["log_cpm", "rank_normal"])
def test_chunks_of_a_backed_cohort_are_the_projection_piece_by_piece(tmp_path, method):
    whole = adata()
    whole.obs["age"] = [41.0, np.nan, 3, 4, 5, 6]
    whole.uns["dxtransfer"]["scale"] = "counts"
    whole.write_h5ad(tmp_path / "c.h5ad")
    backed = anndata.read_h5ad(tmp_path / "c.h5ad", backed="r")
    pieces = list(projected_chunks(backed, VOCABULARY, method=method, rows=4))
    values, samples, patients, columns = zip(*pieces, strict=True)
    assert [len(piece) for piece in samples] == [4, 2]
    np.testing.assert_array_equal(
        np.vstack(values), project(whole, VOCABULARY, method=method, scale="counts").X
    )
    assert list(patients[0]) == ["p"] * 4
    assert columns[0]["age"] == ["41.0", "", "3.0", "4.0"]
