"""From the values of a file to an AnnData: which way they lie, whose columns they are."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from numpy.typing import NDArray
from scipy import sparse

from dxtransfer.cohorts.centring import centred
from dxtransfer.cohorts.sample_ids import agreed, match_count
from dxtransfer.errors import InputError

ORIENTATIONS = ("genes_in_rows", "genes_in_columns")


@dataclass(frozen=True)
class Table:
    """What a format's reader hands over.

    Attributes
    ----------
    values
        (rows, columns), float32, dense or csr.
    rows, columns
        Names as text, whitespace stripped.
    natural
        The orientation that the format usually has, taken where no sample name tells better.
    obs
        What the format itself tells of its rows, where it does.
    left_out
        Features of the file that are not among the values (contaminants, totals, notes below the
        table), each with the reason.
    relative
        Why a value depends on the other samples of the file (centred features, z-scores of a
        cohort), so that none can be made for a single patient; empty where it does not.
    scale
        On which scale the values are, where the file tells it better than they do.
    """

    values: NDArray[np.float32] | sparse.csr_matrix
    rows: list[str]
    columns: list[str]
    natural: str
    obs: pd.DataFrame | None = None
    left_out: list[tuple[str, str]] = field(default_factory=list)
    relative: str = ""
    scale: str = ""


def to_matrix(
    table: Table,
    *,
    path: Path,
    orientation: str | None = None,
    sample_names: Sequence[str] | None = None,
    other_columns: Mapping[str, Sequence[str]] | None = None,
) -> AnnData:
    """Turn a table so that samples are rows and check that it can be a cohort.

    Parameters
    ----------
    table
        As read.
    path
        Where it comes from, for messages.
    orientation
        `genes_in_rows` or `genes_in_columns`; overrules detection.
    sample_names
        Ids of the sample table. The axis that holds more of them is the samples' axis.
    other_columns
        Its other columns, one of which may hold the ids of the matrix.

    Returns
    -------
    AnnData
        Samples x features; X float32, missing values NaN; obs as the file brings it, else bare.
        `uns` has own_table, features_left_out, scale and relative, see `Table`. The values are
        those of the table and no copy, as long as memory has samples in rows.

    Raises
    ------
    InputError
        For an empty table, a sample that stands twice, an infinite value, or when neither axis
        holds any of `sample_names`.
    """
    if not table.rows or not table.columns:
        raise InputError(f"{path}: holds no values")
    if orientation is None:
        orientation = _detected(
            table, path=path, sample_names=sample_names, other_columns=other_columns or {}
        )
    elif orientation not in ORIENTATIONS:
        raise InputError(f"orientation {orientation!r} is none of {', '.join(ORIENTATIONS)}")
    turned = orientation == "genes_in_rows"
    values = table.values.T if turned else table.values
    samples = table.columns if turned else table.rows
    features = table.rows if turned else table.columns
    if sample_names:
        samples = agreed(samples, sample_names, path=path)
    twice = pd.Index(samples)[pd.Index(samples).duplicated()]
    if len(twice):
        raise InputError(
            f"{path}: the sample {twice[0]!r} stands twice; give each sample its own id"
        )
    if isinstance(values, np.ndarray):
        values = np.ascontiguousarray(values)
        _refuse_infinite(values, samples=samples, features=features, path=path)
    else:
        values = sparse.csr_matrix(values)
        _refuse_infinite_sparse(values, samples=samples, features=features, path=path)
    own = None if turned else table.obs
    obs = pd.DataFrame(index=samples) if own is None else own
    adata = labelled(values, obs=obs.set_axis(pd.Index(samples), axis=0), features=features)
    adata.uns["own_table"] = own is not None
    adata.uns["features_left_out"] = table.left_out
    adata.uns["scale"] = table.scale
    adata.uns["relative"] = table.relative or centred(adata.X, path=path)
    return adata


def labelled(values: Any, *, obs: pd.DataFrame, features: Sequence[str]) -> AnnData:
    """Make an AnnData whose features may stand twice, as delivered matrices have them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Variable names are not unique")
        return AnnData(X=values, obs=obs, var=pd.DataFrame(index=pd.Index(list(features))))


def _detected(
    table: Table,
    *,
    path: Path,
    sample_names: Sequence[str] | None,
    other_columns: Mapping[str, Sequence[str]],
) -> str:
    if not sample_names:
        return table.natural
    wanted = set(sample_names)
    in_columns = len(wanted.intersection(table.columns))
    in_rows = len(wanted.intersection(table.rows))
    if in_columns == in_rows == 0:
        in_columns = match_count(table.columns, sample_names)
        in_rows = match_count(table.rows, sample_names)
    if in_columns == in_rows == 0:
        raise InputError(
            f"{path}: no sample of the sample table (first: {_first(sample_names)}) is a column "
            f"(first: {_first(table.columns)}) or a row (first: {_first(table.rows)}) of the "
            f"matrix; {_column_with_ids(table, other_columns) or 'make the ids agree'}"
        )
    if in_columns == in_rows:
        return table.natural
    return "genes_in_rows" if in_columns > in_rows else "genes_in_columns"


def _column_with_ids(table: Table, columns: Mapping[str, Sequence[str]]) -> str:
    """What to do where another column of the sample table holds the ids of the matrix."""
    ids = {*table.columns, *table.rows}
    number = {name: len(ids.intersection(cells)) for name, cells in columns.items()}
    best = max(number, key=lambda name: number[name], default="")
    if not best or number[best] < max(2, len(set(columns[best])) / 2):
        return ""
    return (
        f"{number[best]} of them are in the column {best!r} of the sample table: write that "
        "name into the column sample_column of the cohort sheet"
    )


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:3])


def _refuse_infinite(
    values: NDArray[np.float32], *, samples: Sequence[str], features: Sequence[str], path: Path
) -> None:
    # some samples at a time, so that the marks take little memory
    step = max(1, (1 << 24) // max(1, values.shape[1]))
    for start in range(0, len(values), step):
        infinite = np.isinf(values[start : start + step])
        if infinite.any():
            sample, feature = np.argwhere(infinite)[0]
            raise _infinite(features[feature], samples[start + sample], path)


def _refuse_infinite_sparse(
    values: sparse.csr_matrix, *, samples: Sequence[str], features: Sequence[str], path: Path
) -> None:
    infinite = np.flatnonzero(np.isinf(values.data))
    if len(infinite):
        sample = int(np.searchsorted(values.indptr, infinite[0], "right")) - 1
        raise _infinite(features[values.indices[infinite[0]]], samples[sample], path)


def _infinite(feature: str, sample: str, path: Path) -> InputError:
    return InputError(
        f"{path}: the value of {feature!r} in sample {sample!r} is infinite (often the logarithm "
        "of 0); leave the cell empty"
    )
