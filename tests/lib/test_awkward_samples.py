"""Tables of patients as clinics have them: each is read right, or refused with the reason."""

from pathlib import Path

import pytest

from dxtransfer.cohorts.sample_ids import agreed
from dxtransfer.config import checked, read_schema
from dxtransfer.errors import InputError
from dxtransfer.label_checks import check_labels, lacking, warnings_of
from dxtransfer.missing_codes import number_for_missing
from dxtransfer.modes import check_evaluation
from dxtransfer.sample_tables import SampleTable, read_samples
from dxtransfer.sheets import read_cohorts
from dxtransfer.study import Study

SCHEMAS = Path(__file__).parents[2] / "workflow/schemas"
IDS = [f"S{n:02d}" for n in range(1, 13)]
TASK = {
    "kind": "binary", "label": "diagnosis", "classes": {"ill": ["ill"], "well": ["well"]},
    "exclude": [], "event_values": [], "censored_values": [], "time": "", "event": "",
}  # fmt: skip


def people(folder: Path, text: str, **row: str) -> SampleTable:
    (folder / "samples.tsv").write_text(text)
    return read_samples({"samples": str(folder / "samples.tsv"), **row})


def table(folder: Path, *columns: tuple[str, list[object]], **row: str) -> SampleTable:
    heads, cells = ["sample", *(name for name, _ in columns)], [c for _, c in columns]
    lines = [heads, *([s, *map(str, c)] for s, *c in zip(IDS, *cells, strict=True))]
    return people(folder, "".join("\t".join(line) + "\n" for line in lines), **row)


LABELS = ["ill", "well"] * 6
BODY = "".join(f"{s}\t{d}\t{n // 2}\n" for n, (s, d) in enumerate(zip(IDS, LABELS, strict=True)))


@pytest.mark.parametrize(
    "above",
    [
        "#SampleID\tdiagnosis\tpatient\n#Example mapping file\n",
        "#SampleID\tdiagnosis\tpatient\n#two\tthree\tfour\n",
        "# exported\t2024-01-01\tSmith\nsample\tdiagnosis\tpatient\n",
        "# made by hand\n# twice\nsample\tdiagnosis\tpatient\n",
    ],
)
def test_the_header_is_the_line_that_names_the_samples(above, tmp_path):
    found = people(tmp_path, above + BODY)
    assert list(found.rows) == IDS
    assert found.columns == ["diagnosis", "patient"]


def test_ids_that_stand_once_above_empty_cells_are_refused(tmp_path):
    merged = [f"P{n}" if n % 2 == 0 else "" for n in range(12)]
    with pytest.raises(InputError, match="6 of 12 samples have no patient and no patient has two"):
        table(tmp_path, ("patient", merged))


def test_samples_without_a_patient_are_counted(tmp_path):
    some = [f"P{n // 2}" for n in range(10)] + ["", ""]
    assert "2 of 12 samples have no patient" in table(tmp_path, ("patient", some)).warnings[0]


def test_repeated_people_beside_a_column_that_repeats_nobody_are_noticed(tmp_path):
    found = table(tmp_path, ("patient", IDS), ("Subject", [f"P{n // 2}" for n in range(12)]))
    assert "the column 'Subject' looks like patients, 6 for 12" in found.warnings[0]


@pytest.mark.parametrize(
    "name",
    [
        *("pat_id", "PatientNr", "Patient Nr.", "Unique_Patient_ID", "ParticipantBarcode", "SubID"),
        *("subject_uuid", "subjectkey", "study_subject", "icgc_donor_id", "record_id", "Case"),
        *("submitter_id", "bcr_patient_uuid", "mouse_id", "Patienten-ID", "Probanden_ID", "pt_no"),
    ],
)
def test_more_names_of_columns_of_patients_are_known(name, tmp_path):
    found = table(tmp_path, (name, [f"P{n // 2}" for n in range(12)]))
    assert "looks like patients" in found.warnings[0]


@pytest.mark.parametrize("name", ["case_control", "patient_age", "subject_count", "hosting"])
def test_other_columns_are_no_patients(name, tmp_path):
    assert not table(tmp_path, (name, [f"P{n // 2}" for n in range(12)])).warnings


@pytest.mark.parametrize("pair", [("P010", "p010"), ("1", "01"), ("P_7", "P 7")])
def test_one_patient_in_two_spellings_is_noticed(pair, tmp_path):
    cells = [*pair, *(f"Q{n // 2}x" for n in range(10))]
    assert f"{pair[0]!r} and {pair[1]!r} differ" in table(tmp_path, ("patient", cells)).warnings[0]


@pytest.mark.parametrize("code", ["-999", "9999", "0"])
def test_a_repeated_code_is_no_patient(code, tmp_path):
    cells = [*[code] * 3, *(f"Q{n // 3}x" for n in range(9))]
    found = table(tmp_path, ("patient", cells))
    assert len({found.patient(s) for s in IDS}) == 6


def test_an_unnamed_column_is_not_that_of_the_patients(tmp_path):
    found = table(tmp_path, ("diagnosis", LABELS), ("", ["0", "x"] * 6))
    assert not found.warnings
    assert [cells[""] for cells in found.rows.values()] == ["0", "x"] * 6


def test_the_column_of_ids_need_not_be_the_first(tmp_path):
    lines = [f"{d}\t{s}\n" for d, s in zip(LABELS, IDS, strict=True)]
    assert list(people(tmp_path, "diagnosis\tSample ID\n" + "".join(lines)).rows) == IDS
    with pytest.raises(InputError, match="the ids are taken from the first column, name another"):
        people(tmp_path, "diagnosis\tother\n" + "".join(lines))


@pytest.mark.parametrize("names", [("Age", "Age/Sex"), (".", "x"), ("/", "x"), ("a//b", "x")])
def test_names_that_cannot_be_stored_are_refused(names, tmp_path):
    with pytest.raises(InputError, match="cannot be stored under this name"):
        table(tmp_path, *((name, IDS) for name in names))
    assert table(tmp_path, ("Tumor/Normal", IDS)).columns == ["Tumor/Normal"]


def test_blanks_around_the_sign_of_keep_are_no_part_of_a_name(tmp_path):
    found = table(tmp_path, ("diagnosis", LABELS), keep="diagnosis = ill")
    assert list(found.kept()) == IDS[::2]


def test_a_commented_row_is_no_sample_of_the_matrix():
    wanted = ["S01", "S02", "#S03", "S04"]
    assert agreed(["S01", "S02", "S03", "S04"], wanted, path=Path("m")) == [
        "S01", "S02", "S03", "S04",
    ]  # fmt: skip


def test_what_bcl2fastq_appends_to_some_names_is_taken_away():
    wanted = [f"P{n}" for n in range(1, 13)]
    delivered = [f"P{n}_S{n}_L001" if n < 7 else f"P{n}" for n in range(1, 13)]
    assert agreed(delivered, wanted, path=Path("m")) == wanted


def test_signs_and_letters_of_other_scripts_are_not_marks():
    signs = ["P1-", "P2-", "P3"]
    assert agreed(signs, ["P1+", "P2+", "P3"], path=Path("m")) == signs
    scripts = ["病人1", "病人2", "P3"]
    assert agreed(scripts, ["患者1", "患者2", "P3"], path=Path("m")) == scripts


@pytest.mark.parametrize("code", [-999, 9999, -9])
def test_codes_for_missing_numbers_are_not_learnt_from(code, tmp_path):
    numbers = [20 + n for n in range(11)] + [code]
    task = TASK | {"kind": "regression", "classes": {}, "label": "score"}
    found = table(tmp_path, ("score", numbers))
    with pytest.raises(InputError, match=rf"column score: {code} \(1 samples\) lies far"):
        check_labels(found, {"samples": "x", "cohort": "t", "role": "target"}, task)


def test_numbers_near_the_others_are_no_codes():
    assert number_for_missing([60, 70, 80, 99]) is None
    assert number_for_missing([5000, 7000, 9999, 12000]) is None
    assert number_for_missing([-9, -7, -5, -4]) is None
    assert number_for_missing([1, 2, 3, 999]) == 999


def test_one_number_for_all_is_nothing_to_learn(tmp_path):
    task = TASK | {"kind": "regression", "classes": {}, "label": "score"}
    found = table(tmp_path, ("score", [7] * 12))
    assert lacking(found, task) == "one and the same number for all patients"


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([f"{n},5" for n in range(40, 52)], "'40,5' is no number, so that each value"),
        ([f"{n} years" for n in range(40, 52)], "'40 years' is no number, so that each value"),
        (["07", *range(40, 51)], "'07' among numbers"),
        ([f"Dr {c}" for c in "ABCDEFGHIJKL"], "12 different texts for 12 samples"),
        ([*range(40, 51), -999], "lies far from the other numbers"),
    ],
)
def test_covariates_that_would_become_a_category_a_patient_are_refused(cells, told, tmp_path):
    table(tmp_path, ("diagnosis", LABELS), ("age", cells))
    row = {"cohort": "t", "role": "target", "samples": str(tmp_path / "samples.tsv"), "study": "t"}
    asked = {"mode": "cross_validation", "covariates": ["age"], "adjust_for": "", "site": "site"}
    with pytest.raises(InputError, match=told):
        check_evaluation(Study({"t": row}), evaluation=asked, task=TASK)


def test_a_source_whose_labels_are_called_otherwise_is_pointed_out(tmp_path):
    row = {"samples": "old.tsv", "cohort": "old", "role": "source"}
    found = table(tmp_path, ("Diagnosis", LABELS))
    assert "the column 'Diagnosis' looks like it" in warnings_of(found, row, TASK)[0]
    empty = table(tmp_path, ("diagnosis", ["NA"] * 12))
    assert "empty in all samples" in warnings_of(empty, row, TASK)[0]
    assert not warnings_of(table(tmp_path, ("age", range(12))), row, TASK)


def test_one_study_in_two_spellings_is_refused(tmp_path):
    sheet = tmp_path / "cohorts.tsv"
    rows = ["a\ttarget\tHospital A", "b\tsource\thospital  a", "c\tsource\tHospital B"]
    head = "cohort\trole\tstudy\tassay\tmatrix\tsamples\n"
    sheet.write_text(head + "".join(f"{row}\trnaseq\tm.tsv\ts.tsv\n" for row in rows))
    with pytest.raises(InputError, match="'hospital  a' and 'Hospital A' differ in case or blanks"):
        read_cohorts(sheet, schema=read_schema(SCHEMAS / "cohorts.schema.yaml"))


def test_names_of_classes_may_be_numbers():
    schema = read_schema(SCHEMAS / "config.schema.yaml")
    task = {"label": "stage", "positive": 1, "classes": {1: [1], 2: [2]}}
    found = checked({"study": "s", "cohorts": "c.tsv", "task": task}, schema=schema)
    assert found["task"]["classes"] == {"1": [1], "2": [2]}
    assert found["task"]["positive"] == "1"


def test_a_name_of_a_column_may_have_a_line_break(tmp_path):
    rows = "".join(f"{s},{d},4{n % 9}\n" for n, (s, d) in enumerate(zip(IDS, LABELS, strict=True)))
    found = people(tmp_path, f'sample,diagnosis,"Age\n(years)"\n{rows}')
    assert found.columns == ["diagnosis", "Age (years)"]
    assert list(found.rows) == IDS
    swallowed = f'sample,"diagnosis,age\n{rows}'.replace("S05,ill", 'S05,"ill"')
    with pytest.raises(InputError, match="not closed in its row"):
        people(tmp_path, swallowed)
