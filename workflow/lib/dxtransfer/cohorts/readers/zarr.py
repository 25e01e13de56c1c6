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
        For a store that is damaged, lacks chunks of `X`, is no AnnData, or has no `X`.
    """
    try:
        store = zarr.open_group(str(path), mode="r")
        _check_chunks(store, path)
        return read_anndata(store, path=path, what="store")
    except InputError:
        raise
    except Exception as error:
        # zarr, numcodecs and anndata each raise their own kinds for a chunk or key that is wrong
        raise InputError(
            f"{path}: not a whole zarr store of an AnnData ({reason_of(error)})"
        ) from None


def _check_chunks(store: zarr.Group, path: Path) -> None:
    """Refuse arrays of which chunks are absent: zarr would read them as zeros.

    zarr 3 leaves out chunks that hold nothing but zeros. In the arrays of a sparse matrix there are
    none, in a dense matrix they are rare, and codes that are all 0 belong to a single category.
    """
    for name in ("X", "X/data", "X/indices"):
        array = store.get(name)
        if isinstance(array, zarr.Array) and array.nchunks_initialized < array.nchunks:
            absent = array.nchunks - array.nchunks_initialized
            raise InputError(
                f"{path}: {absent:,} of {array.nchunks:,} chunks of {name} are absent and would be "
                "read as zeros; copy the whole store again, or, where they were zeros, write it "
                "with zarr's setting array.write_empty_chunks"
            )
    obs = store.get("obs")
    for column, group in obs.groups() if isinstance(obs, zarr.Group) else []:
        codes, categories = group.get("codes"), group.get("categories")
        if not isinstance(codes, zarr.Array) or not isinstance(categories, zarr.Array):
            continue
        if codes.size and not codes.nchunks_initialized and categories.size > 1:
            raise InputError(
                f"{path}: the values of the column {column!r} of obs are absent; copy the whole "
                "store again"
            )
