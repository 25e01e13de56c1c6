"""A label cell means the same however a spreadsheet wrote it, and nothing is guessed."""

import numpy as np
import pytest

from dxtransfer.labels import class_of, classes_of, coded, reason_left_out, same_value

TASK = {"classes": {"ill": ["TB", 1], "well": ["control", 0, "none"]}, "exclude": ["maybe"]}


@pytest.mark.parametrize(
    ("one", "other"), [("1", 1), ("1.0", 1), (1.0, "1"), ("a", "a"), ("1e0", "1"), (0, "-0")]
)
def test_numbers_are_compared_as_numbers_and_text_as_text(one, other):
    assert same_value(one, other)
    assert same_value(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("1", 2), ("a", "A"), ("a", "a "), ("", 0), ("TB", "TBx"), ("1", "one")]
)
def test_different_cells_stay_different(one, other):
    assert not same_value(one, other)
    assert not same_value(other, one)


def test_a_value_belongs_to_the_class_that_names_it():
    assert class_of("TB", TASK["classes"]) == "ill"
    assert class_of("0.0", TASK["classes"]) == "well"
    assert class_of("maybe", TASK["classes"]) is None


def test_missing_excluded_and_unknown_cells_have_no_class():
    cells = ["TB", "", np.nan, None, "maybe", "other", "1.0", "none", 0]
    assert classes_of(cells, task=TASK) == ["ill", "", "", "", "", "", "ill", "well", "well"]


def test_a_sample_that_takes_no_part_has_a_reason_and_any_other_none():
    cells = ["TB", 0, "maybe", "", np.nan]
    expected = ["", "", "label maybe is excluded", "no label", "no label"]
    assert [reason_left_out(cell, task=TASK) for cell in cells] == expected


def test_classes_are_coded_by_the_positive_one():
    assert coded(["a", "", "b"], positive="b") == [0, -1, 1]
