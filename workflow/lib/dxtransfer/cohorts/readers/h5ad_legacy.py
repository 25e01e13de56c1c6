"""Tables of h5ad files of anndata before 0.7: structured arrays, categories kept in `uns`."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anndata.io import read_elem

from dxtransfer.cohorts.readers.limits import checked_member


def frame_of(file: Any, name: str, *, path: Path) -> pd.DataFrame:
    """Table `obs` or `var` of an AnnData's file or zarr store of any age.

    Parameters
    ----------
    file
        The open file.
    name
        `obs` or `var`.
    path
        Where it lies, for messages.

    Raises
    ------
    InputError
        For sizes that the file cannot hold.
    ValueError, KeyError and others
        For a table that is damaged.
    """
    stored = checked_member(file, name, path=path)
    if not hasattr(stored, "shape"):
        frame = read_elem(stored)
        if not isinstance(frame, pd.DataFrame):
            raise ValueError(f"{name} is not a table")
        return frame
    rows = stored[()]
    fields = rows.dtype.names
    if not fields:
        raise ValueError(f"{name} is not a table")
    names = next((field for field in ("index", "_index") if field in fields), fields[0])
    columns = {
        field: _column(rows[field], _categories(file, field, path))
        for field in fields
        if field != names
    }
    return pd.DataFrame(columns, index=pd.Index(_text(rows[names])))


def _categories(file: Any, field: str, path: Path) -> Any:
    name = f"uns/{field}_categories"
    return checked_member(file, name, path=path) if name in file else None


def _column(values: Any, categories: Any) -> Any:
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
