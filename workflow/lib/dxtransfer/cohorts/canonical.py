"""The rows of a cohort under canonical feature names, without a second copy of the matrix."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from dxtransfer.cohorts.identifiers.merge import merge_duplicates

Array = NDArray[Any]

# stored values that are looked at together: they fit a processor's cache
BLOCK_VALUES = 2**20


class CanonicalRows:
    """A matrix under its canonical names, made a few rows at a time.

    Parameters
    ----------
    X
        (samples, features delivered), dense with NaN for missing, or csr.
    names
        Canonical name per feature delivered; empty for one that is lost.
    how
        How features of one name are merged, see `merge_duplicates`.

    Attributes
    ----------
    features
        Canonical names, each once, in the order of their first feature delivered.
    """

    def __init__(self, X: Any, names: pd.Series, *, how: str) -> None:
        self._X = X
        self._mapped = (names != "").to_numpy()
        self._names = list(names[self._mapped])
        self._how = how
        self.features = list(dict.fromkeys(self._names))
        self._as_delivered = len(self.features) == X.shape[1]

    def rows(self, rows: slice | Array) -> Any:
        """Canonical values of some samples, dense or csr as the matrix is."""
        block = self._X[rows]
        if self._as_delivered:
            return block
        return merge_duplicates(block[:, self._mapped], self._names, how=self._how)[0]

    def dense(self, rows: Array, features: Array | None) -> Array:
        """The same, dense, in some features by position or in all of them."""
        block = self.rows(slice(rows[0], rows[-1] + 1) if _gapless(rows) else rows)
        chosen = block if features is None else block[:, features]
        return np.asarray(chosen.toarray() if sparse.issparse(chosen) else chosen)

    def blocks(self) -> Iterator[slice]:
        """All samples, a few at a time."""
        n = self._X.shape[0]
        stored = self._X.nnz if sparse.issparse(self._X) else self._X.size
        step = max(1, BLOCK_VALUES * n // max(stored, 1))
        for start in range(0, n, step):
            yield slice(start, start + step)

    def kept(self, samples: Array) -> Any:
        """Canonical values of the samples of a mask; the matrix itself where nothing changes."""
        if self._as_delivered:
            return self._X if samples.all() else self._X[samples]
        chosen, p = np.flatnonzero(samples), len(self.features)
        blocks = (
            self.rows(chosen[np.searchsorted(chosen, b.start) : np.searchsorted(chosen, b.stop)])
            for b in self.blocks()
        )
        if sparse.issparse(self._X):
            return _stacked(blocks, rows=len(chosen), stored=self._X.nnz, p=p)
        result = np.empty((len(chosen), p), dtype=np.float32)
        at = 0
        for block in blocks:
            result[at : at + len(block)] = block
            at += len(block)
        return result


def _stacked(
    blocks: Iterator[sparse.csr_matrix], *, rows: int, stored: int, p: int
) -> sparse.csr_matrix:
    """One csr of consecutive blocks, filled in place: a list of blocks would double the memory."""
    data, indices = np.empty(stored, dtype=np.float32), np.empty(stored, dtype=np.int32)
    lengths: list[Array] = [np.zeros(1, dtype=np.int64)]
    at = 0
    for block in blocks:
        data[at : at + block.nnz], indices[at : at + block.nnz] = block.data, block.indices
        lengths.append(np.diff(block.indptr))
        at += block.nnz
    indptr = np.cumsum(np.concatenate(lengths), dtype=np.int64)
    return sparse.csr_matrix((data[:at], indices[:at], indptr), shape=(rows, p))


def _gapless(rows: Array) -> bool:
    return len(rows) > 0 and int(rows[-1]) - int(rows[0]) + 1 == len(rows)
