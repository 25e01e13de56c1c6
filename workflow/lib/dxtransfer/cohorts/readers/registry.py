"""The formats of a matrix, and the one function that reads any of them."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from anndata import AnnData

from dxtransfer.cohorts.readers.delimited import read_delimited
from dxtransfer.cohorts.readers.excel import read_excel
from dxtransfer.cohorts.readers.formats import format_of
from dxtransfer.cohorts.readers.gdc import read_gdc
from dxtransfer.cohorts.readers.geo import read_geo
from dxtransfer.cohorts.readers.h5ad import read_h5ad
from dxtransfer.cohorts.readers.kallisto import read_kallisto
from dxtransfer.cohorts.readers.layouts import LAYOUTS
from dxtransfer.cohorts.readers.maf import read_maf
from dxtransfer.cohorts.readers.matrix import Table, to_matrix
from dxtransfer.cohorts.readers.parquet import read_parquet
from dxtransfer.cohorts.readers.rsem import read_rsem
from dxtransfer.cohorts.readers.salmon import read_salmon
from dxtransfer.cohorts.readers.series_matrix import read_series_matrix
from dxtransfer.cohorts.readers.soft import read_soft
from dxtransfer.cohorts.readers.tenx import read_tenx_h5
from dxtransfer.cohorts.readers.tenx_folder import read_tenx_mtx
from dxtransfer.cohorts.readers.zarr import read_zarr
from dxtransfer.errors import InputError, one_line
from dxtransfer.hdf5 import check_hdf5

FORMATS: dict[str, Callable[..., Table]] = {
    "delimited": read_delimited,
    "excel": read_excel,
    "parquet": read_parquet,
    "h5ad": read_h5ad,
    "zarr": read_zarr,
    "tenx_mtx": read_tenx_mtx,
    "tenx_h5": read_tenx_h5,
    "geo": read_geo,
    "series_matrix": read_series_matrix,
    "soft": read_soft,
    "gdc": read_gdc,
    "rsem": read_rsem,
    "salmon": read_salmon,
    "kallisto": read_kallisto,
    "maf": read_maf,
    **LAYOUTS,
}
# formats whose readers take folders, and those that take files
FOLDERS = {"zarr", "tenx_mtx", "geo"}
EITHER = {"gdc", "rsem", "salmon", "kallisto", "star", "htseq", "kraken"}
# formats of which the ids of the sample table tell names of samples from other names
NAMED = {"delimited", "excel", "parquet"}
# formats that may hold several platforms
PLATFORMS = {"geo", "soft"}


def read_matrix(
    path: Path,
    *,
    format: str | None = None,
    orientation: str | None = None,
    sample_names: Sequence[str] | None = None,
    other_columns: Mapping[str, Sequence[str]] | None = None,
    platform: str | None = None,
) -> AnnData:
    """Read a cohort's matrix, whatever its format.

    Parameters
    ----------
    path
        A file or a folder.
    format
        A name of `FORMATS`; told by the content where None.
    orientation
        `genes_in_rows` or `genes_in_columns`; told by `sample_names` where None.
    sample_names
        Ids of the sample table.
    other_columns
        Other columns of the sample table, of which one may hold the ids that the matrix has.
    platform
        GEO's accession of the platform to read, where a series has several.

    Returns
    -------
    AnnData
        Samples x features; X float32 (csr where the format is sparse), missing values NaN; names
        are text as delivered, stripped of surrounding white space; features may stand twice. `obs`
        is the format's own sample table, `uns["own_table"]` whether it has one.

    Raises
    ------
    InputError
        One line that names the file, where possible the row and column, and what to do.
    """
    try:
        return _read(path, format, orientation, sample_names, other_columns, platform)
    except InputError as error:
        # names and cells may hold anything
        raise InputError(one_line(str(error))) from None
    except (MemoryError, pa.ArrowMemoryError):
        raise InputError(
            f"{path}: its values do not fit into memory; the file is damaged, or a larger machine "
            "is needed"
        ) from None
    except csv.Error as error:
        raise InputError(f"{path}: not a whole table ({error}); fetch or save it again") from None


def _read(
    path: Path,
    format: str | None,
    orientation: str | None,
    sample_names: Sequence[str] | None,
    other_columns: Mapping[str, Sequence[str]] | None,
    platform: str | None,
) -> AnnData:
    if not path.exists():
        raise InputError(f"{path}: no such file")
    check_hdf5(path)
    name = format or format_of(path)
    if name not in FORMATS:
        raise InputError(f"{path}: unknown format {name!r}; known: {', '.join(FORMATS)}")
    if name not in EITHER and path.is_dir() != (name in FOLDERS):
        found, wanted = ("folder", "file") if path.is_dir() else ("file", "folder")
        raise InputError(f"{path}: a {found}, where the format {name} is a {wanted}")
    if platform and name not in PLATFORMS:
        raise InputError(f"{path}: the format {name} has no platforms; leave the column empty")
    settings: dict[str, Any] = {"platform": platform} if platform else {}
    if name in NAMED or name in LAYOUTS:
        settings["sample_names"] = sample_names
    if name == "recount3":
        settings["columns"] = other_columns
    table = FORMATS[name](path, **settings)
    return to_matrix(
        table,
        path=path,
        orientation=orientation,
        sample_names=sample_names,
        other_columns=other_columns,
    )
