"""Columns of a sample table that the evaluation is told of: covariates, sites, subgroups."""

from collections.abc import Sequence

import pandas as pd

from dxtransfer.errors import InputError


def sample_columns(obs: pd.DataFrame, names: Sequence[str], *, cohort: str) -> pd.DataFrame:
    """Take some columns out of a cohort's sample table.

    Parameters
    ----------
    obs
        `obs` of a cohort after quality control, indexed by sample, with the column `patient`.
    names
        Columns that the configuration asks for.
    cohort
        Name of the cohort, for messages.

    Returns
    -------
    pandas.DataFrame
        `sample`, `patient`, then each column of `names` once, as text; empty where it is missing.

    Raises
    ------
    InputError
        For a column that is not there.
    """
    table = pd.DataFrame({"sample": list(map(str, obs.index))})
    table["patient"] = obs["patient"].astype(str).to_numpy()
    for name in names:
        if name not in obs.columns:
            raise InputError(
                f"cohort {cohort}: no column {name!r} in its sample table, which the "
                f"configuration names in the block evaluation; there are: {', '.join(obs.columns)}"
            )
        values = obs[name].astype(object)
        table[name] = values.where(values.notna(), "").astype(str).to_numpy()
    return table
