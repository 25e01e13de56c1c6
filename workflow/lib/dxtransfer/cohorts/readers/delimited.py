"""Delimited text: TSV and CSV, plain or gzipped, Xena's and GCT matrices, beta tables."""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from dxtransfer.cohorts.readers.cells import MISSING, is_number
from dxtransfer.cohorts.readers.content import content_of
from dxtransfer.cohorts.readers.layout import Layout, lay_out
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.ragged import read_rows
from dxtransfer.cohorts.readers.table_rows import Body, table_of
from dxtransfer.errors import InputError

SEPARATORS = "\t;,"
COMMENT = (b"#", b"!")
# what is looked at to find the layout: so many lines, or so many bytes
LINES, BYTES = 60, 2_000_000
# what is looked at to tell how numbers are written
LOOKED_AT = 1 << 26


def read_delimited(path: Path, *, sample_names: Collection[str] | None = None) -> Table:
    """Read a table of names and numbers.

    See `parse_delimited`; the file may be gzip, whatever its name.

    Raises
    ------
    InputError
        Naming the file and, where there is one, the row and column.
    """
    return parse_delimited(content_of(path), path=path, sample_names=sample_names)


def parse_delimited(
    content: bytes,
    *,
    path: Path,
    above: int = 0,
    sample_names: Collection[str] | None = None,
) -> Table:
    """Parse a table of names and numbers.

    Separator (tab, semicolon, comma, blanks), comment lines (`#`, `!`), titles above the header,
    the column of names, columns that describe features, and decimal commas are told by content. A
    header that is one cell short, as R writes it, is taken to lack the name of the first column
    where its first name may be that of a sample. Rows whose last empty cells were cut are filled up
    (see `ragged`), and rows that are not features are left out (see `table_rows`).

    Parameters
    ----------
    content
        Text as `content_of` gives it.
    path
        Where it comes from, for messages.
    above
        Number of lines of the file above the text.
    sample_names
        Ids of the sample table, which tell names of samples from other names.

    Raises
    ------
    InputError
        Naming the file and, where there is one, the row and column: not UTF-8, no rows, a row of
        another length, a cell that is not a number, or a table that is no matrix.
    """
    top, comments, content = _without_comments(content)
    lines = _first_lines(content)
    if len(lines) < 2:
        raise InputError(f"{path}: the file is empty or has no rows below its header")
    separator = _separator(lines)
    if separator == " " and b'"' not in content:
        content = re.sub(rb"(?m)^ +| +(?=\r?$)", b"", re.sub(rb" +", b" ", content))
        lines = _first_lines(content)
    rows, ends = _rows(lines, separator)
    if not rows:
        fault = "a line break (CR) within it"
        if b"\r" not in lines[0].rstrip(b"\r\n"):
            fault = f"a cell of more than {csv.field_size_limit():,} letters"
        raise InputError(f"{path}: the first row has {fault}, or a quote that is never closed")
    header = top.lstrip("#! ") if top.startswith("#") else ""
    if _heads(header, rows, separator):
        rows.insert(0, next(csv.reader([header], delimiter=separator)))
        ends.insert(0, 0)
    gct = re.fullmatch(r"#1\.[23]\s*", top) is not None
    layout = lay_out(rows, path=path, gct=gct, sample_names=sample_names)
    layout.told(path)
    before = ends[layout.body - 1]
    start = sum(map(len, lines[:before]))
    body = _without_inner_comments(content, start, separator, len(layout.columns))
    decimal = _decimal(content, separator, path=path)
    try:
        found = _parsed(body, layout, separator, decimal=decimal)
    except pa.ArrowInvalid:
        # cell by cell: either what is wrong is found, or arrow was too strict
        above += comments + before
        found = read_rows(
            content[start:], layout, separator, decimal=decimal, path=path, above=above
        )
    if layout.blank_end and np.isnan(found.values[:, -1]).all():
        raise InputError(
            f"{path}: each row ends with an empty cell below {layout.columns[-1]!r}, so the rows "
            "may lack another cell and end with a surplus separator; remove the column, or write NA"
        )
    return table_of(found, layout, sample_names=sample_names, path=path)


def _without_comments(content: bytes) -> tuple[str, int, bytes]:
    """Last comment at the top (GCT: the first), number of comments, and what follows."""
    top, start, number = b"", 0, 0
    while content.startswith(COMMENT, start):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        top = top if top.startswith(b"#1.") else content[start:end]
        start = end + 1
        number += 1
    return top.decode("utf-8", errors="replace").rstrip("\r"), number, content[start:]


def _first_lines(content: bytes) -> list[bytes]:
    lines: list[bytes] = []
    size = 0
    for line in io.BytesIO(content):
        lines.append(line)
        size += len(line)
        # A matrix with genes in columns has long lines.
        if len(lines) == LINES or (size > BYTES and len(lines) >= 8):
            break
    return lines if any(line.strip() for line in lines[1:]) else []


def _separator(lines: list[bytes]) -> str:
    """The separator that cuts most lines into equally many cells."""

    def fit(mark: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in _rows(lines, mark)[0])
        width, often = max(widths.items(), key=lambda pair: (pair[0] > 1, pair[1]), default=(0, 0))
        # a header of R's is one cell short
        return (often + min(1, widths[width - 1])) * (width > 1), width

    best = max(SEPARATORS, key=lambda mark: (fit(mark)[0], -SEPARATORS.index(mark)))
    rows = _rows(lines, best)[0]
    return best if sum(len(row) > 1 for row in rows) >= len(rows) / 2 else " "


def _rows(lines: list[bytes], separator: str) -> tuple[list[list[str]], list[int]]:
    """Cells of lines that are not empty, and the number of the line where each ends."""
    text = (line.decode("utf-8", errors="replace").rstrip("\r\n") for line in lines)
    reader = csv.reader(text, delimiter=separator)
    rows, ends = [], []
    try:
        for row in reader:
            if row:
                rows.append(row)
                ends.append(reader.line_num)
    except csv.Error:
        # an open quote that runs on; the parser of the whole names the place
        pass
    return rows, ends


def _heads(header: str, rows: list[list[str]], separator: str) -> bool:
    """Whether a comment is the header: as many cells as the rows, above a row of values."""
    cells = next(csv.reader([header], delimiter=separator), [])
    values = rows[0][1:]
    return len(cells) == len(rows[0]) > 1 and sum(map(is_number, values)) > len(values) / 2


def _without_inner_comments(content: bytes, start: int, separator: str, width: int) -> memoryview:
    """Body from byte `start`; lines such as `!series_matrix_table_end` are left out."""
    body = memoryview(content)[start:]
    if content.find(b"\n#", max(0, start - 1)) < 0 and content.find(b"\n!", max(0, start - 1)) < 0:
        return body
    mark = separator.encode()

    def blank(found: re.Match[bytes]) -> bytes:
        return found[0] if found[0].count(mark) == width - 1 else b""

    return memoryview(re.sub(rb"(?m)^[#!][^\n]*", blank, bytes(body)))


def _parsed(body: memoryview, layout: Layout, separator: str, *, decimal: str) -> Body:
    """Let arrow read the body; its errors do not say where they come from."""
    # Names may be duplicated, which is for later to judge; arrow finds columns by name.
    places = [str(i) for i in range(len(layout.columns))]
    texts = [places[i] for i in layout.texts + layout.spare]
    wanted = [places[i] for i in layout.values]
    first_line = bytes(body[: 1 << 24]).partition(b"\n")[0]
    table = arrow_csv.read_csv(
        pa.BufferReader(pa.py_buffer(body)),
        read_options=arrow_csv.ReadOptions(
            column_names=places, block_size=max(1 << 22, 64 * len(first_line))
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=separator),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(wanted, pa.float64()) | dict.fromkeys(texts, pa.string()),
            include_columns=texts + wanted,
            null_values=sorted(MISSING),
            strings_can_be_null=False,
            decimal_point=decimal,
        ),
    )
    found = [[cell.strip() for cell in table.column(i).to_pylist()] for i in range(len(texts))]
    if any(any(cells) for cells in found[len(layout.texts) :]):
        raise pa.ArrowInvalid("a column without a name holds values")
    values = np.empty((table.num_rows, len(wanted)), dtype=np.float32)
    for i in range(len(wanted)):
        values[:, i] = table.column(len(texts) + i).to_numpy()
    return Body(found[: len(layout.texts)], values)


def _decimal(content: bytes, separator: str, *, path: Path) -> str:
    """Comma where it marks decimals in cells, else point.

    Raises
    ------
    InputError
        Where commas may as well group thousands, or both marks are found.
    """
    mark = re.escape(separator.encode())
    _refuse_thousands(content, mark, path=path)
    if separator == "," or b"," not in content:
        return "."
    with_comma = re.compile(rb'%s"?[+-]?(\d*,\d+)(?:[eE][+-]?\d+)?"?(?=%s|\r?\n|\Z)' % (mark, mark))
    found = [match[1] for match, _ in zip(with_comma.finditer(content), range(1000), strict=False)]
    if not found:
        return "."
    if re.search(rb'%s"?[+-]?\d*\.\d+"?(?=%s|\r?\n|\Z)' % (mark, mark), content):
        raise InputError(
            f"{path}: some numbers have a comma ({found[0].decode()}) and some a point; write all "
            "decimals with a point"
        )
    if all(re.fullmatch(rb"[1-9]\d{0,2},\d{3}", cell) for cell in found):
        raise InputError(
            f"{path}: the comma of {found[0].decode()} may mark decimals or thousands; write "
            "decimals with a point and thousands without a mark"
        )
    return ","


def _refuse_thousands(content: bytes, mark: bytes, *, path: Path) -> None:
    """Refuse numbers whose point groups thousands: 4.058 beside 792, and never 4.05 or 1792."""
    grouped = re.compile(rb'%s"?[+-]?(\d*\.\d+)(?:[eE][+-]?\d+)?"?(?=%s|\r?\n|\Z)' % (mark, mark))
    found = []
    for match in grouped.finditer(content, 0, LOOKED_AT):
        if not re.fullmatch(rb"[1-9]\d{0,2}\.\d{3}", match[1]):
            return
        found.append(match[1])
    whole = re.compile(rb'%s"?(\d+)"?(?=%s|\r?\n|\Z)' % (mark, mark))
    if len(found) < 3:
        return
    small = 0
    for match in whole.finditer(content, 0, LOOKED_AT):
        if len(match[1]) > 3:
            return
        small += 1
    if small > 2:
        raise InputError(
            f"{path}: the point of {found[0].decode()} groups thousands, since other numbers have "
            "none and stay below 1000; write numbers without marks for thousands"
        )
