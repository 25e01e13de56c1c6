"""AnnData's own file format, read without more memory than its values need."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from dxtransfer.cohorts.readers.h5ad_legacy import frame_of
from dxtransfer.cohorts.readers.limits import checked_member
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.sparse_checks import (
    check_indices,
    check_numbers,
    checked_pointers,
    compressed_rows,
    declared_shape,
)
from dxtransfer.errors import InputError
from dxtransfer.memory import check_memory

# bytes that are converted at a time
BLOCK = 1 << 26


def read_h5ad(path: Path) -> Table:
    """Read `X` and `obs` of an h5ad file; its layers, embeddings and `raw` stay behind.

    `X` is read in blocks into float32 (csr where it is sparse), so that nothing stands in memory
    twice, whatever type it has in the file.

    Raises
    ------
    InputError
        For a damaged file, one without `X`, or one whose obs and var do not fit it.
    """
    try:
        with h5py.File(path) as file:
            return read_anndata(file, path=path, what="file")
    except InputError:
        raise
    except Exception as error:
        # h5py, anndata and pandas each raise their own kinds for what is damaged
        raise InputError(f"{path}: not a whole h5ad file ({reason_of(error)})") from None


def reason_of(error: Exception) -> str:
    """First line of what a library says of a file."""
    told = (str(error).splitlines() or [type(error).__name__])[0]
    return f"no {told}" if isinstance(error, KeyError) else told


def read_anndata(file: Any, *, path: Path, what: str) -> Table:
    """Read `X`, `obs` and `var` of an open HDF5 file or zarr store.

    Sizes are looked at before anything is read, and the shape of `X` before its values are.

    Raises
    ------
    InputError
        Where there is no `X`, or obs and var do not fit it.
    ValueError, KeyError and others
        For what is damaged.
    """
    if isinstance(file, h5py.Group) and "X" not in file:
        raise InputError(f"{path}: the {what} has no X; put the values to use there")
    obs, var = (frame_of(file, name, path=path) for name in ("obs", "var"))
    if "X" not in file:
        raise InputError(f"{path}: the {what} has no X; put the values to use there")
    stored = checked_member(file, "X", path=path)
    kind, shape = _kind_and_shape(stored)
    if shape != (len(obs), len(var)):
        raise InputError(
            f"{path}: X is {' x '.join(map(str, shape))}, but obs and var name {len(obs)} "
            f"samples and {len(var)} features"
        )
    if kind == "dense":
        check_numbers(stored, name="X", dimensions=2)
        check_memory(4 * shape[0] * shape[1], what="X", path=path)
        values = _filled(stored, np.float32)
    else:
        values = _sparse(stored, kind, shape, path)
    return Table(
        values,
        [str(name).strip() for name in obs.index],
        [str(name).strip() for name in var.index],
        natural="genes_in_columns",
        obs=obs,
    )


def _kind_and_shape(stored: Any) -> tuple[str, tuple[int, ...]]:
    """`dense`, `csr` or `csc`, and the shape that is declared."""
    if hasattr(stored, "shape"):
        return "dense", tuple(stored.shape)
    kind = stored.attrs.get("encoding-type") or stored.attrs.get("h5sparse_format")
    known = {"csr": "csr", "csr_matrix": "csr", "csc": "csc", "csc_matrix": "csc"}
    if kind not in known:
        raise ValueError(f"X is stored as {kind}")
    shape = stored.attrs.get("shape", stored.attrs.get("h5sparse_shape"))
    return known[kind], declared_shape(shape)


def _sparse(stored: Any, kind: str, shape: tuple[int, ...], path: Path) -> sparse.csr_matrix:
    rows, columns = shape
    data, indices = stored["data"], stored["indices"]
    check_numbers(data, name="data of X", dimensions=1)
    check_numbers(indices, name="indices of X", dimensions=1)
    if data.shape != indices.shape:
        raise ValueError(f"{data.shape[0]} values of X have {indices.shape[0]} indices")
    check_memory(12 * data.shape[0], what="X", path=path)
    pointers = checked_pointers(
        stored["indptr"][()], lines=rows if kind == "csr" else columns, entries=data.shape[0]
    )
    if kind == "csc":
        return _by_rows(data, indices, pointers, (rows, columns))
    # as scipy would choose them: 32 bits as long as they can count the values
    index = np.int32 if max(data.shape[0], columns) < 2**31 else np.int64
    places = _filled(indices, index, below=columns)
    return compressed_rows(_filled(data, np.float32), places, pointers, shape=(rows, columns))


def _filled(stored: Any, kind: type, *, below: int | None = None) -> NDArray[Any]:
    """All values of a dataset, converted block by block; with `below` they are checked indices."""
    values = np.empty(stored.shape, dtype=kind)
    if not values.size:
        return values
    width = int(np.prod(stored.shape[1:], dtype=np.int64)) * stored.dtype.itemsize
    step = max(1, BLOCK // max(1, width))
    if stored.chunks:
        # A chunk that is cut in two would be unpacked twice.
        step = max(1, step // stored.chunks[0]) * stored.chunks[0]
    for start in range(0, stored.shape[0], step):
        block = stored[start : start + step]
        if below is not None:
            check_indices(block, below=below)
        values[start : start + step] = block
    return values


def _by_rows(
    data: Any, indices: Any, pointers: NDArray[np.int64], shape: tuple[int, int]
) -> sparse.csr_matrix:
    """Turn columns of a sparse matrix into rows, reading some columns at a time."""
    counts = np.zeros(shape[0], dtype=np.int64)
    blocks = _blocks(pointers)
    for start, end in blocks:
        rows = indices[pointers[start] : pointers[end]]
        check_indices(rows, below=shape[0])
        counts += np.bincount(rows, minlength=shape[0])
    total = int(counts.sum())
    index = np.int32 if total < 2**31 else np.int64
    starts = np.concatenate([[0], np.cumsum(counts)])
    values, columns = np.empty(total, dtype=np.float32), np.empty(total, dtype=index)
    free = starts[:-1].copy()
    for start, end in blocks:
        part = slice(pointers[start], pointers[end])
        block = sparse.csc_matrix(
            (data[part], indices[part], pointers[start : end + 1] - part.start),
            shape=(shape[0], end - start),
        ).tocsr()
        lengths = np.diff(block.indptr)
        target = np.repeat(free - block.indptr[:-1], lengths) + np.arange(block.nnz)
        values[target], columns[target] = block.data, block.indices + start
        free += lengths
    return compressed_rows(values, columns, starts, shape=shape)


def _blocks(pointers: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Runs of columns with about `BLOCK` bytes of values each."""
    bounds = [0]
    while bounds[-1] < len(pointers) - 1:
        most = pointers[bounds[-1]] + BLOCK // 8
        bounds.append(max(bounds[-1] + 1, int(np.searchsorted(pointers, most, "right")) - 1))
    return list(pairwise(bounds))
