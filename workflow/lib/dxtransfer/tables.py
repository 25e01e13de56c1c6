"""Tables of people, read as text.

`007` stays `007`. An empty cell, `NA` and `nan` are missing. Neither pandas nor numpy is used,
since every Snakemake call reads the sheets.
"""

import csv
import os
import re
from pathlib import Path

from dxtransfer.errors import InputError

MISSING = {"", "na", "nan"}
DAMAGED = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+|\d+\.0+")


def read_table(path: Path) -> tuple[list[str], dict[int, list[str]]]:
    """Header and rows of a delimited text file by row number, cells stripped, missing ones empty.

    Raises
    ------
    InputError
        For a file that is not text, has no rows, or has a row with another number of cells.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: a folder, where a table is expected") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; save the table as UTF-8") from None
    lines = text.splitlines()
    if len(lines) < 2:
        raise InputError(f"{path}: has no rows below its header")
    separator = max("\t,;", key=lines[0].count)
    header, *body = csv.reader(lines, delimiter=separator)
    header = [name.strip() for name in header]
    rows = {}
    for number, cells in enumerate(body, start=2):
        if not any(cells):
            continue
        if len(cells) != len(header):
            raise InputError(
                f"{path}, row {number}: {len(cells)} cells where the header has {len(header)}"
            )
        rows[number] = ["" if c.strip().lower() in MISSING else c.strip() for c in cells]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(f"{path}: the column {twice[0]!r} stands twice in the header")
    return header, rows


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
    expanded = os.path.expandvars(value)
    located = os.path.normpath(table.parent / expanded)
    # Inside the working directory a relative name, as Snakemake's rules write it.
    relative = os.path.relpath(located)
    return located if os.path.isabs(expanded) or relative.startswith("..") else relative
