"""Tables of people: no row is swallowed, no packing or encoding is taken for another fault."""

import gzip
from pathlib import Path

import pytest

from dxtransfer.errors import InputError
from dxtransfer.tables import read_table

ROWS = "sample\tnote\tgroup\n" + "".join(f"S{i}\tn{i}\tg\n" for i in range(1, 7))


def table(folder: Path, text: str | bytes, name: str = "x.tsv"):
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(file)


def samples(folder: Path, text: str | bytes, name: str = "x.tsv") -> list[str]:
    return [cells[0] for cells in table(folder, text, name)[1].values()]


ALL = [f"S{i}" for i in range(1, 7)]


@pytest.mark.parametrize(
    "note", ['"5 inch', '"', '"a ""b""', '"never closed, with, commas'], ids=range(4)
)
def test_an_open_quote_is_refused_with_its_row(note, tmp_path):
    with pytest.raises(InputError, match=r"row 4: a cell begins with a quote mark"):
        table(tmp_path, ROWS.replace("n3", note))


def test_two_open_quotes_do_not_close_each_other(tmp_path):
    with pytest.raises(InputError, match=r"row 3: a cell begins with a quote mark"):
        table(tmp_path, ROWS.replace("n2", '"5 inch').replace("n5", '6"'))


def test_an_open_quote_of_a_sheet_with_two_columns_is_refused(tmp_path):
    text = 'sample,group\nS1,a\nS2,"b\nS3,c"\nS4,d\n'
    with pytest.raises(InputError, match=r"row 3: a cell begins with a quote mark"):
        table(tmp_path, text)


def test_closed_quotes_are_cells_also_over_two_lines(tmp_path):
    text = ROWS.replace("n2", '"a ""b"" c"').replace("n3", '"one\ntwo"').replace("n4", '5"')
    rows = table(tmp_path, text)[1]
    assert [cells[1] for cells in rows.values()][1:4] == ['a "b" c', "one\ntwo", '5"']
    assert list(rows) == [2, 3, 4, 6, 7, 8]


@pytest.mark.parametrize("mark", ["\v", "\f", "\x85", "\u2028", "\x1c"])
def test_a_mark_that_is_not_the_end_of_a_line_stays_in_its_cell(mark, tmp_path):
    rows = table(tmp_path, ROWS.replace("n2", f"a{mark}b"))[1]
    assert [cells[0] for cells in rows.values()] == ALL
    assert rows[3][1] == f"a{mark}b"


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_ends_of_lines_of_other_systems_are_read(end, tmp_path):
    assert samples(tmp_path, ROWS.replace("\n", end)) == ALL


def test_gzip_is_read_whatever_its_name_and_in_all_its_members(tmp_path):
    half = ROWS.index("S4")
    packed = gzip.compress(ROWS[:half].encode()) + gzip.compress(ROWS[half:].encode())
    assert samples(tmp_path, packed, "x.txt") == ALL
    with pytest.raises(InputError, match="truncated"):
        samples(tmp_path, packed[:-12])
    with pytest.raises(InputError, match="more than 256 MB"):
        samples(tmp_path, gzip.compress(b"x" * (300 << 20), 1))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf_16_is_named(encoding, tmp_path):
    with pytest.raises(InputError, match=r"UTF-16|zero bytes"):
        table(tmp_path, ROWS.encode(encoding))


def test_comments_above_the_header_are_passed_over(tmp_path):
    above = "#Sample\tNote\tGroup\n#text\ttext\ttext\n#1\t1\t1\n"
    assert samples(tmp_path, above + ROWS) == ALL
    assert samples(tmp_path, "# made by hand\n" + ROWS) == ALL


def test_a_header_that_begins_with_a_mark_is_the_header(tmp_path):
    text = "#" + ROWS.replace("S1\t", "#q2:types\tcategorical\tcategorical\nS1\t", 1)
    header, rows = table(tmp_path, text)
    assert header == ["sample", "note", "group"]
    assert [cells[0] for cells in rows.values()] == ALL


@pytest.mark.parametrize("hint", ["sep=;\n", '"sep=;"\n'])
def test_the_hint_of_excel_is_passed_over(hint, tmp_path):
    assert samples(tmp_path, hint + ROWS.replace("\t", ";")) == ALL


@pytest.mark.parametrize(
    ("start", "what"), [(b"PAR1", "parquet"), (b"%PDF-1.4", "PDF"), (b"\x89HDF\r\n", "HDF5")]
)
def test_other_files_are_named(start, what, tmp_path):
    with pytest.raises(InputError, match=what):
        table(tmp_path, start + b"x" * 100)


def test_the_codes_of_missing_values_stay_as_delivered(tmp_path):
    rows = table(tmp_path, ROWS.replace("n2", "NA").replace("n3", "None"))[1]
    assert [cells[1] for cells in rows.values()][1:3] == ["NA", "None"]
