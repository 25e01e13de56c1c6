"""Metrics of a sample are scanpy's, the same for sparse and dense and whoever stands beside it."""

import anndata
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
from scipy import sparse

from dxtransfer.cohorts.canonical import CanonicalRows
from dxtransfer.cohorts.identifiers.merge import merge_duplicates
from dxtransfer.cohorts.qc_metrics import measure
from dxtransfer.cohorts.ranks import normal_scores

N, P = 40, 400
NAMES = ["XIST", "RPS4Y1", "DDX3Y", *(f"MT-{i}" for i in range(8))]
NAMES += [f"G{i}" for i in range(len(NAMES), P)]


def counts(seed=0, rate=0.6):
    values = np.random.default_rng(seed).poisson(rate, (N, P)).astype(np.float32)
    values[3] = 0
    return values


def measured(*blocks, scale="counts"):
    n = sum(block.shape[0] for block in blocks)
    return measure(blocks, samples=[f"s{i}" for i in range(n)], features=NAMES, scale=scale)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_totals_features_and_the_mitochondrial_share_are_those_of_scanpy(kind):
    adata = anndata.AnnData(kind(counts()), var=pd.DataFrame(index=NAMES))
    adata.var["mt"] = adata.var_names.str.startswith("MT-")
    sc.pp.calculate_qc_metrics(adata, qc_vars=["mt"], percent_top=None, inplace=True)
    own = measured(kind(counts()))
    np.testing.assert_allclose(own.samples["library_size"], adata.obs["total_counts"])
    np.testing.assert_array_equal(own.samples["features_detected"], adata.obs["n_genes_by_counts"])
    seen = np.arange(N) != 3
    np.testing.assert_allclose(
        100 * own.samples["mitochondrial_share"][seen], adata.obs["pct_counts_mt"][seen], rtol=1e-5
    )
    assert np.isnan(own.samples["mitochondrial_share"].iloc[3]), "a share of nothing"
    np.testing.assert_allclose(own.features["detected_share"], adata.var["n_cells_by_counts"] / N)


@pytest.mark.parametrize("scale", ["counts", "linear", "log"])
@pytest.mark.parametrize("rate", [0.6, 3])
def test_sparse_values_are_measured_as_dense_ones(scale, rate):
    values = counts(rate=rate)
    values[5, :50] *= -1 if scale == "log" else 1
    dense, thin = measured(values, scale=scale), measured(sparse.csr_matrix(values), scale=scale)
    pd.testing.assert_frame_equal(dense.samples, thin.samples, check_dtype=False)
    pd.testing.assert_frame_equal(dense.features, thin.features, check_dtype=False)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_a_sample_is_measured_alone_as_among_others(kind):
    values = counts()
    together = measured(kind(values[:7]), kind(values[7:])).samples
    for i in range(N):
        alone = measured(kind(values[i : i + 1])).samples
        np.testing.assert_array_equal(alone.to_numpy()[0], together.to_numpy()[i])


def test_missing_values_are_counted_per_sample_and_per_feature():
    values = np.random.default_rng(1).normal(8, 1, (N, P)).astype(np.float32)
    values[2, :100] = np.nan
    values[:10, 399] = np.nan
    values[4] = np.nan
    own = measured(values, scale="log")
    assert own.samples["missing_share"].iloc[2] == pytest.approx(101 / P)
    assert own.samples["features_detected"].iloc[2] == P - 101
    assert own.samples["missing_share"].iloc[4] == 1
    assert own.features["missing_share"].iloc[399] == pytest.approx(10 / N)
    assert own.features["missing_share"].iloc[0] == pytest.approx(2 / N)
    assert bool(own.samples["constant"].iloc[4])
    assert np.isnan(own.samples["median_value"].iloc[4])
    assert own.samples["mitochondrial_share"].isna().all(), "logarithms have no share"


def test_ranks_count_measured_values_below_and_half_of_the_ties():
    row = np.full(P, 5.0, dtype=np.float32)
    row[0], row[1], row[2], row[50:150], row[399] = 7, 2, 6, 1, np.nan
    own = measured(row[None], scale="log").samples.iloc[0]
    assert own["xist_rank"] == pytest.approx((P - 2 + 0.5) / (P - 1))
    assert own["y_rank"] == pytest.approx((P - 3 + 0.5) / (P - 1)), "the highest Y gene decides"


def test_normal_scores_are_those_of_average_ranks():
    from scipy.special import ndtri
    from scipy.stats import rankdata

    values = np.random.default_rng(2).poisson(2, (20, 60)).astype(np.float32)
    values[3, :30] = np.nan
    values[4] = np.nan
    scores = normal_scores(values)
    for row, score in zip(values, scores, strict=True):
        known = ~np.isnan(row)
        expected = ndtri((rankdata(row[known]) - 0.5) / max(known.sum(), 1))
        np.testing.assert_allclose(score[known], expected, rtol=1e-6)
        assert np.isnan(score[~known]).all()


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
@pytest.mark.parametrize("how", ["sum", "mean"])
def test_canonical_rows_are_the_merged_matrix(kind, how, monkeypatch):
    monkeypatch.setattr("dxtransfer.cohorts.canonical.BLOCK_VALUES", 1000)
    names = pd.Series([f"G{i // 2}" for i in range(P)])
    names[7] = ""
    X = kind(counts())
    rows = CanonicalRows(X, names, how=how)
    mapped = (names != "").to_numpy()
    merged, features = merge_duplicates(X[:, mapped], list(names[mapped]), how=how)
    assert rows.features == features
    keep = np.random.default_rng(3).random(N) < 0.6
    kept, expected = rows.kept(keep), merged[keep]
    if sparse.issparse(X):
        assert sparse.issparse(kept)
        kept, expected = kept.toarray(), expected.toarray()
    np.testing.assert_array_equal(kept, expected)


def test_a_matrix_that_stays_as_it_is_is_not_copied():
    X = counts()
    rows = CanonicalRows(X, pd.Series(NAMES), how="sum")
    assert rows.kept(np.ones(N, dtype=bool)) is X
