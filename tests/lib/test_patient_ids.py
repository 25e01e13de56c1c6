"""Placeholders are nobody, and columns that look like patients are pointed out."""

import pytest

from dxtransfer.patient_ids import like_patients, patients_of


@pytest.mark.parametrize("code", ["Unknown", "--", "N/A", "None", "not reported", "#N/A", "-", "?"])
def test_a_placeholder_names_no_patient(code):
    ids, warnings = patients_of(["p1", code, code, "p2"], where="x.tsv, column patient")
    assert ids == ["p1", "", "", "p2"]
    assert "2 samples have" in warnings[0]


def test_a_zero_is_a_patient_unless_it_is_repeated():
    assert patients_of(["0", "1", "2"], where="x") == (["0", "1", "2"], [])
    ids, warnings = patients_of(["0", "1", "0"], where="x")
    assert ids == ["", "1", ""]
    assert len(warnings) == 1


def rows(column, ids):
    return {f"S{i:02d}": {column: value} for i, value in enumerate(ids)}


@pytest.mark.parametrize(
    "column", ["Patient", "Patient_ID", "Subject ID", "donor", "individual", "CaseID", "USUBJID"]
)
def test_a_column_of_repeated_patients_is_named(column):
    repeated = [f"p{i // 2}" for i in range(12)]
    (warning,) = like_patients(rows(column, repeated), [column], path="x.tsv")
    assert repr(column) in warning
    assert "patient_column" in warning
    assert "6 for 12 samples" in warning


@pytest.mark.parametrize(
    ("column", "ids"),
    [
        ("patient_id", [f"p{i}" for i in range(12)]),
        ("patient", ["yes", "no"] * 6),
        ("group", [f"p{i // 2}" for i in range(12)]),
        ("subject", ["Unknown"] * 12),
    ],
    ids=["each once", "two groups", "another word", "nobody"],
)
def test_other_columns_are_not_pointed_out(column, ids):
    assert like_patients(rows(column, ids), [column], path="x.tsv") == []


def test_tcga_barcodes_of_one_patient_are_pointed_out():
    table = {f"TCGA-A1-{i:04d}-{kind}A": {} for i in range(4) for kind in ("01", "11")}
    (warning,) = like_patients(table, [], path="x.tsv")
    assert "4 patients for 8 samples" in warning
    assert like_patients(dict(list(table.items())[::2]), [], path="x.tsv") == []
