"""The cells of a table with a published layout: columns by place, rows as long as the header."""

import csv
import io
import math
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dxtransfer.cohorts.readers.cells import MISSING, why_no_number
from dxtransfer.cohorts.readers.content import content_of
from dxtransfer.cohorts.readers.ragged import CutRows
from dxtransfer.errors import InputError

SEPARATORS = "\t;,"
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


@dataclass(frozen=True)
class Cells:
    """A table as text.

    Attributes
    ----------
    path
        The file, for messages.
    header
        Names of the columns.
    separator
        What separates the cells.
    body
        The lines below the header.
    above
        Number of lines of the file above the body.
    comments
        The lines above the header.
    """

    path: Path
    header: list[str]
    separator: str
    body: str
    above: int
    comments: list[str]

    def rows(self, *, cut_from: int | None = None) -> Iterator[tuple[int, list[str]]]:
        """Number in the file and cells of each row that is not empty.

        Parameters
        ----------
        cut_from
            Index of the first column of values, where the program may leave out the empty cells
            at the end of a row; see `CutRows` for how that is told from a row that lost a cell in
            its middle.

        Raises
        ------
        InputError
            For a row of another length than the header, a cell below an empty name, or a quote
            that is not closed.
        """
        width = len(self.header)
        reader = csv.reader(io.StringIO(self.body, newline=""), delimiter=self.separator)
        number = self.above
        cut = CutRows(width, values=cut_from or 0)
        nameless = [i for i, name in enumerate(self.header) if i and not name.strip()]
        try:
            for cells in reader:
                number = self.above + reader.line_num
                if not any(cells):
                    continue
                if any("\n" in cell for cell in cells):
                    raise InputError(f"{self.path}, row {number}: a quote is opened and not closed")
                if cut_from is not None and len(cells) <= width:
                    if len(cells) < width:
                        self._refuse_torn(reader.line_num, number)
                    cells = cut.filled_up(cells, where=f"{self.path}, row {number}")
                extra = cells[width:]
                if len(cells) < width or any(extra):
                    raise InputError(
                        f"{self.path}, row {number}: {len(cells)} cells where the header names "
                        f"{width} columns; export the table again"
                    )
                if filled := [i for i in nameless if cells[i].strip()]:
                    raise InputError(
                        f"{self.path}, row {number}: column {filled[0] + 1} has a value and no "
                        "name in the header; export the table again"
                    )
                yield number, cells[:width]
        except csv.Error as error:
            raise InputError(f"{self.path}, row {number + 1}: {error}") from None
        cut.refuse_others()

    def _refuse_torn(self, line: int, number: int) -> None:
        # A short last row without its line end is what a broken download leaves.
        if not self.body.endswith("\n") and line == self.body.count("\n") + 1:
            raise InputError(
                f"{self.path}, row {number}: the file ends within this row; fetch it again"
            )

    def place(self, *names: str) -> int | None:
        """Index of the first of these columns that the table has."""
        return next((self.header.index(name) for name in names if name in self.header), None)


def read_cells(
    path: Path,
    *,
    is_header: Callable[[str], bool] | None = None,
    separators: str = SEPARATORS,
) -> Cells:
    """Read a table of text.

    Parameters
    ----------
    path
        The file; gzip is unpacked.
    is_header
        Tells the line of the header; the first line where None.
    separators
        Those that may separate the cells; the one that the header has most of does.

    Raises
    ------
    InputError
        For a file that is not text, and one without header or rows.
    """
    content = content_of(path)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as fault:
        row = content.count(b"\n", 0, fault.start) + 1
        raise InputError(f"{path}, row {row}: not UTF-8 text; save the table as UTF-8") from None
    start, above = 0, 0
    comments: list[str] = []
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end].rstrip("\r")
        start, above = end + 1, above + 1
        if is_header is None or is_header(line):
            separator = max(separators, key=line.count)
            header = [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
            body = text[start:]
            if not body.strip():
                raise InputError(f"{path}: no rows below the header")
            return Cells(path, header, separator, body, above, comments)
        comments.append(line)
    raise InputError(f"{path}: no header of the expected layout")


@dataclass(frozen=True)
class Values:
    """Cells on their way to numbers.

    Attributes
    ----------
    path
        The file, for messages.
    columns
        Names of the columns, for messages.
    missing
        What stands for a missing value.
    zero_is_missing
        Whether a 0 means that nothing was measured.
    """

    path: Path
    columns: Sequence[str]
    missing: Collection[str] = MISSING
    zero_is_missing: bool = False

    def of(
        self, rows: Sequence[Sequence[str]], numbers: Sequence[int], *, separator: str
    ) -> NDArray[np.float32]:
        """Values of the rows.

        Parameters
        ----------
        rows
            Cells, one list a row.
        numbers
            Number of each row in the file.
        separator
            Of the cells; where it is not the comma, that may mark decimals.

        Raises
        ------
        InputError
            With row, column and cell for what is not a number.
        """
        decimal_comma = separator != "," and self._decimal_comma(rows)
        values = np.empty((len(rows), len(self.columns)), dtype=np.float32)
        for place, row in enumerate(rows):
            cells = [cell.replace(",", ".") for cell in row] if decimal_comma else row
            try:
                values[place] = [
                    math.nan if cell in self.missing else float(cell) for cell in cells
                ]
                if any("_" in cell for cell in cells):
                    raise ValueError
            except ValueError:
                self._refuse(row, cells, numbers[place])
        if self.zero_is_missing:
            values[values == 0] = np.nan
        return values

    def _decimal_comma(self, rows: Sequence[Sequence[str]]) -> bool:
        found = [cell for row in rows for cell in row if "," in cell]
        if not found:
            return False
        if any("." in cell for row in rows for cell in row) or all(map(GROUPED.fullmatch, found)):
            raise InputError(
                f"{self.path}: the comma of {found[0]} may mark decimals or thousands; write "
                "decimals with a point and thousands without a mark"
            )
        return True

    def _refuse(self, row: Sequence[str], cells: Sequence[str], number: int) -> None:
        for place, cell in enumerate(cells):
            try:
                good = "_" not in cell and (cell in self.missing or float(cell) is not None)
            except ValueError:
                good = False
            if not good and cell not in self.missing:
                raise InputError(
                    f"{self.path}, row {number}, column {self.columns[place]}: {row[place]!r} is "
                    f"not a number; {why_no_number(cell) or 'missing values are empty cells or NA'}"
                )


def sample_ids(
    spellings: Sequence[Sequence[str]], *, wanted: Sequence[str] | None = None
) -> list[str]:
    """Names of the samples as the sample table writes them.

    Parameters
    ----------
    spellings
        Names of the same samples in several spellings, the usual one first: `S1`, `LFQ intensity
        S1`.
    wanted
        Ids of the sample table; the spelling that most of them have is taken.
    """
    known = set(wanted or ())
    return list(max(spellings, key=lambda names: len(known.intersection(names))))


def base_names(paths: Sequence[str], *, endings: str) -> list[str]:
    """Names of samples whose columns are paths of files: `/data/S1.raw` is `S1`.

    Parameters
    ----------
    paths
        With slashes of either kind.
    endings
        Regular expression of what goes from the ends of file names.

    Returns
    -------
    list
        File names; the folders' names where files of several folders have one name; the paths as
        they are where these agree too.
    """
    parts = [re.split(r"[/\\]", path) for path in paths]
    names = [re.sub(f"(?:{endings})$", "", part[-1]) for part in parts]
    if len(set(names)) == len(names) and all(names):
        return names
    folders = [part[-2] if len(part) > 1 else "" for part in parts]
    if len(set(folders)) == len(folders) and all(folders):
        return folders
    return list(paths)
