"""Workbooks are read as they look, names as text; the one sheet that is a matrix is found."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pytest

from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

MATRIX = [["gene", "a", "b"], ["TP53", 1, 2.5], ["ACTB", 3, None]]
NOTES = [["These are the data of the paper"], ["made in 2020"]]
TYPES = {
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="xl/workbook.xml"/>{}</Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}'
        "</Relationships>"
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{}'
        "</sheets></workbook>"
    ),
    # the second format of cells is a date
    "xl/styles.xml": (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>'
        '<xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>{}'
    ),
}
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}'
    "</sheetData></worksheet>"
)
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"


def cell(value: object, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f'<c r="{place}" s="1"><v>{value[0]}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def workbook(path: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    """Write an xlsx file; a tuple holds the serial number of a date."""
    names = enumerate(sheets, start=1)
    entries = [
        (
            f'<Relationship Id="r{i}" Type="{RELATION}" Target="worksheets/sheet{i}.xml"/>',
            f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>',
        )
        for i, name in names
    ]
    relations, listed = ("".join(parts) for parts in zip(*entries, strict=True))
    content = dict(zip(TYPES, ("", relations, listed, ""), strict=True))
    with zipfile.ZipFile(path, "w") as file:
        for name, text in content.items():
            file.writestr(name, TYPES[name].format(text))
        for i, rows in enumerate(sheets.values(), start=1):
            lines = "".join(
                f'<row r="{r}">'
                + "".join(cell(value, f"{chr(65 + c)}{r}") for c, value in enumerate(row))
                + "</row>"
                for r, row in enumerate(rows, start=1)
            )
            file.writestr(f"xl/worksheets/sheet{i}.xml", SHEET.format(lines))
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_matrix(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_workbook_is_read_whatever_its_name(tmp_path: Path) -> None:
    adata = read_matrix(workbook(tmp_path / "matrix.tsv", data=MATRIX))
    assert list(adata.obs_names) == ["a", "b"]
    assert list(adata.var_names) == ["TP53", "ACTB"]
    np.testing.assert_array_equal(adata.X, [[1, 3], [2.5, np.nan]])


def test_titles_and_descriptions_are_passed_over(tmp_path: Path) -> None:
    rows = [["Table S1"], [], ["gene", "name", "a", "b"], ["TP53", "p", 1, 2], ["ACTB", "q", 3, 4]]
    adata = read_matrix(workbook(tmp_path / "m.xlsx", data=rows))
    assert list(adata.var_names) == ["TP53", "ACTB"]
    np.testing.assert_array_equal(adata.X, [[1, 3], [2, 4]])


def test_numbers_and_dates_as_names_stay_as_they_look(tmp_path: Path) -> None:
    rows = [["gene", 101, 102], [(45171,), 1, 2], [7157, 3, 4], ["007", 5, 6]]
    adata = read_matrix(workbook(tmp_path / "m.xlsx", data=rows))
    assert list(adata.obs_names) == ["101", "102"]
    assert list(adata.var_names) == ["2023-09-02", "7157", "007"]


def test_the_one_sheet_that_is_a_matrix_is_taken(tmp_path: Path) -> None:
    path = workbook(tmp_path / "m.xlsx", notes=NOTES, data=MATRIX, empty=[])
    assert read_matrix(path).shape == (2, 2)


def test_several_matrices_are_told_by_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "m.xlsx", counts=MATRIX, tpm=MATRIX)
    assert "several sheets are matrices (counts, tpm)" in refused(path)


def test_text_among_values_is_named_by_sheet_row_and_column(tmp_path: Path) -> None:
    rows = [["Title"], *MATRIX, ["GAPDH", 1, "low"]]
    told = refused(workbook(tmp_path / "m.xlsx", data=rows))
    assert "sheet data, row 5 (GAPDH), column b: 'low' is not a number" in told


def test_a_workbook_without_a_matrix_tells_what_it_holds(tmp_path: Path) -> None:
    rows = [["sample", "age", "sex"], ["s1", 50, "f"], ["s2", 60, "m"]]
    assert "a sample table" in refused(workbook(tmp_path / "m.xlsx", data=rows))
    assert "the workbook is empty" in refused(workbook(tmp_path / "e.xlsx", data=[]))


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "m.xlsx", data=MATRIX)
    path.write_bytes(path.read_bytes()[:-200])
    assert "the Excel file is damaged" in refused(path)


def test_a_note_below_the_table_is_not_a_feature(tmp_path: Path) -> None:
    rows = [["gene", "S01"], ["TP53", 1], ["MYC", 2], [], ["a, from the first visit alone"]]
    adata = read_matrix(workbook(tmp_path / "m.xlsx", data=rows), sample_names=["S01"])
    assert list(adata.var_names) == ["TP53", "MYC"]
    assert len(adata.uns["features_left_out"]) == 1


def test_a_short_header_of_r_in_a_workbook_moves_no_value(tmp_path: Path) -> None:
    rows = [["S01", "S02", None], ["TP53", 1, 2], ["MYC", 3, 4]]
    path = workbook(tmp_path / "m.xlsx", data=rows)
    np.testing.assert_array_equal(
        read_matrix(path, sample_names=["S01", "S02"]).X, [[1, 3], [2, 4]]
    )
    path = workbook(tmp_path / "n.xlsx", data=[["gene", "S01", None], *rows[1:]])
    with pytest.raises(InputError, match="the first, 'gene', is not a sample"):
        read_matrix(path, sample_names=["S01", "S02"])
