"""What YAML changes in a configuration without a word is refused with its row."""

import pytest

from dxtransfer.config_text import check_texts
from dxtransfer.errors import InputError

TASK = "task:\n  label: d\n  classes:\n    ill: [{0}]\n    well: [other]\n"


def check(folder, text):
    (folder / "c.yaml").write_text(text)
    check_texts([folder / "c.yaml"])


@pytest.mark.parametrize("word", ["yes", "no", "TRUE", "off", "On", "010", "1_000", "1:30", "0x1F"])
def test_a_word_that_yaml_changes_is_to_be_quoted(word, tmp_path):
    with pytest.raises(
        InputError, match=f"row 4: task.classes.ill: YAML takes {word} for .* quotes"
    ):
        check(tmp_path, TASK.format(word))
    check(tmp_path, TASK.format(f"'{word}'"))


@pytest.mark.parametrize("word", ["ill", "1", "0", "-2.5", "1.0", "'null'"])
def test_what_is_read_as_it_is_written_passes(word, tmp_path):
    check(tmp_path, TASK.format(word))


def test_names_of_classes_are_checked_and_all_errors_listed(tmp_path):
    with pytest.raises(InputError) as error:
        check(tmp_path, "task:\n  classes: {yes: [a], no: [b]}\n  positive: yes\n")
    assert len(str(error.value).splitlines()) == 3


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: 2\na: 3\n",
        "task:\n  label: x\n  label: y\n",
        "x: [{k: 1, k: 2}]\n",
    ],
)
def test_a_repeated_key_is_refused(text, tmp_path):
    with pytest.raises(InputError, match="appears twice"):
        check(tmp_path, text)


def test_truth_values_elsewhere_are_what_they_are(tmp_path):
    check(tmp_path, "transfer: {balanced: true}\nmodel: {ship: on}\n")
