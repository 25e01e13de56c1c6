"""How a table lies in rows of cells: its header, the column of names, the columns of values."""

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dxtransfer.cohorts.clinical import is_of_patients
from dxtransfer.cohorts.readers.cells import (
    MISSING,
    holds_text,
    is_number,
    kind_of_cells,
    why_no_number,
)
from dxtransfer.cohorts.readers.header import find_header
from dxtransfer.cohorts.readers.refusals import plain, refuse_other_tables
from dxtransfer.cohorts.readers.row_names import (
    DESCRIPTIVE,
    INDEX,
    Named,
    choose_names,
    is_count,
    named_by_samples,
)
from dxtransfer.cohorts.readers.taxonomy import refuse_several_ranks, taxonomy
from dxtransfer.errors import InputError

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
    blank_end
        Whether the last column has a name but no values in the rows looked at.
    place
        Indices of chromosome, start and end, where these together name the rows.
    spare
        Indices of columns without a name, which have to be empty.
    of_samples
        Indices of columns that describe samples, where samples are rows.
    ranks
        Indices of columns of a taxonomy, which together name the rows, from the highest rank.
    """

    header: int
    body: int
    columns: list[str]
    names: int
    values: list[int]
    described: list[str] = field(default_factory=list)
    blank_end: bool = False
    place: list[int] = field(default_factory=list)
    spare: list[int] = field(default_factory=list)
    of_samples: list[int] = field(default_factory=list)
    ranks: list[int] = field(default_factory=list)

    @property
    def texts(self) -> list[int]:
        """Indices of the columns to be read as text, which name the rows."""
        return self.place or self.ranks or [self.names]

    def told(self, path: Path) -> None:
        """Log which columns are left out."""
        if self.described:
            logger.info(
                "%s: columns that describe the rows are left out: %s",
                path,
                ", ".join(self.described),
            )


def lay_out(
    rows: Sequence[Sequence[str]],
    *,
    path: Path,
    gct: bool = False,
    sample_names: Collection[str] | None = None,
) -> Layout:
    """Find header, names and values.

    Parameters
    ----------
    rows
        The first rows of the table as text, comments and empty rows left out.
    path
        Where they come from, for messages.
    gct
        Whether the file is a GCT file, whose first row counts rows, columns and descriptions.
    sample_names
        Ids of the sample table, where they are known.

    Returns
    -------
    Layout
        Columns of text directly beside the names, and columns known to describe features
        (chromosome, length, description...), count as descriptions. Where samples are rows,
        columns of text and those that are called as columns of patients are (age, sex, stage)
        are none of the values either, but `of_samples`.

    Raises
    ------
    InputError
        In one sentence: no header, a header twice, a header that does not name each column, no
        column that names the rows, text among the values, or a table that is something else than
        a matrix, by its name.
    """
    samples = frozenset(sample_names or ())
    counts = [int(cell) for cell in rows[0] if cell.strip().isdigit()] if gct else []
    header, columns = find_header(rows[1:] if gct else rows, path=path, samples=samples)
    header += gct
    width = len(columns)
    # A GCT file of version 1.3 has rows that describe the samples below its header.
    first = header + 1 + (counts[3] if len(counts) == 4 else 0)
    body = [_cells(row, width) for row in rows[first:] if 1 < len(_cells(row, 0)) <= width]
    if any(row == columns for row in body):
        raise InputError(f"{path}: the header stands twice; remove the second one")
    kinds = [kind_of_cells([row[place] for row in body]) for place in range(width)]
    numeric = [i for i in range(width) if kinds[i] == "number"]
    if len(samples.intersection(columns)) < 2:
        refuse_other_tables(columns, body, numeric=numeric, path=path, samples=samples)
    blank_end = bool(columns[-1]) and not any(row[-1] for row in body)
    start = Layout(header, first, columns, 0, [], blank_end=blank_end)
    by_samples = named_by_samples(columns, body, samples, path=path)
    if by_samples is not None:
        layout = _samples_in_rows(start, kinds, body, names=by_samples)
    else:
        # version 1.2 of GCT has one description; 1.3 says how many
        told = (counts[2] if len(counts) == 4 else 1) if gct else None
        layout = _features_in_rows(start, kinds, body, told=told, samples=samples, path=path)
    _check(layout, kinds, body, samples=samples, path=path)
    return layout


def _cells(row: Sequence[str], width: int) -> list[str]:
    """Cells without white space: as many as `width`, or up to the last that is not empty."""
    cells = [cell.strip() for cell in row]
    while len(cells) > width and not cells[-1]:
        cells.pop()
    return cells + [""] * (width - len(cells))


def _samples_in_rows(
    start: Layout, kinds: list[str], body: Sequence[Sequence[str]], *, names: int
) -> Layout:
    """Layout of a table whose rows are samples."""
    columns = start.columns
    others = [i for i in range(len(columns)) if i != names]
    spare = [i for i in others if kinds[i] == "empty" and not columns[i]]
    counted = [i for i in others if i < names and is_count(columns[i], [row[i] for row in body])]
    of_samples = [
        i
        for i in others
        if i not in spare + counted
        and ((kinds[i] == "text") or (is_of_patients(columns[i]) and len(others) > 1))
    ]
    values = [i for i in others if i not in {*spare, *counted, *of_samples}]
    if not values:
        of_samples, values = [], [i for i in others if i not in spare + counted]
    return replace(start, names=names, values=values, spare=spare, of_samples=of_samples)


def _features_in_rows(
    start: Layout,
    kinds: list[str],
    body: Sequence[Sequence[str]],
    *,
    told: int | None,
    samples: frozenset[str],
    path: Path,
) -> Layout:
    """Tell the column of names and the columns that describe from those of values."""
    columns = start.columns
    width = len(columns)
    refuse_several_ranks(columns, body, path=path)
    leading = _leading(columns, kinds, told=told, samples=samples)
    ranks = taxonomy(columns, kinds)
    if ranks:
        named = Named(ranks[0])
        leading = sorted({*leading, *ranks})
    else:
        named = choose_names(columns, body, kinds, leading=leading, path=path)
    known = bool(samples.intersection(columns))
    often = Counter(columns)
    # Without the ids, a column of numbers that has an unknown name may be a sample.
    left_out = {
        i
        for i in leading
        if kinds[i] != "number"
        or not (known and columns[i])
        or holds_text([row[i] for row in body])
        or plain(columns[i]) in DESCRIBING | DESCRIPTIVE
        or (told and i <= told)
        or (i < named.column and plain(columns[i]) in INDEX)
    }
    spare = [i for i in range(width) if kinds[i] == "empty" and not columns[i]]
    beside = max(set(leading) - set(ranks) or {ranks[0]}) + 1
    left_out |= {
        i
        for i in range(beside, width)
        if columns[i] not in samples
        and (
            (kinds[i] == "text" and plain(columns[i]) in DESCRIBING)
            or (known and holds_text([row[i] for row in body]))
            or (known and often[columns[i]] > 1)
        )
    }
    left_out |= {i for i in leading if is_count(columns[i], [row[i] for row in body])}
    left_out |= {*spare, named.column, *named.place, *ranks}
    values = [i for i in range(width) if i not in left_out]
    shown = left_out - {named.column, *named.place, *spare, *ranks}
    described = [columns[i] for i in sorted(shown) if columns[i]]
    return replace(
        start,
        names=named.column,
        place=list(named.place),
        values=values,
        described=described,
        spare=[i for i in spare if i != named.column],
        ranks=ranks,
    )


def _leading(
    columns: Sequence[str], kinds: Sequence[str], *, told: int | None, samples: frozenset[str]
) -> list[int]:
    """Columns before those of values: up to the first sample, where samples are known."""
    width = len(columns)
    in_header = [i for i, name in enumerate(columns) if name in samples]
    if in_header and in_header[0] > 0:
        return list(range(in_header[0]))
    if in_header:
        others = [i for i in range(width) if i not in in_header and kinds[i] == "text"]
        return others or [0]
    beside = 1
    while beside < width - 1 or (beside < width and kinds[beside] == "text"):
        known = plain(columns[beside]) in DESCRIBING | DESCRIPTIVE
        if not (kinds[beside] == "text" or known or (told and beside <= told)):
            break
        beside += 1
    return list(range(beside))


def _check(
    layout: Layout,
    kinds: list[str],
    body: Sequence[Sequence[str]],
    *,
    samples: frozenset[str],
    path: Path,
) -> None:
    columns, values = layout.columns, layout.values
    if columns[layout.names] in samples and not layout.place:
        raise InputError(
            f"{path}: the header's name {columns[layout.names]!r} is a sample, but stands above "
            "the column that names the rows; the header begins one column too early"
        )
    if not values:
        raise InputError(
            f"{path}: holds text alone, so it is no matrix but a table of names; one of "
            "probes and genes belongs in the column annotation"
        )
    for place in values:
        if kinds[place] == "text":
            found = next(row[place] for row in body if row[place].strip() not in MISSING)
            hint = why_no_number(found)
            if not hint:
                alone = sum(kinds[i] == "text" for i in values) < len(values) / 2
                hint = "remove it, or put it beside the names" if alone else "write numbers"
            raise InputError(
                f"{path}, column {columns[place]}: holds text ({found!r}) among columns of "
                f"values; {hint}"
            )
        if not columns[place]:
            raise InputError(
                f"{path}, column {place + 1}: holds values and has no name; give each column its "
                "name"
            )
    given = [columns[place] for place in values]
    floats = {f"{name}.0" for name in samples}.intersection(
        [*columns, *(r[layout.names] for r in body)]
    )
    if len(floats) > 1 and not samples.intersection(columns):
        raise InputError(
            f"{path}: samples are called {sorted(floats)[0]} here, and without .0 in the sample "
            "table; write them alike"
        )
    digits = all(map(is_number, given)) and sum("." in cell for cell in given) > len(given) / 2
    named = samples.intersection(given) or samples.intersection(row[layout.names] for row in body)
    if digits and not named:
        raise InputError(
            f"{path}: no header: the first row holds values ({given[0]}) where the names of the "
            "columns are expected"
        )
