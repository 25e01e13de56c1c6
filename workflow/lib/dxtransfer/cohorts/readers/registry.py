"""The formats of a matrix, and the one function that reads any of them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from anndata import AnnData

from dxtransfer.cohorts.readers.delimited import read_delimited
from dxtransfer.cohorts.readers.h5ad import read_h5ad
from dxtransfer.cohorts.readers.matrix import Table, to_matrix
from dxtransfer.cohorts.readers.parquet import read_parquet
from dxtransfer.cohorts.readers.tenx import read_tenx_h5, read_tenx_mtx
from dxtransfer.errors import InputError

FORMATS: dict[str, Callable[[Path], Table]] = {
    "delimited": read_delimited,
    "parquet": read_parquet,
    "h5ad": read_h5ad,
    "tenx_mtx": read_tenx_mtx,
    "tenx_h5": read_tenx_h5,
}


def read_matrix(
    path: Path,
    *,
    format: str | None = None,
    orientation: str | None = None,
    sample_names: Sequence[str] | None = None,
) -> AnnData:
    """Read a cohort's matrix, the one place of the library's cohort half that takes a path.

    Parameters
    ----------
    path
        A file, or a folder for `tenx_mtx`.
    format
        A name of `FORMATS`; told from the first bytes (and `.h5ad` or not) where None.
    orientation
        `genes_in_rows` or `genes_in_columns`; told by `sample_names` where None.
    sample_names
        Ids of the sample table.

    Returns
    -------
    AnnData
        Samples x features; X float32 (csr where the format is sparse), missing values NaN; names
        are text as delivered, stripped of surrounding white space; features may stand twice.

    Raises
    ------
    InputError
        One line that names the file, where possible the row and column, and what to do.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file")
    name = format or _format_of(path)
    if name not in FORMATS:
        raise InputError(f"{path}: unknown format {name!r}; known: {', '.join(FORMATS)}")
    table = FORMATS[name](path)
    return to_matrix(table, path=path, orientation=orientation, sample_names=sample_names)


def _format_of(path: Path) -> str:
    """Name of the format, by first bytes: endings are often wrong, those hardly ever."""
    if path.is_dir():
        return "tenx_mtx"
    with path.open("rb") as handle:
        start = handle.read(8)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"\x89HDF"):
        return "h5ad" if path.suffix == ".h5ad" else "tenx_h5"
    if start.startswith(b"PK"):
        raise InputError(
            f"{path}: an Excel or zip file; save the matrix as tab-separated text, "
            "with the column of gene names formatted as text"
        )
    return "delimited"
