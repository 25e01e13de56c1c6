"""Which row of a table is its header, and whether it names each column of the rows below."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from dxtransfer.cohorts.readers.cells import MISSING, is_number
from dxtransfer.cohorts.readers.refusals import plain, refuse_other_tables
from dxtransfer.errors import InputError

# a name of the column of names, in letters and digits alone; no sample is called so
NAMING = re.compile(
    r"|.*(gene|symbol|probe|probeset|feature|protein|proteingroup|taxon|taxa|taxonomy|otu|asv|name"
    r"|metabolite|compound|transcript|identifier|accession|ensembl|entrez|uniprot|refseq|cpg|mirna"
    r"|locus|species|genus|clade|pathway|peptide|analyte|marker|lipid|barcode|target|rowname)s?"
    r"(id|name|symbol|number)?s?"
    r"|(row|sample|patient|subject|case|cell)?(ids?|index|names?|nr|no)|samples?|patients?|subjects?"
    r"|cases?|idref|unnamed0|x|geoaccession|gsm|description|chr|chromosome|length"
)


def find_header(
    rows: Sequence[Sequence[str]], *, path: Path, samples: Collection[str]
) -> tuple[int, list[str]]:
    """Find the header.

    R leaves out the name of the first column. That is assumed only where the header's first name
    may be a sample and the last column of the rows has values: a separator at the end of each row,
    and a header that lacks its last name, look alike, and would move each value to its neighbour.

    Parameters
    ----------
    rows
        The first rows of the table.
    path
        Where they come from, for messages.
    samples
        Ids of the sample table, where they are known.

    Returns
    -------
    tuple
        Its index among `rows`, and a name for each column; empty for columns without a name.

    Raises
    ------
    InputError
        When no row is a header, or it has fewer or more names than the rows have cells.
    """
    width = _width(rows, path=path)
    _refuse_other_separator(rows[0], width, path=path)
    place = _place(rows, width, path=path)
    names = _trimmed(rows[place])
    _refuse_names_above(rows[:place], names, width, path=path, samples=samples)
    below = rows[place + 1 :]
    where = f"{path}, row {place + 1} of the table"
    if len(names) > width:
        longest = max((len(_trimmed(row)) for row in below), default=0)
        if longest != len(names):
            raise InputError(
                f"{where}: {len(names)} names, but no row below has as many cells (at most "
                f"{longest}); give each column one name and each row one cell a column"
            )
        return place, names
    body = [row for row in below if len(row) == width]
    surplus = range(len(names), width)
    filled = [column for column in surplus if any(row[column].strip() for row in body)]
    if not filled:
        if surplus and names[0] in samples:
            raise InputError(
                f"{where}: the first name, {names[0]!r}, is a sample and so the column of names "
                "has no name, and each row ends with an empty cell; name the first column"
            )
        # a separator at the end of some rows alone: these are cut to the others' length
        some = any(len(names) <= len(row) < width for row in below)
        return place, names if some else [*names, *[""] * len(surplus)]
    if max(filled) == len(names):
        if _may_be_sample(names, samples):
            return place, ["", *names, *[""] * (len(surplus) - 1)]
        raise InputError(
            f"{where}: {len(names)} names for {len(names) + 1} columns, and the first, "
            f"{names[0]!r}, is not a sample, so the name of another column is missing; give each "
            "column its name"
        )
    raise InputError(
        f"{where}: {len(names)} names for {max(filled) + 1} columns; give each column its name"
    )


def _refuse_names_above(
    above: Sequence[Sequence[str]],
    names: Sequence[str],
    width: int,
    *,
    path: Path,
    samples: Collection[str],
) -> None:
    """Refuse a header with too few names, which looks like a title above the first row."""
    if any(name in samples for name in names):
        return
    for place, row in enumerate(map(_trimmed, above)):
        if any(cell in samples for cell in row):
            raise InputError(
                f"{path}, row {place + 1} of the table: {len(row)} names for {width} columns; give "
                "each column its name"
            )


def _refuse_other_separator(first: Sequence[str], width: int, *, path: Path) -> None:
    """Refuse a header whose names have another mark between them than the rows."""
    if len(first) > 1 or width < 3:
        return
    for mark, called in {",": "commas", ";": "semicolons", "\t": "tabs"}.items():
        if first[0].count(mark) + 1 in (width, width - 1):
            raise InputError(
                f"{path}: the names in the header are separated by {called}, the rows below in "
                "another way; write all rows alike"
            )


def _trimmed(row: Sequence[str]) -> list[str]:
    """Cells without white space, those up to the last that is not empty."""
    cells = [cell.strip() for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _may_be_sample(names: Sequence[str], samples: Collection[str]) -> bool:
    """Whether a header that is one name short begins with a sample (in a turned table a gene)."""
    if names[0] in samples:
        return True
    if NAMING.fullmatch(plain(names[0])):
        return False
    known = [name for name in names if name in samples]
    # A sample may be in the matrix alone; its id is then like those of the others.
    return not known or any(_form(names[0]) == _form(name) for name in known)


def _form(name: str) -> str:
    return re.sub(r"[a-z]+", "a", re.sub(r"[A-Z]+", "A", re.sub(r"\d+", "0", name)))


def _width(rows: Sequence[Sequence[str]], *, path: Path) -> int:
    """Number of cells of most rows; the first rows, which may be titles, count least."""
    lengths = [len(row) for row in rows]
    # notes below a table have one cell
    while lengths[-1] == 1 < max(lengths):
        lengths.pop()
    below = lengths[len(lengths) // 2 :]
    width = Counter(sorted(below, reverse=True)).most_common(1)[0][0]
    if len({len(row) for row in rows}) > 1:
        refuse_other_tables([], rows, numeric=[], path=path)
    if width < 2:
        raise InputError(
            f"{path}: the rows have a single cell; separate the columns by tab, comma or semicolon"
        )
    return width


def _place(rows: Sequence[Sequence[str]], width: int, *, path: Path) -> int:
    """Index of the first row that may name the columns."""
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
            if any(map(is_number, below[1:])):
                return place
            raise InputError(
                f"{path}, row {place + 1} of the table: {filled} names for {width} columns; give "
                "each column a name"
            )
    raise InputError(f"{path}: no row names the {width} columns; add a header")


def _holds_values(row: Sequence[str], width: int) -> bool:
    return len(row) == width and (is_number(row[-1]) or row[-1].strip() in MISSING)
