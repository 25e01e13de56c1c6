"""Protein groups as the programs of mass spectrometry export them.

MaxQuant's `proteinGroups.txt`, DIA-NN's `pg_matrix.tsv`, Spectronaut's pivot report and FragPipe's
`combined_protein.tsv`: one row a protein group, many columns a sample, of which one is a value.
In all of them 0 means that nothing was quantified.
"""

import logging
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from dxtransfer.cohorts.readers.cells import MISSING
from dxtransfer.cohorts.readers.export_cells import (
    Cells,
    Values,
    base_names,
    read_cells,
    sample_ids,
)
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

RUN = r"\.(?:raw|d|wiff2?|mzML|mzml|dia|htrms|quant|lcd)(?:\.dia)?"
CONTAMINANT = re.compile(r"(?:CON__|contam_|Cont_|cRAP-)")
DECOY = re.compile(r"(?:REV__|rev_|DECOY_|XXX_)")
# columns of MaxQuant that hold a `+` in rows that are no proteins of the sample
FLAGS = ("Reverse", "Potential contaminant", "Contaminant", "Only identified by site")
# columns of DIA-NN that describe a protein group
DIANN = re.compile(
    r"Protein\.(?:Group|Ids|Names)|Genes|First\.Protein\.Description|N\.(?:Proteotypic\.)?Sequences"
    r"|Proteotypic|(?:Global|Lib)\.\S*Q\.Value"
)
PIVOT = re.compile(r"(?:\[\d+\] ?)?(.+)\.PG\.(Quantity|IBAQ|IntensityNormalized)")

logger = logging.getLogger(__name__)


def read_maxquant(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read MaxQuant's protein groups, named by `Majority protein IDs`.

    LFQ intensities are taken, else iBAQ, else intensities, else reporter intensities, unless the
    sample table names another of them in full. Rows marked as reverse, contaminant or only
    identified by site are left out.

    Raises
    ------
    InputError
        Where no column belongs to a sample; else see `cells`.
    """
    cells = read_cells(path)
    prefixes = ("LFQ intensity ", "iBAQ ", "Intensity ", "Reporter intensity corrected ")
    columns = {
        prefix.strip(): {
            place: name.removeprefix(prefix)
            for place, name in enumerate(cells.header)
            if name.startswith(prefix) and name != "iBAQ peptides"
        }
        for prefix in prefixes
    }
    chosen = _quantity(cells, columns, sample_names)
    names = cells.place("Majority protein IDs", "Protein IDs")
    flags = [place for place, name in enumerate(cells.header) if name in FLAGS]

    def reason(row: Sequence[str]) -> str:
        marks = [cells.header[place] for place in flags if row[place].strip() == "+"]
        return f"MaxQuant marks the row: {', '.join(marks)}" if marks else ""

    return _table(cells, names, chosen, reason, sample_names=sample_names)


def read_diann(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read DIA-NN's matrix of protein groups, or of genes where it has no groups.

    The runs' paths are cut to the files' names without their endings.

    Raises
    ------
    InputError
        For a matrix of precursors, whose rows are parts of proteins; else see `cells`.
    """
    cells = read_cells(path)
    if "Precursor.Id" in cells.header:
        raise InputError(
            f"{path}: DIA-NN's matrix of precursors, several rows a protein; give its matrix of "
            "protein groups (report.pg_matrix.tsv)"
        )
    places = [i for i, name in enumerate(cells.header) if not DIANN.fullmatch(name)]
    runs = base_names([cells.header[i] for i in places], endings=RUN)
    chosen = dict(zip(places, runs, strict=True))
    return _table(
        cells, cells.place("Protein.Group", "Genes"), chosen, None, sample_names=sample_names
    )


def read_spectronaut(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read a pivot report of Spectronaut; `Filtered` and `NaN` are missing.

    Raises
    ------
    InputError
        For a report by peptide or precursor; else see `cells`.
    """
    cells = read_cells(path)
    parts = [name for name in cells.header if name.startswith(("PEP.", "EG.", "FG.", "F."))]
    if parts:
        raise InputError(
            f"{path}: a report of Spectronaut with several rows a protein (column {parts[0]}); "
            "export a pivot report with the columns PG.ProteinGroups and PG.Quantity alone"
        )
    columns: dict[str, dict[int, str]] = {"Quantity": {}, "IntensityNormalized": {}, "IBAQ": {}}
    for place, name in enumerate(cells.header):
        if match := PIVOT.fullmatch(name):
            columns[match[2]][place] = re.sub(f"{RUN}$", "", match[1])
    chosen = _quantity(cells, columns, sample_names)
    names = cells.place("PG.ProteinGroups", "PG.ProteinAccessions", "PG.UniProtIds", "PG.Genes")
    return _table(
        cells, names, chosen, None, sample_names=sample_names, missing=MISSING | {"Filtered"}
    )


def read_fragpipe(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read FragPipe's combined proteins: MaxLFQ intensities, else intensities.

    Raises
    ------
    InputError
        Where no column belongs to a sample; else see `cells`.
    """
    cells = read_cells(path)
    columns: dict[str, dict[int, str]] = {"MaxLFQ Intensity": {}, "Intensity": {}}
    for place, name in enumerate(cells.header):
        match = re.fullmatch(r"(.+?) ((?:MaxLFQ |Total |Unique |Razor )*)Intensity", name)
        if match and f"{match[2]}Intensity" in columns:
            columns[f"{match[2]}Intensity"][place] = match[1]
    chosen = _quantity(cells, columns, sample_names)
    protein = cells.place("Protein")

    def reason(row: Sequence[str]) -> str:
        return _contaminant(row[protein]) if protein is not None else ""

    return _table(
        cells, cells.place("Protein ID", "Protein"), chosen, reason, sample_names=sample_names
    )


def _quantity(
    cells: Cells, columns: dict[str, dict[int, str]], wanted: Sequence[str] | None
) -> dict[int, str]:
    """Place to sample of the values to read: those that the sample table names, else the first."""
    known = set(wanted or ())
    named = [
        kind
        for kind, places in columns.items()
        if known.intersection(cells.header[place] for place in places)
    ]
    given = [kind for kind, places in columns.items() if places]
    if not given:
        raise InputError(
            f"{cells.path}: no column of values for a sample (expected are columns of "
            f"{', '.join(columns)} for each); name the samples in the program and export again"
        )
    kind = (named or given)[0]
    logger.info("%s: the values are the columns of %s", cells.path, kind)
    return columns[kind]


def _contaminant(group: str) -> str:
    """Why a protein group is left out; a group with one protein of the sample stays."""
    members = [member.strip() for member in group.split(";") if member.strip()]
    if members and all(DECOY.match(member) for member in members):
        return "a decoy of the search"
    if members and all(CONTAMINANT.match(member) or DECOY.match(member) for member in members):
        return "a contaminant of the search"
    return ""


def _table(
    cells: Cells,
    names: int | None,
    chosen: dict[int, str],
    reason: Callable[[Sequence[str]], str] | None,
    *,
    sample_names: Sequence[str] | None,
    missing: frozenset[str] = MISSING,
) -> Table:
    if names is None:
        raise InputError(f"{cells.path}: no column names the protein groups; export it too")
    rows, numbers, features = [], [], []
    left_out: list[tuple[str, str]] = []
    for number, row in cells.rows(cut_from=min(chosen, default=1)):
        name = row[names].strip()
        why = (reason(row) if reason else "") or _contaminant(name)
        if why or not name:
            left_out.append((name or f"row {number}", why or "a protein group without a name"))
            continue
        features.append(name)
        numbers.append(number)
        rows.append([row[place].strip() for place in chosen])
    delivered = [cells.header[place] for place in chosen]
    values = Values(cells.path, delivered, missing=missing, zero_is_missing=True)
    samples = sample_ids([list(chosen.values()), delivered], wanted=sample_names)
    return Table(
        values.of(rows, numbers, separator=cells.separator),
        features,
        samples,
        natural="genes_in_rows",
        left_out=left_out,
    )
