"""AnnData as a zarr store."""

from pathlib import Path

import zarr

from dxtransfer.cohorts.readers.h5ad import read_anndata, reason_of
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError


def read_zarr(path: Path) -> Table:
    """Read `X` and `obs` of an AnnData that was written as a zarr store.

    Raises
    ------
    InputError
        For a store that is damaged, is no AnnData, or has no `X`.
    """
    try:
        store = zarr.open_group(str(path), mode="r")
        return read_anndata(store, path=path, what="store")
    except InputError:
        raise
    except Exception as error:
        # zarr, numcodecs and anndata each raise their own kinds for a chunk or key that is wrong
        raise InputError(
            f"{path}: not a whole zarr store of an AnnData ({reason_of(error)})"
        ) from None
