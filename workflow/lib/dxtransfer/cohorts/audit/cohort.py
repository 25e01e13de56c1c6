"""What the audit keeps of a cohort: its sample table, its classes and its fingerprints."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from dxtransfer.cohorts.audit.features import FeatureLikeLabel, features_like_label
from dxtransfer.cohorts.audit.fingerprints import Fingerprints, fingerprints
from dxtransfer.cohorts.audit.numeric import features_like_number

ROWS = 1024


@dataclass(frozen=True)
class AuditedCohort:
    """What the audit keeps of a cohort, so that no more than one matrix is in memory.

    Attributes
    ----------
    name, study
        Of the cohort sheet.
    obs
        n rows, indexed by sample: patient, site and the other columns of the sample table.
    labels
        (n,) class of each sample, empty where it has none.
    fingerprints
        See there.
    features_like_label
        Features that give the class away; looked for where asked.
    relative
        Why values depend on the other samples of the file; empty where they do not.
    """

    name: str
    study: str
    obs: pd.DataFrame
    labels: list[str]
    fingerprints: Fingerprints
    features_like_label: list[FeatureLikeLabel] = field(default_factory=list)
    relative: str = ""

    def patients(self) -> list[str]:
        """Patient of each sample."""
        return list(self.obs["patient"].astype(str))


def audited(
    adata: AnnData,
    *,
    labels: Sequence[str],
    panel: pd.Index,
    has_folds: bool,
    numbers: Sequence[float] = (),
) -> AuditedCohort:
    """Keep what the audit needs of a cohort.

    Parameters
    ----------
    adata
        A cohort after quality control; may be backed. `obs["patient"]`,
        `uns["dxtransfer"]` with cohort and study.
    labels
        (n,) class of each sample, empty where it has none.
    panel
        See `fingerprints.panels`.
    has_folds
        Whether the cohort is cross-validated: only then every feature is held against the label.
    numbers
        (n,) numeric label or survival time of each sample, NaN where it has none; empty where the
        task has none.

    Returns
    -------
    AuditedCohort
        `obs` gets `total count` where all values are whole numbers from 0.
    """
    about, obs = adata.uns["dxtransfer"], adata.obs.copy()
    totals = _totals(adata)
    if totals is not None:
        obs["total count"] = totals
    return AuditedCohort(
        name=str(about["cohort"]),
        study=str(about.get("study", "")),
        obs=obs,
        labels=list(labels),
        fingerprints=fingerprints(adata, panel),
        features_like_label=_features_like_label(adata, labels, numbers) if has_folds else [],
        relative=str(about.get("relative", "")),
    )


def _features_like_label(
    adata: AnnData, labels: Sequence[str], numbers: Sequence[float]
) -> list[FeatureLikeLabel]:
    whole = adata.to_memory() if adata.isbacked else adata
    names = list(whole.var_names)
    return [
        *features_like_number(whole.X, list(numbers), names),
        *features_like_label(whole.X, list(labels), names),
    ]


def _totals(adata: AnnData) -> list[float] | None:
    """Sum of each sample's values, the library size of counts; None for other values."""
    totals: list[float] = []
    for start in range(0, adata.n_obs, ROWS):
        part = adata[start : start + ROWS]
        X = part.to_memory().X if part.isbacked else part.X
        values = X.data if sparse.issparse(X) else X
        if not np.all(np.nan_to_num(values) == np.floor(np.abs(np.nan_to_num(values)))):
            return None
        totals += (
            np.asarray(X.sum(axis=1) if sparse.issparse(X) else np.nansum(X, axis=1))
            .ravel()
            .tolist()
        )
    return totals
