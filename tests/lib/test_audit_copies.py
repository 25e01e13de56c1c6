"""Copies too unlike to be told pair by pair are found over all pairs together."""

from audited import cohort, found, on_another_platform, prepared

from dxtransfer.cohorts.audit.findings import refuse_errors
from dxtransfer.cohorts.audit.table import audit, source_leaks


def copied(noise):
    target, source = cohort("t", 30, seed=1), cohort("s", 33, seed=2)
    source.X[:28] = on_another_platform(target.X[:28], noise=noise)
    source.X[28:] = on_another_platform(source.X[28:], noise=0)
    return target, source


def test_unsure_copies_stop_and_the_whole_source_cohort_is_left_out():
    target, source = copied(1.0)
    kept = prepared({"t": target, "s": source}, ["t"])
    findings = audit(kept, targets={"t": ["s"]}, label_columns=["state"])
    errors = findings[findings["level"] == "error"]
    assert list(errors["check"]) == ["copied_cohort"]
    assert "samples of t found in s (of 30 and 33)" in errors["detail"].iloc[0]
    assert len(source_leaks(findings, kept)) == 33
    refuse_errors(findings, table="x", on_leak="drop_from_source")


def test_unrelated_cohorts_are_not_copies():
    assert found(cohort("t", 30, seed=1), cohort("s", 33, seed=2), "copied_cohort").empty
