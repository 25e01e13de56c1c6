"""Tables with values of samples beside other columns: tests' results, p-values, coordinates."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dxtransfer.cohorts.readers.cells import MISSING, is_number
from dxtransfer.cohorts.readers.delimited import read_delimited
from dxtransfer.cohorts.readers.export_cells import Cells, Values, read_cells, sample_ids
from dxtransfer.cohorts.readers.layout import DESCRIBING
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.refusals import TESTED, plain
from dxtransfer.errors import InputError

# columns of DESeq2, edgeR and limma
TESTS = TESTED | {"stat", "lr", "logcpm", "svalue", "pvaladj"}
# limma's and edgeR's short names, which may as well be samples in a table of another program
SHORT = {"t", "B", "F"}
SIGNAL = re.compile(r"[._ ]?AVG_(?:Signal|Beta)$|^AVG_(?:Signal|Beta)[-._ ]", re.I)
RAW_METHYLATION = re.compile(r".*(?:methylated|Signal_[AB]|Intensity_[MU])\b.*", re.I)
P_VALUE = re.compile(r"(?:.*[._ ])?Detection[._ ]?(?:P[._ -]?val(?:ue)?)?$", re.I)
OTHER_OF_BEADS = re.compile(
    r".*(?:BEAD_STD(?:ERR|EV)|Avg_NBEADS|NARRAYS|ARRAY_STDEV|MIN_Signal|MAX_Signal|DIFF_PVAL|SEM)"
    r"\b.*",
    re.I,
)

logger = logging.getLogger(__name__)


def read_tested(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read the values of samples that DESeq2's, edgeR's or limma's results were exported with.

    Raises
    ------
    InputError
        See `cells`.
    """
    ids = set(sample_names or ())
    cells = _with_row_names(read_cells(path), ids)
    known = {i for i, name in enumerate(cells.header) if i and name in ids}
    places = sorted(known.union(_samples(cells.header)))
    return _values(cells, 0, places, [[cells.header[i] for i in places]], sample_names)


def read_genomestudio(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read Illumina's signals; detection p-values and numbers of beads are left out.

    Layouts: GenomeStudio's group or sample probe profile (`S1.AVG_Signal`, `S1.Detection Pval`),
    and GEO's non-normalised table (`ID_REF`, pairs of a sample and `Detection Pval`). Probes are
    named by the column of symbols where there is one, else by the probe.

    Raises
    ------
    InputError
        Where no column holds signals; else see `cells`.
    """
    cells = read_cells(path, is_header=is_signal_header)
    raw = [name for name in cells.header if RAW_METHYLATION.fullmatch(name)]
    if raw:
        raise InputError(
            f"{path}: raw signals of methylation (column {raw[0]}); give the betas, which minfi or "
            "GenomeStudio compute from them"
        )
    places = [i for i, name in enumerate(cells.header) if SIGNAL.search(name)]
    if not places:
        places = _before_p_values(cells.header)
    if not places:
        raise InputError(f"{path}: Illumina's table without a column of signals (AVG_Signal)")
    delivered = [cells.header[i] for i in places]
    cut = [SIGNAL.sub("", name) for name in delivered]
    symbol = cells.place("SYMBOL", "Symbol", "ILMN_GENE")
    names = cells.place("PROBE_ID", "ProbeID", "ID_REF", "TargetID", "Probe_Id") or 0
    return _values(cells, names, places, [cut, delivered], sample_names, symbol=symbol)


def read_recount3(
    path: Path,
    *,
    sample_names: Sequence[str] | None = None,
    columns: Mapping[str, Sequence[str]] | None = None,
) -> Table:
    """Read recount3's gene sums, which are coverage summed over bases, as numbers of reads.

    Each sample is divided by its average mapped length and rounded, as compute_read_counts of the
    package recount3 does, where the sample table has the column `star.average_mapped_length` of
    recount3's metadata. Without it the sums stay and a warning says so.

    Raises
    ------
    InputError
        See `read_delimited`.
    """
    table = read_delimited(path)
    lengths = _mapped_lengths(sample_names or (), columns or {})
    if not lengths.keys() >= set(table.columns):
        logger.warning(
            "%s: recount3's sums of coverage, the numbers of reads times their length; give the "
            "sample table recount3's column star.average_mapped_length, by which they are divided",
            path,
        )
        return table
    by = np.array([lengths[name] for name in table.columns], dtype=np.float32)
    logger.info("%s: sums of coverage, divided by the average mapped length of each sample", path)
    return replace(table, values=np.round(table.values / by))


def _mapped_lengths(
    sample_names: Sequence[str], columns: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Sample to the average length of its mapped reads, of samples that have one."""
    for name, cells in columns.items():
        if name.endswith("star.average_mapped_length"):
            pairs = zip(sample_names, cells, strict=True)
            return {sample: float(cell) for sample, cell in pairs if is_number(cell)}
    return {}


def read_gtex_bed(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read GTEx's normalised expression (`#chr start end gene_id`), relative to its samples.

    Raises
    ------
    InputError
        See `cells`.
    """
    cells = read_cells(path, is_header=lambda line: line.startswith("#"), separators="\t")
    places = list(range(4, len(cells.header)))
    table = _values(cells, 3, places, [[cells.header[i] for i in places]], sample_names)
    return replace(
        table, relative="GTEx's expression BED is ranked over the samples of the file, gene by gene"
    )


def is_signal_header(line: str) -> bool:
    """Whether a line is the header of Illumina's signals."""
    names = [name.strip().strip('"') for name in re.split("[\t,;]", line)]
    return len(names) > 2 and (
        any(SIGNAL.search(name) for name in names)
        or sum(P_VALUE.fullmatch(name) is not None for name in names[2:]) > 0
    )


def is_tested_with_values(header: Sequence[str]) -> bool:
    """Whether a header has results of a test and columns of samples besides."""
    return len(set(map(plain, header)) & TESTED) >= 2 and len(_samples(header)) >= 2


def _samples(header: Sequence[str]) -> list[int]:
    """Columns after the first that are neither a result of a test nor a description."""
    names = list(map(plain, header))
    others = TESTS | DESCRIBING
    of_limma = {"aveexpr", "logcpm"} & set(names)
    return [
        place
        for place, name in enumerate(names)
        if place and name not in others and not (header[place] in SHORT and of_limma)
    ]


def _before_p_values(header: Sequence[str]) -> list[int]:
    """In pairs of a sample and a p-value, the columns of the samples."""
    places = []
    for place in range(2, len(header)):
        if P_VALUE.fullmatch(header[place]):
            before = place - 1
            while before > 1 and OTHER_OF_BEADS.fullmatch(header[before]):
                before -= 1
            if not P_VALUE.fullmatch(header[before]):
                places.append(before)
    return places


def _with_row_names(cells: Cells, ids: set[str]) -> Cells:
    """R leaves out the name of the first column, so that the header starts with values."""
    first = next(iter(cells.body.splitlines()), "").split(cells.separator)
    starts = cells.header[0] in ids or plain(cells.header[0]) in TESTS
    if starts and len(first) == len(cells.header) + 1 and first[-1].strip():
        return replace(cells, header=["", *cells.header])
    return cells


def _values(
    cells: Cells,
    names: int,
    places: Sequence[int],
    spellings: Sequence[Sequence[str]],
    wanted: Sequence[str] | None,
    *,
    symbol: int | None = None,
) -> Table:
    rows, numbers, features, left_out = [], [], [], []
    for number, row in cells.rows(cut_from=min(places, default=1)):
        name = (row[symbol].strip() if symbol is not None else "") or row[names].strip()
        if name in MISSING:
            left_out.append((name or f"row {number}", "a row without a name"))
            continue
        features.append(name)
        numbers.append(number)
        rows.append([row[place].strip() for place in places])
    # columns of text beside the samples describe the genes
    text = {
        place
        for place in range(len(places))
        if not any(is_number(row[place]) for row in rows) and any(row[place] for row in rows)
    }
    kept = [place for place in range(len(places)) if place not in text]
    if not kept or not rows:
        raise InputError(f"{cells.path}: no column holds values of a sample")
    values = Values(cells.path, [cells.header[places[i]] for i in kept], missing=MISSING)
    samples = [[names_of[i] for i in kept] for names_of in spellings]
    return Table(
        values.of([[row[i] for i in kept] for row in rows], numbers, separator=cells.separator),
        features,
        sample_ids(samples, wanted=wanted),
        natural="genes_in_rows",
        left_out=left_out,
    )
