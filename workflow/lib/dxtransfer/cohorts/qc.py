"""Quality control: canonical features, and which samples stay, with the reason for each that goes.

Fixed limits judge a sample by itself and drop it in any cohort, so they can be applied to a single
new patient. Limits relative to a cohort (median absolute deviations) look at its other samples;
they drop source samples and only flag those of other cohorts, whose evaluation must not depend on
who else was measured.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scanpy as sc
from anndata import AnnData
from numpy.typing import NDArray
from scipy import sparse

from dxtransfer.cohorts.assays import COMPARED_AS_THEY_STAND
from dxtransfer.cohorts.identifiers.harmonise import harmonise
from dxtransfer.cohorts.identifiers.mapping import GeneMap
from dxtransfer.cohorts.identifiers.merge import merge_duplicates, merge_rule
from dxtransfer.cohorts.normalise import normalise
from dxtransfer.cohorts.readers.matrix import labelled
from dxtransfer.cohorts.scale import Scale, decide

# scales a median absolute deviation to the standard deviation of normal values
MAD_TO_SD = 1.4826
# with fewer samples a median absolute deviation says little
FEWEST_FOR_RELATIVE = 10
# samples of which the median profile is made: enough for a median, bounded in memory
PROFILE_SAMPLES = 1000


@dataclass(frozen=True)
class QCResult:
    """What quality control found.

    Attributes
    ----------
    adata
        Kept samples, canonical features; `uns["dxtransfer"]` has scale and scale_evidence.
    samples
        One row per sample of the table or the matrix: sample, patient, kept (yes, no), reason,
        flags, library_size (counts only), features_detected, missing_share.
    identifiers
        One row per changed feature and action: delivered, canonical, action, reason.
    summary
        The cohort in numbers, ready for JSON.
    """

    adata: AnnData
    samples: pd.DataFrame
    identifiers: pd.DataFrame
    summary: dict[str, Any]


def qc(
    adata: AnnData,
    *,
    settings: Mapping[str, float],
    role: str,
    kind: str | None = None,
    annotation: pd.DataFrame | None = None,
    mapping: GeneMap | None = None,
    species: str = "human",
    scale: str | None = None,
) -> QCResult:
    """Check an ingested cohort.

    Parameters
    ----------
    adata
        As `ingest` gives it.
    settings
        min_library_size, min_features_detected, max_missing_share, mad_threshold and
        min_correlation_mad, the last two in scaled median absolute deviations.
    role
        Relative limits drop samples where it is `source`, and flag them where it is not.
    kind
        Kind of identifier; the cohort's own `feature_id` where None.
    annotation
        Columns probe and symbol, see `identifiers.annotation`.
    mapping
        Which names are which gene, see `identifiers.mapping`.
    species
        See `identifiers.species`.
    scale
        A scale decided earlier; stated by the sheet or detected where None.

    Returns
    -------
    QCResult
        May hold no sample at all; the reasons then stand in its `samples`.
    """
    about = adata.uns["dxtransfer"]
    found = Scale(scale, "decided earlier") if scale else decide(adata)
    features = harmonise(
        list(adata.var_names),
        kind=str(about.get("feature_id", "")) if kind is None else kind,
        annotation=annotation,
        mapping=mapping,
        species=species,
        where=f"cohort {about['cohort']}",
    )
    named = (features.names != "").to_numpy()
    values, kept_names = merge_duplicates(
        adata.X[:, named],
        list(features.names[named]),
        how=merge_rule(scale=found.name, kind=features.kind),
    )
    whole = labelled(values, obs=adata.obs.copy(), features=kept_names)
    metrics = sample_metrics(whole, scale=found.name)
    reason = drop_reasons(whole, settings=settings, scale=found.name)
    passed = (reason == "").to_numpy()
    flags = pd.Series("", index=reason.index, dtype=object)
    flags[passed] = _relative_flags(
        whole[passed], metrics[passed], settings=settings, scale=found.name
    )
    if role == "source":
        reason = reason.where(flags == "", "outlier among its cohort: " + flags)
        flags[:] = ""
    kept = whole[(reason == "").to_numpy()].copy()
    kept.uns["dxtransfer"] = {
        **{key: value for key, value in about.items() if key != "left_out"},
        "scale": found.name,
        "scale_evidence": found.evidence,
    }
    samples = _sample_table(adata, metrics=metrics, reason=reason, flags=flags)
    summary = {
        "cohort": about["cohort"],
        "assay": about["assay"],
        "checksum": about["checksum"],
        "scale": found.name,
        "scale_evidence": found.evidence,
        "features_delivered": adata.n_vars,
        "features_kept": kept.n_vars,
        "samples_delivered": len(samples),
        "samples_kept": kept.n_obs,
        **features.summary,
    }
    return QCResult(kept, samples, features.changes.drop_duplicates(ignore_index=True), summary)


def sample_metrics(adata: AnnData, *, scale: str) -> pd.DataFrame:
    """Measure each sample by itself.

    Parameters
    ----------
    adata
        Samples x canonical features, values as delivered.
    scale
        Name of the scale.

    Returns
    -------
    DataFrame
        Indexed by sample: library_size (counts only, else NaN), features_detected (above 0 for
        counts, else not missing), missing_share, constant (no two measured values differ).
    """
    metrics = pd.DataFrame(index=adata.obs_names)
    X = adata.X
    if sparse.issparse(X):
        missing = np.zeros(adata.n_obs)
        spread = X.max(axis=1).toarray().ravel() - X.min(axis=1).toarray().ravel()
    else:
        missing = np.isnan(X).mean(axis=1)
        low = np.where(np.isnan(X), np.inf, X).min(axis=1, initial=np.inf)
        high = np.where(np.isnan(X), -np.inf, X).max(axis=1, initial=-np.inf)
        spread = high - low
    if scale == "counts":
        filled = X if sparse.issparse(X) else np.nan_to_num(X, nan=0.0)
        counted, _ = sc.pp.calculate_qc_metrics(
            labelled(filled, obs=metrics.copy(), features=list(adata.var_names)),
            percent_top=None,
            log1p=False,
        )
        metrics["library_size"] = counted["total_counts"].astype(float)
        metrics["features_detected"] = counted["n_genes_by_counts"].astype(int)
    else:
        metrics["library_size"] = np.nan
        metrics["features_detected"] = np.rint((1 - missing) * adata.n_vars).astype(int)
    metrics["missing_share"] = missing
    metrics["constant"] = ~(spread > 0)
    return metrics


def drop_reasons(adata: AnnData, *, settings: Mapping[str, float], scale: str) -> pd.Series:
    """Apply the fixed limits, each sample by itself.

    Parameters
    ----------
    adata
        Samples x canonical features, values as delivered.
    settings
        min_library_size (counts only), min_features_detected, max_missing_share.
    scale
        Name of the scale.

    Returns
    -------
    Series
        Indexed by sample: why it cannot be used, empty where it can.
    """
    reasons = []
    for row in sample_metrics(adata, scale=scale).itertuples():
        told = []
        if row.library_size < settings["min_library_size"]:
            told.append(
                f"library size {row.library_size:,.0f} below {settings['min_library_size']:,.0f}"
            )
        if row.features_detected < settings["min_features_detected"]:
            told.append(
                f"{row.features_detected:,} features detected, fewer than "
                f"{settings['min_features_detected']:,.0f}"
            )
        if row.missing_share > settings["max_missing_share"]:
            told.append(
                f"{row.missing_share:.0%} of the values missing, more than "
                f"{settings['max_missing_share']:.0%}"
            )
        if row.constant:
            told.append("all values are the same")
        reasons.append("; ".join(told))
    return pd.Series(reasons, index=adata.obs_names, dtype=object)


def _relative_flags(
    adata: AnnData, metrics: pd.DataFrame, *, settings: Mapping[str, float], scale: str
) -> NDArray[np.object_]:
    """Tell what is odd about samples that passed, compared with the cohort's others."""
    flags: list[list[str]] = [[] for _ in range(adata.n_obs)]
    if adata.n_obs < FEWEST_FOR_RELATIVE:
        return np.array(["" for _ in flags], dtype=object)
    measures = {
        "library size": np.log10(metrics["library_size"].to_numpy() + 1),
        "features detected": metrics["features_detected"].to_numpy(float),
        "median value": _median_value(adata.X, scale=scale),
    }
    for name, values in measures.items():
        for i, distance in enumerate(_distances(values)):
            if abs(distance) > settings["mad_threshold"]:
                side = "above" if distance > 0 else "below"
                flags[i].append(f"{name} {abs(distance):.1f} MAD {side} the median")
    for i, distance in enumerate(_distances(_correlations(adata.X, scale=scale))):
        if distance < -settings["min_correlation_mad"]:
            flags[i].append(
                f"correlation with the cohort's median profile {-distance:.1f} MAD below the median"
            )
    return np.array(["; ".join(told) for told in flags], dtype=object)


def _distances(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances from the median in scaled MADs; 0 where these are not to be had."""
    centred = values - np.median(values)
    mad = MAD_TO_SD * np.median(np.abs(centred))
    if not mad > 0:
        return np.zeros_like(values)
    distances: NDArray[np.float64] = np.nan_to_num(centred / mad)
    return distances


def _median_value(X: Any, *, scale: str) -> NDArray[np.float64]:
    """Each sample's median measured value, counts and linear values as logarithms."""
    medians = []
    for i in range(X.shape[0]):
        row = X[i].toarray().ravel() if sparse.issparse(X) else X[i]
        medians.append(float(np.nanmedian(row)))
    values = np.array(medians)
    return (
        values if scale in COMPARED_AS_THEY_STAND else np.sign(values) * np.log2(np.abs(values) + 1)
    )


def _correlations(X: Any, *, scale: str) -> NDArray[np.float64]:
    """Correlation of each sample's normal scores with the cohort's median profile."""
    n = X.shape[0]
    chosen = np.unique(np.linspace(0, n - 1, min(n, PROFILE_SAMPLES)).astype(int))
    scores = normalise(X[chosen], method="rank_normal", scale=scale)
    measured = ~np.isnan(scores).all(axis=0)
    profile = np.full(X.shape[1], np.nan)
    profile[measured] = np.nanmedian(scores[:, measured], axis=0)
    correlations = []
    for i in range(n):
        row = normalise(X[i : i + 1], method="rank_normal", scale=scale)[0].astype(np.float64)
        both = ~np.isnan(row) & measured
        one, other = row[both] - row[both].mean(), profile[both] - profile[both].mean()
        correlations.append(float(one @ other / np.sqrt((one @ one) * (other @ other) + 1e-300)))
    return np.array(correlations)


def _sample_table(
    adata: AnnData, *, metrics: pd.DataFrame, reason: pd.Series, flags: pd.Series
) -> pd.DataFrame:
    """One row per sample, those that never came this far included."""
    judged = pd.DataFrame(
        {
            "sample": adata.obs_names,
            "patient": adata.obs["patient"].astype(str).to_numpy(),
            "kept": np.where(reason == "", "yes", "no"),
            "reason": reason.to_numpy(),
            "flags": flags.to_numpy(),
            "library_size": metrics["library_size"].to_numpy(),
            "features_detected": metrics["features_detected"].to_numpy(float),
            "missing_share": metrics["missing_share"].to_numpy(),
        }
    )
    left_out = adata.uns["dxtransfer"]["left_out"]
    earlier = pd.DataFrame(
        {name: left_out[name].astype(object).to_numpy() for name in ("sample", "patient", "reason")}
    ).assign(kept="no", flags="", library_size=np.nan, features_detected=np.nan)
    earlier["missing_share"] = np.nan
    table = pd.concat([judged, earlier], ignore_index=True) if len(earlier) else judged
    table["features_detected"] = table["features_detected"].astype("Int64")
    return table[list(judged.columns)]
