"""Tables of people, read as text.

`007` stays `007`, and codes of missing values stay as delivered (see `missing_codes`).
Neither pandas nor numpy is used, since every Snakemake call reads the sheets.
"""

import csv
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from dxtransfer.errors import InputError
from dxtransfer.workbooks import read_workbook, refuse_errors

# A spreadsheet writes decimals, a sign or many digits of the exponent; 1E1 is a well.
DAMAGED = re.compile(r"[+-]?\d+(?:\.\d+[eE][+-]?\d+|[eE](?:[+-]\d+|\d{3,}))|\d+\.0+")
SEPARATORS = "\t,;"
# of a table of people, unpacked
MOST_BYTES = 1 << 28
OFFICE = (b"PK\3\4", b"\xd0\xcf\x11\xe0")
BINARY = {
    b"PAR1": "a parquet file",
    b"\x89HDF": "an HDF5 file",
    b"%PDF": "a PDF document",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
}
# name of a first column that holds ids
OF_SAMPLES = re.compile(
    r"\w*(?:sample|specimen|patient|subject|case|donor|participant)\w*|(?:\w*[ _.-])?ids?|gsm|run"
    r"|(?:sample|patient|subject|case)[ _.-]\w+",
    re.IGNORECASE,
)
LINE_END = re.compile(r"\r\n|\n|\r")
Rows = dict[int, list[str]]


def read_table(path: Path) -> tuple[list[str], Rows]:
    """Header and rows of a table by row number, cells stripped, missing codes as delivered.

    Text, separated by tab, comma or semicolon, plain or gzip, or the one filled sheet of an Excel
    or OpenDocument workbook. Comment lines (`#`) above the header and Excel's hint `sep=` are
    passed over; QIIME's header may begin with `#`.

    Raises
    ------
    InputError
        For a file that is not a table, has no rows, a row with another number of cells, or a
        quoted cell that is not closed.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: a folder, where a table is expected") from None
    if content.startswith(b"\x1f\x8b"):
        content = _unpacked(content, path)
    if content.startswith(OFFICE):
        records = dict(enumerate(_workbook(path), start=1))
    else:
        records = dict(_records(_text(content, path), path))
    filled = {number: cells for number, cells in records.items() if any(cells)}
    if len(filled) < 2:
        raise InputError(f"{path}: has no rows below its header")
    (_, header), *body = filled.items()
    header = [name.replace("\n", " ") for name in header]
    for number, cells in body:
        if len(cells) != len(header):
            quoted = "; a cell that begins with a quote mark reaches to the next one" * (
                len(cells) < len(header) and any(len(cell) > 200 for cell in cells)
            )
            raise InputError(
                f"{path}, row {number}: {len(cells)} cells where the header has {len(header)}"
                f"{quoted}"
            )
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise InputError(f"{path}: the column {repeated[0]!r} appears twice in the header")
    return header, dict(body)


def _unpacked(content: bytes, path: Path) -> bytes:
    """Unpack gzip, up to a size that no table of people reaches."""
    text = b""
    # a file may have several members, as bgzip and `cat a.gz b.gz` write it
    while content.strip(b"\0"):
        inflating = zlib.decompressobj(31)
        try:
            text += inflating.decompress(content, MOST_BYTES + 1 - len(text))
        except zlib.error as error:
            raise InputError(
                f"{path}: the gzip file is damaged ({error}); fetch it again"
            ) from None
        if len(text) > MOST_BYTES:
            raise InputError(
                f"{path}: unpacks to more than {MOST_BYTES >> 20} MB, too much for a sample table"
            )
        if not inflating.eof:
            raise InputError(f"{path}: the gzip file is truncated; fetch it again")
        content = inflating.unused_data
    return text


def _text(content: bytes, path: Path) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(
            f"{path}: UTF-16 text, as Excel's 'Unicode text'; save the table as UTF-8 (CSV UTF-8)"
        )
    for magic, what in BINARY.items():
        if content.startswith(magic):
            raise InputError(f"{path}: {what}, where a table is expected; save it as text")
    if b"\0" in content:
        raise InputError(f"{path}: not text (it has zero bytes); save the table as UTF-8 text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; save the table as UTF-8") from None


def _records(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Cells of each row with the number of its first line; blank rows are left out."""
    lines = LINE_END.split(text)
    first, separator = _above_header(lines)
    while first < len(lines) and not lines[first].strip():
        first += 1
    if first == len(lines):
        return
    separator = separator or max(SEPARATORS, key=lines[first].count)
    width = 0
    reader = csv.reader((f"{line}\n" for line in lines[first:]), delimiter=separator)
    number = first + 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise InputError(f"{path}, row {number}: {error}; close or remove the quote") from None
        if cells is None:
            break
        end = first + reader.line_num
        inner = lines[number - 1 : end]
        if len(inner) > 1 and not _is_header(width, cells, inner, lines[end:], separator):
            _refuse_swallowed(inner, separator, width, f"{path}, row {number}")
        if any(cell.strip() for cell in cells):
            # QIIME 2 names the types of the columns in a second row
            if not cells[0].startswith("#q2:"):
                yield number, [cell.strip() for cell in cells]
            width = width or len(cells)
        number = end + 1


def _is_header(
    width: int, cells: list[str], inner: list[str], below: list[str], separator: str
) -> bool:
    """Whether a header has names with line breaks: as many as the first row below has cells."""
    first = next((line for line in below if line.strip()), "")
    closed = sum(line.count('"') for line in inner) % 2 == 0
    return not width and closed and len(cells) > 1 and first.count(separator) + 1 == len(cells)


def _refuse_swallowed(lines: list[str], separator: str, width: int, where: str) -> None:
    """Refuse a quoted cell over several lines that holds what looks like rows, or never ends."""
    open_ended = sum(line.count('"') for line in lines) % 2 == 1
    rows = sum(line.count(separator) >= max(width - 1, 1) for line in lines[1:])
    if open_ended or rows or not width:
        raise InputError(
            f"{where}: a cell begins with a quote mark that is not closed in its row, so that the "
            "rows below would become part of it; close or remove the quote mark"
        )


def _above_header(lines: list[str]) -> tuple[int, str]:
    """Index of the header, past comments and Excel's `sep=`, and the separator that it names."""
    separator, first = "", 0
    if hint := re.fullmatch(r'"?sep=(.)"?[\t,;]*', lines[0].strip("\ufeff")):
        separator, first = hint[1] if hint[1] in SEPARATORS else "", 1
    start = first
    while first < len(lines) and re.match(r"#(?!q2:)", lines[first]):
        first += 1
    if first == start or first == len(lines):
        return first, separator
    mark = separator or max(SEPARATORS, key=lines[first].count)
    wide = [
        place
        for place in range(start, first)
        if lines[place].count(mark) == lines[first].count(mark) > 0
    ]
    called = [place for place in wide if _names_samples(lines[place], mark)]
    # without names of a column of ids, a single comment as wide as the rows is the header
    if _names_samples(lines[first], mark) or (not called and first - start > 1):
        return first, separator
    for place in called[:1] or wide[:1]:
        lines[place] = lines[place].lstrip("# ")
        # comments below it are none of the rows
        lines[place + 1 : first] = [""] * (first - place - 1)
        return place, separator
    return first, separator


def _names_samples(line: str, mark: str) -> bool:
    name = line.lstrip("# ").split(mark)[0].strip('" ')
    return OF_SAMPLES.fullmatch(name) is not None and not re.search(r"\d", name)


def _workbook(path: Path) -> list[list[str]]:
    """Cells of the one filled sheet of a workbook."""
    sheets = read_workbook(path, largest=MOST_BYTES)
    tables = {name: rows for name, rows in sheets.items() if any(any(row) for row in rows)}
    if len(tables) != 1:
        raise InputError(
            f"{path}: the workbook has {len(tables)} filled sheets ({', '.join(tables)}); save the "
            "one to use as text (CSV UTF-8)"
        )
    ((name, rows),) = tables.items()
    refuse_errors(rows, where=f"{path}, sheet {name}")
    return rows


def check_name(name: str, *, where: str) -> None:
    """Raise an InputError for a name that a spreadsheet turned into a number."""
    if DAMAGED.fullmatch(name):
        raise InputError(
            f"{where}: {name!r} looks like a name that a spreadsheet turned into a number; "
            "restore it and format the column as text"
        )


def located(value: str, table: Path, *, where: str) -> str:
    """Path of a cell: relative to its table, absolute, or with environment variables.

    Parameters
    ----------
    value
        The cell.
    table
        The file that it stands in.
    where
        The cell's place, for messages.

    Raises
    ------
    InputError
        For an environment variable that is not set.
    """
    for variable in re.findall(r"\$\{?(\w+)\}?", value):
        if not os.environ.get(variable):
            raise InputError(f"{where}: the environment variable {variable} is not set")
    if re.search(r"[{}]", re.sub(r"\$\{\w+\}", "", value)):
        raise InputError(
            f"{where}: {value!r} has braces, which Snakemake takes for a wildcard; rename the file"
        )
    expanded = os.path.expandvars(value)
    located = os.path.normpath(table.parent / expanded)
    # Inside the working directory a relative name, as Snakemake's rules write it.
    relative = os.path.relpath(located)
    return located if os.path.isabs(expanded) or relative.startswith("..") else relative
