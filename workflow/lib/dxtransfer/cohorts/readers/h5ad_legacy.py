"""Tables of h5ad files of anndata before 0.7: structured arrays, categories kept in `uns`."""

from typing import Any

import h5py
import numpy as np
import pandas as pd
from anndata.io import read_elem


def frame_of(file: h5py.File, name: str) -> pd.DataFrame:
    """Table `obs` or `var` of an h5ad file of any age.

    Parameters
    ----------
    file
        The open file.
    name
        `obs` or `var`.

    Raises
    ------
    ValueError, KeyError
        For a table that is damaged.
    """
    stored = file[name]
    if not isinstance(stored, h5py.Dataset):
        return read_elem(stored)
    rows = stored[()]
    fields = rows.dtype.names
    if not fields:
        raise ValueError(f"{name} is not a table")
    names = next((field for field in ("index", "_index") if field in fields), fields[0])
    columns = {
        field: _column(rows[field], file.get(f"uns/{field}_categories"))
        for field in fields
        if field != names
    }
    return pd.DataFrame(columns, index=pd.Index(_text(rows[names])))


def _column(values: Any, categories: h5py.Dataset | None) -> Any:
    if categories is not None and np.issubdtype(values.dtype, np.integer):
        known = np.append(_text(np.atleast_1d(categories[()])), "")
        # -1 marks a missing value and takes the last, empty one
        if values.min(initial=0) < -1 or values.max(initial=-1) >= len(known) - 1:
            raise ValueError("a category that the file does not name")
        return known[values]
    return values if values.dtype.kind in "fiub" else _text(values)


def _text(values: Any) -> Any:
    return np.array(
        [v.decode("utf-8", errors="replace") if isinstance(v, bytes) else str(v) for v in values],
        dtype=object,
    )
