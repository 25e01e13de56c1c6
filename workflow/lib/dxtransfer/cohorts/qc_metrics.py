"""What quality control measures: each sample by itself, and how often each feature is there.

Everything is computed in one pass over blocks of rows, so that a large matrix, dense or sparse, is
never copied. Totals, detected features and the mitochondrial share are those of scanpy's
`calculate_qc_metrics`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from dxtransfer.cohorts.qc_sex import XIST, Y_GENES

Array = NDArray[Any]

# names of the genes of the mitochondrial genome, in human and mouse, in upper case
MITOCHONDRIAL = "MT-"
# values of which a share of the total makes sense
ADDITIVE = ("counts", "linear", "tpm")
MEASURES = (
    *("library_size", "features_detected", "missing_share", "constant", "mitochondrial_share"),
    *("median_value", "xist_rank", "y_rank"),
)


@dataclass(frozen=True)
class Metrics:
    """What was measured.

    Attributes
    ----------
    samples
        Indexed by sample: library_size (counts only, else NaN), features_detected (above 0 for
        counts, else not missing), missing_share, constant (no two measured values differ),
        mitochondrial_share (counts and linear values of a cohort with mitochondrial genes, else
        NaN), median_value, xist_rank and y_rank (share of the sample's measured values below that
        of XIST, and below the highest of the Y genes, ties half; NaN where not measured).
    features
        One row per feature: feature, missing_share and detected_share, of all samples measured.
    """

    samples: pd.DataFrame
    features: pd.DataFrame


def measure(
    blocks: Iterable[Any], *, samples: Sequence[str], features: Sequence[str], scale: str
) -> Metrics:
    """Measure samples one by one, and features over them.

    Parameters
    ----------
    blocks
        Consecutive rows of the matrix, (rows, features): dense with NaN for missing, or csr
        without.
    samples
        Names of all rows.
    features
        Canonical name per column.
    scale
        Name of the scale.

    Returns
    -------
    Metrics
        A sample's row is the same whichever samples stand beside it.
    """
    names = pd.Index(features)
    genes = _Genes(
        mitochondrial=names.str.startswith(MITOCHONDRIAL)
        if scale in ADDITIVE and len(names)
        else np.zeros(len(names), dtype=bool),
        xist=np.flatnonzero(names.isin(XIST)),
        y=np.flatnonzero(names.isin(Y_GENES)),
    )
    parts, missing, detected = [], np.zeros(len(names)), np.zeros(len(names))
    for block in blocks:
        of = _of_sparse if sparse.issparse(block) else _of_dense
        part, absent, seen = of(block, genes=genes, counts=scale == "counts")
        parts.append(part)
        missing += absent
        detected += seen
    measured: dict[str, Any] = {
        key: np.concatenate([np.empty(0), *(part[key] for part in parts)]) for key in MEASURES
    }
    table = pd.DataFrame(measured, index=pd.Index(samples))
    if scale != "counts":
        table["library_size"] = np.nan
    n = max(len(table), 1)
    about = {"feature": names, "missing_share": missing / n, "detected_share": detected / n}
    return Metrics(table, pd.DataFrame(about))


@dataclass(frozen=True)
class _Genes:
    """Columns that are looked at by name: a mask, and two lists of positions."""

    mitochondrial: Array
    xist: Array
    y: Array


def _of_dense(X: Array, *, genes: _Genes, counts: bool) -> tuple[dict[str, Array], Array, Array]:
    """Metrics of dense rows, and how often each feature is missing and detected among them."""
    n, p = X.shape
    absent = np.isnan(X)
    is_missing = bool(absent.any())
    missing = absent.sum(axis=1)
    filled = np.where(absent, 0, X) if is_missing else X
    if counts:
        seen = filled > 0
        per_feature, detected = seen.sum(axis=0), seen.sum(axis=1)
    else:
        per_feature, detected = n - absent.sum(axis=0), p - missing
    low = (np.where(absent, np.inf, X) if is_missing else X).min(axis=1, initial=np.inf)
    high = (np.where(absent, -np.inf, X) if is_missing else X).max(axis=1, initial=-np.inf)
    total = filled.sum(axis=1, dtype=np.float64)
    part = {
        "library_size": total,
        "features_detected": detected,
        "missing_share": missing / max(p, 1),
        "constant": ~(high > low),
        "mitochondrial_share": _share(
            filled[:, genes.mitochondrial].sum(axis=1, dtype=np.float64), total, genes
        ),
        "median_value": _medians(X, is_missing=is_missing),
        "xist_rank": _rank(X, genes.xist, measured=p - missing),
        "y_rank": _rank(X, genes.y, measured=p - missing),
    }
    return part, absent.sum(axis=0), per_feature


def _medians(X: Array, *, is_missing: bool) -> Array:
    """Each row's median of what is measured; NaN where nothing is."""
    medians = np.full(X.shape[0], np.nan)
    if not X.shape[1]:
        return medians
    if not is_missing:
        return np.asarray(np.median(X, axis=1), dtype=np.float64)
    rows = ~np.isnan(X).all(axis=1)
    medians[rows] = np.nanmedian(X[rows], axis=1)
    return medians


def _rank(X: Array, columns: Array, *, measured: Array) -> Array:
    """Share of each row's measured values below the highest of some columns, ties half."""
    if not len(columns):
        return np.full(X.shape[0], np.nan)
    value = np.fmax.reduce(X[:, columns], axis=1)[:, None]
    below = np.count_nonzero(value > X, axis=1) + np.count_nonzero(value == X, axis=1) / 2
    return np.where(np.isnan(value[:, 0]), np.nan, below / np.maximum(measured, 1))


def _of_sparse(
    X: sparse.csr_matrix, *, genes: _Genes, counts: bool
) -> tuple[dict[str, Array], Array, Array]:
    """Metrics of csr rows: what is not stored is 0, nothing is missing."""
    n, p = X.shape
    stored = np.diff(X.indptr)
    seen = X.data > 0
    total = _per_row(np.add, X.data.astype(np.float64), X, empty=0.0)
    if counts:
        detected = _per_row(np.add, seen.astype(np.int32), X, empty=0)
        per_feature = np.bincount(X.indices if seen.all() else X.indices[seen], minlength=p)
    else:
        detected, per_feature = np.full(n, p), np.full(p, n)
    low, high = _per_row(np.minimum, X.data, X, empty=0.0), _per_row(np.maximum, X.data, X, empty=0)
    thin = stored < p
    low[thin], high[thin] = np.minimum(low[thin], 0), np.maximum(high[thin], 0)
    is_looked_at = genes.mitochondrial.copy()
    is_looked_at[genes.xist] = is_looked_at[genes.y] = True
    places = np.flatnonzero(is_looked_at[X.indices])
    rows = np.searchsorted(X.indptr, places, side="right") - 1
    columns, values = X.indices[places], X.data[places]
    of_mitochondria = genes.mitochondrial[columns]
    part = {
        "library_size": total,
        "features_detected": detected,
        "missing_share": np.zeros(n),
        "constant": ~(high > low),
        "mitochondrial_share": _share(
            np.bincount(rows[of_mitochondria], values[of_mitochondria], minlength=n), total, genes
        ),
        "median_value": _sparse_medians(X),
    }
    for key, chosen in (("xist_rank", genes.xist), ("y_rank", genes.y)):
        if not len(chosen):
            part[key] = np.full(n, np.nan)
            continue
        of_genes = np.zeros((n, len(chosen)), dtype=X.dtype)
        own = np.isin(columns, chosen)
        of_genes[rows[own], np.searchsorted(chosen, columns[own])] = values[own]
        part[key] = _sparse_rank(X, of_genes.max(axis=1))
    return part, np.zeros(p), per_feature


def _per_row(ufunc: np.ufunc, values: Array, X: sparse.csr_matrix, *, empty: float) -> Array:
    """Reduce the stored values of each row; `empty` for rows that store none."""
    result = np.full(X.shape[0], empty, dtype=values.dtype)
    rows = np.diff(X.indptr) > 0
    if rows.any():
        result[rows] = ufunc.reduceat(values, X.indptr[:-1][rows])
    return result


def _sparse_medians(X: sparse.csr_matrix) -> Array:
    """Medians with what is not stored as 0: they are 0 where less than half is stored."""
    p = X.shape[1]
    medians = np.zeros(X.shape[0])
    for i in np.flatnonzero(2 * np.diff(X.indptr) >= p):
        row = np.zeros(p, dtype=X.dtype)
        stored = X.data[X.indptr[i] : X.indptr[i + 1]]
        row[: len(stored)] = stored
        medians[i] = np.median(row) if p else np.nan
    return medians


def _sparse_rank(X: sparse.csr_matrix, values: Array) -> Array:
    """Share of each row's values, those not stored included, below a value of its own."""
    p, ranks = X.shape[1], np.zeros(X.shape[0])
    for i, value in enumerate(values):
        # a row stays in the processor's cache, which a whole matrix of comparisons would not
        stored = X.data[X.indptr[i] : X.indptr[i + 1]]
        zeros = p - len(stored)
        below = np.count_nonzero(stored < value) + zeros * (value > 0)
        equal = np.count_nonzero(stored == value) + zeros * (value == 0)
        ranks[i] = (below + equal / 2) / p
    return ranks


def _share(part: Array, total: Array, genes: _Genes) -> Array:
    """Share of the total; NaN where there is no total or no such gene."""
    if not genes.mitochondrial.any():
        return np.full(len(total), np.nan)
    share: Array = np.divide(part, total, out=np.full(len(total), np.nan), where=total > 0)
    return share
