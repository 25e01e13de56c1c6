"""Bringing a matrix and its sample table together, nothing changed but the typing of columns."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from dxtransfer.cohorts.patient_columns import features_of_patients
from dxtransfer.cohorts.readers.matrix import labelled
from dxtransfer.cohorts.rows import take_rows
from dxtransfer.errors import InputError

# names that h5ad and the tables made later use for the sample ids
RESERVED = ("_index", "sample")
# what the matrix of a cohort of raw reads knows of its samples; `refused` says why one is left out
OF_READS = ("reads", "trimmed", "pseudoaligned", "pseudoaligned_share", "n_barcodes", "n_cells")


def ingest(
    matrix: AnnData, samples: pd.DataFrame, *, cohort: Mapping[str, str], checksum: str
) -> AnnData:
    """Join a matrix with its sample table.

    Parameters
    ----------
    matrix
        Samples x features, as `read_matrix` gives it. Its values are moved rather than copied, so
        they are undefined afterwards.
    samples
        The whole sample table as text, indexed by sample id; missing cells are empty. The column
        `dropped_by_sheet`, where there is one, holds why the cohort sheet leaves a sample out
        (empty: it does not).
    cohort
        The cohort's row of the sheet: cohort, assay, study, feature_id, scale, sex_column.
    checksum
        Of the matrix file.

    Returns
    -------
    AnnData
        Samples in the order of the sample table, values and features as delivered, without columns
        of patients among them (see `patient_columns`). `obs` has
        patient (the sample's own id where missing), site (the cohort where missing), then the
        other columns: float where every value is a number, else text. A column whose name is
        taken gets the suffix `_delivered`. `uns["dxtransfer"]` has cohort, assay, study,
        feature_id, scale_stated, sex_column, checksum, samples_delivered, left_out (a table of
        samples and why they are not here), features_left_out (the same of features) and relative
        (see `readers.matrix.Table`).

    Raises
    ------
    InputError
        When the matrix has a single feature, or hardly any beside columns of patients, has a
        column of text that the sample table does not have, no sample of the table is in it, a
        sample stands twice, or none is left.
    """
    if matrix.n_vars < 2:
        raise InputError(
            f"cohort {cohort['cohort']}: the matrix holds a single feature "
            f"({', '.join(matrix.var_names)}); a diagnosis from omics needs many"
        )
    twice = samples.index[samples.index.duplicated()]
    if len(twice):
        raise InputError(
            f"cohort {cohort['cohort']}: the sample {twice[0]!r} stands twice in the sample table"
        )
    common = samples.index.intersection(matrix.obs_names, sort=False)
    if not len(common):
        raise InputError(
            f"cohort {cohort['cohort']}: the sample table (first: {_first(samples.index)}) and "
            f"the matrix (first: {_first(matrix.obs_names)}) have no sample in common"
        )
    reason = _reasons(samples, matrix)
    kept = [sample for sample in common if not reason[sample]]
    if not kept:
        raise InputError(
            f"cohort {cohort['cohort']}: no sample is left; the first, {common[0]!r}, is left out "
            f"because: {reason[common[0]]}"
        )
    table = _typed(samples.drop(columns="dropped_by_sheet", errors="ignore"), cohort["cohort"])
    gone = reason[reason != ""]
    left_out = pd.DataFrame(
        {
            "sample": gone.index,
            "patient": table["patient"].reindex(gone.index).fillna("").to_numpy(),
            "reason": gone.to_numpy(),
        }
    )
    described = features_of_patients(matrix, samples, where=f"cohort {cohort['cohort']}")
    features = ~matrix.var_names.isin(list(described))
    if features.sum() < 2:
        raise InputError(
            f"cohort {cohort['cohort']}: the matrix holds hardly anything but columns of patients "
            f"({', '.join(described)}); name the table of the values in the column matrix"
        )
    values = take_rows(matrix.X, matrix.obs_names.get_indexer(pd.Index(kept)))
    if not features.all():
        values = values[:, features] if sparse.issparse(values) else values.compress(features, 1)
    obs = _with_reads(table.loc[kept], matrix.obs)
    adata = labelled(values, obs=obs, features=list(matrix.var_names[features]))
    adata.uns["dxtransfer"] = {
        "cohort": cohort["cohort"],
        "assay": cohort["assay"],
        "study": cohort.get("study", ""),
        "feature_id": cohort.get("feature_id", ""),
        "scale_stated": cohort.get("scale") or matrix.uns.get("scale", ""),
        "scale_of_file": bool(matrix.uns.get("scale")) and not cohort.get("scale"),
        "sex_column": cohort.get("sex_column", ""),
        "checksum": checksum,
        "samples_delivered": len(reason),
        "left_out": left_out.astype(object).set_index(left_out.index.astype(str)),
        "features_left_out": _feature_table(matrix.uns.get("features_left_out", []), described),
        "relative": matrix.uns.get("relative", ""),
    }
    return adata


def _feature_table(
    left_out: Sequence[tuple[str, str]], described: Mapping[str, str]
) -> pd.DataFrame:
    """Features that are left out, and why: by the reader, and as columns of patients."""
    known = {feature for feature, _ in left_out}
    rows = [(feature, described.get(feature, reason)) for feature, reason in left_out]
    rows += [row for row in described.items() if row[0] not in known]
    table = pd.DataFrame(rows, columns=["feature", "reason"], dtype=object)
    return table.set_index(table.index.astype(str))


def _with_reads(obs: pd.DataFrame, of_matrix: pd.DataFrame) -> pd.DataFrame:
    """Add what is known of the reads; columns of the sample table stay as they are."""
    known = [c for c in OF_READS if c in of_matrix and "refused" in of_matrix]
    added = of_matrix.loc[obs.index, known].astype(float)
    return obs.join(added.rename(columns={c: _free_name(c, taken=obs.columns) for c in known}))


def _reasons(samples: pd.DataFrame, matrix: AnnData) -> pd.Series:
    """Why each sample of the table or the matrix is left out; empty for those that stay."""
    by_sheet = samples.get("dropped_by_sheet", pd.Series("", index=samples.index))
    reason = by_sheet.fillna("").astype(str)
    absent = ~reason.index.isin(matrix.obs_names)
    reason[absent & (reason == "").to_numpy()] = "not in the matrix"
    refused = matrix.obs.get("refused", pd.Series("", index=matrix.obs_names))
    reason = reason.where(reason != "", refused.reindex(reason.index).fillna("").astype(str))
    unknown = matrix.obs_names.difference(samples.index, sort=False)
    return pd.concat([reason, pd.Series("not in the sample table", index=unknown, dtype=object)])


def _typed(samples: pd.DataFrame, cohort: str) -> pd.DataFrame:
    """Build `obs`: patient and site first, then the other columns, numbers as numbers."""
    obs = pd.DataFrame(index=samples.index.astype(str))
    text = samples.fillna("").astype(str)
    columns = list(text.columns)
    for name, default in (("patient", obs.index.to_numpy()), ("site", cohort)):
        place = columns.index(name) if name in columns else None
        given = text.iloc[:, place].to_numpy() if place is not None else np.full(len(obs), "")
        obs[name] = np.where(given == "", default, given).astype(object)
        if place is not None:
            columns[place] = ""
    for place, column in enumerate(columns):
        if column:
            obs[_free_name(column, taken=obs.columns)] = _numbers_or_text(text.iloc[:, place])
    return obs


def _free_name(column: str, *, taken: pd.Index) -> str:
    name = column
    while name in taken or name in RESERVED:
        name += "_delivered"
    return name


def _numbers_or_text(column: pd.Series) -> pd.Series:
    """Return floats where every value is a number; `007` is an id, not a number."""
    given = column[column != ""]
    is_id = given.str.fullmatch(r"[+-]?0\d+.*").any()
    numbers = pd.to_numeric(given, errors="coerce")
    if given.empty or is_id or not np.isfinite(numbers).all():
        return column.astype(object)
    return numbers.astype(float).reindex(column.index)


def _first(names: pd.Index) -> str:
    return ", ".join(map(str, names[:3]))
