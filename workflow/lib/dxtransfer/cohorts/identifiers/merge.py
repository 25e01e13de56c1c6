"""Several features of one name become one, by a rule that looks at no value."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

# Scales on which parts of one whole add up: reads of a gene, shares of a species.
PARTS = ("counts", "fractions", "percent")
# Scales on which the transcripts of a gene add up to it.
OF_TRANSCRIPTS = ("counts", "linear", "tpm")


def merge_rule(*, scale: str, kind: str) -> str:
    """How features of one name are merged: `sum` or `mean`.

    Parameters
    ----------
    scale
        Name of the cohort's scale. Counts and shares of one name add up.
    kind
        Kind of the delivered identifiers. Transcripts of a gene add up on any linear scale; probes
        (percent of methylation too) and proteins measure the same thing again, and logarithms
        cannot be added.
    """
    if kind == "methylation":
        return "mean"
    return "sum" if scale in (OF_TRANSCRIPTS if kind == "transcript" else PARTS) else "mean"


def merge_duplicates(
    X: Any, names: Sequence[str], *, how: str
) -> tuple[NDArray[np.float32] | sparse.csr_matrix, list[str]]:
    """Merge features of one name.

    Parameters
    ----------
    X
        (samples, features), dense with NaN for missing, or csr without.
    names
        A name per column of `X`.
    how
        `sum` (counts) or `mean`, over the values that are measured; none measured stays missing.

    Returns
    -------
    tuple
        (samples, unique names) values and the names in the order of their first column.
    """
    codes, unique = pd.factorize(np.asarray(names, dtype=object))
    if len(unique) == len(codes):
        return X, list(unique)
    size = np.bincount(codes)
    if sparse.issparse(X):
        weight = np.ones(len(codes)) if how == "sum" else 1 / size[codes]
        indicator = sparse.csr_matrix(
            (weight, (np.arange(len(codes)), codes)), shape=(len(codes), len(unique))
        )
        return sparse.csr_matrix(X @ indicator, dtype=np.float32), list(unique)
    merged = np.empty((X.shape[0], len(unique)), dtype=np.float32)
    single = size[codes] == 1
    merged[:, codes[single]] = X[:, single]
    several = np.flatnonzero(~single)
    several = several[np.argsort(codes[several], kind="stable")]
    groups, starts = np.unique(codes[several], return_index=True)
    block = X[:, several].astype(np.float64)
    measured = ~np.isnan(block)
    total = np.add.reduceat(np.where(measured, block, 0.0), starts, axis=1)
    n = np.add.reduceat(measured.astype(np.int64), starts, axis=1)
    value = total if how == "sum" else total / np.maximum(n, 1)
    merged[:, groups] = np.where(n > 0, value, np.nan)
    return merged, list(unique)
