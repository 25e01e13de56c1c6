"""Parquet tables, as pandas, polars and arrow write them."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
from pyarrow import parquet

from dxtransfer.cohorts.readers.layout import lay_out
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.table_rows import Body, table_of
from dxtransfer.errors import InputError

# what is looked at to find the layout
ROWS = 60


def read_parquet(path: Path, *, sample_names: Collection[str] | None = None) -> Table:
    """Read a parquet table.

    Names of the rows are the stored index where the index is not a mere count, else the column
    that identifies, as in a text table. Columns that describe features are left out.

    Raises
    ------
    InputError
        Naming the file and the column that is not a number, or when no column can name the rows.
    """
    try:
        frame = parquet.read_table(path).to_pandas(self_destruct=True)
    except MemoryError:
        raise
    except Exception as error:
        # arrow and pandas each raise their own kinds for data or metadata that are wrong
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: not a whole parquet file ({reason})") from None
    if isinstance(frame.index, pd.RangeIndex):
        if all(pd.api.types.is_numeric_dtype(frame[c]) for c in frame.columns):
            raise InputError(f"{path}: no index and no text column that could name the rows")
    else:
        names = [str(name) for name in frame.index]
        frame.insert(0, str(frame.index.name or ""), names, allow_duplicates=True)
    if frame.empty:
        raise InputError(f"{path}: holds no values")
    columns = [str(name).strip() for name in frame.columns]
    numbers = [pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes]
    for name, number in zip(columns, numbers, strict=True):
        if name in (sample_names or ()) and not number:
            raise InputError(f"{path}, column {name}: holds text, not numbers")
    shown = frame.iloc[:ROWS]
    rows = [columns, *([_text(cell) for cell in row] for row in shown.itertuples(index=False))]
    layout = lay_out(rows, path=path, sample_names=sample_names)
    layout.told(path)
    values = np.empty((len(frame), len(layout.values)), dtype=np.float32)
    for place, i in enumerate(layout.values):
        if not numbers[i]:
            raise InputError(f"{path}, column {columns[i]}: holds text, not numbers")
        values[:, place] = frame.iloc[:, i].to_numpy(dtype=np.float32, na_value=np.nan)
    texts = [[_text(cell) for cell in frame.iloc[:, i]] for i in layout.texts]
    return table_of(Body(texts, values), layout, sample_names=sample_names, path=path)


def _text(cell: object) -> str:
    """A cell as text, empty where it is missing; whole numbers without decimals."""
    if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
