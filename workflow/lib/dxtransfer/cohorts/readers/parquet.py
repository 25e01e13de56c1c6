"""Parquet tables, as pandas, polars and arrow write them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError


def read_parquet(path: Path) -> Table:
    """Read a parquet table.

    Names of the rows are the stored index where the index is not a mere count, else the first
    column that holds text.

    Raises
    ------
    InputError
        Naming the file and the column that is not a number, or when no column can name the rows.
    """
    try:
        frame = parquet.read_table(path).to_pandas()
    except pa.ArrowException as error:
        raise InputError(
            f"{path}: not a whole parquet file ({str(error).splitlines()[0]})"
        ) from None
    if isinstance(frame.index, pd.RangeIndex):
        named = [c for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c])]
        if not named:
            raise InputError(f"{path}: no index and no text column that could name the rows")
        frame = frame.set_index(named[0])
    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            raise InputError(f"{path}, column {column}: holds text, not numbers")
    return Table(
        frame.to_numpy(dtype=np.float32, na_value=np.nan),
        [str(name).strip() for name in frame.index],
        [str(name).strip() for name in frame.columns],
        natural="genes_in_rows",
    )
