"""A cohort in the words of a vocabulary: the same features for every cohort, normalised."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from numpy.typing import NDArray
from scipy import sparse

from dxtransfer.cohorts.normalise import (
    METHODS,
    PSEUDOCOUNT,
    library_sizes,
    normalise,
    refuse_unfit,
)
from dxtransfer.cohorts.store import Chunk

MISSING_SHOWN = 20
# samples that are dense at one time
ROWS = 1024


def project(
    adata: AnnData,
    vocabulary: Sequence[str],
    *,
    method: str,
    scale: str,
    pseudocount: float = PSEUDOCOUNT,
) -> AnnData:
    """Select a vocabulary's features and normalise each sample.

    Parameters
    ----------
    adata
        A cohort after quality control, with canonical feature names.
    vocabulary
        Features in the order that models expect.
    method, scale, pseudocount
        See `normalise`. What compares a sample's features with each other (`rank_normal`, `clr`,
        `log2_median`) does so among the vocabulary's measured features, so that platforms are
        compared over one set of genes; what scales by the whole library does so before features
        are selected.

    Returns
    -------
    AnnData
        Samples x vocabulary, X float32, NaN where the cohort does not measure a feature (but for
        `clr` and `binary`, whose tables list only what was found); obs and uns of the cohort,
        with method and scale noted in `uns["dxtransfer"]`.

    Raises
    ------
    InputError
        Where the method says nothing about the cohort's assay or scale.
    """
    about = adata.uns.get("dxtransfer", {})
    refuse_unfit(
        method, scale, assay=str(about.get("assay", "")), cohort=str(about.get("cohort", ""))
    )
    there = pd.Index(list(vocabulary)).isin(adata.var_names)
    libraries = library_sizes(adata.X) if METHODS[method].of_library else None
    values = np.empty((adata.n_obs, len(vocabulary)), dtype=np.float32)
    for start in range(0, adata.n_obs, ROWS):
        rows = slice(start, start + ROWS)
        values[rows] = normalise(
            _select(adata.X[rows], adata.var_names, vocabulary),
            method=method,
            scale=scale,
            pseudocount=pseudocount,
            libraries=None if libraries is None else libraries[rows],
            measured=there,
        )
    projected = AnnData(
        X=values, obs=adata.obs.copy(), var=pd.DataFrame(index=pd.Index(list(vocabulary)))
    )
    projected.uns["dxtransfer"] = {
        **about,
        "normalisation": method,
        "scale": scale,
    }
    return projected


def projected_chunks(
    adata: AnnData,
    vocabulary: Sequence[str],
    *,
    method: str,
    pseudocount: float = PSEUDOCOUNT,
    rows: int = ROWS,
) -> Iterator[Chunk]:
    """Project a cohort a few rows at a time, as `write_store` takes it.

    Parameters
    ----------
    adata
        A cohort after quality control; may be backed, since no more than `rows` rows are read.
    vocabulary, method, pseudocount
        As in `project`.
    rows
        Samples per chunk.

    Yields
    ------
    tuple
        Values (n, vocabulary), sample ids, patients, and the other columns of obs as text.
    """
    scale = str(adata.uns["dxtransfer"]["scale"])
    for start in range(0, adata.n_obs, rows):
        part = adata[start : start + rows].to_memory()
        obs = part.obs.astype(str).replace({"nan": ""})
        projected = project(part, vocabulary, method=method, scale=scale, pseudocount=pseudocount)
        values = np.asarray(projected.X)
        columns = {str(name): obs[name].tolist() for name in obs.columns if name != "patient"}
        yield values, list(part.obs_names), obs["patient"].tolist(), columns


def normalised_chunks(
    adata: AnnData, *, method: str, pseudocount: float = PSEUDOCOUNT, rows: int = ROWS
) -> Iterator[NDArray[np.float32]]:
    """Normalise all features of a cohort a few rows at a time; nothing missing is filled in.

    Parameters
    ----------
    adata
        A cohort after quality control; may be backed.
    method, pseudocount
        See `normalise`.
    rows
        Samples per chunk.

    Yields
    ------
    ndarray
        (n, features) float32.
    """
    scale = str(adata.uns["dxtransfer"]["scale"])
    for start in range(0, adata.n_obs, rows):
        part = adata[start : start + rows].to_memory()
        yield normalise(part.X, method=method, scale=scale, pseudocount=pseudocount)


def coverage(adata: AnnData, vocabulary: Sequence[str], *, cohort: str) -> pd.DataFrame:
    """How much of a vocabulary a cohort measures.

    Parameters
    ----------
    adata
        The cohort, before or after `project`.
    vocabulary
        Features asked for.
    cohort
        Its name.

    Returns
    -------
    DataFrame
        One row: cohort, vocabulary, measured (features with a value in any sample), share,
        missing (the first 20 that are not measured, comma-separated).
    """
    values = _select(adata.X, adata.var_names, vocabulary)
    has_any = (~np.isnan(values)).sum(axis=0) > 0
    absent = [name for name, has in zip(vocabulary, has_any, strict=True) if not has]
    measured = len(vocabulary) - len(absent)
    return pd.DataFrame(
        {
            "cohort": [cohort],
            "vocabulary": [len(vocabulary)],
            "measured": [measured],
            "share": [measured / len(vocabulary)],
            "missing": [",".join(absent[:MISSING_SHOWN])],
        }
    )


def pca_projection(
    X: NDArray[np.float32],
    *,
    mean: NDArray[np.float64],
    sd: NDArray[np.float64],
    components: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Coordinates of samples on components that were fitted elsewhere.

    Parameters
    ----------
    X
        (n, p) normalised values; NaN for missing, taken as the mean.
    mean, sd
        (p,) of the source. A feature that does not vary there says nothing and counts as 0.
    components
        (p, k), one component a column.

    Returns
    -------
    ndarray
        (n, k) float32.
    """
    standardised = np.nan_to_num((X - mean) / np.where(sd > 0, sd, np.inf), nan=0.0)
    coordinates: NDArray[np.float32] = (standardised @ components).astype(np.float32)
    return coordinates


def _select(X: Any, names: pd.Index, vocabulary: Sequence[str]) -> NDArray[np.float32]:
    """Columns of the vocabulary in its order, NaN for a feature that is not there."""
    place = names.get_indexer(pd.Index(list(vocabulary)))
    there = place >= 0
    columns = X[:, place[there]]
    values = np.full((X.shape[0], len(vocabulary)), np.nan, dtype=np.float32)
    values[:, there] = columns.toarray() if sparse.issparse(columns) else columns
    return values
