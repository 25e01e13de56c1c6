"""Rows are taken in any order, and without a second copy where that can be."""

import numpy as np
import pytest
from scipy import sparse

from dxtransfer.cohorts.rows import take_rows

ORDERS = {
    "all": np.arange(40),
    "turned": np.arange(40)[::-1],
    "some": np.array([3, 4, 9, 39]),
    "some, mixed": np.array([39, 0, 7, 3, 12]),
    "mixed": np.random.default_rng(1).permutation(40),
    "one": np.array([5]),
}


def matrix() -> np.ndarray:
    return np.random.default_rng(2).poisson(0.5, (40, 6)).astype(np.float32)


@pytest.mark.parametrize("order", ORDERS)
def test_rows_are_those_of_plain_indexing(order: str) -> None:
    rows, values = ORDERS[order], matrix()
    np.testing.assert_array_equal(take_rows(matrix(), rows), values[rows])
    taken = take_rows(sparse.csr_matrix(matrix()), rows)
    assert taken.has_canonical_format
    np.testing.assert_array_equal(taken.toarray(), values[rows])


@pytest.mark.parametrize("order", ORDERS)
def test_dense_rows_stay_in_the_same_memory(order: str) -> None:
    values = matrix()
    assert np.shares_memory(take_rows(values, ORDERS[order]), values)


@pytest.mark.parametrize("rows", [np.arange(40), np.delete(np.arange(40), [0, 7, 8, 30])])
def test_sparse_rows_in_order_stay_in_the_same_memory(rows: np.ndarray) -> None:
    values = sparse.csr_matrix(matrix())
    assert np.shares_memory(take_rows(values, rows).data, values.data)
