"""Tables of names as text: what annotations and mappings have in common."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from dxtransfer.cohorts.readers.content import GZIP_MAGIC, Unpacked
from dxtransfer.errors import InputError
from dxtransfer.missing_codes import UNNAMED

SEPARATORS = "\t,;"
OTHER_FORMATS = {
    b"PK": "an Excel or zip file",
    b"PAR1": "a parquet file",
    b"\x89HDF": "an HDF5 file",
}
# above the header of platform tables: SOFT's entities, attributes and columns, Affymetrix' notes
COMMENTS = ("^", "!", "#")


def text_lines(path: Path | str, *, what: str) -> Iterator[str]:
    """Lines of a text file, plain or gzipped, blank ones left out.

    Parameters
    ----------
    path
        The file.
    what
        What it should be, for messages.

    Yields
    ------
    str
        A line without its end.

    Raises
    ------
    InputError
        For a file that is no text, empty, or a damaged gzip file.
    """
    try:
        start = _start(Path(path))
    except IsADirectoryError:
        raise InputError(f"{path}: a folder, where {what} is expected") from None
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; {what} is expected") from None
    for magic, told in OTHER_FORMATS.items():
        if start.startswith(magic):
            raise InputError(f"{path}: {told}, where {what} is expected; save it as text")
    empty = True
    try:
        with Path(path).open("rb") as source:
            packed = start.startswith(GZIP_MAGIC)
            binary = io.BufferedReader(Unpacked(source, Path(path))) if packed else source
            for line in io.TextIOWrapper(binary, encoding="utf-8-sig"):
                if line.strip():
                    empty = False
                    yield line.rstrip("\r\n")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            f"{path}: the gzip file is truncated or damaged ({error}); fetch it again"
        ) from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; save {what} as UTF-8") from None
    if empty:
        raise InputError(f"{path}: empty, where {what} is expected")


def _start(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(8)


def as_table(lines: Iterable[str], *, path: Path | str, header: bool = True) -> pd.DataFrame:
    """Cells of a table as text, missing ones empty.

    Parameters
    ----------
    lines
        See `text_lines`. Lines that begin as in `COMMENTS` above the header and anywhere else as
        SOFT's `!` are passed over.
    path
        For messages.
    header
        Whether the first line names the columns; numbers name them otherwise.

    Raises
    ------
    InputError
        For a row with another number of cells than the first.
    """
    numbered = [(n, line) for n, line in enumerate(lines, start=1) if not line.startswith(COMMENTS)]
    if len(numbered) < 1 + header:
        raise InputError(f"{path}: has no rows below its header")
    separator = max(SEPARATORS, key=numbered[0][1].count)
    cells = list(csv.reader((line for _, line in numbered), delimiter=separator))
    width = len(cells[0])
    for (number, _), row in zip(numbered, cells, strict=False):
        if len(row) > width:
            raise InputError(f"{path}, row {number}: {len(row)} cells where the first has {width}")
        # spreadsheets leave out the empty cells at the end of a row
        row.extend([""] * (width - len(row)))
    names = [name.strip() for name in cells[0]] if header else [str(i) for i in range(width)]
    table = pd.DataFrame(cells[1:] if header else cells, columns=names, dtype=object)
    stripped = table.apply(lambda column: column.str.strip())
    return stripped.mask(stripped.apply(lambda column: column.str.lower().isin(UNNAMED)), "")


def plain(column: str) -> str:
    """Name of a column without case, blanks and marks: `Gene Symbol` is `genesymbol`."""
    return re.sub(r"[^a-z0-9]", "", str(column).lower())
