"""What follows from findings: samples left out, a study stopped, predictions withheld."""

import pandas as pd
import pytest
from audited import cohort, found_in_predicted, prepared, rows

from dxtransfer.cohorts.audit.findings import Finding, finding_table, refuse_errors, withheld
from dxtransfer.cohorts.audit.leaks import leave_out, left_in
from dxtransfer.cohorts.audit.table import audit, source_leaks
from dxtransfer.errors import InputError


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
    with pytest.raises(InputError, match="no sample is left to learn from: all of s are in a"):
        list(left_in([("s", source)], leaks))


def test_errors_stop_unless_the_source_goes_without_them():
    _, _, findings = shared()
    with pytest.raises(InputError, match=r"a\.tsv: 2 errors stop .* t t5 and s s1: the order"):
        refuse_errors(findings, table="a.tsv", on_leak="stop")
    refuse_errors(findings, table="a.tsv", on_leak="drop_from_source")


def test_values_that_no_new_patient_can_have_are_a_warning_for_a_target():
    target, source = cohort("t", seed=1), cohort("s", seed=2)
    for adata in (target, source):
        adata.uns["dxtransfer"]["relative"] = "z-scores over the samples of the file"
    kept = prepared({"t": target, "s": source}, ["t"])
    found = audit(kept, targets={"t": ["s"]}, label_columns=["state"])
    relative = found[found["check"] == "relative_values"]
    assert rows(relative) == [["warning", "relative_values", "t", "", ""]]
    assert relative["detail"].item().startswith("z-scores over the samples of the file; a single")


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
    table = found_in_predicted(own, source, is_evaluated=is_evaluated)
    assert rows(table)[0][1:] == ["identical_expression", "e", "e4", "s11"]
    predictions = withheld(PREDICTED, table, table="audit.tsv")
    assert set(predictions["status"]) == {status}
    assert predictions["p_ill"].isna().all() == is_evaluated


def test_predictions_without_a_finding_are_left_as_they_are():
    assert withheld(PREDICTED, finding_table([]), table="audit.tsv").equals(PREDICTED)


@pytest.mark.parametrize("columns", [["prediction"], ["risk", "survival_at_3", "survival_at_8"]])
def test_withheld_predictions_of_numbers_and_times_leave_no_number(columns):
    told = {"sample": ["e4"], "patient": ["p4"], "status": ["predicted"], "reason": [""]}
    predictions = pd.DataFrame({**told, **{c: [0.4] for c in columns}, "coverage": [0.9]})
    findings = finding_table([Finding("error", "identical_expression", "e", detail="why")])
    found = withheld(predictions, findings, table="audit.tsv")
    assert list(found.columns) == list(predictions.columns)
    assert found[columns].isna().all(axis=None)
    assert found[["sample", "status", "coverage"]].to_numpy().tolist() == [["e4", "refused", 0.9]]
