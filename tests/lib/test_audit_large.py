"""A large cohort is compared in blocks and in half precision, with the findings of a small one."""

import numpy as np
import pytest
from audited import P, cohort, found, on_another_platform, rows
from scipy import sparse

from dxtransfer.cohorts.audit import fingerprints, identical, similarity, weighing

EXPECTED = [
    ["error", "identical_expression", "t", "t0", "s3"],
    ["error", "similar_expression", "t", "t1", "s30"],
    ["warning", "identical_expression", "s", "s20", "s33"],
]


@pytest.fixture
def cohorts():
    target, source = cohort("t", 24, seed=1), cohort("s", 40, seed=2)
    source.X[:] = on_another_platform(source.X)
    source.X[30] = on_another_platform(target.X)[1]
    source.X[3], source.X[33] = target.X[0], source.X[20]
    return target, source


def test_blocks_and_half_precision_change_no_finding(cohorts, monkeypatch):
    assert rows(found(*cohorts)) == EXPECTED
    for module in (identical, similarity, weighing):
        monkeypatch.setattr(module, "BLOCK", 7)
    monkeypatch.setattr(similarity, "KEPT", 300)
    monkeypatch.setattr(fingerprints, "FULL_ROWS", 10)
    assert rows(found(*cohorts)) == EXPECTED


def test_in_a_large_source_cohort_the_same_values_are_found_without_comparing_all(
    cohorts, monkeypatch
):
    monkeypatch.setattr(similarity, "WITHIN_ROWS", 10)
    monkeypatch.setattr(identical, "identical_within", None)
    assert rows(found(*cohorts)) == EXPECTED


def test_cells_with_the_same_few_genes_are_not_identical():
    target, source = cohort("t", seed=1), cohort("s", seed=2)
    for adata in (target, source):
        counts = np.zeros((20, P), dtype=np.float32)
        counts[:, :3] = [4, 2, 1]
        adata.X = sparse.csr_matrix(counts)
    assert found(target, source, "identical_expression").empty
