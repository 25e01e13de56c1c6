"""How a table lies in rows of cells: its header, the column of names, the columns of values."""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dxtransfer.cohorts.readers.refusals import plain, refuse_other_tables
from dxtransfer.errors import InputError

MISSING = ["", "NA", "N/A", "na", "n/a", "NaN", "nan", "NAN", "null", "NULL", "None", "#N/A"]
NUMBER = re.compile(
    r"\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*|\s*[+-]?inf(inity)?\s*", re.I
)
# columns beside the names that describe a feature, in letters and digits alone
DESCRIBING = {
    *("gene", "genes", "geneid", "genename", "genesymbol", "symbol", "hugosymbol", "entrez"),
    *("entrezid", "entrezgene", "entrezgeneid", "ensembl", "ensemblid", "ensemblgeneid", "locus"),
    *("description", "genedescription", "genedesc", "genetype", "biotype", "genebiotype", "chr"),
    *("chrom", "chromosome", "start", "end", "strand", "length", "genelength", "width", "title"),
    *("efflength", "effectivelength", "gbacc", "genbank", "refseq", "accession", "unigene", "orf"),
    *("probe", "probeid", "transcript", "transcriptid", "transcriptids", "cytoband", "annotation"),
    *("name", "taxid", "ncbitaxid", "protein", "proteinname", "uniprot", "uniprotid", "sequence"),
    "spotid",
}
# an empty corner above mere row numbers, as spreadsheets and pandas write it
COUNTED = ("", "unnamed0", "index", "x1", "rownames")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Layout:
    """Where things stand in a table.

    Attributes
    ----------
    header
        Index of the header among the rows looked at.
    body
        Index of the first row of values.
    columns
        Names of all columns, that of the names included.
    names
        Index of the column that names the rows.
    values
        Indices of the columns of values.
    described
        Names of the columns that describe the rows and are left out.
    """

    header: int
    body: int
    columns: list[str]
    names: int
    values: list[int]
    described: list[str] = field(default_factory=list)

    def told(self, path: Path) -> None:
        """Log which columns are left out."""
        if self.described:
            logger.info(
                "%s: columns that describe the rows are left out: %s",
                path,
                ", ".join(self.described),
            )


def is_number(cell: str) -> bool:
    """Whether a cell is a number, its decimals marked by a point or a comma."""
    return NUMBER.fullmatch(cell) is not None


def lay_out(rows: Sequence[Sequence[str]], *, path: Path, gct: bool = False) -> Layout:
    """Find header, names and values.

    Parameters
    ----------
    rows
        The first rows of the table as text, comments and empty rows left out.
    path
        Where they come from, for messages.
    gct
        Whether the file is a GCT file, whose first row counts rows, columns and descriptions.

    Returns
    -------
    Layout
        Columns of text directly beside the names, and columns known to describe features
        (chromosome, length, description...), count as descriptions.

    Raises
    ------
    InputError
        In one sentence: no header, a header twice, text among the values, or a table that is
        something else than a matrix, by its name.
    """
    width = _width(rows, path=path)
    counts = [int(cell) for cell in rows[0] if cell.strip().isdigit()] if gct else []
    header = _header(rows[1:], width, path=path) + 1 if gct else _header(rows, width, path=path)
    columns = [cell.strip() for cell in rows[header]]
    if len(columns) == width - 1:
        columns.insert(0, "")
    # A GCT file of version 1.3 has rows that describe the samples below its header.
    first = header + 1 + (counts[3] if len(counts) == 4 else 0)
    body = [row for row in rows[first:] if len(row) == width]
    if any([cell.strip() for cell in row] == columns for row in body):
        raise InputError(f"{path}: the header stands twice; remove the second one")
    kinds = [_kind([row[place].strip() for row in body]) for place in range(width)]
    # version 1.2 of GCT has one description; 1.3 says how many
    told = (counts[2] if len(counts) == 4 else 1) if gct else None
    layout = _columns(columns, body, kinds, told, Layout(header, first, columns, 0, []))
    refuse_other_tables(
        columns, body, numeric=[i for i in range(width) if kinds[i] == "number"], path=path
    )
    _check(layout, kinds, body, path=path)
    return layout


def _width(rows: Sequence[Sequence[str]], *, path: Path) -> int:
    """Number of cells of most rows; the first rows, which may be titles, count least."""
    below = [len(row) for row in rows[len(rows) // 2 :]]
    width = Counter(sorted(below, reverse=True)).most_common(1)[0][0]
    if len({len(row) for row in rows}) > 1:
        refuse_other_tables([], rows, numeric=[], path=path)
    if width < 2:
        raise InputError(
            f"{path}: the rows have a single cell; separate the columns by tab, comma or semicolon"
        )
    return width


def _header(rows: Sequence[Sequence[str]], width: int, *, path: Path) -> int:
    """Index of the first row that has a name for each column, that of the names excepted."""
    for place, row in enumerate(rows):
        filled = sum(bool(cell.strip()) for cell in row)
        above = rows[place - 1] if place else []
        below = rows[place + 1] if place + 1 < len(rows) else []
        if len(row) == width and filled >= width - 1:
            # R leaves out the name of the first column; with one sample a single cell is left.
            short = len(above) == width - 1 == 1 and not is_number(above[0])
            if short and is_number(row[1]):
                return place - 1
            if len(above) == width and all(map(is_number, row[1:])):
                raise InputError(f"{path}, row {place} of the table: columns without a name")
            return place
        if len(row) == width - 1 == filled > 1 and _holds_values(below, width):
            return place
        if filled > max(2, width / 2):
            raise InputError(
                f"{path}, row {place + 1} of the table: {filled} names for {width} columns; give "
                "each column a name"
            )
    raise InputError(f"{path}: no row names the {width} columns; add a header")


def _holds_values(row: Sequence[str], width: int) -> bool:
    return len(row) == width and (is_number(row[-1]) or row[-1].strip() in MISSING)


def _kind(cells: Sequence[str]) -> str:
    """`number` where any cell is one, `text` where none is, `empty` without cells."""
    given = [cell for cell in cells if cell not in MISSING]
    if not given:
        return "empty"
    return "number" if any(map(is_number, given)) else "text"


def _columns(
    columns: list[str],
    body: Sequence[Sequence[str]],
    kinds: list[str],
    told: int | None,
    start: Layout,
) -> Layout:
    """Tell the column of names and the columns that describe from those of values."""
    names = 0
    if plain(columns[0]) in COUNTED and len(kinds) > 2 and kinds[1] == "text":
        numbers = [row[0].strip() for row in body]
        first = int(numbers[0]) if numbers and numbers[0].isdigit() else -1
        names = int(numbers == [str(first + i) for i in range(len(numbers))] and first in (0, 1))
    left_out = {place for place in range(names)}
    beside = names + 1
    while beside < len(columns) - 1 or (beside < len(columns) and kinds[beside] == "text"):
        known = plain(columns[beside]) in DESCRIBING
        if not (kinds[beside] == "text" or known or (told and beside <= told)):
            break
        left_out.add(beside)
        beside += 1
    left_out |= {
        place
        for place in range(beside, len(columns))
        if (kinds[place] == "text" and plain(columns[place]) in DESCRIBING)
        or (kinds[place] == "empty" and not columns[place])
    }
    values = [i for i in range(names + 1, len(columns)) if i not in left_out]
    described = [columns[i] for i in sorted(left_out) if columns[i]]
    return Layout(start.header, start.body, columns, names, values, described)


def _check(layout: Layout, kinds: list[str], body: Sequence[Sequence[str]], *, path: Path) -> None:
    columns, values = layout.columns, layout.values
    if not values:
        raise InputError(
            f"{path}: holds text alone, so it is no matrix but a table of names; one of "
            "probes and genes belongs in the column annotation"
        )
    for place in values:
        if kinds[place] == "text":
            found = next(row[place] for row in body if row[place].strip() not in MISSING)
            raise InputError(
                f"{path}, column {columns[place]}: holds text ({found!r}) among columns of "
                "values; remove it, or put it beside the names"
            )
    given = [columns[place] for place in values]
    if all(map(is_number, given)) and sum("." in cell for cell in given) > len(given) / 2:
        raise InputError(
            f"{path}: no header: the first row holds values ({given[0]}) where the names of the "
            "columns are expected"
        )
