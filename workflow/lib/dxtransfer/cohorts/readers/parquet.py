"""Parquet tables, as pandas, polars and arrow write them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from dxtransfer.cohorts.readers.layout import DESCRIBING, Layout
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.refusals import plain
from dxtransfer.errors import InputError


def read_parquet(path: Path) -> Table:
    """Read a parquet table.

    Names of the rows are the stored index where the index is not a mere count, else the first
    column that holds text. Columns that are known to describe features are left out.

    Raises
    ------
    InputError
        Naming the file and the column that is not a number, or when no column can name the rows.
    """
    try:
        frame = parquet.read_table(path).to_pandas(self_destruct=True)
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{path}: not a whole parquet file ({str(error).splitlines()[0]})"
        ) from None
    if isinstance(frame.index, pd.RangeIndex):
        named = [c for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c])]
        if not named:
            raise InputError(f"{path}: no index and no text column that could name the rows")
        frame = frame.set_index(named[0])
    columns = [str(name).strip() for name in frame.columns]
    text = [i for i, kind in enumerate(frame.dtypes) if not pd.api.types.is_numeric_dtype(kind)]
    described = [i for i in text if plain(columns[i]) in DESCRIBING]
    for i in text:
        if i not in described:
            raise InputError(f"{path}, column {columns[i]}: holds text, not numbers")
    used = [i for i in range(len(columns)) if i not in described]
    Layout(0, 1, columns, 0, used, [columns[i] for i in described]).told(path)
    values = np.empty((len(frame), len(used)), dtype=np.float32)
    for place, i in enumerate(used):
        values[:, place] = frame.iloc[:, i].to_numpy(dtype=np.float32, na_value=np.nan)
    rows = [str(name).strip() for name in frame.index]
    return Table(values, rows, [columns[i] for i in used], natural="genes_in_rows")
