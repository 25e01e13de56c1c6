"""Quality control: canonical features, and which samples stay, with the reason for each that goes.

Fixed limits judge a sample by itself and drop it in any cohort, so they can be applied to a single
new patient. Limits relative to a cohort (median absolute deviations) look at its other samples;
they drop source samples and only flag those of other cohorts, whose evaluation must not depend on
who else was measured. A sex expressed that is not the one recorded is told and drops nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from dxtransfer.cohorts.canonical import CanonicalRows
from dxtransfer.cohorts.identifiers.harmonise import Harmonised, harmonise
from dxtransfer.cohorts.identifiers.mapping import GeneMap
from dxtransfer.cohorts.identifiers.merge import merge_rule
from dxtransfer.cohorts.qc_metrics import Metrics, measure
from dxtransfer.cohorts.qc_outliers import correlations, relative_flags
from dxtransfer.cohorts.qc_sex import expressed_sex, recorded_sex, sex_flags
from dxtransfer.cohorts.readers.matrix import labelled
from dxtransfer.cohorts.scale import Scale, decide

PUBLISHED = (
    *("library_size", "features_detected", "missing_share", "mitochondrial_share"),
    *("correlation", "xist_rank", "y_rank", "sex_recorded", "sex_expressed"),
)


@dataclass(frozen=True)
class QCResult:
    """What quality control found.

    Attributes
    ----------
    adata
        Kept samples, canonical features; `uns["dxtransfer"]` has scale and scale_evidence. Where
        every sample is kept and every feature keeps its place, the values are those of the
        cohort that was checked, not a copy.
    samples
        One row per sample of the table or the matrix: sample, patient, kept (yes, no), reason,
        flags, library_size (counts only), features_detected, missing_share, mitochondrial_share
        (counts and linear values), correlation (with the cohort's median profile), xist_rank,
        y_rank, sex_recorded, sex_expressed.
    identifiers
        One row per changed feature and action: delivered, canonical, action, reason.
    features
        One row per canonical feature: feature, missing_share and detected_share among the
        samples of the matrix.
    summary
        The cohort in numbers, ready for JSON.
    """

    adata: AnnData
    samples: pd.DataFrame
    identifiers: pd.DataFrame
    features: pd.DataFrame
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
        min_library_size, min_features_detected, max_missing_share, max_mitochondrial_share,
        mad_threshold and min_correlation_mad, the last two in scaled median absolute deviations.
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

    Raises
    ------
    InputError
        As `scale.decide` and `identifiers.harmonise`.
    """
    about = adata.uns["dxtransfer"]
    identifiers = harmonise(
        list(adata.var_names),
        kind=str(about.get("feature_id", "")) if kind is None else kind,
        annotation=annotation,
        mapping=mapping,
        species=species,
        where=f"cohort {about['cohort']}",
    )
    found = (
        Scale(scale, "decided earlier") if scale else decide(_judged_features(adata, identifiers))
    )
    how = merge_rule(scale=found.name, kind=identifiers.kind)
    values = CanonicalRows(adata.X, identifiers.names, how=how)
    metrics = measure(
        (values.rows(rows) for rows in values.blocks()),
        samples=adata.obs_names,
        features=values.features,
        scale=found.name,
    )
    judged = _judged(adata, values, metrics, settings=settings, role=role, scale=found.name)
    kept = labelled(
        values.kept((judged["reason"] == "").to_numpy()),
        obs=adata.obs[(judged["reason"] == "").to_numpy()],
        features=values.features,
    )
    kept.uns["dxtransfer"] = {
        **{key: value for key, value in about.items() if not key.endswith("left_out")},
        "scale": found.name,
        "scale_evidence": found.evidence,
    }
    samples = _sample_table(adata, judged)
    summary = {
        "cohort": about["cohort"],
        "assay": about["assay"],
        "checksum": about["checksum"],
        "scale": found.name,
        "scale_evidence": found.evidence,
        "features_delivered": adata.n_vars + len(about["features_left_out"]),
        "features_kept": kept.n_vars,
        "samples_delivered": len(samples),
        "samples_kept": kept.n_obs,
        "samples_flagged": int(((judged["flags"] != "") & (judged["reason"] == "")).sum()),
        **_in_numbers(judged, metrics),
        **identifiers.summary,
    }
    summary["lost"] += len(about["features_left_out"])
    changes = identifiers.changes
    if len(about["features_left_out"]):
        changes = pd.concat([_left_out_rows(about["features_left_out"]), changes])
    changes = changes.drop_duplicates(ignore_index=True)
    return QCResult(kept, samples, changes, metrics.features, summary)


def _judged_features(adata: AnnData, identifiers: Harmonised) -> AnnData:
    """Features that show the scale: of lineages only the rank in use; others are its sums."""
    if identifiers.kind != "lineage":
        return adata
    return adata[:, (identifiers.names != "").to_numpy()]


def drop_reasons(metrics: pd.DataFrame, *, settings: Mapping[str, float]) -> pd.Series:
    """Apply the fixed limits, each sample by itself.

    Parameters
    ----------
    metrics
        Of each sample, see `qc_metrics.measure`.
    settings
        min_library_size (counts only), min_features_detected, max_missing_share,
        max_mitochondrial_share.

    Returns
    -------
    Series
        Indexed by sample: why it cannot be used, empty where it can.
    """
    size, detected = metrics["library_size"], metrics["features_detected"]
    missing, mitochondrial = metrics["missing_share"], metrics["mitochondrial_share"]
    most = settings["max_mitochondrial_share"]
    least, fewest = settings["min_library_size"], settings["min_features_detected"]
    told: dict[int, list[str]] = {}
    checks = {
        "library size {0:,.0f} below {1:,.0f}": (size, size < least, least),
        "{0:,.0f} features detected, fewer than {1:,.0f}": (detected, detected < fewest, fewest),
        "{0:.0%} of the values missing, more than {1:.0%}": (
            *(missing, missing > settings["max_missing_share"]),
            settings["max_missing_share"],
        ),
        "{0:.0%} of the total mitochondrial, more than {1:.0%}": (
            *(mitochondrial, mitochondrial > most),
            most,
        ),
        "all values are the same": (size, metrics["constant"].astype(bool), 0.0),
    }
    for words, (values, fails, limit) in checks.items():
        for i in np.flatnonzero(fails):
            told.setdefault(int(i), []).append(words.format(values.iloc[i], limit))
    reasons = ["; ".join(told.get(i, [])) for i in range(len(metrics))]
    return pd.Series(reasons, index=metrics.index, dtype=object)


def _judged(
    adata: AnnData,
    values: CanonicalRows,
    metrics: Metrics,
    *,
    settings: Mapping[str, float],
    role: str,
    scale: str,
) -> pd.DataFrame:
    """Metrics of every sample with reason and flags."""
    about, table = adata.uns["dxtransfer"], metrics.samples.copy()
    reason = drop_reasons(table, settings=settings)
    passed = np.flatnonzero(reason == "")
    table["correlation"] = np.nan
    table.iloc[passed, table.columns.get_loc("correlation")] = correlations(
        lambda rows, features: values.dense(passed[rows], features),
        n=len(passed),
        detected=metrics.features["detected_share"].to_numpy(),
    )
    odd = pd.Series("", index=table.index, dtype=object)
    odd.iloc[passed] = relative_flags(
        table.iloc[passed],
        table["correlation"].to_numpy()[passed],
        settings=settings,
        scale=scale,
    )
    if role == "source":
        reason = reason.where(odd == "", "outlier among its cohort: " + odd)
        odd[:] = ""
    table["sex_recorded"] = recorded_sex(adata.obs, column=str(about.get("sex_column", "")))
    table["sex_expressed"] = expressed_sex(
        table, features=len(values.features), assay=str(about["assay"])
    )
    sex = sex_flags(table["sex_recorded"], table["sex_expressed"])
    table["reason"] = reason
    table["flags"] = _joined([odd, sex])
    return table


def _joined(columns: Sequence[pd.Series]) -> pd.Series:
    """Texts of several columns, joined where there are several."""
    rows = zip(*columns, strict=True)
    texts = ["; ".join(filter(None, row)) for row in rows]
    return pd.Series(texts, index=columns[0].index, dtype=object)


def _left_out_rows(left_out: pd.DataFrame) -> pd.DataFrame:
    """Features that the reader left out, as rows of the table of changed features."""
    rows = pd.DataFrame({"delivered": left_out["feature"], "reason": left_out["reason"]})
    rows.insert(1, "canonical", "")
    rows.insert(2, "action", "lost")
    return rows.astype(object)


def _in_numbers(judged: pd.DataFrame, metrics: Metrics) -> dict[str, Any]:
    """Metrics of the cohort as a whole; None where there is nothing to tell."""
    both = (judged["sex_recorded"] != "") & (judged["sex_expressed"] != "")
    differs = both & (judged["sex_recorded"] != judged["sex_expressed"])
    shares = judged["mitochondrial_share"].dropna()
    return {
        "missing_share": float(judged["missing_share"].mean()),
        "features_never_measured": int((metrics.features["missing_share"] == 1).sum()),
        "mitochondrial_share": float(shares.median()) if len(shares) else None,
        "sex_compared": int(both.sum()),
        "sex_contradicted": int(differs.sum()),
    }


def _sample_table(adata: AnnData, judged: pd.DataFrame) -> pd.DataFrame:
    """One row per sample, those that never came this far included."""
    table = judged[list(PUBLISHED)].reset_index(drop=True)
    head = {
        "sample": adata.obs_names,
        "patient": adata.obs["patient"].astype(str).to_numpy(),
        "kept": np.where(judged["reason"] == "", "yes", "no"),
        "reason": judged["reason"].to_numpy(),
        "flags": judged["flags"].to_numpy(),
    }
    for place, (name, column) in enumerate(head.items()):
        table.insert(place, name, column)
    left_out = adata.uns["dxtransfer"]["left_out"]
    if len(left_out):
        earlier = {
            n: left_out[n].astype(object).to_numpy() for n in ("sample", "patient", "reason")
        }
        blank = dict.fromkeys(("flags", "sex_recorded", "sex_expressed"), "")
        rows = pd.DataFrame(earlier).assign(kept="no", **blank)
        table = pd.concat([table, rows.reindex(columns=table.columns)], ignore_index=True)
    measures = [name for name in PUBLISHED if not name.startswith("sex")]
    table[measures] = table[measures].astype(float)
    table["features_detected"] = table["features_detected"].astype("Int64")
    return table
