"""Selecting samples without holding a second copy of the values."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def take_rows(values: Any, rows: NDArray[np.intp]) -> Any:
    """Take rows out of a matrix, reusing its memory where that is possible.

    Parameters
    ----------
    values
        (n, features), dense or csr. It is used up: its content is undefined afterwards.
    rows
        (m,), distinct indices in the order wanted.

    Returns
    -------
    Same type as `values`, (m, features)
        Its rows. Only a csr matrix whose rows change their order is copied.
    """
    if np.array_equal(rows, np.arange(values.shape[0])):
        return values
    if not sparse.issparse(values):
        _permute(values, rows)
        return values[: len(rows)]
    if (np.diff(rows) < 0).any():
        return sparse.csr_matrix(values[rows])
    return _compacted(values, rows)


def _permute(values: NDArray[np.float32], rows: NDArray[np.intp]) -> None:
    """Bring `rows` to the front in their order, one row at a time along each cycle."""
    rest = np.setdiff1d(np.arange(len(values)), rows)
    source = np.concatenate([rows, rest])
    for start in range(len(source)):
        if source[start] == start or source[start] < 0:
            continue
        first, place = values[start].copy(), start
        while source[place] != start:
            values[place] = values[source[place]]
            source[place], place = -1, source[place]
        values[place] = first
        source[place] = -1


def _compacted(values: sparse.csr_matrix, rows: NDArray[np.intp]) -> sparse.csr_matrix:
    """Move the values of ascending rows to the front of the same arrays."""
    starts, ends = values.indptr[rows], values.indptr[rows + 1]
    pointers = np.concatenate([[0], np.cumsum(ends - starts)]).astype(values.indptr.dtype)
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        target = slice(pointers[place], pointers[place + 1])
        values.data[target] = values.data[start:end]
        values.indices[target] = values.indices[start:end]
    total = pointers[-1]
    return sparse.csr_matrix(
        (values.data[:total], values.indices[:total], pointers),
        shape=(len(rows), values.shape[1]),
    )
