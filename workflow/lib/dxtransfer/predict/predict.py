"""New patients: from values as delivered to one row each, a prediction or a reasoned refusal."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from dxtransfer.cohorts.features import project
from dxtransfer.cohorts.identifiers.kinds import DESCRIPTIONS, kind_of
from dxtransfer.cohorts.normalise import METHODS
from dxtransfer.cohorts.qc import qc
from dxtransfer.cohorts.scale import agree
from dxtransfer.cohorts.scale_rules import scale_of
from dxtransfer.errors import InputError
from dxtransfer.predict.bundle import Bundle


def predict(
    bundle: Bundle, adata: AnnData, *, annotation: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Predict every sample of an ingested cohort with a finished bundle.

    What was decided for the target (identifiers, scale, normalisation, vocabulary, centre) is
    applied and not decided again, and nothing depends on the other samples: a patient predicted
    alone equals the same patient predicted among others.

    Parameters
    ----------
    bundle
        The model.
    adata
        As `dxtransfer.cohorts.ingest.ingest` gives it.
    annotation
        Columns probe and symbol, for probe ids.

    Returns
    -------
    pandas.DataFrame
        One row per sample: sample, patient, status (predicted, refused), reason; predicted_class
        and `p_{class}` for each class, or prediction for regression, or risk and
        `survival_at_{time}` for survival; coverage (share of the vocabulary that the sample
        measures).

    Raises
    ------
    InputError
        For an assay that the model does not know, unless its normalisation takes any scale, and
        for a scale stated in the cohort sheet that is not the model's.
    """
    settings = bundle.settings
    method, assay = settings["normalisation"], str(adata.uns["dxtransfer"]["assay"])
    checked = qc(
        adata,
        settings=settings["qc"],
        role="new",
        kind=_stated_kind(bundle, adata),
        annotation=annotation,
        mapping=bundle.identifiers,
        species=settings["species"],
        scale=_decided(bundle, adata),
    )
    other_kind = _other_kind(bundle, str(checked.summary["feature_kind"]))
    kept, used = checked.adata, str(checked.adata.uns["dxtransfer"]["scale"])
    seen = [used] * kept.n_obs
    if METHODS[method].takes:
        delivered = adata[list(kept.obs_names)].X
        seen = [_seen(delivered[i], assay=assay, used=used) for i in range(kept.n_obs)]
    fits = np.array([agree(name, used) for name in seen], dtype=bool)
    X = np.full((kept.n_obs, len(bundle.vocabulary)), np.nan, dtype=np.float32)
    X[fits] = project(
        kept[fits],
        bundle.vocabulary,
        method=method,
        scale=used,
        pseudocount=settings["pseudocount"],
    ).X
    measured = 1 - np.isnan(X).mean(axis=1)
    predicted = bundle.predict(X)
    nothing = dict.fromkeys(predicted, np.nan)
    rows = {}
    for i, sample in enumerate(kept.obs_names):
        reason = _too_little(measured[i], least=settings["min_coverage"], why=other_kind)
        if not fits[i]:
            reason = f"the values look like {seen[i]}, the model expects {used}"
        own = {name: values[i] for name, values in predicted.items()}
        rows[sample] = _row(nothing if reason else own, reason, measured[i])
    table = checked.samples[["sample", "patient"]].copy()
    dropped = dict(zip(checked.samples["sample"], checked.samples["reason"], strict=True))
    for sample in table["sample"]:
        rows.setdefault(sample, _row(nothing, dropped[sample], np.nan))
    found = pd.DataFrame([rows[sample] for sample in table["sample"]])
    return pd.concat([table.reset_index(drop=True), found], axis=1)


def _decided(bundle: Bundle, adata: AnnData) -> str | None:
    """Scale that the bundle decides for the cohort's assay; None where any will do."""
    settings, about = bundle.settings, adata.uns["dxtransfer"]
    scale: str | None = settings["scales"].get(str(about["assay"]))
    if not METHODS[settings["normalisation"]].takes:
        return scale
    if scale is None:
        raise InputError(
            f"the model was made from {', '.join(settings['scales'])} with "
            f"{settings['normalisation']}, which says nothing about the scale of {about['assay']}"
        )
    stated = str(about.get("scale_stated", ""))
    if stated and not agree(stated, scale):
        raise InputError(
            f"cohort {about['cohort']}: the cohort sheet states the scale {stated}, the model "
            f"expects {scale}; deliver {scale}, or train with features.normalisation rank_normal"
        )
    return scale


def _seen(row: Any, *, assay: str, used: str) -> str:
    """Scale that a sample looks like, the decided one where it tells nothing."""
    values = row.toarray().ravel() if sparse.issparse(row) else np.asarray(row).ravel()
    sample = values[np.isfinite(values)]
    return (scale_of(sample, assay=assay) if sample.size else "") or used


def _too_little(coverage: float, *, least: float, why: str) -> str:
    if coverage >= least:
        return ""
    return f"only {coverage:.0%} of the model's features are measured, less than {least:.0%}{why}"


def _stated_kind(bundle: Bundle, adata: AnnData) -> str:
    """What is said of the names; those of a model that takes names as they stand are not judged."""
    as_they_stand = "other" if bundle.settings["feature_kind"] == "other" else ""
    return str(adata.uns["dxtransfer"].get("feature_id", "")) or as_they_stand


def _other_kind(bundle: Bundle, kind: str) -> str:
    """What to do about features of another kind than the model's, where nothing maps them."""
    own = Counter(map(kind_of, bundle.vocabulary)).most_common(1)[0][0]
    if bundle.identifiers or kind in (own, "probe"):
        return ""
    return (
        f"; the features look like {DESCRIPTIONS[kind]}, the model's like {DESCRIPTIONS[own]}: "
        "name a mapping table in identifiers.mapping and train anew, or rename the features"
    )


def _row(predicted: Mapping[str, float], reason: str, coverage: float) -> dict[str, object]:
    classes = [name for name in predicted if name.startswith("p_")]
    likelier = "" if reason or not classes else max(classes, key=lambda name: predicted[name])
    return {
        "status": "refused" if reason else "predicted",
        "reason": reason,
        **({"predicted_class": likelier.removeprefix("p_")} if classes else {}),
        **predicted,
        "coverage": coverage,
    }
