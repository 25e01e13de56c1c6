"""Ids and profiles on both sides of an evaluation are found, and what only looks alike is not."""

import numpy as np
import pytest
from audited import P, cohort, found, found_in_predicted, on_another_platform, prepared, rows
from scipy import sparse

from dxtransfer.cohorts.audit.findings import COLUMNS
from dxtransfer.cohorts.audit.fingerprints import feature_profile, panels
from dxtransfer.cohorts.audit.table import audit


def test_cohorts_that_share_nothing_give_an_empty_table_with_its_columns():
    table = found(cohort("t", seed=1), cohort("s", seed=2))
    assert table.empty
    assert list(table.columns) == COLUMNS


# --- ids ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("studies", "level"), [(("x", "x"), "error"), (("x", "y"), "warning")])
def test_a_shared_patient_id_is_an_error_within_a_study_and_a_warning_across(studies, level):
    own = cohort("e", 8, seed=1, study=studies[0], patients=[*"aa", *"cdefgh"])
    source = cohort("s", 8, seed=2, study=studies[1], patients=[*"ba", *"ijklmn"])
    table = found_in_predicted(own, source)
    assert rows(table) == [[level, "same_patient", "e", "e0", "s1"]]


def test_bare_numbers_that_coincide_between_studies_are_no_error():
    numbers = [str(i) for i in range(20)]
    target = cohort("t", seed=1, patients=numbers)
    source = cohort("s", seed=2, patients=numbers)
    table = found(target, source)
    assert set(table["level"]) == {"warning"}
    assert set(table["check"]) == {"same_patient"}
    assert table["detail"].str.contains("expression does not say so").all()


def test_equal_ids_that_expression_supports_are_an_error():
    target = cohort("t", seed=1, patients=[str(i) for i in range(20)])
    source = cohort("s", seed=2, patients=[str(i) for i in range(20)])
    source.X[7] = target.X[7]
    source.X[:] = on_another_platform(source.X)
    errors = found(target, source).query("level == 'error'")
    assert rows(errors) == [
        ["error", "same_patient", "t", "t7", "s7"],
        ["error", "similar_expression", "t", "t7", "s7"],
    ]


def test_a_shared_sample_id_is_told_once():
    own, source = cohort("x", 3, seed=1, study="a"), cohort("x", 2, seed=2, study="a")
    table = found_in_predicted(own, source)
    assert list(table["check"]) == ["same_sample", "same_sample"]
    assert list(table["sample"]) == ["x0", "x1"]


def test_patients_shared_within_a_study_that_is_kept_out_of_the_source_are_told():
    target = cohort("t", 8, seed=1, study="one", patients=[*"abcdefgh"])
    source = cohort("s", 8, seed=2, study="one", patients=[*"aijklmno"])
    other = cohort("u", 8, seed=3)
    kept = prepared({"t": target, "s": source, "u": other}, ["t"])
    table = audit(kept, targets={"t": ["u"]}, label_columns=["state"])
    assert rows(table) == [["warning", "same_patient", "t", "t0", "s0"]]
    assert "not learnt from here" in table["detail"][0]


# --- duplicates ---------------------------------------------------------------------------------


def test_a_sample_delivered_twice_is_found_in_other_units_order_and_platform():
    target, source = cohort("t", seed=1), cohort("s", seed=2)
    source.X[7] = np.exp2(target.X[3])
    source = source[:, np.random.default_rng(0).permutation(P)[:600]].copy()
    assert rows(found(target, source)) == [["error", "identical_expression", "t", "t3", "s7"]]


def test_rounding_in_the_sixth_digit_does_not_hide_a_duplicate():
    target, source = cohort("t", seed=1), cohort("s", seed=2)
    source.X[7] = np.round(target.X[3], 5)
    assert len(found(target, source, "identical_expression")) == 1


def test_renamed_patients_measured_again_on_another_platform_are_found():
    target, source = cohort("t", 24, seed=1), cohort("s", 40, seed=2)
    source.X[[3, 9, 30]] = target.X[[5, 6, 7]]
    source.X[:] = on_another_platform(source.X)
    assert rows(found(target, source)) == [
        ["error", "similar_expression", "t", "t5", "s3"],
        ["error", "similar_expression", "t", "t6", "s9"],
        ["error", "similar_expression", "t", "t7", "s30"],
    ]


def test_a_whole_cohort_delivered_twice_is_found():
    target = cohort("t", 30, seed=1)
    source = cohort("s", 30, seed=2)
    source.X[:] = on_another_platform(target.X)
    assert len(found(target, source, "similar_expression")) == 30


def test_a_patient_delivered_three_times_gives_every_pair_across_the_border():
    target, source = cohort("t", 24, seed=1), cohort("s", 40, seed=2)
    source.X[[3, 9]] = target.X[5]
    source.X[:] = on_another_platform(source.X)
    assert [row[3:] for row in rows(found(target, source)) if row[0] == "error"] == [
        ["t5", "s3"],
        ["t5", "s9"],
    ]


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
    target.X[5], source.X[9] = target.X[2], source.X[1]
    assert rows(found(target, source)) == [
        ["error", "identical_expression", "t", "t2", "t5"],
        ["warning", "identical_expression", "s", "s1", "s9"],
    ]


def test_a_patient_measured_twice_with_noise_is_no_leak_within_a_target():
    target = cohort("t", 30, seed=1, patients=["a", "a", *(f"p{i}" for i in range(28))])
    target.X[1] = target.X[0] + np.random.default_rng(1).normal(0, 0.1, P)
    assert found(target, cohort("s", seed=2)).empty


def test_a_few_shared_features_prove_nothing():
    target, source = cohort("t", seed=1), cohort("s", seed=2, names=[f"H{i}" for i in range(P)])
    assert found(target, source).empty


def test_a_study_of_several_kinds_of_measurement_is_compared_within_each_kind():
    proteins = [f"H{i}" for i in range(P)]
    cohorts = {f"g{k}": cohort(f"g{k}_", seed=k) for k in range(4)}
    cohorts |= {"t": cohort("t", seed=8, names=proteins), "s": cohort("s", seed=9, names=proteins)}
    cohorts["s"].X[4] = cohorts["t"].X[2]
    chosen = panels({n: feature_profile(a) for n, a in cohorts.items()}, size=300)
    assert all(len(panel) == 300 for panel in chosen.values())
    table = audit(
        prepared(cohorts, ["t"]),
        targets={"t": ["g0", "g1", "g2", "g3", "s"]},
        label_columns=["state"],
    )
    assert rows(table.query("level == 'error'")) == [
        ["error", "identical_expression", "t", "t2", "s4"]
    ]


def test_only_sources_of_a_target_are_compared_with_it():
    one, other = cohort("t", seed=1), cohort("s", seed=2)
    other.X[7] = one.X[3]
    kept = prepared({"t": one, "s": other, "u": cohort("u", seed=3)}, ["t"])
    assert audit(kept, targets={"t": ["u"]}, label_columns=["state"]).empty
