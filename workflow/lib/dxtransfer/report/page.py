"""The report of one target cohort: one self-contained HTML page made from tables alone."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dxtransfer.report.beyond_tables import external_tables, stratified_table
from dxtransfer.report.calibration_words import told_calibration
from dxtransfer.report.cells import Cell, interval, number, percent, text
from dxtransfer.report.checklists import checklists
from dxtransfer.report.facts import FILL_IN, facts
from dxtransfer.report.glossary import entries
from dxtransfer.report.groups import told_subgroups, worst_group
from dxtransfer.report.histories import told_history
from dxtransfer.report.kinds import KINDS
from dxtransfer.report.names import REFERENCE, Member, Models, chosen
from dxtransfer.report.page_tables import (
    cohort_tables,
    explanation_tables,
    names_table,
    shipped_tables,
    strategy_tables,
)
from dxtransfer.report.predictions import told_predictions
from dxtransfer.report.provenance import provenance_tables
from dxtransfer.report.tables import one
from dxtransfer.report.templates import render, script, themed
from dxtransfer.report.verdict_words import told_verdict
from dxtransfer.report.weights import told_weights


def page(
    *,
    target: str,
    study: str,
    settings: Mapping[str, Any],
    verdict: Mapping[str, Any],
    contrasts: Mapping[str, Member],
    evaluation: Mapping[str, pd.DataFrame],
    figures: Mapping[str, str],
    qc: pd.DataFrame,
    coverage: pd.DataFrame,
    samples_left_out: pd.DataFrame,
    audit: pd.DataFrame,
    predictions: Mapping[str, pd.DataFrame],
    model: Mapping[str, Any],
    history: Mapping[str, pd.DataFrame],
    provenance: Mapping[str, Any],
    over_targets: pd.DataFrame | None = None,
    weights: pd.DataFrame | None = None,
    attributions: pd.DataFrame | None = None,
    enrichment: pd.DataFrame | None = None,
    stability: pd.DataFrame | None = None,
    external: Mapping[str, pd.DataFrame] | None = None,
    stratified: pd.DataFrame | None = None,
) -> str:
    """Render the report of a target cohort.

    Parameters
    ----------
    target, study
        Names of the target cohort and of the study.
    settings
        The whole configuration with its defaults filled in.
    verdict
        The record of the verdict, as `verdict.json` holds it.
    contrasts
        Objective and strategy of `transfer` and `control`, which the verdict compares.
    evaluation
        Tables by name: metrics, comparisons, label_efficiency, calibration, confusion,
        calibration_summary, thresholds, subgroups and permutation with all strategies, and
        patients_saved.
    figures
        SVG text by name; a picture that is not there is left out.
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
        (name of a table of this page -> its file; keys as in `evaluation` and as the arguments of
        this function, and predictions.{cohort}).
    over_targets
        Verdicts on all targets of the study: target, verdict_holm.
    weights
        Shares of the ensemble's parts, a row per fit; None where it is not compared.
    attributions, enrichment, stability
        What the shipped model goes by; None where it was not explained.
    external
        Measures of the shipped model in each external cohort that it predicted.
    stratified
        Measures within sites, or values of another column; None where none was named.

    Returns
    -------
    str
        HTML without references to anything outside but the study's other pages. Its one script
        sorts and filters predictions. It holds no date: the same tables give the same page.

    Raises
    ------
    ValueError
        When the shipped model or the simple one has no main measure at budget all.
    """
    shipped: Member = (str(model.get("objective") or "none"), str(model["strategy"]))
    sources: Mapping[str, str] = provenance.get("tables", {})
    kind = str(model.get("kind", "binary"))
    models = Models(kind, contrasts["transfer"], contrasts["control"], shipped)
    positive = {"binary": str(model["positive"]), "survival": "no event by the middle time"}.get(
        kind, "the predicted class"
    )
    metrics = evaluation["metrics"]
    at_all = metrics[metrics["budget"].astype(str) == "all"]
    own = one(at_all, shipped, KINDS[kind].measure)
    told = told_verdict(
        verdict,
        evaluation["patients_saved"],
        models=models,
        own=own,
        target=target,
        label=str(settings.get("task", {}).get("label", "")),
        by_site=settings.get("evaluation", {}).get("mode") == "leave_one_site_out",
        over_targets=over_targets,
    )
    known = facts(
        target=target,
        settings=settings,
        models=models,
        own=own,
        headline=told.headline,
        choice=told.shipped[0],
        model=model,
        qc=qc,
        coverage=coverage,
        calibration_summary=evaluation["calibration_summary"],
        subgroups=evaluation["subgroups"],
        predicted={cohort: len(rows) for cohort, rows in predictions.items()},
    )
    tables = {
        **strategy_tables(evaluation, models, sources),
        **shipped_tables(evaluation, models, sources, positive=positive),
        **cohort_tables(qc, coverage, samples_left_out, audit, sources),
        **explanation_tables(attributions, enrichment, stability, sources),
        **provenance_tables(settings, provenance),
        "names": names_table(at_all, models),
    }
    if stratified is not None:
        tables["stratified"] = stratified_table(
            stratified, models, source=sources.get("stratified", "")
        )
    return render(
        "page.html.j2",
        target=target,
        study=study,
        settings=settings,
        classes=[str(c) for c in model["classes"]],
        positive=positive,
        kind=kind,
        words=KINDS[kind],
        meaning=KINDS[kind].meaning.format(positive=positive),
        task=settings.get("task", {}),
        told=told,
        models=models,
        taken=told_calibration(evaluation["calibration_summary"], shipped, positive=positive),
        worst=worst_group(evaluation["subgroups"], models),
        whom=told_subgroups(evaluation["subgroups"], shipped, kind=kind),
        findings={
            "errors": int((audit["level"] == "error").sum()),
            "warnings": int((audit["level"] != "error").sum()),
            "left_out": int((samples_left_out["cohort"] == target).sum()),
        },
        summary=_summary(at_all, own, models),
        curves=", ".join(models.title(m) for m in chosen(at_all, shipped=shipped)),
        level=percent(settings.get("evaluation", {}).get("level", 0.95)),
        figures={key: themed(svg) for key, svg in figures.items()},
        tables=tables,
        external=external_tables(external or {}, sources),
        scored=sum(rows["estimate"].notna().any() for rows in (external or {}).values()),
        cohorts=_cohort_sizes(qc),
        predictions=[
            told_predictions(
                cohort,
                rows,
                positive=positive,
                kind=kind,
                source=sources.get(f"predictions.{cohort}", ""),
            )
            for cohort, rows in predictions.items()
        ],
        model=model,
        verdict=verdict,
        primary=verdict["contrasts"]["transfer - control"],
        decisions="decision_curve" in figures or bool(tables["thresholds"].rows),
        explained=attributions is not None,
        fill_in=FILL_IN,
        weights=[] if weights is None else told_weights(weights),
        histories=[told_history(objective, rows) for objective, rows in history.items()],
        checklists=checklists(known),
        known=known,
        glossary=entries(kind),
        script=script("predictions.js"),
    )


def _summary(metrics: pd.DataFrame, own: Mapping[str, Any], models: Models) -> dict[str, Any]:
    """What the section on performance begins with."""
    simple = one(metrics, REFERENCE, KINDS[models.kind].measure)
    return {
        "shipped": models.in_text(models.shipped),
        "is_simple": models.shipped == REFERENCE,
        "patients": text(own["patients"]),
        "samples": text(own["samples"]),
        "prevalence": percent(own["prevalence"]),
        "own": Cell(number(own["estimate"]), interval(own["low"], own["high"])),
        "simple": Cell(number(simple["estimate"]), interval(simple["low"], simple["high"])),
    }


def _cohort_sizes(qc: pd.DataFrame) -> dict[str, Any]:
    source = qc[qc["role"].astype(str).str.contains("source")]
    return {
        "source": len(source),
        "source_delivered": text(source["samples_delivered"].sum()),
        "source_kept": text(source["samples_kept"].sum()),
    }
