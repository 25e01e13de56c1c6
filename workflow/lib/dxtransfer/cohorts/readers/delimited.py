"""Delimited text: TSV and CSV, plain or gzipped."""

import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import NoReturn

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

SEPARATORS = "\t,;"
MISSING = ["", "NA", "N/A", "na", "n/a", "NaN", "nan", "NAN", "null", "NULL", "None", "#N/A"]
GZIP_MAGIC = b"\x1f\x8b"


def read_delimited(path: Path) -> Table:
    """Read delimited text whose first column holds names and whose first row holds names.

    The separator is the one of tab, comma and semicolon that the header has most of. A header
    that is one cell short, as R writes it, is taken to lack the name of the first column.

    Raises
    ------
    InputError
        Naming the file and, where there is one, the row and column: truncated gzip, not UTF-8,
        no rows, a row of another length, a cell that is not a number.
    """
    text = _content(path)
    first_line, _, body = text.partition(b"\n")
    if not first_line.strip() or not body.strip():
        raise InputError(f"{path}: the file is empty or has no rows below its header")
    separator = max(SEPARATORS, key=lambda mark: first_line.count(mark.encode()))
    header = _cells(first_line, separator)
    width = len(_cells(body.lstrip(b"\r\n").partition(b"\n")[0], separator))
    names = header if width == len(header) + 1 else header[1:]
    if not names:
        raise InputError(
            f"{path}: the header has a single cell; separate the columns by tab, comma or semicolon"
        )
    # Names may stand twice, which is for later to judge; arrow finds columns by name.
    positions = [str(i) for i in range(len(names) + 1)]
    types = {position: pa.float64() for position in positions[1:]} | {"0": pa.string()}
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(body),
            read_options=arrow_csv.ReadOptions(
                column_names=positions, block_size=max(1 << 22, 64 * len(first_line))
            ),
            parse_options=arrow_csv.ParseOptions(delimiter=separator),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types, null_values=MISSING, strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        _tell_fault(text, path=path, names=names, separator=separator, error=error)
    rows = [name.strip() for name in table.column(0).to_pylist()]
    values = np.empty((table.num_rows, len(names)), dtype=np.float32)
    for i in range(len(names)):
        values[:, i] = table.column(i + 1).to_numpy()
    return Table(values, rows, [name.strip() for name in names], natural="genes_in_rows")


def _content(path: Path) -> bytes:
    """Bytes of the file, unpacked where its content, whatever its name, is gzip."""
    content = path.read_bytes()
    if content.startswith(GZIP_MAGIC):
        try:
            content = gzip.decompress(content)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(
                f"{path}: the gzip file is truncated or damaged ({error}); fetch it again"
            ) from None
    content = content.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in content[:1024]:
        raise InputError(f"{path}: not a text file; save the matrix as tab-separated text")
    return content.lstrip(b"\r\n")


def _cells(line: bytes, separator: str) -> list[str]:
    text = line.decode("utf-8", errors="replace").rstrip("\r\n")
    return next(csv.reader([text], delimiter=separator), [])


def _tell_fault(
    text: bytes, *, path: Path, names: list[str], separator: str, error: pa.ArrowInvalid
) -> NoReturn:
    """Find the cell that stopped the fast reader, row by row, and name it."""
    try:
        lines = io.StringIO(text.decode("utf-8"))
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; save the matrix as UTF-8") from None
    rows = csv.reader(lines, delimiter=separator)
    next(rows)
    for row in rows:
        if not row:
            continue
        where = f"{path}, row {rows.line_num}"
        if len(row) != len(names) + 1:
            raise InputError(f"{where}: {len(row)} cells where {len(names) + 1} are expected")
        for name, cell in zip(names, row[1:], strict=True):
            if cell.strip() not in MISSING and not _is_number(cell):
                raise InputError(
                    f"{where} ({row[0]}), column {name}: {cell!r} is not a number; "
                    "missing values are empty cells or NA"
                )
    raise InputError(f"{path}: {str(error).splitlines()[0]}")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell
