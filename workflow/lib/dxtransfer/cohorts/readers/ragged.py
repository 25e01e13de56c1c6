"""Tables that are read cell by cell, and the first cell that is wrong, named by row and column.

Programs that cut the empty cells at the end of each row (DIA-NN's and MaxQuant's tables out of a
spreadsheet) leave rows of many lengths. Filled up, each value stays under its own name. A row that
lost a cell in its middle looks alike, so rows are filled up only where cutting explains the whole
table: many rows are short, and no row ends with an empty cell.
"""

import csv
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dxtransfer.cohorts.readers.cells import MISSING, is_number, why_no_number
from dxtransfer.cohorts.readers.layout import Layout
from dxtransfer.cohorts.readers.table_rows import Body, is_note
from dxtransfer.errors import InputError

# Rows are taken to be cut where so many are short, and as many more where no other cell is empty.
CUT_ROWS, CUT_SHARE, CUT_WITHOUT_EMPTY = 3, 0.05, 20


def read_rows(
    body: bytes, layout: Layout, separator: str, *, decimal: str, path: Path, above: int
) -> Body:
    """Read the rows below the header.

    Parameters
    ----------
    body
        The text below the header.
    layout, separator, decimal
        How the table lies, and its marks.
    path
        Where it comes from, for messages.
    above
        Number of lines above the body; rows are counted as an editor shows them.

    Raises
    ------
    InputError
        For what is not UTF-8, a quote that is not closed, a header that is repeated, a row of
        another length that was not merely cut, or a cell that is not a number.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as fault:
        row = above + body.count(b"\n", 0, fault.start) + 1
        raise InputError(f"{path}, row {row}: not UTF-8 text; save the matrix as UTF-8") from None
    lines = csv.reader(io.StringIO(text), delimiter=separator)
    texts: list[list[str]] = []
    values: list[NDArray[np.float32]] = []
    cut = CutRows(len(layout.columns), values=min(layout.values))
    try:
        for cells in lines:
            if not cells or (len(cells) == 1 and cells[0].startswith(("#", "!"))):
                continue
            where = f"{path}, row {above + lines.line_num}"
            _check_row(cells, layout, where=where)
            filled = cut.filled_up(cells, where=where)
            texts.append([filled[i].strip() for i in layout.texts])
            values.append(_numbers(filled, layout, decimal=decimal, where=where))
    except csv.Error:
        raise InputError(
            f"{path}, row {above + lines.line_num}: a quote that is never closed"
        ) from None
    if not values:
        raise InputError(f"{path}: the file is empty or has no rows below its header")
    cut.refuse_others()
    columns = [list(column) for column in zip(*texts, strict=True)]
    return Body(columns, np.stack(values))


class CutRows:
    """The lengths of the rows of a table, and whether cutting empty cells explains them.

    Parameters
    ----------
    width
        Number of columns.
    values
        Index of the first column of values; empty descriptions before it explain nothing.
    """

    def __init__(self, width: int, *, values: int = 0) -> None:
        self.width = width
        self.values = values
        self.rows = 0
        self.short: list[str] = []
        self.lengths: set[int] = set()
        self.notes: list[tuple[int, str]] = []
        self.empty_inside = False
        self.surplus = False
        # the first whole row that ends with an empty cell
        self.empty_last = ""

    def filled_up(self, cells: list[str], *, where: str) -> list[str]:
        """Return the cells of a row, as many as there are columns."""
        self.rows += 1
        fault = f"{where}: {len(cells)} cells where {self.width} are expected"
        if len(cells) > self.width:
            if any(cell.strip() for cell in cells[self.width :]):
                raise InputError(fault)
            self.surplus = True
            return cells[: self.width]
        filled = [bool(cell.strip()) for cell in cells]
        if len(cells) == 1 and is_note(cells[0]):
            self.notes.append((1, fault))
            return cells + [""] * (self.width - 1)
        # What stands above a row of values is not a note below the table.
        for length, note in [*self.notes, (len(cells), fault)]:
            if length < self.width:
                self.short.append(note)
                self.lengths.add(length)
        self.notes = []
        if any(filled):
            self.empty_last = self.empty_last or ("" if filled[-1] else where)
            self.empty_inside |= not all(filled[self.values :])
        return cells + [""] * (self.width - len(cells))

    def refuse_others(self) -> None:
        """Refuse short rows that were not merely cut, and rows that may have lost a cell."""
        if self.surplus and self.empty_last:
            raise InputError(
                f"{self.empty_last}: ends with an empty cell, and other rows end with a surplus "
                "separator, so it may lack a cell; end all rows alike"
            )
        if not self.short:
            return
        enough = max(CUT_ROWS, CUT_SHARE * self.rows)
        if not self.empty_inside:
            enough = max(CUT_WITHOUT_EMPTY, enough)
        # A single name too many in the header leaves all rows short by one cell.
        whole = self.rows - len(self.short)
        differ = len(self.lengths) > 1 or whole >= max(2, CUT_SHARE * self.rows)
        if self.empty_last or len(self.short) < enough or not differ:
            others = len(self.short) - 1
            beside = (
                f" ({others:,} other rows are short too; write each row with all its cells, "
                "missing values as NA)"
            )
            raise InputError(self.short[0] + (beside if others else ""))


def _check_row(row: list[str], layout: Layout, *, where: str) -> None:
    names = layout.columns
    if row[-1].strip() == names[-1] and [cell.strip() for cell in row] == names:
        raise InputError(f"{where}: the header stands twice; remove the second one")
    if any("\n" in cell for cell in row):
        started = next(cell for cell in row if "\n" in cell).partition("\n")[0]
        raise InputError(f"{where}: a quote that opened before {started!r} is not closed")


def _numbers(row: list[str], layout: Layout, *, decimal: str, where: str) -> NDArray[np.float32]:
    for place in layout.spare:
        if row[place].strip():
            raise InputError(
                f"{where} ({row[layout.names]}), column {place + 1}: {row[place]!r} in a column "
                "without a name; give each column its name, or remove the surplus separator"
            )
    quick = _at_once([row[place] for place in layout.values]) if decimal == "." else None
    if quick is not None:
        return quick
    wrong_mark = {".": ",", ",": "."}[decimal]
    values = np.full(len(layout.values), np.nan, dtype=np.float32)
    for i, place in enumerate(layout.values):
        cell = row[place].strip()
        if cell in MISSING:
            continue
        if not is_number(cell) or wrong_mark in cell:
            raise InputError(
                f"{where} ({row[layout.names]}), column {layout.columns[place]}: {cell!r} is not a "
                f"number; {why_no_number(cell) or 'missing values are empty cells or NA'}"
            )
        values[i] = float(cell.replace(decimal, "."))
    return values


def _at_once(cells: list[str]) -> NDArray[np.float32] | None:
    """Values of a row without decimal commas and codes of missing values; None for any other."""
    if any("_" in cell for cell in cells):
        return None  # Python reads 1_000 as a number
    try:
        return np.array([float(cell) if cell else np.nan for cell in cells], dtype=np.float32)
    except ValueError:
        return None
