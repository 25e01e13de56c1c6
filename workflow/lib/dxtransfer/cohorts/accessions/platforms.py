"""Platform tables of GEO: which gene symbol a probe of an array has.

GEO gives a platform in two forms: NCBI's own annotation (`GPL570.annot.gz`, column "Gene symbol"),
made for the commonest platforms, and the table that the manufacturer or submitter delivered, whose
columns have no fixed names (https://www.ncbi.nlm.nih.gov/geo/info/platform.html).
"""

import gzip
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

# in order of preference, in lower case and with blanks for underscores
SYMBOL_COLUMNS = (
    "gene symbol",
    "symbol",
    "genesymbol",
    "gene symbols",
    "official symbol",
    "ilmn gene",
    "gene assignment",
)
# Affymetrix' transcript arrays: accession // symbol // title // band // Entrez, several by ///
ASSIGNMENT = "gene assignment"
SYMBOL = re.compile(r"[A-Za-z][A-Za-z0-9.@_-]*")
NO_GENE = {"", "---", "NA", "N/A", "NULL", "NONE"}


def platform_lines(path: Path) -> Iterator[str]:
    """Lines of a platform's file, plain or gzip, without their ends."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", errors="replace", newline="\n") as handle:
        for line in handle:
            yield line.rstrip("\r\n")


def probe_symbols(lines: Iterable[str]) -> dict[str, str] | None:
    """Read the symbols of a platform's probes.

    Parameters
    ----------
    lines
        Of a platform's SOFT text or of NCBI's annotation of it.

    Returns
    -------
    dict or None
        Probe id to its symbols, several joined by ` /// `, empty where it has none; None where the
        text has no table, a table that breaks off, or one without gene symbols (fewer than half of
        the filled cells of each column that is named like one).
    """
    columns = _table(lines)
    if columns is None:
        return None
    probes, candidates = columns
    for name, cells in candidates:
        found = [_symbols(cell, assignment=name == ASSIGNMENT) for cell in cells]
        filled = [symbols for symbols in found if symbols]
        named = sum(all(map(SYMBOL.fullmatch, symbols)) for symbols in filled)
        if filled and named >= len(filled) / 2:
            return dict(zip(probes, map(" /// ".join, found), strict=True))
    return None


def symbol_table(symbols: dict[str, str]) -> str:
    """Write probes and symbols as the annotation table of a cohort."""
    return "".join(f"{probe}\t{symbol}\n" for probe, symbol in [("ID", "symbol"), *symbols.items()])


def _table(lines: Iterable[str]) -> tuple[list[str], list[tuple[str, list[str]]]] | None:
    """Probes and the columns named like symbols, the preferred first; None for no whole table.

    The other columns can be large (sequences, all transcripts) and are passed over.
    """
    rows = iter(lines)
    if not any(line.startswith("!platform_table_begin") for line in rows):
        return None
    names = [name.strip().lower().replace("_", " ") for name in next(rows, "").split("\t")]
    places = [
        (name, i) for name in SYMBOL_COLUMNS for i, given in enumerate(names) if i and given == name
    ]
    probes: list[str] = []
    candidates: list[tuple[str, list[str]]] = [(name, []) for name, _ in places]
    for line in rows:
        if line.startswith("!platform_table_end"):
            return probes, candidates
        cells = line.split("\t")
        if cells[0].strip():
            probes.append(cells[0].strip())
            for (_, place), (_, column) in zip(places, candidates, strict=True):
                column.append(cells[place] if place < len(cells) else "")
    return None


def _symbols(cell: str, *, assignment: bool) -> list[str]:
    """Gene symbols of a cell, each once."""
    parts = [part.strip() for part in cell.split("///")]
    if assignment:
        fields = [part.split("//") for part in parts]
        parts = [field[1].strip() for field in fields if len(field) > 1]
    return list(dict.fromkeys(part for part in parts if part.upper() not in NO_GENE))
