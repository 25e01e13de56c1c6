"""Which column of a table names its rows.

It is the first column unless that one describes (a chromosome, a length, a description, a mere
count of the rows) and another names: the names are what tells rows apart, and a header or the form
of the cells says that they are identifiers.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from dxtransfer.cohorts.identifiers.kinds import kind_of
from dxtransfer.cohorts.readers.header import NAMING
from dxtransfer.cohorts.readers.refusals import plain
from dxtransfer.errors import InputError

# column names in letters and digits alone
CHROMOSOME = {"chr", "chrom", "chromosome", "seqnames", "seqname", "contig"}
START = {"start", "chromstart", "txstart", "genestart", "startposition", "peakstart", "begin"}
END = {"end", "chromend", "txend", "geneend", "endposition", "peakend", "stop"}
DESCRIPTIVE = {
    *(CHROMOSOME | START | END | {"pos", "position", "strand", "length", "genelength", "width"}),
    *("efflength", "effectivelength", "description", "genedescription", "genedesc", "title"),
    *("biotype", "genebiotype", "genetype", "featuretype", "type", "class", "category", "band"),
    *("cytoband", "annotation", "gc", "gccontent", "percentgc", "function", "comment", "comments"),
    *("notes", "note", "source", "organism", "score", "mass", "rt", "retentiontime", "peptides"),
}
# numbers that are never names
MEASURED = START | END | {"length", "genelength", "width", "efflength", "effectivelength", "gc"}
# a mere count of the rows, as spreadsheets, pandas and GTEx write it beside the names
COUNTED = ("", "unnamed0", "index", "x1", "x", "rownames", "id", "no", "nr", "num", "row", "rank")
# of these, what an index of pandas or R is called, whose numbers have gaps once rows were filtered
INDEX = {*COUNTED, "level0", "unnamed01", "unnamed02"} - {"id"}
# names of the column that holds the samples
SAMPLES = re.compile(
    r"(sample|case|specimen|aliquot|patient|subject|participant|donor|individual|person|barcode)s?"
    r"(ids?|names?|nr|no|numbers?|codes?|barcodes?)?|ids?|gsm|geoaccession|run|experiment"
)
# forms of identifiers that nothing else has
STRICT = {"ensembl", "transcript", "symbol_entrez", "uniprot", "lineage", "methylation", "mirna"}
CHROMOSOMES = re.compile(r"chr(\d{1,2}|[XYM]|MT|Un\S*)(_\S+)?", re.IGNORECASE)
# share of distinct names below which a column cannot tell rows apart, and from which it can
REPEATED, DISTINCT = 0.5, 0.9


@dataclass(frozen=True)
class Named:
    """The column that names the rows, or the three that do together as `chr:start-end`."""

    column: int
    place: tuple[int, ...] = ()


def choose_names(
    columns: Sequence[str],
    body: Sequence[Sequence[str]],
    kinds: Sequence[str],
    *,
    leading: Sequence[int],
    path: Path,
) -> Named:
    """Choose the column of names among those beside the values.

    Parameters
    ----------
    columns
        Names of all columns.
    body
        The first rows, cells stripped.
    kinds
        `number`, `text` or `empty` for each column.
    leading
        Columns that may name the rows, in their order.
    path
        Where the table comes from, for messages.

    Raises
    ------
    InputError
        When each of these columns describes and none tells the rows apart.
    """
    cells = {i: [row[i] for row in body] for i in leading}
    first = leading[0]
    suited = [i for i in leading if not _describes(columns[i], cells[i], kinds[i])]
    named = [i for i in suited if _identifies(columns[i], cells[i], kinds[i])]
    if first in suited and not _yields(first, named, columns, cells, kinds):
        return Named(first)
    better = [i for i in named if i != first]
    better = better or [i for i in suited if i != first and kinds[i] == "text"]
    distinct = [i for i in better if _distinct(cells[i]) >= DISTINCT]
    place = _place(columns, leading)
    if distinct:
        return Named(_best(distinct, cells))
    if len(place) == 3:
        return Named(first, place)
    if better:
        return Named(_best(better, cells))
    measured = kinds[first] == "number" and plain(columns[first]) in MEASURED
    if not measured and (_distinct(cells[first]) >= REPEATED or len(body) < 3):
        return Named(first)
    raise InputError(
        f"{path}: no column names the rows: the first, {columns[first]!r}, describes them (it "
        f"holds {cells[first][0]!r}); put a column of identifiers first"
    )


def _best(places: Sequence[int], cells: dict[int, list[str]]) -> int:
    """The first column of identifiers whose form is certain, else the first."""
    return max(places, key=lambda i: (_strict(cells[i]) >= DISTINCT, -i))


def _place(columns: Sequence[str], leading: Sequence[int]) -> tuple[int, ...]:
    found = [
        next((i for i in leading if plain(columns[i]) in words), None)
        for words in (CHROMOSOME, START, END)
    ]
    return tuple(i for i in found if i is not None)


def _describes(name: str, cells: Sequence[str], kind: str) -> bool:
    """Whether a column tells of features what does not name them."""
    given = [cell for cell in cells if cell]
    chromosomes = len(given) > 2 and all(CHROMOSOMES.fullmatch(cell) for cell in given)
    return plain(name) in DESCRIPTIVE or kind == "empty" or chromosomes


def _yields(
    first: int,
    named: Sequence[int],
    columns: Sequence[str],
    cells: dict[int, list[str]],
    kinds: Sequence[str],
) -> bool:
    """Whether the first column leaves the naming to a later one that identifies."""
    others = [i for i in named if i != first and kinds[i] == "text"]
    if not others:
        # an unnamed or counting column before text of no known kind
        later = [i for i in cells if i > first and kinds[i] == "text"]
        return bool(later) and is_count(columns[first], cells[first])
    if is_count(columns[first], cells[first]):
        return True
    if first in named and kinds[first] == "text":
        return False
    if kinds[first] == "number":
        # Entrez ids and other numbers that are names are called so.
        return first not in named
    sentences = sum(len(cell.split()) > 2 for cell in cells[first]) > len(cells[first]) / 2
    return sentences or (
        _distinct(cells[first]) < REPEATED and any(_distinct(cells[i]) >= DISTINCT for i in others)
    )


def is_count(name: str, cells: Sequence[str]) -> bool:
    """Whether a column merely counts the rows."""
    start = int(cells[0]) if cells and cells[0].isdigit() else -1
    counts = [str(start + i) for i in range(len(cells))]
    return plain(name) in COUNTED and start in (0, 1) and list(cells) == counts


def _identifies(name: str, cells: Sequence[str], kind: str) -> bool:
    """Whether the header is that of names, or the cells have the form of identifiers."""
    word = plain(name)
    if kind == "number" and word in INDEX:
        return False
    return (word != "" and word not in ("x",) and NAMING.fullmatch(word) is not None) or (
        _strict(cells) >= DISTINCT
    )


def _strict(cells: Sequence[str]) -> float:
    given = [cell for cell in cells if cell]
    return sum(kind_of(cell) in STRICT for cell in given) / max(1, len(given))


def _distinct(cells: Sequence[str]) -> float:
    given = [cell for cell in cells if cell]
    return len(set(given)) / max(1, len(given))


def named_by_samples(
    columns: Sequence[str], body: Sequence[Sequence[str]], samples: Collection[str], *, path: Path
) -> int | None:
    """Return the column that holds the samples, where they are rows; None where they are not.

    Raises
    ------
    InputError
        Where several columns may hold them alike: patients who are numbered stand beside numbers
        of rows or small counts.
    """
    if not samples or not body:
        return None
    in_header = sum(name in samples for name in columns)
    shares: dict[int, float] = {}
    for column in range(len(columns)):
        cells = [row[column] for row in body if row[column]]
        found = sum(cell in samples for cell in cells)
        # In a column of counts, some number may well be a sample's too.
        if found <= in_header or len(set(cells)) < len(cells) or 2 * found < len(cells):
            continue
        shares[column] = found / len(cells)
    if not shares:
        return None
    cells_of = {i: [row[i] for row in body] for i in shares}
    # a column called as one of samples goes before the first, and both before a counter of rows
    called = {i: SAMPLES.fullmatch(plain(columns[i])) is not None for i in shares}
    rank = {
        i: (2 if called[i] else int(i == 0)) - 3 * is_count(columns[i], cells_of[i]) for i in shares
    }
    best = max(shares, key=lambda i: (rank[i], shares[i], -i))
    alike = [i for i in shares if rank[i] == rank[best] and shares[i] == shares[best]]
    if any(cells_of[i] != cells_of[best] for i in alike):
        raise InputError(
            f"{path}: the columns {columns[best]!r} and {columns[alike[-1]]!r} may both hold the "
            "ids of the sample table; name the one that does `sample`, or remove the other"
        )
    return best
