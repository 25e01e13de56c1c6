"""Excel and OpenDocument workbooks."""

import logging
from collections.abc import Collection
from pathlib import Path

import numpy as np

from dxtransfer.cohorts.readers.cells import MISSING, is_number
from dxtransfer.cohorts.readers.layout import Layout, lay_out
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.table_rows import Body, table_of
from dxtransfer.errors import InputError
from dxtransfer.workbooks import read_workbook, refuse_errors

logger = logging.getLogger(__name__)


def read_excel(path: Path, *, sample_names: Collection[str] | None = None) -> Table:
    """Read the one sheet of a workbook (xlsx, xls, xlsb, ods) that is a matrix.

    Names are taken as text; a name that Excel turned into a date is handed over as that date
    (`2023-09-02`), for the repair of identifiers to judge.

    Raises
    ------
    InputError
        For a damaged or locked workbook, and unless exactly one sheet is a matrix: with several
        their names, with none what the first one lacks.
    """
    sheets = read_workbook(path)
    found: dict[str, tuple[list[list[str]], Layout]] = {}
    faults: list[InputError] = []
    refused: dict[str, list[list[str]]] = {}
    for name, rows in sheets.items():
        try:
            if any(any(row) for row in rows):
                found[name] = rows, lay_out(_given(rows), path=path, sample_names=sample_names)
        except InputError as error:
            faults.append(error)
            refused[name] = rows
    if len(found) > 1:
        ids = set(sample_names or ())
        of_samples = [name for name, (rows, _) in found.items() if _holds(rows, ids)]
        found = {name: found[name] for name in of_samples} if len(of_samples) == 1 else found
    if len(found) != 1:
        if found:
            raise InputError(
                f"{path}: several sheets are matrices ({', '.join(found)}); save the one to use as "
                "a file of its own"
            )
        for name, rows in refused.items():
            refuse_errors(rows, where=f"{path}, sheet {name}")
        raise faults[0] if faults else InputError(f"{path}: the workbook is empty")
    ((name, (rows, layout)),) = found.items()
    if len(sheets) > 1:
        logger.info("%s: the sheet %r is read", path, name)
    refuse_errors(rows, where=f"{path}, sheet {name}")
    layout.told(path)
    body = _body(rows, layout, where=f"{path}, sheet {name}")
    _refuse_merged(body.texts[0], where=f"{path}, sheet {name}")
    return table_of(body, layout, sample_names=sample_names, path=path)


def _holds(rows: list[list[str]], ids: set[str]) -> bool:
    """Whether a sheet has two or more ids of the sample table in a row or a column."""
    lines = [*rows, *zip(*rows, strict=False)]
    return any(len(ids.intersection(line)) > 1 for line in lines)


def _given(rows: list[list[str]]) -> list[list[str]]:
    return [row for row in rows if any(row)]


def _refuse_merged(names: list[str], *, where: str) -> None:
    """Refuse names that stand once above several rows, as merged cells do."""
    blank = sum(not name.strip() for name in names)
    if 3 * blank >= len(names) > 3:
        raise InputError(
            f"{where}: {blank:,} of {len(names):,} rows have no name, as below merged cells; write "
            "the name into each row"
        )


def _body(rows: list[list[str]], layout: Layout, *, where: str) -> Body:
    numbers = [place for place, row in enumerate(rows, start=1) if any(row)]
    body = _given(rows)[layout.body :]
    values = np.empty((len(body), len(layout.values)), dtype=np.float32)
    for i, (number, row) in enumerate(zip(numbers[layout.body :], body, strict=True)):
        for j, place in enumerate(layout.values):
            cell = row[place]
            if cell in MISSING:
                values[i, j] = np.nan
            elif is_number(cell) and "," not in cell:
                values[i, j] = float(cell)
            else:
                raise InputError(
                    f"{where}, row {number} ({row[layout.names]}), column "
                    f"{layout.columns[place]}: {cell!r} is not a number; format the values as "
                    "numbers and leave missing ones empty"
                )
        for place in layout.spare:
            if row[place]:
                raise InputError(
                    f"{where}, row {number} ({row[layout.names]}), column {place + 1}: "
                    f"{row[place]!r} in a column without a name; give each column its name"
                )
    return Body([[row[place] for row in body] for place in layout.texts], values)
