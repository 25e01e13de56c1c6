"""Rows of a table that are not features: empty rows, notes below the table, totals and means."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dxtransfer.cohorts.clinical import BY_WORD, OF_TEXT, is_of_patients
from dxtransfer.cohorts.readers.layout import Layout
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.refusals import plain
from dxtransfer.cohorts.readers.taxonomy import lineages
from dxtransfer.errors import InputError

Statistic = Callable[[NDArray[np.float32]], NDArray[np.float64]]


def _total(values: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.nansum(values, axis=0, dtype=np.float64))


def _mean(values: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.nanmean(values, axis=0, dtype=np.float64))


def _spread(values: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.nanstd(values, axis=0, dtype=np.float64, ddof=1))


def _number(values: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.sum(~np.isnan(values), axis=0), dtype=np.float64)


def _median(values: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.nanmedian(values, axis=0), dtype=np.float64)


def _least(values: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.nanmin(values, axis=0), dtype=np.float64)


def _most(values: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.asarray(np.nanmax(values, axis=0), dtype=np.float64)


# names, in letters and digits alone, of rows and columns that sum up the others
TOTAL: dict[str, Statistic] = {
    **dict.fromkeys(("sum", "sums", "total", "totals", "grandtotal", "alltotal"), _total),
    **dict.fromkeys(("totalcount", "totalcounts", "totalreads", "librarysize"), _total),
    **dict.fromkeys(("columntotal", "coltotal", "columnsum", "colsum", "rowtotal"), _total),
    **dict.fromkeys(("rowsum", "totalsum", "subtotal", "sumtotal"), _total),
    **dict.fromkeys(("summe", "gesamt", "gesamtsumme", "gesamtergebnis", "insgesamt"), _total),
    **dict.fromkeys(("totalgnral", "totalgeneral", "somme", "suma", "totaal", "totale"), _total),
    **dict.fromkeys(("mittelwert", "durchschnitt", "moyenne", "media", "promedio"), _mean),
    **dict.fromkeys(("average", "averages", "avg", "mean", "means", "colmeans"), _mean),
    **dict.fromkeys(("median", "medians"), _median),
    **dict.fromkeys(("count", "counts", "number"), _number),
}
# MAX and MIN may be genes; these count only where the numbers are that statistic
ONLY_VERIFIED: dict[str, Statistic] = {
    **dict.fromkeys(("max", "maximum"), _most),
    **dict.fromkeys(("min", "minimum"), _least),
    **dict.fromkeys(("sd", "std", "stdev", "stddev", "standarddeviation"), _spread),
}
NOTE = re.compile(
    r"\s*([*†‡§#]|(notes?|source|abbreviations?|legend|footnotes?|table|see|data from)\b)|.*\.\s*$"
    r"|\S+(\s+\S+){2,}|.{61,}",
    re.IGNORECASE | re.DOTALL,
)

# so many features at either end are held against the sum and the mean of all
ENDS = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Body:
    """The columns of text and the values of a table, before its rows are judged.

    Attributes
    ----------
    texts
        The cells of `Layout.texts`.
    values
        (rows, columns of values), missing ones NaN.
    """

    texts: list[list[str]]
    values: NDArray[np.float32]


def is_note(cell: str) -> bool:
    """Whether text below a table reads as a note rather than as the name of a feature."""
    return NOTE.match(cell) is not None


def table_of(
    body: Body, layout: Layout, *, sample_names: Collection[str] | None, path: Path
) -> Table:
    """Make the table, without rows and columns that are not features.

    Raises
    ------
    InputError
        When no row is left, or chromosome, start and end name two rows alike.
    """
    texts, values = body.texts, body.values
    empty = np.asarray(np.isnan(values).all(axis=1))
    # A spreadsheet may export empty rows below its table.
    used = [i for i in range(len(values)) if not empty[i] or any(cells[i] for cells in texts)]
    notes: list[str] = []
    while used and empty[used[-1]] and is_note(texts[0][used[-1]]) and not layout.of_samples:
        notes.insert(0, texts[0][used.pop()])
    if not used:
        raise InputError(f"{path}: the file is empty or has no rows below its header")
    if len(used) < len(values):
        values = values[used]
    texts = [[cells[i] for i in used] for cells in texts]
    names = texts[0]
    if layout.place:
        names = [f"{chrom}:{start}-{end}" for chrom, start, end in zip(*texts[:3], strict=True)]
    if layout.ranks:
        names = lineages([layout.columns[i] for i in layout.ranks], texts)
    else:
        _refuse_blocks(names, path)
    left_out = [(note, "a note below the table") for note in notes]
    for feature, reason in left_out:
        logger.info("%s: %r is left out: %s", path, feature, reason)
    table = Table(
        values,
        names,
        [layout.columns[i] for i in layout.values],
        natural="genes_in_rows",
        left_out=left_out + _beside(layout),
    )
    return without_totals(table, samples=frozenset(sample_names or ()), path=path)


def _refuse_blocks(names: list[str], path: Path) -> None:
    """Refuse several tables one below the other, each with the same rows."""
    counts = Counter(names)
    often = counts.most_common(1)[0][1]
    # between the tables there may be a title
    if often > 1 and len(counts) >= 10 and len(names) >= often * (len(counts) - often):
        repeated = sum(count == often for count in counts.values())
        if repeated >= len(counts) - often:
            raise InputError(
                f"{path}: each of {repeated:,} names stands {often} times (first: {names[0]}), as "
                "where several tables stand in one file; save the one to use as a file of its own"
            )


def _beside(layout: Layout) -> list[tuple[str, str]]:
    """Columns that describe the samples, which `ingest` compares with the sample table."""
    names = [layout.columns[i] for i in layout.of_samples]
    return [(name, BY_WORD if is_of_patients(name) else OF_TEXT) for name in names]


def without_totals(table: Table, *, samples: frozenset[str], path: Path) -> Table:
    """Leave out features that sum up the others.

    Parameters
    ----------
    table
        Dense, as read.
    samples
        Ids of the sample table; the axis that holds more of them is that of the samples.
    path
        Where the table comes from, for messages.

    Returns
    -------
    Table
        Without rows (or, where samples are rows, columns) called `Average`, `Sum` and the like that
        are that statistic of the others, or whose name says so at the end.
    """
    turned = len(samples.intersection(table.rows)) > len(samples.intersection(table.columns))
    names = table.columns if turned else table.rows
    if not isinstance(table.values, np.ndarray):
        return table
    known = TOTAL | ONLY_VERIFIED
    by_values = _by_values(table.values.T if turned else table.values)
    summing = [
        i
        for i, name in enumerate(names)
        if (plain(name) in known or i in by_values) and name not in samples
    ]
    others = [i for i in range(len(names)) if i not in set(summing)]
    if not summing or len(others) < 2:
        return table
    values = table.values.T if turned else table.values
    with np.errstate(all="ignore"):
        gone = {
            i: reason
            for i in summing
            if (reason := by_values.get(i) or _summing_up(i, names, values, values[others]))
        }
    if not gone:
        return table
    for i, reason in gone.items():
        logger.warning("%s: %r is left out: %s", path, names[i], reason)
    kept = [i for i in range(len(names)) if i not in gone]
    left_out = table.left_out + [(names[i], reason) for i, reason in gone.items()]
    rows, columns = (
        (table.rows, [names[i] for i in kept])
        if turned
        else (
            [names[i] for i in kept],
            table.columns,
        )
    )
    values = table.values[:, kept] if turned else table.values[kept]
    return replace(table, values=values, rows=rows, columns=columns, left_out=left_out)


def _by_values(values: NDArray[np.float32]) -> dict[int, str]:
    """First and last features that are the sum or the mean of all others, whatever their name.

    In three samples or more no feature is that by chance: sums and means are exact to a thousandth.
    """
    n, m = values.shape
    if n < 4 or m < 3:
        return {}
    places = sorted({*range(min(ENDS, n)), *range(max(0, n - ENDS), n)})
    with np.errstate(all="ignore"):
        totals = np.nansum(values, axis=0, dtype=np.float64)
        found = {}
        for i in places:
            row = values[i].astype(np.float64)
            for kind, expected in (("sum", totals - row), ("mean", (totals - row) / (n - 1))):
                # Spreadsheets show rounded numbers.
                rounded = 0.51 if expected.min() > 100 else 1e-6 * abs(expected).max()
                if (
                    expected.any()
                    and np.ptp(expected) > 0
                    and np.isclose(row, expected, rtol=1e-3, atol=rounded).all()
                ):
                    found[i] = f"the {kind} of the other features, as its values show"
    return found


def _summing_up(
    place: int,
    names: list[str],
    values: NDArray[np.float32],
    others: NDArray[np.float32],
) -> str:
    """Why a row is not a feature; empty where it may be one."""
    name = plain(names[place])
    expected = (TOTAL | ONLY_VERIFIED)[name](others)
    # Spreadsheets show rounded numbers.
    close = np.isclose(values[place], expected, rtol=0.005, atol=0.51 * (np.nanmax(others) > 20))
    if close.all():
        return "a total, mean or other statistic of the other features, as its values show"
    if name in TOTAL and all(plain(later) in TOTAL | ONLY_VERIFIED for later in names[place:]):
        return "a total or mean of other features, by its name and its place at the end"
    return ""
