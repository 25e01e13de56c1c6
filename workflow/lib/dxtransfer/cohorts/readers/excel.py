"""Excel and OpenDocument workbooks."""

import datetime
import logging
from collections.abc import Collection
from pathlib import Path

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from dxtransfer.cohorts.readers.cells import MISSING, is_number
from dxtransfer.cohorts.readers.layout import Layout, lay_out
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.table_rows import Body, table_of
from dxtransfer.errors import InputError

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
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        sheets = {
            name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for name in workbook.sheet_names
        }
    except PasswordError:
        raise InputError(f"{path}: the workbook is locked; save it without a password") from None
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(
            f"{path}: the Excel file is damaged ({str(error).splitlines()[0]}); save it again"
        ) from None
    found: dict[str, tuple[list[list[str]], Layout]] = {}
    faults: list[InputError] = []
    for name, cells in sheets.items():
        rows = [[_text(cell) for cell in row] for row in cells]
        try:
            if any(any(row) for row in rows):
                found[name] = rows, lay_out(_given(rows), path=path, sample_names=sample_names)
        except InputError as error:
            faults.append(error)
    if len(found) != 1:
        if found:
            raise InputError(
                f"{path}: several sheets are matrices ({', '.join(found)}); save the one to use as "
                "a file of its own"
            )
        raise faults[0] if faults else InputError(f"{path}: the workbook is empty")
    ((name, (rows, layout)),) = found.items()
    if len(sheets) > 1:
        logger.info("%s: the sheet %r is read", path, name)
    layout.told(path)
    body = _body(rows, layout, where=f"{path}, sheet {name}")
    return table_of(body, layout, sample_names=sample_names, path=path)


def _text(cell: object) -> str:
    """A cell as text: whole numbers without decimals, dates as year-month-day."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    return str(cell).strip()


def _given(rows: list[list[str]]) -> list[list[str]]:
    return [row for row in rows if any(row)]


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
