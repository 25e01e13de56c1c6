"""Workbooks that attack or are broken: stray cells, bombs, errors of formulas, lies of a zip."""

import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from workbook_files import SHEET, workbook

from dxtransfer import workbook_checks, workbooks
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError
from dxtransfer.tables import read_table
from dxtransfer.workbooks import read_workbook

MATRIX = [["gene", "a", "b"], ["TP53", 1, 2.5], ["ACTB", 3, None]]
PATIENTS = [["sample", "diagnosis"], ["s1", "tb"], ["s2", "well"]]
CORNER = '<row r="1048576"><c r="XFD1048576"{}</row>'
# what reads workbooks, and a sheet that it takes
READERS: dict[str, tuple[Callable[[Path], object], list[list[object]]]] = {
    "matrix": (read_matrix, MATRIX),
    "patients": (read_table, PATIENTS),
}


def refused(path: Path, read: Callable[[Path], object] = read_matrix) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return str(caught.value)


def replaced(path: Path, member: str, content: bytes) -> Path:
    """Write a member of a workbook anew."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, before in members.items():
            archive.writestr(name, content if name == member else before)
    return path


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ('><v>1</v></c>', "reach to XFD1048576, of which only"),
        (' t="str"><v></v></c>', "reach to XFD1048576, of which only"),
        (' t="inlineStr"><is><t>note</t></is></c>', "reach to XFD1048576, of which only"),
    ],
)  # fmt: skip
def test_a_stray_cell_in_the_last_corner_is_refused(
    tmp_path: Path, reader: str, cell: str, told: str
) -> None:
    read, rows = READERS[reader]
    path = workbook(tmp_path / "m.xlsx", data=rows, more=CORNER.format(cell))
    assert told in refused(path, read)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("cell", [' s="1"/>', ' s="1"></c>', ' s="1" ></c>'])
def test_formatted_cells_without_a_value_are_no_cells(
    tmp_path: Path, reader: str, cell: str
) -> None:
    read, rows = READERS[reader]
    read(workbook(tmp_path / "m.xlsx", data=rows, more=CORNER.format(cell)))


def test_a_cell_in_the_last_row_alone_is_read(tmp_path: Path) -> None:
    more = '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>a note</t></is></c></row>'
    path = workbook(tmp_path / "m.xlsx", data=MATRIX, more=more)
    assert list(read_matrix(path).obs_names) == ["a", "b"]


def test_places_that_no_sheet_has_end_in_one_line(tmp_path: Path) -> None:
    for i, place in enumerate(["ZZZZ99999999", "A999999999", "A0", "XFE1"]):
        more = f'<row r="9"><c r="{place}"><v>1</v></c></row>'
        path = workbook(tmp_path / f"{i}.xlsx", data=PATIENTS, more=more)
        begun = time.monotonic()
        try:
            read_table(path)
        except InputError as error:
            assert "\n" not in str(error)
        assert time.monotonic() - begun < 20


def test_what_ends_calamine_does_not_end_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook_checks, "RECTANGLE", 1 << 60)
    path = workbook(tmp_path / "m.xlsx", data=MATRIX, more=CORNER.format("><v>1</v></c>"))
    assert "cannot be read within" in refused(path)


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"])
def test_an_error_of_a_formula_is_named_by_its_cell(tmp_path: Path, error: str) -> None:
    more = f'<row r="4"><c r="A4"><v>7</v></c><c t="e" r="B4"><f>B2/0</f><v>{error}</v></c></row>'
    for read, rows in READERS.values():
        path = workbook(tmp_path / "m.xlsx", data=rows, more=more)
        assert f"sheet data, cell B4: {error}, an error of a formula" in refused(path, read)


def test_na_is_a_missing_value(tmp_path: Path) -> None:
    more = '<row r="4"><c r="A4"><v>7</v></c><c r="B4" t="e"><v>#N/A</v></c></row>'
    adata = read_matrix(workbook(tmp_path / "m.xlsx", data=MATRIX, more=more))
    np.testing.assert_array_equal(adata.X, [[1, 3, np.nan], [2.5, np.nan, np.nan]])
    _, rows = read_table(workbook(tmp_path / "p.xlsx", data=PATIENTS, more=more))
    assert rows[4] == ["7", "#N/A"]


def test_an_error_in_a_sheet_that_is_not_read_does_not_matter(tmp_path: Path) -> None:
    path = workbook(tmp_path / "m.xlsx", data=MATRIX, notes=[["a"], ["b"]])
    wrong = SHEET.format('<row r="1"><c r="A1" t="e"><v>#REF!</v></c></row>')
    assert read_matrix(replaced(path, "xl/worksheets/sheet2.xml", wrong.encode())).shape == (2, 2)


def test_a_cell_between_two_pieces_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["gene", "a", "b"], *([f"G{i}", i, i + 1] for i in range(40))]
    more = '<row r="42"><c r="A42"><v>7</v></c><c r="B42" t="e"><v>#REF!</v></c></row>'
    path = workbook(tmp_path / "m.xlsx", data=rows, more=more)
    for piece in (64, 101, 333):
        monkeypatch.setattr(workbook_checks, "PIECE", piece)
        assert "cell B42: #REF!" in refused(path)


@pytest.mark.parametrize("member", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_a_bomb_stops_at_a_stated_size(tmp_path: Path, member: str) -> None:
    path = workbook(tmp_path / "m.xlsx", data=PATIENTS)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", "<sst></sst>")
    replaced(path, member, b"<row>" + b" " * (1 << 22))
    with pytest.raises(InputError, match="unpacks to more than 1 MB"):
        read_workbook(path, largest=1 << 20)


def test_a_size_that_lies_is_refused(tmp_path: Path) -> None:
    path = replaced(workbook(tmp_path / "m.xlsx", data=MATRIX), "xl/styles.xml", b" " * (1 << 20))
    content = path.read_bytes()
    path.write_bytes(content.replace((1 << 20).to_bytes(4, "little"), (9).to_bytes(4, "little")))
    assert "the Excel file is damaged" in refused(path)


def test_a_zip_archive_that_is_not_a_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.xlsx", "w") as archive:
        archive.writestr("table.tsv", "sample\tclass\ns1\ta\n")
    assert "the Excel file is damaged" in refused(tmp_path / "m.xlsx", read_table)


def test_the_process_that_reads_has_a_limit(tmp_path: Path) -> None:
    path = workbook(tmp_path / "m.xlsx", data=MATRIX)
    assert workbooks._allowed() <= workbooks.MOST_MEMORY
    command = [sys.executable, "-c", "import dxtransfer.tables, sys; print(*sys.modules)"]
    library = Path(workbooks.__file__).parents[1]
    loaded = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(library)}
    ).stdout.split()
    # every Snakemake call reads sample tables
    assert not {"pandas", "numpy", "python_calamine"} & set(loaded)
    assert read_workbook(path)["data"][0] == ["gene", "a", "b"]
