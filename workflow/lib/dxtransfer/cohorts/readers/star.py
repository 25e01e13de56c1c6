"""Counts of one sample a file without a header: STAR's ReadsPerGene and htseq-count.

Layouts: STAR's manual, "Counting number of reads per gene"; https://htseq.readthedocs.io
"""

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dxtransfer.cohorts.readers.content import content_of
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

STAR_FILE = "*ReadsPerGene.out.tab*"
HTSEQ_FILE = "*htseq*"
STAR_END = re.compile(r"[._-]?ReadsPerGene\.out\.tab(?:\.gz)?$")
HTSEQ_END = re.compile(
    r"(?:[._-](?:htseq(?:[._-]?counts?)?|counts?|union|gene))*(?:\.(?:txt|tsv|tab|counts?|out))*"
    r"(?:\.gz)?$"
)
SUMMARY = re.compile(
    r"N_(?:unmapped|multimapping|noFeature|ambiguous)"
    r"|(?:__)?(?:no_feature|ambiguous|too_low_aQual|not_aligned|alignment_not_unique)"
)
STRANDS = ("unstranded", "forward", "reverse")
# share of the stranded reads from which a library is stranded, and up to which it is not
STRANDED, EVEN = 0.8, 0.65

logger = logging.getLogger(__name__)


def read_star(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read a folder of `{sample}ReadsPerGene.out.tab`, or one such file.

    Of the three columns that of the library's strand is taken, judged by the reads of all genes:
    where all samples are stranded alike, that strand's; else the unstranded one.

    Raises
    ------
    InputError
        For one file where the sample table has several samples, and for damaged files.
    """
    files = files_by_sample(path, STAR_FILE, STAR_END, "STAR's ReadsPerGene", sample_names)
    names, values, left_out = _read(files, width=4)
    column = _strand(values, path)
    return Table(
        np.ascontiguousarray(values[:, :, column], dtype=np.float32),
        list(files),
        names,
        natural="genes_in_columns",
        left_out=left_out,
    )


def read_htseq(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read a folder of htseq-count's files, one a sample, or one such file.

    Raises
    ------
    InputError
        As `read_star`.
    """
    files = files_by_sample(path, HTSEQ_FILE, HTSEQ_END, "htseq-count", sample_names)
    names, values, left_out = _read(files, width=2)
    return Table(
        values[:, :, 0].astype(np.float32),
        list(files),
        names,
        natural="genes_in_columns",
        left_out=left_out,
    )


def files_by_sample(
    path: Path, pattern: str, end: re.Pattern[str], program: str, wanted: Sequence[str] | None
) -> dict[str, Path]:
    """Sample to its file: the part of the name before the ending, else the folder."""
    if path.is_file() and wanted and len(wanted) > 1:
        raise InputError(
            f"{path}: {program} has one sample a file, and the sample table has {len(wanted)}; "
            "name the folder that holds the files of all samples"
        )
    files = [path] if path.is_file() else sorted(f for f in path.rglob(pattern) if f.is_file())
    if not files and path.is_dir():
        files = sorted(f for f in path.iterdir() if f.is_file() and not f.name.startswith("."))
    found: dict[str, Path] = {}
    for file in files:
        sample = end.sub("", file.name) or file.parent.name
        if wanted and path.is_file():
            sample = wanted[0] if wanted[0] in (file.name, file.parent.name) else sample
        if sample in found:
            raise InputError(
                f"{file}: the sample {sample!r} appears twice (also {found[sample]}); give each "
                "sample one file"
            )
        found[sample] = file
    if not found:
        raise InputError(f"{path}: no file of {program} in the folder")
    return found


def _read(
    files: Mapping[str, Path], *, width: int
) -> tuple[list[str], NDArray[np.float64], list[tuple[str, str]]]:
    """Names of the genes, and (samples, genes, columns) counts."""
    names: list[str] = []
    first = Path()
    parts, left_out = [], []
    for file in files.values():
        genes, rows = [], []
        for number, line in enumerate(
            content_of(file).decode("utf-8", errors="replace").splitlines(), start=1
        ):
            cells = line.split("\t")
            if not line.strip():
                continue
            try:
                counts = [float(cell) for cell in cells[1:]]
            except ValueError:
                counts = []
            if len(cells) != width or len(counts) != width - 1 or min(counts) < 0:
                raise InputError(
                    f"{file}, row {number}: {line[:40]!r} is not a gene with "
                    f"{'its count' if width == 2 else 'three counts'}"
                )
            if SUMMARY.fullmatch(cells[0].strip()):
                if file == next(iter(files.values())):
                    left_out.append((cells[0].strip(), "a count of reads without a gene"))
                continue
            genes.append(cells[0].strip())
            rows.append(counts)
        if not names:
            names, first = genes, file
        if genes != names:
            raise InputError(
                f"{file}: lists other genes than {first.name} ({len(genes)} and {len(names)}, or "
                "in another order); take files of one annotation"
            )
        parts.append(np.array(rows))
    if not names:
        raise InputError(f"{next(iter(files.values()))}: no row of a gene")
    return names, np.stack(parts), left_out


def _strand(values: NDArray[np.float64], path: Path) -> int:
    """Index of the column to take."""
    totals = values.sum(axis=1)
    share = totals[:, 1] / np.maximum(totals[:, 1] + totals[:, 2], 1)
    forward, reverse = (share >= STRANDED).all(), (share <= 1 - STRANDED).all()
    column = 1 if forward else 2 if reverse else 0
    logger.info(
        "%s: the column %s is taken (%.0f%% to %.0f%% of the stranded reads are forward)",
        path, STRANDS[column], 100 * share.min(), 100 * share.max(),
    )  # fmt: skip
    if not column and ((share > EVEN) | (share < 1 - EVEN)).any():
        logger.warning(
            "%s: the samples are not all stranded alike; unstranded counts are taken", path
        )
    return column
