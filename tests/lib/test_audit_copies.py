"""Copies too unlike to be told pair by pair are found over all pairs together."""

import pytest
from audited import cohort, found, on_another_platform, prepared

from dxtransfer.cohorts.audit.findings import refuse_errors
from dxtransfer.cohorts.audit.leaks import left_in
from dxtransfer.cohorts.audit.table import audit, source_leaks
from dxtransfer.errors import InputError


def copied(copies, noise, seed=1):
    """A target, and a source that holds some of its samples as another platform gives them."""
    target, source = cohort("t", 30, seed=seed), cohort("s", 33, seed=seed + 1)
    source.X[:copies] = on_another_platform(target.X[:copies], noise=noise)
    source.X[copies:] = on_another_platform(source.X[copies:], noise=0)
    return target, source


@pytest.mark.parametrize("copies", [6, 28])
def test_unsure_copies_stop_and_the_whole_source_cohort_is_left_out(copies):
    target, source = copied(copies, 1.0)
    kept = prepared({"t": target, "s": source}, ["t"])
    findings = audit(kept, targets={"t": ["s"]}, label_columns=["state"])
    errors = findings[findings["level"] == "error"]
    assert list(errors["check"]) == ["copied_cohort"]
    assert "samples of t found in s (of 30 and 33)" in errors["detail"].iloc[0]
    assert len(source_leaks(findings, kept)) == 33
    refuse_errors(findings, table="x", on_leak="drop_from_source")


def test_a_copied_source_cohort_is_passed_over_and_an_emptied_source_ends_in_one_line():
    target, source = copied(28, 1.0)
    kept = prepared({"t": target, "s": source}, ["t"])
    findings = audit(kept, targets={"t": ["s"]}, label_columns=["state"])
    leaks = source_leaks(findings, kept)
    both = {"s": source, "u": cohort("u", seed=9)}
    assert [name for name, _ in left_in(both.items(), leaks)] == ["u"]
    with pytest.raises(InputError, match="no sample is left to learn from: all of s ") as error:
        list(left_in([("s", source)], leaks))
    assert "\n" not in str(error.value)


def test_few_copies_are_a_warning_that_drops_nothing():
    target, source = copied(3, 1.8)
    kept = prepared({"t": target, "s": source}, ["t"])
    findings = audit(kept, targets={"t": ["s"]}, label_columns=["state"])
    warned = findings.query("check == 'copied_cohort'")
    assert list(warned["level"]) == ["warning"]
    assert warned["detail"].iloc[0].startswith("perhaps ")
    assert source_leaks(findings, kept).empty


@pytest.mark.parametrize("seed", range(3, 9, 2))
def test_unrelated_cohorts_are_not_copies(seed):
    target, source = cohort("t", 30, seed=seed), cohort("s", 33, seed=seed + 1)
    assert found(target, source, "copied_cohort").empty
