"""Compressed sparse matrices, whose indices are checked before anything is looked up by them.

scipy, anndata and scanpy believe indices and pointers: a wrong one reads or writes other memory.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def checked_pointers(pointers: Any, *, lines: int, entries: int) -> NDArray[np.int64]:
    """Check where the values of each row (or column) begin.

    Parameters
    ----------
    pointers
        As stored.
    lines
        Number of rows (or columns) that are compressed.
    entries
        Number of values.

    Raises
    ------
    ValueError
        Unless they are whole numbers that rise from 0 to `entries`, one more than `lines`.
    """
    found = np.asarray(pointers)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise ValueError("the pointers of the sparse matrix are not whole numbers")
    if len(found) != lines + 1:
        raise ValueError(f"{len(found)} pointers of the sparse matrix, where {lines + 1} are due")
    if found[0] != 0 or found[-1] != entries:
        raise ValueError(
            f"the pointers of the sparse matrix go from {found[0]} to {found[-1]}, where it has "
            f"{entries} values"
        )
    # compared, since differences of unsigned numbers cannot be negative
    falls = np.flatnonzero(found[1:] < found[:-1])
    if len(falls):
        raise ValueError(f"the pointers of the sparse matrix decrease at {found[falls[0] + 1]}")
    return found.astype(np.int64)


def check_indices(indices: Any, *, below: int) -> None:
    """Check places within rows (or columns).

    Raises
    ------
    ValueError
        Unless they are whole numbers from 0 to less than `below`.
    """
    found = np.asarray(indices)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise ValueError("the indices of the sparse matrix are not whole numbers")
    for extreme in (found.min(), found.max()) if len(found) else ():
        if not 0 <= extreme < below:
            raise ValueError(
                f"an index of the sparse matrix is {extreme}, outside 0 to {below - 1}"
            )


def check_numbers(stored: Any, *, name: str, dimensions: int) -> None:
    """Check that an array has the dimensions it should have, of numbers.

    Raises
    ------
    ValueError
        Where it has not.
    """
    if len(stored.shape) != dimensions or stored.dtype.kind not in "fiub":
        raise ValueError(
            f"{name} is not an array of numbers with {dimensions} dimension{'s' * (dimensions > 1)}"
        )


def compressed_rows(
    data: NDArray[np.float32], indices: Any, pointers: Any, *, shape: tuple[int, int]
) -> sparse.csr_matrix:
    """Build a matrix of compressed rows; several values of one place are added up, as scipy does.

    Raises
    ------
    ValueError
        Where indices or pointers do not fit the shape or the values.
    """
    if len(data) != len(indices):
        raise ValueError(f"{len(data)} values of the sparse matrix have {len(indices)} indices")
    starts = checked_pointers(pointers, lines=shape[0], entries=len(data))
    check_indices(indices, below=shape[1])
    # as scipy would choose them: 32 bits as long as they can count the values
    kind = np.int32 if max(len(data), *shape) < 2**31 else np.int64
    found = sparse.csr_matrix(
        (data, np.asarray(indices).astype(kind, copy=False), starts.astype(kind)), shape=shape
    )
    found.sum_duplicates()
    return found


def declared_shape(shape: Any) -> tuple[int, int]:
    """Numbers of rows and columns of a matrix.

    Raises
    ------
    ValueError
        Where they are not two whole numbers.
    """
    found = np.asarray(shape)
    if found.shape != (2,) or found.dtype.kind not in "iu" or (found < 0).any():
        raise ValueError("the shape of the sparse matrix is not two whole numbers")
    return int(found[0]), int(found[1])
