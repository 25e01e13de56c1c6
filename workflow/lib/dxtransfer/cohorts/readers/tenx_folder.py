"""Folders of a sparse matrix with names of cells and genes, however they are packed.

Cell Ranger (versions 2 and later), STARsolo, kb and GEO name and pack the three files differently.
"""

import csv
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from scipy import io as scipy_io
from scipy import sparse

from dxtransfer.cohorts.readers.content import GZIP_MAGIC, Unpacked, content_of
from dxtransfer.cohorts.readers.h5ad import reason_of
from dxtransfer.cohorts.readers.limits import RATIO
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.tenx import EXPRESSION, expression_alone
from dxtransfer.errors import InputError
from dxtransfer.memory import check_memory

FEATURES, BARCODES = ("features", "genes"), ("barcodes",)
# bytes of a matrix's text in which its sizes are looked for
PEEKED = 1 << 16


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
    cells = sparse.csr_matrix(values.T, dtype=np.float32)
    return expression_alone(cells, barcodes, names, kinds)


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
        with file.open("rb") as source:
            stream = BufferedReader(Unpacked(source, file)) if packed else source
            _check_size_line(stream.peek(PEEKED), file, packed=packed)
            values = sparse.coo_matrix(scipy_io.mmread(_Forward(stream)))
    except InputError:
        raise
    except Exception as error:
        # scipy and zlib each raise their own kinds for what is damaged
        raise InputError(
            f"{file}: not a whole matrix ({reason_of(error)}); fetch it again"
        ) from None
    if values.dtype.kind not in "fiub" or np.isnan(values.data).any():
        raise InputError(f"{file}: a value is not a number; fetch it again")
    return values


class _Forward:
    """A stream that cannot be wound back.

    Where a matrix is damaged, scipy's reader winds its stream back to a place that there is not,
    and the exception ends the process.
    """

    def __init__(self, stream: Any) -> None:
        self.read = stream.read


def _check_size_line(start: bytes, file: Path, *, packed: bool) -> None:
    """Compare what the line of sizes declares with what the file can hold."""
    lines = start.splitlines()
    dense = b"array" in lines[0].lower() if lines else False
    sizes = next((line.split() for line in lines if line.strip() and line[:1] != b"%"), [])
    if not all(part.isdigit() for part in sizes) or len(sizes) != 3 - dense:
        raise ValueError("no line with its sizes")
    rows, columns, *given = map(int, sizes)
    count = rows * columns if dense else given[0]
    # a value takes its line of the text: two places and a line end, or a digit and a line end
    held = file.stat().st_size * (RATIO if packed else 1) // (2 if dense else 4)
    if count > held:
        raise ValueError(f"{count:,} values are declared, where the file can hold {held:,}")
    check_memory(16 * count + 4 * (rows + columns), what="the matrix", path=file)
