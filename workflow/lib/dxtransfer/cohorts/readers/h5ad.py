"""AnnData's own file format, read without more memory than its values need."""

from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from dxtransfer.cohorts.readers.h5ad_legacy import frame_of
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

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
            if "X" not in file:
                raise InputError(f"{path}: the file has no X; put the values to use there")
            obs, var = frame_of(file, "obs"), frame_of(file, "var")
            values = _values(file["X"])
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        told = (str(error).splitlines() or [type(error).__name__])[0]
        told = f"no {told}" if isinstance(error, KeyError) else told
        raise InputError(f"{path}: not a whole h5ad file ({told})") from None
    if values.shape != (len(obs), len(var)):
        raise InputError(
            f"{path}: X is {values.shape[0]} x {values.shape[1]}, but obs and var name {len(obs)} "
            f"samples and {len(var)} features"
        )
    return annotated(values, obs=obs, var=var)


def annotated(
    values: NDArray[np.float32] | sparse.csr_matrix, *, obs: pd.DataFrame, var: pd.DataFrame
) -> Table:
    """Table of an AnnData's values, samples in rows, with its own sample table."""
    return Table(
        values,
        [str(name).strip() for name in obs.index],
        [str(name).strip() for name in var.index],
        natural="genes_in_columns",
        obs=obs,
    )


def _values(stored: h5py.Dataset | h5py.Group) -> NDArray[np.float32] | sparse.csr_matrix:
    if isinstance(stored, h5py.Dataset):
        return _filled(stored, np.float32)
    kind = stored.attrs.get("encoding-type") or stored.attrs.get("h5sparse_format")
    shape = tuple(stored.attrs.get("shape", stored.attrs.get("h5sparse_shape")))
    if kind in ("csr_matrix", "csr"):
        # As scipy would choose them: 32 bits as long as they can count the values.
        small = stored["data"].shape[0] < 2**31
        index = np.int32 if small else np.int64
        parts = (_filled(stored["data"], np.float32), _filled(stored["indices"], index))
        return sparse.csr_matrix((*parts, stored["indptr"][()].astype(index)), shape=shape)
    if kind in ("csc_matrix", "csc"):
        return _by_rows(stored, shape)
    raise ValueError(f"X is stored as {kind}")


def _filled(stored: h5py.Dataset, kind: type) -> NDArray[np.float32]:
    """All values of a dataset, converted block by block."""
    values = np.empty(stored.shape, dtype=kind)
    if not values.size:
        return values
    width = int(np.prod(stored.shape[1:], dtype=np.int64)) * stored.dtype.itemsize
    step = max(1, BLOCK // max(1, width))
    if stored.chunks:
        # A chunk that is cut in two would be unpacked twice.
        step = max(1, step // stored.chunks[0]) * stored.chunks[0]
    for start in range(0, stored.shape[0], step):
        values[start : start + step] = stored[start : start + step]
    return values


def _by_rows(stored: h5py.Group, shape: tuple[int, ...]) -> sparse.csr_matrix:
    """Turn columns of a sparse matrix into rows, reading some columns at a time."""
    pointers = stored["indptr"][()].astype(np.int64)
    counts = np.zeros(shape[0], dtype=np.int64)
    blocks = _blocks(pointers)
    for start, end in blocks:
        rows = stored["indices"][pointers[start] : pointers[end]]
        counts += np.bincount(rows, minlength=shape[0])
    total = int(counts.sum())
    index = np.int32 if total < 2**31 else np.int64
    starts = np.concatenate([[0], np.cumsum(counts)])
    data, columns = np.empty(total, dtype=np.float32), np.empty(total, dtype=index)
    free = starts[:-1].copy()
    for start, end in blocks:
        part = slice(pointers[start], pointers[end])
        block = sparse.csc_matrix(
            (stored["data"][part], stored["indices"][part], pointers[start : end + 1] - part.start),
            shape=(shape[0], end - start),
        ).tocsr()
        lengths = np.diff(block.indptr)
        target = np.repeat(free - block.indptr[:-1], lengths) + np.arange(block.nnz)
        data[target], columns[target] = block.data, block.indices + start
        free += lengths
    return sparse.csr_matrix((data, columns, starts.astype(index)), shape=shape)


def _blocks(pointers: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Runs of columns with about `BLOCK` bytes of values each."""
    bounds = [0]
    while bounds[-1] < len(pointers) - 1:
        most = pointers[bounds[-1]] + BLOCK // 8
        bounds.append(max(bounds[-1] + 1, int(np.searchsorted(pointers, most, "right")) - 1))
    return list(pairwise(bounds))
