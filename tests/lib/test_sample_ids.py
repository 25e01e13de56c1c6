"""Sample ids of two spellings meet where one rule leads all of them to one each."""

from pathlib import Path

import pytest

from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.cohorts.sample_ids import agreed, as_in_r, match_count
from dxtransfer.errors import InputError

PATH = Path("m.tsv")
PAIRS = {
    "X before digits": (["X001", "X002", "P3"], ["001", "002", "P3"]),
    "dots for dashes": (["TCGA.A1.01", "TCGA.A1.02"], ["TCGA-A1-01", "TCGA-A1-02"]),
    "X and dots": (["X1.a", "X2.b"], ["1-a", "2-b"]),
    "the table went through R": (["1-a", "2-b"], ["X1.a", "X2.b"]),
    "case": (["s01", "s02"], ["S01", "S02"]),
    "leading zeros": (["95", "96", "100"], ["095", "096", "100"]),
    "zeros within": (["P1_2", "P3_4"], ["P01_02", "P03_04"]),
    "paths": (["/data/run/S01.bam", "/data/run/S02.bam"], ["S01", "S02"]),
    "windows paths": (["D:\\data\\S01.raw", "D:\\x\\S02.raw"], ["S01", "S02"]),
    "an ending": (["S01_profile", "S02_profile"], ["S01", "S02"]),
    "a beginning": (["LFQ intensity S01", "LFQ intensity S02"], ["S01", "S02"]),
    "the table has the ending": (["S01", "S02"], ["S01_tumour", "S02_tumour"]),
    "blanks": (["patient 1", "patient 2"], ["patient_1", "patient_2"]),
    "case, marks and X": (["x1.A", "x2.B"], ["1-a", "2-b"]),
}


@pytest.mark.parametrize("case", PAIRS)
def test_one_rule_for_all_is_taken_and_said(case, caplog):
    delivered, wanted = PAIRS[case]
    assert agreed(delivered, wanted, path=PATH) == wanted
    assert "were matched with those of the sample table by" in caplog.text


def test_samples_that_only_one_side_has_are_left_alone(caplog):
    assert agreed(["a", "b", "c"], ["a", "b"], path=PATH) == ["a", "b", "c"]
    assert agreed(["a", "b"], ["a", "b", "c"], path=PATH) == ["a", "b"]
    assert not caplog.text
    assert agreed(["a", "foo"], ["a", "bar"], path=PATH) == ["a", "foo"]
    told = "1 samples of the matrix (foo...) and 1 of the sample table (bar...) have no counterpart"
    assert told in caplog.text


def test_ids_that_agree_in_part_only_are_refused_with_both_spellings():
    with pytest.raises(InputError, match=r"1 of them differ in spelling alone \('X1' in"):
        agreed(["X1", "left"], ["1", "right"], path=PATH)


def test_an_id_that_could_be_two_is_not_guessed():
    with pytest.raises(InputError, match="differ in spelling alone"):
        agreed(["1", "2", "q"], ["01", "001", "02"], path=PATH)


def test_a_visit_does_not_become_another_patient():
    assert agreed(["10.1", "x"], ["101", "y"], path=PATH) == ["10.1", "x"]


def test_the_axis_of_the_samples_shows_in_any_spelling():
    assert match_count(["X1", "X2"], ["1", "2"]) == 2
    assert match_count(["TP53", "ACTB"], ["1", "2"]) == 0


def test_names_as_r_writes_them():
    assert [as_in_r(n) for n in ("1a", "a-b", ".1", "_x", "ok")] == [
        *("X1a", "a.b", "X.1", "X_x", "ok"),
    ]


def test_another_column_of_the_sample_table_that_holds_the_ids_is_named(tmp_path):
    path = tmp_path / "m.tsv"
    path.write_text("gene\tAC1\tAC2\tUT1\n" + "".join(f"G{i}\t1\t2\t3\n" for i in range(9)))
    columns = {"Experiment": ["AC1", "AC2", "UT1"], "note": ["AC1", "x", "y"]}
    with pytest.raises(InputError, match="3 of them are in the column 'Experiment'"):
        read_matrix(path, sample_names=["run_1", "run_2", "run_3"], other_columns=columns)
    with pytest.raises(InputError, match="make the ids agree"):
        read_matrix(
            path, sample_names=["run_1", "run_2"], other_columns={"note": ["p", "AC1", "z"]}
        )
