"""Features of one name become one by a fixed rule."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from dxtransfer.cohorts.identifiers.merge import merge_duplicates, merge_rule


@pytest.mark.parametrize(
    ("scale", "kind", "rule"),
    [
        ("counts", "ensembl", "sum"),
        ("counts", "transcript", "sum"),
        ("linear", "transcript", "sum"),
        ("log", "transcript", "mean"),
        ("linear", "probe", "mean"),
        ("intensity", "uniprot", "mean"),
        ("log", "symbol", "mean"),
        ("fractions", "lineage", "sum"),
        ("percent", "lineage", "sum"),
        ("percent", "methylation", "mean"),
    ],
)
def test_what_adds_up_is_summed_and_what_repeats_is_averaged(scale, kind, rule):
    assert merge_rule(scale=scale, kind=kind) == rule


@pytest.mark.parametrize("how", ["sum", "mean"])
def test_merging_equals_pandas_on_random_values_with_gaps(how):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(7, 40)).astype(np.float32)
    X[rng.random(X.shape) < 0.3] = np.nan
    names = [f"G{i}" for i in rng.integers(0, 15, 40)]
    merged, unique = merge_duplicates(X, names, how=how)
    grouped = pd.DataFrame(X.T.astype(float)).groupby(np.array(names))
    expected = grouped.sum(min_count=1) if how == "sum" else grouped.mean()
    assert unique == list(dict.fromkeys(names))
    np.testing.assert_allclose(merged, expected.loc[unique].T, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("how", ["sum", "mean"])
def test_merging_a_sparse_matrix_equals_merging_a_dense_one(how):
    rng = np.random.default_rng(1)
    X = rng.poisson(0.5, (5, 12)).astype(np.float32)
    names = list("aabbbcdefggh")
    dense, _ = merge_duplicates(X, names, how=how)
    thin, unique = merge_duplicates(sparse.csr_matrix(X), names, how=how)
    assert unique == list("abcdefgh")
    np.testing.assert_allclose(thin.toarray(), dense, rtol=1e-6)
