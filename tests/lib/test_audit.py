"""What stands on both sides of an evaluation is found, and what only looks like it is not."""

import time

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

from dxtransfer.cohorts.audit import audit

P = 800


def cohort(prefix, n=20, *, seed, study="", patients=None, names=None):
    rng = np.random.default_rng(seed)
    profile = np.random.default_rng(0).normal(8, 2, P)
    samples = [f"{prefix}{i}" for i in range(n)]
    return AnnData(
        X=(profile + rng.normal(0, 0.3, (n, P))).astype(np.float32),
        obs=pd.DataFrame({"patient": patients or samples}, index=samples),
        var=pd.DataFrame(index=names or [f"G{i}" for i in range(P)]),
        uns={"dxtransfer": {"study": study}},
    )


def found(target, source, check=None):
    table = audit({"t": target, "s": source}, targets={"t": ["s"]})
    return table if check is None else table[table["check"] == check]


def test_cohorts_that_share_nothing_give_an_empty_table_with_its_columns():
    table = found(cohort("t", seed=1), cohort("s", seed=2))
    assert table.empty
    assert list(table.columns) == [
        "level",
        "check",
        "cohort",
        "sample",
        "other_cohort",
        "other_sample",
        "detail",
    ]


@pytest.mark.parametrize(
    ("studies", "level"), [(("x", "x"), "error"), (("x", "y"), "warning"), (("", ""), "warning")]
)
def test_a_shared_patient_is_an_error_within_a_study_and_a_warning_across(studies, level):
    target = cohort(
        "t", seed=1, study=studies[0], patients=["a", "a"] + [f"p{i}" for i in range(18)]
    )
    source = cohort(
        "s", seed=2, study=studies[1], patients=["b", "a"] + [f"q{i}" for i in range(18)]
    )
    row = found(target, source)
    assert row.drop(columns="detail").values.tolist() == [
        [level, "same_patient", "t", "t0", "s", "s1"]
    ]


def test_a_shared_sample_id_is_told_once():
    target, source = cohort("x", n=3, seed=1, study="a"), cohort("x", n=2, seed=2, study="a")
    table = found(target, source)
    assert list(table["check"]) == ["same_sample", "same_sample"]
    assert list(table["sample"]) == ["x0", "x1"]


def test_a_sample_delivered_twice_is_found_in_other_units_order_and_platform():
    target = cohort("t", seed=1)
    source = cohort("s", seed=2)
    source.X[7] = np.exp2(target.X[3])
    source = source[:, np.random.default_rng(0).permutation(P)[:600]].copy()
    row = found(target, source).iloc[0]
    assert (row["level"], row["check"]) == ("error", "identical_expression")
    assert (row["sample"], row["other_sample"]) == ("t3", "s7")
    assert len(found(target, source)) == 1


def test_rounding_in_the_sixth_digit_does_not_hide_a_duplicate():
    target, source = cohort("t", seed=1), cohort("s", seed=2)
    source.X[7] = np.round(target.X[3], 5)
    assert len(found(target, source, "identical_expression")) == 1


def test_replicates_that_differ_by_noise_are_not_called_identical():
    target, source = cohort("t", seed=1), cohort("s", seed=2)
    source.X[7] = target.X[3] + np.random.default_rng(1).normal(0, 0.02, P)
    assert found(target, source).empty


def test_duplicates_are_found_among_missing_values_and_in_sparse_matrices():
    target, source = cohort("t", seed=1), cohort("s", seed=2)
    target.X[:, ::5] = np.nan
    source.X[7] = target.X[3]
    assert len(found(target, source, "identical_expression")) == 1
    thin = cohort("t", seed=1)
    thin.X = sparse.csr_matrix(np.random.default_rng(1).poisson(1, (20, P)).astype(np.float32))
    other = thin.copy()
    other.obs_names = [f"s{i}" for i in range(20)]
    other.obs["patient"] = list(other.obs_names)
    assert len(found(thin, other, "identical_expression")) == 20


def test_one_profile_under_two_patients_is_an_error_in_a_target_and_a_warning_in_a_source():
    target, source = cohort("t", seed=1), cohort("s", seed=2)
    target.X[5] = target.X[2]
    source.X[9] = source.X[1]
    table = found(target, source, "identical_expression")
    assert table[["level", "cohort", "sample", "other_sample"]].values.tolist() == [
        ["error", "t", "t2", "t5"],
        ["warning", "s", "s1", "s9"],
    ]


def test_a_patient_measured_twice_alike_is_no_leak_within_a_target():
    target = cohort("t", n=3, seed=1, patients=["a", "a", "b"])
    target.X[1] = target.X[0]
    assert found(target, cohort("s", seed=2)).empty


def test_a_few_shared_features_prove_nothing():
    target, source = cohort("t", seed=1), cohort("s", seed=2, names=[f"H{i}" for i in range(P)])
    assert found(target, source).empty


def test_only_sources_of_a_target_are_compared_with_it():
    one, other = cohort("t", seed=1), cohort("s", seed=2)
    other.X[7] = one.X[3]
    cohorts = {"t": one, "s": other, "u": cohort("u", seed=3)}
    assert audit(cohorts, targets={"t": ["u"]}).empty


def test_errors_come_first():
    target, source = (
        cohort("t", seed=1, patients=["a"] * 20),
        cohort("s", seed=2, patients=["a"] * 20),
    )
    source.X[7] = target.X[3]
    assert list(found(target, source)["level"]) == ["error", "warning"]


def test_twenty_cohorts_each_in_turn_take_seconds():
    cohorts = {f"c{k}": cohort(f"c{k}_", n=50, seed=k) for k in range(20)}
    start = time.perf_counter()
    table = audit(cohorts, targets={name: [o for o in cohorts if o != name] for name in cohorts})
    assert table.empty
    assert time.perf_counter() - start < 30
