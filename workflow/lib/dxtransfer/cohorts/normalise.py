"""Normalisation within a sample, so that no patient's values depend on who else is measured."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtri
from scipy.stats import rankdata

from dxtransfer.cohorts.assays import ASSAYS, LOGARITHMS, listed
from dxtransfer.errors import InputError

Row = NDArray[np.float64]

PER_MILLION = 1e6
PER_10K = 1e4
# added to shares of 1 before logarithms are taken, as SIAMCAT does (Wirbel 2021)
PSEUDOCOUNT = 1e-6
# betas are kept this far from 0 and 1, so that M values stay within 10
EPSILON = 1e-3
# Perseus (Tyanova 2016) draws what is below detection around 1.8 standard deviations below the
# sample's mean; the centre itself is taken here, so that a patient's values are always the same
DOWNSHIFT = 1.8
TO_LOG2 = {"log2": 1.0, "npx": 1.0, "ratios": 1.0, "ln": 1 / np.log(2), "log10": np.log2(10)}


@dataclass(frozen=True)
class Method:
    """A normalisation.

    Attributes
    ----------
    does
        What it does, for a person.
    takes
        Scales that it can be applied to; empty for all.
    suits
        Assays for which that makes sense; empty for all.
    of_library
        Whether it needs the sample's total, of all features that were delivered.
    """

    does: str
    takes: tuple[str, ...] = ()
    suits: tuple[str, ...] = ()
    of_library: bool = False


_TO_LOG2 = ("linear", "intensity", *TO_LOG2)
_ARRAYS = ("microarray", "microarray_two_colour")

METHODS: Mapping[str, Method] = {
    "log_cpm": Method(
        "log2(x + 1) of values scaled to a million per sample",
        takes=("counts", "tpm", "linear", "intensity", "fractions", "percent"),
        suits=("rnaseq", "single_cell", *_ARRAYS, "proteome", "generic"),
        of_library=True,
    ),
    "log_cp10k": Method(
        "ln(x + 1) of values scaled to 10,000 per sample",
        takes=("counts", "tpm", "linear", "ln", "log2", "log10"),
        suits=("single_cell", "rnaseq", "generic"),
        of_library=True,
    ),
    "rank_normal": Method("normal scores of the ranks within a sample"),
    "clr": Method(
        "logarithms of shares of 1 plus the pseudocount, less their mean",
        takes=("fractions", "percent", "counts", "linear"),
        suits=("metagenome", "generic"),
        of_library=True,
    ),
    "m_values": Method(
        "log2(beta / (1 - beta))",
        takes=("beta", "percent", "m_values"),
        suits=("methylation", "generic"),
    ),
    "log2": Method(
        "logarithms to base 2",
        takes=_TO_LOG2,
        suits=("olink", *_ARRAYS, "proteome", "rnaseq", "single_cell", "generic"),
    ),
    "log2_median": Method(
        "logarithms to base 2 less the sample's median, a low value for what is below detection",
        takes=_TO_LOG2,
        suits=("proteome", "generic"),
    ),
    "binary": Method(
        "1 for every value above 0", takes=("binary", "counts"), suits=("mutations", "generic")
    ),
    "none": Method("values as they are"),
}


def normalise(
    X: Any,
    *,
    method: str,
    scale: str,
    pseudocount: float = PSEUDOCOUNT,
    libraries: Row | None = None,
    measured: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Normalise every sample by its own values alone.

    Parameters
    ----------
    X
        (samples, features), dense with NaN for missing, or csr.
    method
        `log_cpm`: log2(x + 1) of values scaled to a million per sample. `log_cp10k`: ln(x + 1) of
        values scaled to 10,000; logarithms are taken to be such, of their base. `rank_normal`:
        normal scores ndtri((r - 0.5) / n) of the ranks among the sample's n measured values, ties
        at their average rank. `clr`: centred log-ratios ln(x + pseudocount) of shares of 1, less
        their mean (Aitchison 1982); missing counts as 0. `m_values`: log2(b / (1 - b)), b within
        [0.001, 0.999] (Du 2010). `log2`: logarithms brought to base 2, linear values from 0
        downwards missing. `log2_median`: these less the sample's median, and 1.8 standard
        deviations below the mean of the sample for what is below detection. `binary`: whether
        above 0. `none`: the values as they are.
    scale
        The scale that `decide` told.
    pseudocount
        Of `clr`, in shares of 1.
    libraries
        (samples,) totals for the methods that scale by them, where X is not all that was
        delivered; see `library_sizes`.
    measured
        (features,) whether the cohort measures a feature at all. Where given, a value of such a
        feature that is missing is below detection for `log2_median`, and a feature that is not
        among them was not found for `binary` and `clr`. Nothing is filled in where None.

    Returns
    -------
    ndarray
        (samples, features) float32; missing stays NaN where nothing else is said. A sample's row
        is the same whichever samples stand beside it.

    Raises
    ------
    InputError
        For an unknown method, a scale that it does not take, and negative values where it needs
        amounts.
    """
    refuse_unfit(method, scale)
    dense = X.toarray() if sparse.issparse(X) else np.asarray(X)
    if method == "none":
        return dense.astype(np.float32)
    if METHODS[method].of_library and libraries is None:
        libraries = library_sizes(X)
    if method in ("log_cpm", "log_cp10k", "clr") and dense.size and scale not in LOGARITHMS:
        _refuse_negative(dense, method)
    rows: dict[str, Callable[..., Row]] = {
        "log_cpm": _log_cpm,
        "log_cp10k": partial(_log_cp10k, scale=scale),
        "rank_normal": _normal_scores,
        "clr": partial(_clr, pseudocount=pseudocount),
        "m_values": partial(_m_values, scale=scale),
        "log2": partial(_log2, scale=scale),
        "log2_median": partial(_log2_median, scale=scale, measured=measured),
        "binary": partial(_binary, measured=measured),
    }
    result = np.full(dense.shape, np.nan, dtype=np.float32)
    if measured is None or measured.any():
        for i, row in enumerate(dense):
            of_library = () if libraries is None else (libraries[i],)
            result[i] = rows[method](row, *of_library)
    return result


def library_sizes(X: Any) -> Row:
    """Total of each sample, (samples,), missing values left out."""
    if sparse.issparse(X):
        bounds = zip(X.indptr[:-1], X.indptr[1:], strict=True)
        rows = [X.data[start:end] for start, end in bounds]
    else:
        rows = list(np.asarray(X))
    return np.array([np.nansum(row.astype(np.float64)) for row in rows], dtype=np.float64)


def refuse_unfit(method: str, scale: str, *, assay: str = "", cohort: str = "") -> None:
    """Raise an InputError where a method says nothing about a cohort's scale or assay.

    Parameters
    ----------
    method, scale
        See `normalise`.
    assay
        A name of `ASSAYS`, or empty where it plays no part.
    cohort
        Name of the cohort, for the message.
    """
    if method not in METHODS:
        raise InputError(f"normalisation {method!r} is none of {', '.join(METHODS)}")
    who, about = f"cohort {cohort}: " if cohort else "", METHODS[method]
    if about.suits and assay and assay not in about.suits:
        raise InputError(
            f"{who}the assay is {assay}, the normalisation {method} is for {listed(about.suits)}; "
            "use cohorts of one assay, or set features.normalisation to rank_normal"
        )
    if about.takes and scale not in about.takes:
        raise InputError(
            f"{who}the values are {scale}, the normalisation {method} needs "
            f"{listed(about.takes)}; set features.normalisation to rank_normal, or correct the "
            "column scale"
        )


def choose_method(requested: str, cohorts: Collection[tuple[str, str]]) -> tuple[str, str]:
    """Resolve `auto` from the source cohorts.

    Parameters
    ----------
    requested
        A method or `auto`.
    cohorts
        Assay and scale of each source cohort.

    Returns
    -------
    tuple
        The method, and one sentence that says why: the assay's own where all cohorts are of one
        assay and of scales that it makes comparable, ranks where not.
    """
    if requested != "auto":
        return requested, "set by features.normalisation"
    assays = sorted({assay for assay, _ in cohorts})
    scales = sorted({scale for _, scale in cohorts})
    if len(assays) > 1:
        return "rank_normal", f"the source mixes the assays {', '.join(assays)}: {_ranks(scales)}"
    told = f"every source cohort is {assays[0]}"
    for method, comparable in ASSAYS[assays[0]].own:
        if comparable.issuperset(scales):
            return method, f"{told} of scale {listed(tuple(scales))}: {METHODS[method].does}"
    return "rank_normal", f"{told}, with the scales {', '.join(scales)}: {_ranks(scales)}"


def _ranks(scales: Collection[str]) -> str:
    """What ranks do, with a caution where they compare unlike things."""
    centred = {"z_scores", "ratios"}.intersection(scales)
    if not centred or centred.issuperset(scales):
        return METHODS["rank_normal"].does
    return (
        f"{METHODS['rank_normal'].does}; beware that {listed(tuple(sorted(centred)))} rank "
        "features otherwise than measured amounts do"
    )


def _refuse_negative(values: NDArray[Any], method: str) -> None:
    if not np.isnan(values).all() and np.nanmin(values) < 0:
        raise InputError(
            f"some values are negative, {method} needs counts or linear values; "
            "set features.normalisation to rank_normal"
        )


def _log_cpm(row: NDArray[Any], total: float) -> Row:
    values = row.astype(np.float64)
    if not total:
        return values
    scaled: Row = np.log2(values * (PER_MILLION / total) + 1)
    return scaled


def _log_cp10k(row: NDArray[Any], total: float, *, scale: str) -> Row:
    values = row.astype(np.float64)
    if scale in LOGARITHMS:
        same_base: Row = values * (TO_LOG2[scale] * np.log(2))
        return same_base
    if not total:
        return values
    scaled: Row = np.log1p(values * (PER_10K / total))
    return scaled


def _normal_scores(row: NDArray[Any]) -> Row:
    scores = np.full(row.shape, np.nan)
    measured = ~np.isnan(row)
    n = int(measured.sum())
    if n:
        scores[measured] = ndtri((rankdata(row[measured]) - 0.5) / n)
    return scores


def _clr(row: NDArray[Any], total: float, *, pseudocount: float) -> Row:
    found = np.nan_to_num(row.astype(np.float64), nan=0.0)
    if not found.any():
        # nothing that is known was found, which says nothing about what was
        return np.full(row.shape, np.nan)
    logarithms = np.log(found / total + pseudocount)
    centred: Row = logarithms - logarithms.mean()
    return centred


def _m_values(row: NDArray[Any], *, scale: str) -> Row:
    values = row.astype(np.float64)
    if scale == "m_values":
        return values
    beta = np.clip(values / 100 if scale == "percent" else values, EPSILON, 1 - EPSILON)
    logits: Row = np.log2(beta / (1 - beta))
    return logits


def _log2(row: NDArray[Any], *, scale: str) -> Row:
    values = row.astype(np.float64)
    if scale in TO_LOG2:
        same_base: Row = values * TO_LOG2[scale]
        return same_base
    logarithms: Row = np.log2(np.where(values > 0, values, np.nan))
    return logarithms


def _log2_median(row: NDArray[Any], *, scale: str, measured: NDArray[np.bool_] | None) -> Row:
    values = _log2(row, scale=scale)
    seen = ~np.isnan(values)
    if not seen.any():
        return values
    found = values[seen]
    if measured is not None:
        values[measured & ~seen] = found.mean() - DOWNSHIFT * found.std()
    centred: Row = values - np.median(found)
    return centred


def _binary(row: NDArray[Any], *, measured: NDArray[np.bool_] | None) -> Row:
    found: Row = np.where(np.isnan(row), np.nan, row > 0)
    if measured is not None:
        found[~measured] = 0.0
    return found
