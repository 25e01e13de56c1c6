"""Covariates of the sample table as columns of numbers."""

import re

import numpy as np
import pandas as pd

from dxtransfer.labels import number_of

# `007` is an id, as in the sample tables.
AN_ID = re.compile(r"[+-]?0\d+.*")
MISSING = " missing"


def covariate_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Turn covariates into numbers; nothing is fitted.

    Parameters
    ----------
    table
        (samples, covariates) as text, empty where missing.

    Returns
    -------
    pandas.DataFrame
        (samples, columns), float64. A column whose cells are all numbers stays as it is; of text
        each value gets an indicator, of two values the second in their order. A missing cell is NaN
        in the columns of its covariate, which the training part of a fold imputes by its mean (see
        `dxtransfer.learn.standardiser`), and 1 in an indicator of its own.
    """
    found: dict[str, list[float]] = {}
    for name in table.columns:
        cells = [str(cell) for cell in table[name]]
        known = sorted({cell for cell in cells if cell})
        numbers = {cell: number_of(cell) for cell in known if not AN_ID.fullmatch(cell)}
        if known and all(numbers.get(cell) is not None for cell in known):
            found[name] = [float(cell) if cell else np.nan for cell in cells]
        else:
            for value in known[1:] if len(known) == 2 else known:
                found[f"{name} {value}"] = [float(c == value) if c else np.nan for c in cells]
        if "" in cells:
            found[f"{name}{MISSING}"] = [float(not cell) for cell in cells]
    return pd.DataFrame(found, index=table.index, dtype=np.float64)
