"""Loom files: genes in rows, cells in columns, with attributes of both.

Format: https://linnarssonlab.org/loompy/format/
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from scipy import sparse

from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

GENES = (
    *("Gene", "var_names", "gene_names", "GeneName", "gene_name", "gene_symbol", "symbol"),
    *("Accession", "gene_ids", "ensembl_ids"),
)
CELLS = ("CellID", "obs_names", "cell_names", "Cell", "cell_id", "barcode", "barcodes")
# values that are dense at a time
BLOCK = 1 << 24


def read_loom(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read the main matrix and the attributes of the cells, which are its sample table.

    Raises
    ------
    InputError
        For a damaged file, and where no attribute names the genes or the cells.
    """
    try:
        with h5py.File(path) as file:
            stored = file["matrix"]
            genes = _names(file["row_attrs"], GENES, stored.shape[0])
            obs = _table(file["col_attrs"], stored.shape[1])
            known = [name for name in CELLS if name in obs]
            if not known:
                raise KeyError(f"attribute that names the cells ({', '.join(CELLS[:3])})")
            wanted = set(sample_names or ())
            ids = max(known, key=lambda name: len(wanted.intersection(obs[name])))
            step = max(1, BLOCK // max(1, stored.shape[1]))
            parts = [
                sparse.csr_matrix(stored[start : start + step].astype(np.float32))
                for start in range(0, stored.shape[0], step)
            ]
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, IndexError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0].strip("'\"")
        reason = f"no {reason}" if isinstance(error, KeyError) else reason
        raise InputError(f"{path}: not a whole loom file ({reason})") from None
    values = sparse.csr_matrix(sparse.vstack(parts).T) if parts else sparse.csr_matrix((0, 0))
    if not np.isfinite(values.data).all():
        raise InputError(f"{path}: a value is infinite or not a number; write it again")
    cells = list(obs[ids])
    return Table(values, cells, genes, natural="genes_in_columns", obs=obs.set_axis(cells, axis=0))


def _names(attributes: Any, known: Sequence[str], length: int) -> list[str]:
    name = next((name for name in known if name in attributes), None)
    if name is None:
        raise KeyError(f"attribute that names the genes ({', '.join(known[:3])})")
    names = _values(attributes[name])
    if len(names) != length:
        raise ValueError(f"{len(names)} genes are named, but the matrix has {length}")
    return [str(value).strip() for value in names]


def _table(attributes: Any, length: int) -> pd.DataFrame:
    columns = {
        name: _values(attributes[name])
        for name in attributes
        if isinstance(attributes[name], h5py.Dataset) and attributes[name].ndim == 1
    }
    if any(len(values) != length for values in columns.values()):
        raise ValueError(f"an attribute of the cells has not {length} values")
    table = pd.DataFrame(columns)
    for name in set(CELLS) & set(table):
        table[name] = table[name].astype(str).str.strip()
    return table


def _values(stored: h5py.Dataset) -> Any:
    text = h5py.check_string_dtype(stored.dtype) is not None
    return stored.asstr(errors="replace")[()] if text else stored[()]
