"""Columns of patients that stand among the features of a matrix (age, stage, the label itself).

Tables of machine learning hold patients' columns and features side by side. As a feature, the label
would answer for itself, and a patient's number or follow-up time would tell more than it should.
"""

import logging
from collections.abc import Sequence
from math import lgamma

import numpy as np
import pandas as pd
from anndata import AnnData
from numpy.typing import NDArray

from dxtransfer.cohorts.clinical import BY_WORD, OF_TEXT, is_of_patients
from dxtransfer.errors import InputError

BY_NAME = "the sample table has this column"
BY_VALUES = "has the values of the sample table's column {!r}"
# Equal values prove something only where chance hardly gives them: with f features, where the
# values of a column can be ordered in more than f times so many ways.
MARGIN = 100
# squared correlation from which a feature holds the values of the column of its name
FOLLOWS = 0.98
# with more features than this share called as columns of patients, a table is one of them
MOST = 0.5

logger = logging.getLogger(__name__)


def features_of_patients(matrix: AnnData, samples: pd.DataFrame, *, where: str) -> dict[str, str]:
    """Find what of a matrix describes patients, and why it is not a feature.

    Parameters
    ----------
    matrix
        Samples x features, as `read_matrix` gives it.
    samples
        The sample table as text, indexed by sample.
    where
        Beginning of a message.

    Returns
    -------
    dict
        Features, and columns of text beside them, to the reason; each one is also logged.

    Raises
    ------
    InputError
        For a column of text that the sample table does not have.
    """
    columns = [str(name) for name in samples.columns if name != "dropped_by_sheet"]
    names = [str(name) for name in matrix.var_names]
    found = _beside(matrix.uns.get("features_left_out", []), columns, where=where)
    called = [name for name in names if is_of_patients(name)]
    if len(called) <= MOST * len(names):
        found |= dict.fromkeys(called, BY_WORD)
    found |= _by_values(matrix, samples.drop(columns="dropped_by_sheet", errors="ignore"))
    found |= _by_name(matrix, samples, columns)
    for name, reason in found.items():
        logger.warning("%s: %r is not taken as a feature: %s", where, name, reason)
    return found


def _beside(
    left_out: Sequence[tuple[str, str]], columns: Sequence[str], *, where: str
) -> dict[str, str]:
    """What the reader of a table with samples in rows took for columns of patients."""
    found = {}
    for name, reason in left_out:
        if reason not in (OF_TEXT, BY_WORD):
            continue
        if reason == OF_TEXT and name not in columns and not is_of_patients(name):
            raise InputError(
                f"{where}: the matrix's column {name!r} holds text, so it is not a feature, and "
                "the sample table has no column of this name; remove it from the matrix"
            )
        found[name] = BY_NAME if name in columns else reason
    return found


def _by_values(matrix: AnnData, samples: pd.DataFrame) -> dict[str, str]:
    """Features whose values are those of a column of numbers in the sample table."""
    shared = samples.index.intersection(matrix.obs_names, sort=False)
    if not isinstance(matrix.X, np.ndarray) or len(shared) < 3:
        return {}
    rows = matrix.obs_names.get_indexer(shared)
    found = {}
    # a column's name may appear twice
    for number, column in enumerate(samples.columns):
        given = samples.loc[shared].iloc[:, number]
        wanted = pd.to_numeric(given, errors="coerce").to_numpy(np.float32)
        if not _telling(wanted, features=matrix.n_vars):
            continue
        known = np.flatnonzero(~np.isnan(wanted))
        # three samples rule out nearly all features, so that no copy of the values is made
        some = known[:3]
        near = np.isclose(matrix.X[rows[some]], wanted[some, None]).all(axis=0)
        for place in np.flatnonzero(near):
            if np.isclose(matrix.X[rows[known], place], wanted[known]).all():
                found[str(matrix.var_names[place])] = BY_VALUES.format(column)
    return found


def _by_name(matrix: AnnData, samples: pd.DataFrame, columns: Sequence[str]) -> dict[str, str]:
    """Features of the name of a column that tell what it tells, in whatever code.

    TST is a gene and a skin test: a name alone proves nothing.
    """
    shared = samples.index.intersection(matrix.obs_names, sort=False)
    found = {}
    # The cells of an h5ad may carry the values of a gene as a column of their table too.
    for name in set(columns) - set(matrix.obs.columns):
        for place in np.flatnonzero(matrix.var_names == name):
            values = matrix.X[:, [place]]
            dense = values if isinstance(values, np.ndarray) else values.toarray()
            given = samples.loc[shared].iloc[:, columns.index(name)]
            own = pd.Series(dense[:, 0], index=matrix.obs_names)[shared]
            if _same(own[given != ""], given[given != ""]):
                found[name] = BY_NAME
            else:
                logger.info("%r is a column of the sample table too, with other values", name)
    return found


def _same(values: pd.Series, given: pd.Series) -> bool:
    """Whether values follow those of a column: proportionally, or level by level."""
    if len(given) < 2:
        return False
    numbers = pd.to_numeric(given, errors="coerce")
    both = numbers.notna() & values.notna()
    if 2 * both.sum() > len(given) and numbers[both].nunique() > 1 and values[both].nunique() > 1:
        return bool(np.corrcoef(values[both], numbers[both])[0, 1] ** 2 > FOLLOWS)
    levels = pd.factorize(values)[0]
    return 1 < values.nunique() < len(values) and bool((levels == pd.factorize(given)[0]).all())


def _telling(values: NDArray[np.float32], *, features: int) -> bool:
    """Whether so many orders of the values exist that none meets a feature by chance."""
    given = values[~np.isnan(values)]
    if 2 * len(given) < len(values) or len(given) < 3:
        return False
    counts = np.unique(given, return_counts=True)[1]
    orders = lgamma(len(given) + 1) - sum(lgamma(count + 1) for count in counts)
    return len(counts) > 2 and orders > np.log(MARGIN * features)
