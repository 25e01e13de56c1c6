"""For whom a model works less well: the main measure in groups of patients."""

import bisect
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.errors import InputError
from dxtransfer.labels import MISSING, number_of

Bools = NDArray[np.bool_]

COLUMNS = [
    *("subgroup", "group", "patients", "samples", "events", "measure", "estimate", "low", "high"),
    *("difference", "difference_low", "difference_high", "reason"),
]
NOT_RECORDED = "not recorded"


def groups_of(values: Sequence[str], *, bands: Sequence[float] = ()) -> list[str]:
    """Group of each sample, by the value of a column or by the band that its number lies in.

    Parameters
    ----------
    values
        Cells of the column.
    bands
        Rising limits; a limit belongs to the band above it. None for groups by value.

    Raises
    ------
    InputError
        With bands, for a cell that is no number.
    """
    if not bands:
        return [NOT_RECORDED if value in MISSING else value for value in values]
    names, found = band_names(bands), []
    for value in values:
        number = None if value in MISSING else number_of(value)
        if number is None and value not in MISSING:
            raise InputError(f"{value!r} is no number; correct it, or leave out bands")
        found.append(NOT_RECORDED if number is None else names[bisect.bisect_right(bands, number)])
    return found


def band_names(bands: Sequence[float]) -> list[str]:
    """Names of the bands between rising limits, from the lowest."""
    limits = [f"{limit:g}" for limit in bands]
    between = [f"{low} to below {high}" for low, high in itertools.pairwise(limits)]
    return [f"below {limits[0]}", *between, f"{limits[-1]} and above"]


def memberships(
    samples: Sequence[str], columns: pd.DataFrame, asked: Mapping[str, Mapping[str, Any]]
) -> dict[tuple[str, str], Bools]:
    """Which samples belong to each group of each subgroup.

    Parameters
    ----------
    samples
        Names of the samples, (t,); a name may stand several times.
    columns
        Table of the target's samples as text: sample, and any other columns.
    asked
        Subgroup to `column` and, for numbers, `bands`.

    Returns
    -------
    dict
        Subgroup and group to (t,), groups in the order of their bands or names.

    Raises
    ------
    InputError
        For a column that is not there, and a cell that is no number where bands are asked for.
    ValueError
        For a sample without a row.
    """
    table = columns.astype(str).set_index("sample")
    unknown = sorted(set(samples) - set(table.index))
    if asked and unknown:
        raise ValueError(f"columns: no sample {unknown[0]!r}")
    found: dict[tuple[str, str], Bools] = {}
    for name, wanted in asked.items():
        where, bands = f"config: evaluation.subgroups.{name}", wanted.get("bands", [])
        if wanted["column"] not in table:
            there = ", ".join(table.columns)
            raise InputError(f"{where}: no column {wanted['column']!r}; there are: {there}")
        try:
            group = groups_of(table[wanted["column"]].tolist(), bands=bands)
        except InputError as error:
            raise InputError(f"{where}, column {wanted['column']}: {error}") from None
        of_sample = dict(zip(table.index, group, strict=True))
        own = np.array([of_sample[sample] for sample in samples])
        order = band_names(bands) if bands else sorted(set(own) - {NOT_RECORDED})
        found |= {(name, g): own == g for g in [*order, NOT_RECORDED] if (own == g).any()}
    return found
