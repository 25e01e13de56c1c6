"""What stands on both sides of an evaluation is found, and what only looks like it is not."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

from dxtransfer.cohorts.audit.cohort import audited
from dxtransfer.cohorts.audit.findings import (
    COLUMNS,
    Finding,
    finding_table,
    refuse_errors,
    withheld,
)
from dxtransfer.cohorts.audit.fingerprints import feature_profile, panels
from dxtransfer.cohorts.audit.leaks import leave_out
from dxtransfer.cohorts.audit.table import audit, audit_predicted, source_leaks
from dxtransfer.errors import InputError

P = 800


def cohort(prefix, n=20, *, seed, study="", patients=None, names=None, **columns):
    """Unrelated people: a common profile, a few shared programmes, and each their own."""
    rng = np.random.default_rng(seed)
    fixed = np.random.default_rng(0)
    profile, programmes = fixed.normal(8, 2, P), fixed.normal(0, 0.4, (4, P))
    samples = [f"{prefix}{i}" for i in range(n)]
    X = profile + rng.normal(0, 1, (n, 4)) @ programmes + rng.normal(0, 0.6, (n, P))
    return AnnData(
        X=X.astype(np.float32),
        obs=pd.DataFrame({"patient": patients or samples, **columns}, index=samples),
        var=pd.DataFrame(index=names or [f"G{i}" for i in range(P)]),
        uns={"dxtransfer": {"cohort": prefix, "study": study or prefix}},
    )


def on_another_platform(profiles, *, noise=0.1, seed=5):
    """The same samples, each feature shifted and scaled, with noise of its own."""
    rng = np.random.default_rng(seed)
    shift, scale = rng.normal(0, 2, P), rng.uniform(0.5, 2, P)
    return profiles * scale + shift + rng.normal(0, noise, profiles.shape) * scale


def prepared(cohorts, targets, labels=None):
    chosen = panels({name: feature_profile(adata) for name, adata in cohorts.items()})
    return {
        name: audited(
            adata,
            labels=(labels or {}).get(name, [""] * adata.n_obs),
            panel=chosen[name],
            has_folds=name in targets,
        )
        for name, adata in cohorts.items()
    }


def found(target, source, check=None, labels=None):
    kept = prepared({"t": target, "s": source}, ["t"], labels)
    table = audit(kept, targets={"t": ["s"]}, label_columns=["state"])
    return table if check is None else table[table["check"] == check]


def rows(table):
    return table[["level", "check", "cohort", "sample", "other_sample"]].to_numpy().tolist()


def test_cohorts_that_share_nothing_give_an_empty_table_with_its_columns():
    table = found(cohort("t", seed=1), cohort("s", seed=2))
    assert table.empty
    assert list(table.columns) == COLUMNS


# --- ids ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("studies", "level"), [(("x", "x"), "error"), (("x", "y"), "warning")])
def test_a_shared_patient_id_is_an_error_within_a_study_and_a_warning_across(studies, level):
    target = cohort("t", 8, seed=1, study=studies[0], patients=[*"aa", *"cdefgh"])
    source = cohort("s", 8, seed=2, study=studies[1], patients=[*"ba", *"ijklmn"])
    assert rows(found(target, source)) == [[level, "same_patient", "t", "t0", "s1"]]


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
    target, source = cohort("x", 3, seed=1, study="a"), cohort("x", 2, seed=2, study="a")
    table = found(target, source)
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


# --- labels -------------------------------------------------------------------------------------

HALVES = ["ill"] * 10 + ["well"] * 10


def test_labels_swapped_between_duplicates_of_a_target_are_an_error():
    target = cohort("t", seed=1, patients=["a", "a", *(f"p{i}" for i in range(18))])
    target.X[1] = target.X[0]
    labels = {"t": ["ill", "well", *HALVES[2:]], "s": [""] * 20}
    errors = found(target, cohort("s", seed=2), labels=labels).query("level == 'error'")
    assert rows(errors) == [["error", "label_conflict", "t", "t0", "t1"]]
    assert "labelled ill here and well there" in errors["detail"].iloc[0]


def test_a_sample_labelled_differently_in_target_and_source_is_told():
    target, source = cohort("t", seed=1), cohort("s", seed=2)
    source.X[15] = target.X[0]
    table = found(target, source, "label_conflict", labels={"t": HALVES, "s": HALVES})
    assert rows(table) == [["warning", "label_conflict", "t", "t0", "s15"]]


def test_a_batch_equal_to_the_label_is_an_error_in_a_target_and_a_warning_in_a_source():
    plates = ["A"] * 5 + ["B"] * 5 + ["C"] * 10
    target, source = cohort("t", seed=1, plate=plates), cohort("s", seed=2, plate=plates)
    table = found(target, source, labels={"t": HALVES, "s": HALVES})
    assert table[["level", "check", "cohort", "column"]].to_numpy().tolist() == [
        ["error", "label_is_batch", "t", "plate"],
        ["warning", "label_is_batch", "s", "plate"],
    ]
    assert table["statistic"].tolist() == pytest.approx([1, 1])
    assert (table["p_value"] < 0.01).all()


def test_a_site_that_goes_with_the_label_in_part_is_a_warning():
    site = ["north"] * 9 + ["south"] * 10 + ["north"]
    table = found(cohort("t", seed=1, site=site), cohort("s", seed=2), labels={"t": HALVES})
    assert table[["level", "check", "column"]].to_numpy().tolist() == [
        ["warning", "label_confounded", "site"]
    ]
    assert table["statistic"].iloc[0] == pytest.approx(0.8)


def test_columns_that_have_nothing_to_do_with_the_label_are_not_told():
    rng = np.random.default_rng(3)
    columns = {
        "site": ["north", "south"] * 10,
        "age": rng.normal(50, 9, 20),
        "run date": [f"2020-01-{i:02}" for i in range(1, 21)],
        "state": HALVES,
    }
    table = found(cohort("t", seed=1, **columns), cohort("s", seed=2), labels={"t": HALVES})
    assert table.empty


def test_a_biomarker_that_defines_the_label_is_a_warning_and_an_error_as_a_covariate():
    values = np.r_[np.linspace(5, 9, 10), np.linspace(0, 4, 10)]
    kept = prepared(
        {"t": cohort("t", seed=1, tau=values), "s": cohort("s", seed=2)}, ["t"], {"t": HALVES}
    )
    for covariates, level in (((), "warning"), (("tau",), "error")):
        table = audit(kept, targets={"t": ["s"]}, label_columns=["state"], covariates=covariates)
        assert table[["level", "check", "column", "statistic"]].to_numpy().tolist() == [
            [level, "label_giving_column", "tau", 1.0]
        ]


def test_library_size_that_goes_with_the_label_is_told():
    target = cohort("t", seed=1)
    rng = np.random.default_rng(1)
    depth = np.where(np.arange(20) < 10, 50, 20)[:, None]
    target.X = rng.poisson(depth, (20, P)).astype(np.float32)
    table = found(target, cohort("s", seed=2), labels={"t": HALVES})
    assert table[["level", "column", "statistic"]].to_numpy().tolist() == [
        ["warning", "total count", 1.0]
    ]


def test_a_feature_that_is_the_label_is_an_error_and_a_perfect_marker_is_none():
    target = cohort("t", seed=1)
    target.X[:, 3] = np.where(np.arange(20) < 10, 4.0, 11.0)
    target.X[:, 4] += np.where(np.arange(20) < 10, 0, 20)
    target.X[:10, 5] = np.nan
    table = found(target, cohort("s", seed=2), labels={"t": HALVES})
    assert table[["level", "check", "column"]].to_numpy().tolist() == [
        ["error", "feature_is_label", "G3"],
        ["warning", "feature_is_label", "G5"],
    ]


def test_a_feature_that_chance_alone_makes_equal_to_the_label_is_no_error():
    few = cohort("t", 6, seed=1)
    few.X = np.random.default_rng(1).integers(0, 2, (6, P)).astype(np.float32)
    labels = {"t": ["ill"] * 3 + ["well"] * 3}
    table = found(few, cohort("s", seed=2), "feature_is_label", labels=labels)
    assert len(table) > 5
    assert set(table["level"]) == {"warning"}


# --- what follows from findings -----------------------------------------------------------------


def shared(target=None):
    """A target with two of its samples in a source, where one patient gave two samples."""
    patients = ["p", "p", *(f"q{i}" for i in range(38))]
    source = cohort("s", 40, seed=2, patients=patients)
    target = target or cohort("t", seed=1)
    source.X[[1, 9]] = target.X[[5, 6]]
    kept = prepared({"t": target, "s": source}, ["t"])
    return source, kept, audit(kept, targets={"t": ["s"]}, label_columns=["state"])


def test_all_samples_of_a_leaking_patient_are_left_out_of_the_source():
    source, kept, findings = shared()
    leaks = source_leaks(findings, kept)
    assert leaks[["cohort", "sample", "patient"]].to_numpy().tolist() == [
        ["s", "s0", "p"],
        ["s", "s1", "p"],
        ["s", "s9", "q7"],
    ]
    assert list(leave_out(source, leaks).obs_names[:3]) == ["s2", "s3", "s4"]
    assert leave_out(source, leaks).n_obs == 37
    assert leave_out(source, leaks.iloc[:0]).n_obs == 40


def test_a_source_of_which_nothing_is_left_is_told():
    source, _, _ = shared()
    leaks = pd.DataFrame({"cohort": "s", "sample": source.obs_names, "patient": "", "reason": ""})
    with pytest.raises(InputError, match="cohort s: all 40 samples stand in a target"):
        leave_out(source, leaks)


def test_errors_stop_unless_the_source_goes_without_them():
    _, _, findings = shared()
    with pytest.raises(InputError, match=r"a\.tsv: 2 errors stop .* t t5 and s s1: the order"):
        refuse_errors(findings, table="a.tsv", on_leak="stop")
    refuse_errors(findings, table="a.tsv", on_leak="drop_from_source")


def test_an_error_within_a_target_stops_whatever_the_source_goes_without():
    target = cohort("t", seed=1)
    target.X[3] = target.X[2]
    _, _, findings = shared(target)
    with pytest.raises(InputError, match=r"1 error stops .* t t2 and t t3"):
        refuse_errors(findings, table="a.tsv", on_leak="drop_from_source")


PREDICTED = pd.DataFrame(
    {
        "sample": ["e0", "e1"],
        "status": "predicted",
        "reason": "",
        "predicted_class": "ill",
        "p_ill": 0.7,
    }
)


@pytest.mark.parametrize(("is_evaluated", "status"), [(True, "refused"), (False, "predicted")])
def test_a_source_sample_in_a_predicted_cohort_stops_an_evaluation_and_no_new_patient(
    is_evaluated, status
):
    own, source = cohort("e", seed=1), cohort("s", seed=2)
    own.X[4] = source.X[11]
    kept = prepared({"e": own, "s": source}, [])
    table = audit_predicted(
        kept["e"], [kept["s"]], is_evaluated=is_evaluated, label_columns=["state"]
    )
    assert rows(table)[0][1:] == ["identical_expression", "e", "e4", "s11"]
    predictions = withheld(PREDICTED, table, table="audit.tsv")
    assert set(predictions["status"]) == {status}
    assert predictions["p_ill"].isna().all() == is_evaluated


@pytest.mark.parametrize("columns", [["prediction"], ["risk", "survival_at_3", "survival_at_8"]])
def test_withheld_predictions_of_numbers_and_times_leave_no_number(columns):
    told = {"sample": ["e4"], "patient": ["p4"], "status": ["predicted"], "reason": [""]}
    predictions = pd.DataFrame({**told, **{c: [0.4] for c in columns}, "coverage": [0.9]})
    findings = finding_table([Finding("error", "identical_expression", "e", detail="why")])
    found = withheld(predictions, findings, table="audit.tsv")
    assert list(found.columns) == list(predictions.columns)
    assert found[columns].isna().all(axis=None)
    assert found[["sample", "status", "coverage"]].to_numpy().tolist() == [["e4", "refused", 0.9]]


def test_predictions_without_a_finding_are_left_as_they_are():
    assert withheld(PREDICTED, finding_table([]), table="audit.tsv").equals(PREDICTED)
