"""A label cell means the same however a spreadsheet wrote it, and nothing is guessed."""

import numpy as np
import pytest

from dxtransfer.errors import InputError
from dxtransfer.labels import (
    auxiliary_codes,
    class_of,
    classes_of,
    coded,
    codes_kept,
    codes_of,
    groups_of,
    outcome_of,
    outcomes_of,
    same_value,
)

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


AGE = {"kind": "regression", "label": "age", "exclude": ["unknown"], "classes": {}}
LIFE = {"kind": "survival", "time": "t", "event": "e", "event_values": [0], "exclude": [9]}
STATE = {**TASK, "kind": "multiclass", "label": "state"}


def outcomes(task, **table):
    samples = [f"s{i}" for i in range(len(next(iter(table.values()))))]
    return outcomes_of(table, samples, task=task)


def test_a_sample_that_takes_no_part_has_a_reason_and_any_other_none():
    found = outcomes(STATE, state=["TB", 0, "maybe", "", np.nan])
    expected = ["", "", "label maybe is excluded", "no label", "no label"]
    assert [outcome.reason for outcome in found] == expected
    assert [outcome.label for outcome in found] == ["ill", "well", "", "", ""]


def test_a_column_that_is_not_there_labels_nobody():
    assert [o.reason for o in outcomes(AGE, height=["1", "2"])] == ["no label"] * 2
    assert [o.reason for o in outcomes(LIFE, height=["1"])] == ["no event and no time"]


def test_a_number_is_read_however_it_was_written():
    found = outcomes(AGE, age=["18", 18.0, "1.8e1", "", np.nan, "unknown"])
    assert [outcome.label for outcome in found] == ["18.0"] * 3 + [""] * 3
    np.testing.assert_equal(codes_of(found, task=AGE), {"label": [18.0] * 3 + [np.nan] * 3})


def test_an_event_is_what_its_values_say_and_the_other_code_is_censored():
    found = outcomes(LIFE, t=["3", 4.5, "0", "", "7"], e=["0.0", 0, "1", "", "9"])
    assert [outcome.label for outcome in found] == ["event", "event", "censored", "", ""]
    codes = codes_of(found, task=LIFE)
    np.testing.assert_equal(codes["time"], [3, 4.5, 0, np.nan, np.nan])
    np.testing.assert_equal(codes["event"], [1, 1, 0, np.nan, np.nan])


DEATH = {**LIFE, "event_values": ["Dead"], "exclude": []}


@pytest.mark.parametrize("alive", ["Alive", "alive", "LIVING", "no", "censored", "FALSE"])
def test_plain_words_for_no_event_are_censored(alive):
    found = outcomes(DEATH, t=["1", "2"], e=["Dead", alive])
    assert [outcome.label for outcome in found] == ["event", "censored"]


@pytest.mark.parametrize("value", ["Not Reported", "Unknown", "relapse", "withdrawn", "dead "])
def test_an_event_value_that_nobody_listed_is_not_censored(value):
    with pytest.raises(InputError, match=r"sample s1, column e: .*(task.censored_values|spelling)"):
        outcomes(DEATH, t=["1", "2"], e=["Dead", value])


def test_listed_censored_values_are_the_only_ones():
    task = {**DEATH, "censored_values": ["lost", "NA"]}
    found = outcomes(task, t=["1", "2", "3"], e=["Dead", "lost", "NA"])
    assert [outcome.label for outcome in found] == ["event", "censored", "censored"]
    with pytest.raises(InputError, match=r"neither in task.event_values nor"):
        outcomes(task, t=["1"], e=["Alive"])


def test_two_other_codes_are_refused_as_one_may_be_another_event():
    task = {**LIFE, "event_values": [1], "exclude": []}
    with pytest.raises(InputError, match=r"0 and 2 are not in task.event_values"):
        outcomes(task, t=["1", "2", "3"], e=["1", "0", "2.0"])


@pytest.mark.parametrize("word", ["None", "NA", "--", "null"])
def test_a_class_may_be_called_like_a_missing_code(word):
    task = {**STATE, "classes": {"ill": ["TB"], "well": [word]}, "exclude": [], "event_values": []}
    assert [o.label for o in outcomes(task, state=["TB", word])] == ["ill", "well"]
    assert codes_kept(task) == ("" if word == "None" else f"state\t{word}")


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"t": "-1", "e": "0"}, "column t: the time '-1' is negative"),
        ({"t": "soon", "e": "0"}, "column t: the time 'soon' is no number"),
        ({"t": "inf", "e": "1"}, "column t: the time 'inf' is no number"),
        ({"t": "", "e": "1"}, "column t: no time"),
        ({"t": "4", "e": ""}, "column e: empty, but there is a time"),
    ],
)
def test_a_time_that_is_none_is_an_error(cells, told):
    with pytest.raises(InputError, match=f"^{told}"):
        outcome_of(cells, task=LIFE)


def test_an_error_in_a_cell_names_the_sample():
    with pytest.raises(InputError, match=r"^sample s1, column age: '1_0' is no number"):
        outcomes(AGE, age=["4", "1_0"])
    with pytest.raises(InputError, match=r"^sample s0, column state: 'odd' is neither in"):
        outcomes(STATE, state=["odd"])


def test_the_audit_tells_the_halves_of_a_number_apart():
    found = outcomes(AGE, age=["1", "2", "", "30", "40"])
    assert groups_of(found, task=AGE) == ["lower half"] * 2 + ["", "upper half", "upper half"]
    assert groups_of(outcomes(STATE, state=["TB", ""]), task=STATE) == ["ill", ""]


def test_several_classes_are_numbered_in_the_order_of_the_configuration():
    found = outcomes(STATE, state=["none", "TB", "maybe"])
    assert codes_of(found, task=STATE) == {"label": [1, 0, -1]}


def test_classes_are_coded_by_the_positive_one():
    assert coded(["a", "", "b"], positive="b") == [0, -1, 1]


def test_auxiliary_columns_become_numbers_of_classes_and_numbers():
    table = {"sex": ["m", "", "f", "m", "None"], "age": ["40", "nan", "", "7.5", "61"]}
    found = auxiliary_codes(table, list("abcde"), kinds={"sex": "classes", "age": "number"})
    assert list(found) == ["sex", "age"]
    assert found["sex"] == [1, -1, 0, 1, -1]
    np.testing.assert_array_equal(found["age"], [40, np.nan, np.nan, 7.5, 61])


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["", "None"], "pretrain.auxiliary: no sample of the source has a value in the column age"),
        (["40", "old"], "sample b, column age: 'old' is no number"),
    ],
)
def test_an_auxiliary_column_that_cannot_be_read_is_told_in_one_line(cells, told):
    with pytest.raises(InputError, match=told) as error:
        auxiliary_codes({"age": cells}, ["a", "b"], kinds={"age": "number"})
    assert "\n" not in str(error.value)
