"""Folders of a sparse matrix with names of cells and genes, however they are packed.

Cell Ranger (versions 2 and later), STARsolo, kb and GEO name and pack the three files differently.
"""

import csv
import gzip
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from scipy import io as scipy_io
from scipy import sparse

from dxtransfer.cohorts.readers.content import GZIP_MAGIC, content_of
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

FEATURES, BARCODES = ("features", "genes"), ("barcodes",)
EXPRESSION = "Gene Expression"


def read_tenx_mtx(path: Path) -> Table:
    """Read a folder with matrix.mtx, barcodes.tsv and features.tsv or genes.tsv, each plain or gz.

    Features are named by gene symbol, as in the other formats' files; symbols may appear twice. As
    GEO keeps them, the files' names may begin with a common prefix. What is not gene expression
    (antibodies, guides) is left out.

    Raises
    ------
    InputError
        Naming the folder and what is missing or damaged in it.
    """
    prefixes = sorted({f.name.partition("matrix.mtx")[0] for f in path.glob("*matrix.mtx*")})
    if len(prefixes) > 1:
        raise InputError(
            f"{path}: several 10x matrices in the folder ({', '.join(prefixes)}); give each a "
            "folder of its own"
        )
    prefix = prefixes[0] if prefixes else ""
    barcodes = [row[0].strip() for row in _names(_file(path, prefix, BARCODES))]
    features = _names(_file(path, prefix, FEATURES))
    values = _matrix(_file(path, prefix, ("matrix",), ending="mtx"))
    if values.shape == (len(barcodes), len(features)) != (len(features), len(barcodes)):
        values = values.T
    if values.shape != (len(features), len(barcodes)):
        raise InputError(
            f"{path}: the matrix has {values.shape[0]} x {values.shape[1]} values, but the other "
            f"files name {len(features)} features and {len(barcodes)} cells; fetch it again"
        )
    names = [(row[1].strip() if len(row) > 1 else "") or row[0].strip() for row in features]
    kinds = [row[2].strip() if len(row) > 2 else EXPRESSION for row in features]
    # another third column, such as a chromosome, says nothing about the kind
    known = EXPRESSION in kinds
    kept = [i for i, kind in enumerate(kinds) if kind == EXPRESSION or not known]
    return Table(
        sparse.csr_matrix(values.tocsr()[kept].T, dtype=np.float32),
        barcodes,
        [names[i] for i in kept],
        natural="genes_in_columns",
        left_out=[
            (names[i], f"not gene expression but {kinds[i]}")
            for i in sorted(set(range(len(names))) - set(kept))
        ],
    )


def _file(path: Path, prefix: str, kinds: tuple[str, ...], ending: str = "tsv") -> Path:
    names = [f"{prefix}{kind}.{ending}{gz}" for kind in kinds for gz in ("", ".gz")]
    found = next((path / name for name in names if (path / name).is_file()), None)
    if found is None:
        raise InputError(
            f"{path}: not a whole 10x folder (no file {prefix}{' or '.join(kinds)}); fetch it again"
        )
    return found


def _names(file: Path) -> list[list[str]]:
    try:
        text = content_of(file).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{file}: not UTF-8 text; fetch it again") from None
    rows = [row for row in csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)]
    return [row for row in rows if row]


def _matrix(file: Path) -> sparse.coo_matrix:
    with file.open("rb") as handle:
        packed = handle.read(2) == GZIP_MAGIC
    try:
        opened: IO[bytes]
        with gzip.open(file) if packed else file.open("rb") as opened:  # type: ignore[assignment]
            values = scipy_io.mmread(opened)
    except (OSError, EOFError, ValueError, OverflowError, MemoryError, zlib.error) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{file}: not a whole matrix ({reason}); fetch it again") from None
    values = sparse.coo_matrix(values)
    if not np.isfinite(values.data).all():
        raise InputError(f"{file}: a value is infinite or not a number; fetch it again")
    return values
