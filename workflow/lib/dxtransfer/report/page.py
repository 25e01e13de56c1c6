"""The report of one target cohort: one self-contained HTML page made from tables alone."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from dxtransfer.report.cells import (
    DASH,
    Cell,
    excludes_zero,
    interval,
    known,
    number,
    percent,
    signed,
    text,
)
from dxtransfer.report.findings import errors_table, warnings_table
from dxtransfer.report.kinds import KINDS
from dxtransfer.report.names import (
    HELD_OUT_NAMES,
    REFERENCE,
    Member,
    chosen,
    name,
    short_name,
)
from dxtransfer.report.tables import (
    MOST_ROWS,
    budgets_table,
    calibration_table,
    confusion_table,
    coverage_table,
    cut,
    differences_table,
    left_out_table,
    measures_table,
    one,
    pairs_table,
    plain_table,
    qc_table,
)
from dxtransfer.report.templates import render, themed
from dxtransfer.report.weights import told_weights

# How titles of columns begin that hold shares.
SHARES = ("Probability", "Without")


def page(
    *,
    target: str,
    study: str,
    settings: Mapping[str, Any],
    metrics: pd.DataFrame,
    comparisons: pd.DataFrame,
    label_efficiency: pd.DataFrame,
    calibration: pd.DataFrame,
    confusion: pd.DataFrame,
    figures: Mapping[str, str],
    qc: pd.DataFrame,
    coverage: pd.DataFrame,
    samples_left_out: pd.DataFrame,
    audit: pd.DataFrame,
    predictions: Mapping[str, pd.DataFrame],
    model: Mapping[str, Any],
    history: Mapping[str, pd.DataFrame],
    provenance: Mapping[str, Any],
    weights: pd.DataFrame | None = None,
) -> str:
    """Render the report of a target cohort.

    Parameters
    ----------
    target, study
        Names of the target cohort and of the study.
    settings
        The whole configuration with its defaults filled in.
    metrics, comparisons, label_efficiency, calibration, confusion
        The tables of the evaluation, all strategies and budgets.
    figures
        SVG text by the name of its function in `dxtransfer.report.figures`; a picture that is
        not there is left out.
    qc
        One row per cohort: the keys of its QC summary, and `role`.
    coverage
        One row per cohort: cohort, vocabulary, measured, share, missing.
    samples_left_out
        One row per sample: cohort, sample, patient, reason.
    audit
        Findings: level, check, cohort, sample, other_cohort, other_sample, column, detail, ...
    predictions
        Predictions by cohort: sample, patient, status, reason, predicted_class, p_{class},
        coverage.
    model
        Settings of the shipped model; `strategy`, `objective`, `kind`, `classes` and `positive`
        are read.
    history
        History of each pretraining objective.
    provenance
        `versions` (name -> version), `inputs` (list of cohort, file, sha256) and `tables`
        (name of a table of this page -> its file; keys as the arguments of this function,
        and predictions.{cohort}).

    weights
        Shares of the ensemble's parts, a row per fit; None where it is not compared.

    Returns
    -------
    str
        HTML without scripts and without references to anything outside. It holds no date: the
        same tables give the same page.

    Raises
    ------
    ValueError
        When the shipped model or the reference has no main measure at budget all.
    """
    shipped: Member = (str(model.get("objective") or "none"), str(model["strategy"]))
    sources: Mapping[str, str] = provenance.get("tables", {})
    kind = str(model.get("kind", "binary"))
    positive = str(model["positive"]) if kind == "binary" else "the predicted class"
    at_all = metrics[metrics["budget"].astype(str) == "all"]
    compared = comparisons[comparisons["budget"].astype(str) == "all"]
    marks = {shipped: "shipped model", REFERENCE: "reference"}
    tables = {
        "metrics": measures_table(at_all, marks, source=sources.get("metrics", ""), kind=kind),
        "comparisons": differences_table(
            compared, marks, source=sources.get("comparisons", ""), kind=kind
        ),
        "label_efficiency": budgets_table(
            label_efficiency, marks, source=sources.get("label_efficiency", ""), kind=kind
        ),
        "qc": qc_table(qc, source=sources.get("qc", "")),
        "left_out": left_out_table(samples_left_out),
        "left_out_samples": plain_table(
            samples_left_out,
            {"cohort": "Cohort", "sample": "Sample", "patient": "Patient", "reason": "Reason"},
            caption="Samples left out, one by one",
            source=sources.get("samples_left_out", ""),
        ),
        "coverage": coverage_table(coverage, source=sources.get("coverage", "")),
        "audit_errors": errors_table(audit, source=sources.get("audit", "")),
        "audit_warnings": warnings_table(audit, source=sources.get("audit", "")),
        "settings": pairs_table(dict(_flat(settings)), "Setting", "Value", caption="Settings"),
        "versions": pairs_table(
            provenance.get("versions", {}), "Software", "Version", caption="Software"
        ),
        "inputs": plain_table(
            pd.DataFrame(provenance.get("inputs", []), columns=["cohort", "file", "sha256"]),
            {"cohort": "Cohort", "file": "File", "sha256": "SHA-256"},
            caption="Files that went in, with their checksums",
        ),
        "tables": pairs_table(sources, "Table", "File", caption="The file behind each table"),
    }
    if model["classes"]:
        tables["confusion"] = confusion_table(
            confusion, shipped, source=sources.get("confusion", ""), kind=kind
        )
        tables["calibration"] = calibration_table(
            calibration, shipped, positive=positive, source=sources.get("calibration", "")
        )
    words = KINDS[kind]
    return render(
        "page.html.j2",
        target=target,
        study=study,
        settings=settings,
        classes=[str(c) for c in model["classes"]],
        positive=positive,
        kind=kind,
        words=words,
        meaning=words.meaning.format(positive=positive),
        task=settings.get("task", {}),
        summary=_summary(at_all, compared, shipped, kind=kind),
        reference_name=short_name(REFERENCE, kind=kind),
        curves=_curve_names(at_all, shipped, kind=kind),
        level=percent(settings.get("evaluation", {}).get("level", 0.95)),
        figures={key: themed(svg) for key, svg in figures.items()},
        tables=tables,
        cohorts=_cohort_sizes(qc),
        predictions=[
            _prediction(
                cohort,
                rows,
                told=_told(rows, positive=positive, kind=kind),
                source=sources.get(f"predictions.{cohort}", ""),
            )
            for cohort, rows in predictions.items()
        ],
        model=model,
        weights=[] if weights is None else told_weights(weights),
        histories=[_history(objective, rows) for objective, rows in history.items()],
    )


def _summary(
    metrics: pd.DataFrame, comparisons: pd.DataFrame, shipped: Member, *, kind: str
) -> dict[str, Any]:
    """Tell what the first paragraph says; whether 0 is excluded is told from unrounded numbers."""
    measure = KINDS[kind].measure
    own, reference = one(metrics, shipped, measure), one(metrics, REFERENCE, measure)
    told: dict[str, Any] = {
        "shipped": _in_a_sentence(shipped, kind),
        "objective": shipped[0],
        "is_reference": shipped == REFERENCE,
        "patients": text(own["patients"]),
        "samples": text(own["samples"]),
        "prevalence": percent(own["prevalence"]),
        "own": Cell(number(own["estimate"]), interval(own["low"], own["high"])),
        "reference": Cell(
            number(reference["estimate"]), interval(reference["low"], reference["high"])
        ),
    }
    if shipped != REFERENCE:
        paired = one(comparisons, shipped, measure)
        told["difference"] = Cell(
            signed(paired["difference"]), interval(paired["low"], paired["high"], signed)
        )
        told["excludes_zero"] = excludes_zero(paired)
    return told


def _in_a_sentence(member: Member, kind: str) -> str:
    title = short_name(member)
    # An abbreviation keeps its capital.
    small = title[:1].lower() + title[1:] if title[1:2].islower() else title
    return KINDS[kind].reference if member == REFERENCE else small


def _curve_names(metrics: pd.DataFrame, shipped: Member, *, kind: str) -> str:
    names = [name(m, kind=kind) for m in chosen(metrics, shipped=shipped)]
    return ", ".join(names)


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            yield f"{prefix}{key}", ", ".join(map(str, value))
        else:
            yield f"{prefix}{key}", str(value)


def _cohort_sizes(qc: pd.DataFrame) -> dict[str, Any]:
    source = qc[qc["role"].astype(str).str.contains("source")]
    return {
        "source": len(source),
        "source_delivered": text(source["samples_delivered"].sum()),
        "source_kept": text(source["samples_kept"].sum()),
    }


def _history(objective: str, rows: pd.DataFrame) -> str:
    """One sentence about a pretraining run."""
    if "kept" in rows.columns:
        kept = rows.loc[rows["kept"] == 1]
        measure = next(name for name in HELD_OUT_NAMES if name in rows.columns)
        value = f"{HELD_OUT_NAMES[measure]} {number(kept[measure].mean())}"
        told = f"{value} on source {rows['held_out'].iloc[0]} that they did not see"
        return f"{objective}: {len(kept)} of {len(rows)} models averaged, {told}"
    if "component" in rows.columns:
        share = percent(round(float(rows["explained_variance_ratio"].sum()), 3))
        return f"{objective}: {len(rows)} components, {share} of the variance"
    best = rows.loc[rows["best"].astype(str) == "yes"]
    if best.empty:
        return f"{objective}: {len(rows)} epochs"
    epoch, lowest = best.iloc[-1]["epoch"], best.iloc[-1]["validation_loss"]
    kept = f"epoch {text(epoch)} kept, validation loss {number(lowest, 3)}"
    return f"{objective}: {len(rows)} epochs, {kept}"


def _told(rows: pd.DataFrame, *, positive: str, kind: str) -> list[tuple[str, pd.Series]]:
    """Title and values of the columns that predict: probability, number, or risk and survival."""
    if kind == "regression":
        return [("Prediction", rows["prediction"])]
    if kind == "survival":
        curves = [str(c) for c in rows if str(c).startswith("survival_at_")]
        middle = curves[len(curves) // 2]
        time = middle.removeprefix("survival_at_")
        return [("Risk", rows["risk"]), (f"Without the event at {time}", rows[middle])]
    if kind == "multiclass":
        shares = rows[[c for c in rows if str(c).startswith("p_")]]
        return [(f"Probability of {positive}", shares.max(axis=1))]
    return [(f"Probability of {positive}", rows[f"p_{positive}"])]


def _prediction(
    cohort: str, rows: pd.DataFrame, *, told: list[tuple[str, pd.Series]], source: str
) -> dict[str, Any]:
    """One cohort's predictions; a refused sample has its reason instead of a bar."""
    lines = []
    for i, row in enumerate(rows.head(MOST_ROWS).to_dict("records")):
        refused = str(row["status"]) == "refused"
        values = [(title, column.iloc[i]) for title, column in told]
        lines.append(
            {
                "sample": text(row["sample"]),
                "patient": text(row["patient"]),
                "predicted": text(row.get("predicted_class")),
                "cells": [
                    {
                        "text": DASH if refused else number(value),
                        # a share is drawn, too
                        "width": round(100 * float(value), 1)
                        if not refused and known(value) and title.startswith(SHARES)
                        else None,
                    }
                    for title, value in values
                ],
                "coverage": percent(row.get("coverage")),
                "reason": text(row.get("reason")) or "refused" if refused else "",
            }
        )
    return {
        "cohort": cohort,
        "columns": [title for title, _ in told],
        "classes": "predicted_class" in rows,
        "rows": lines,
        "total": len(rows),
        "refused": int((rows["status"].astype(str) == "refused").sum()),
        "cut": cut(len(rows)),
        "source": source,
    }
