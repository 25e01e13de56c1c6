"""What a run knows about itself, as the checklists of the page need it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dxtransfer.report.cells import interval, known, number, percent, text
from dxtransfer.report.kinds import KINDS
from dxtransfer.report.looks import of_member
from dxtransfer.report.names import Member, Models

# What only a person can say.
FILL_IN = "Not known to the software: fill in."


@dataclass(frozen=True)
class Facts:
    """Phrases and numbers of one run.

    Attributes
    ----------
    target, kind, outcome
        The cohort, the kind of task, and what is predicted.
    cohorts, flow
        Source cohorts and what each delivered and kept; the same of the target.
    patients, events
        Labelled patients of the target, and how many have the outcome, if any.
    features
        How many the model knows, and how many of them the target measures.
    normalisation, model, choice
        How samples are brought to one scale; the shipped model; why this one.
    design, verdict, performance, calibration, subgroups
        How it was tested, and what was found.
    balanced, prevalence
        What is done about rare classes; the stated share of the positive class.
    missing, refused
        What becomes of missing values, and of samples that cannot be predicted.
    predicted
        Cohorts that were predicted.
    """

    target: str
    kind: str
    outcome: str
    cohorts: str
    flow: str
    patients: str
    events: str
    features: str
    normalisation: str
    model: str
    choice: str
    design: str
    verdict: str
    performance: str
    calibration: str
    subgroups: str
    balanced: str
    prevalence: str
    missing: str
    refused: str
    predicted: str


def facts(
    *,
    target: str,
    settings: Mapping[str, Any],
    models: Models,
    own: Mapping[str, Any],
    headline: str,
    choice: str,
    model: Mapping[str, Any],
    qc: pd.DataFrame,
    coverage: pd.DataFrame,
    calibration_summary: pd.DataFrame,
    subgroups: pd.DataFrame,
    predicted: Mapping[str, int],
) -> Facts:
    """Gather what a run knows about itself; arguments as in `dxtransfer.report.page.page`.

    `own` is the row of the shipped model's main measure, `headline` and `choice` are what the
    verdict says, and `predicted` counts the samples of each predicted cohort.
    """
    kind, shipped = models.kind, models.shipped
    words = KINDS[kind]
    source = qc[qc["role"].astype(str).str.contains("source")]
    here = qc[qc["cohort"] == target]
    measured = coverage[coverage["cohort"] == target]
    evaluation = settings.get("evaluation", {})
    return Facts(
        target=target,
        kind=kind,
        outcome=_outcome(settings.get("task", {}), kind),
        cohorts="; ".join(_flow(row) for row in source.to_dict("records")),
        flow="; ".join(_flow(row) for row in here.to_dict("records")),
        patients=f"{text(own['patients'])} labelled patients, {text(own['samples'])} samples",
        events=f"{percent(own['prevalence'])} with the outcome" if known(own["prevalence"]) else "",
        features="; ".join(
            f"{text(row['vocabulary'])} features, of which the cohort measures "
            f"{text(row['measured'])}"
            for row in measured.to_dict("records")
        ),
        normalisation=str(model.get("normalisation", "as named in the settings")),
        model=f"{models.in_text(shipped)} (strategy {shipped[1]})",
        choice=choice,
        design=_design(settings.get("splits", {}), mode=str(evaluation.get("mode", ""))),
        verdict=headline,
        performance=f"{words.title} {number(own['estimate'])} "
        f"{interval(own['low'], own['high'])} in patients that it had not seen",
        calibration=_calibration(calibration_summary, shipped),
        subgroups=", ".join(dict.fromkeys(of_member(subgroups, shipped)["subgroup"].astype(str))),
        balanced="all classes weigh the same in every fit"
        if settings.get("transfer", {}).get("balanced")
        else "classes weigh by their patients; nothing is resampled",
        prevalence=percent(evaluation.get("prevalence")) if evaluation.get("prevalence") else "",
        missing=f"samples with more than {percent(settings['qc'].get('max_missing_share', 0.5))} "
        "missing values are left out; otherwise a missing value is taken as the mean of the "
        "training part",
        refused=f"a sample that measures less than {percent(model.get('min_coverage', 0.6))} of "
        "the features, fails quality control or looks like another scale is refused, with a reason",
        predicted=", ".join(f"{cohort} ({count} samples)" for cohort, count in predicted.items()),
    )


def _outcome(task: Mapping[str, Any], kind: str) -> str:
    if kind == "survival":
        return f"time {task.get('time')} to the event {task.get('event')}"
    if kind == "regression":
        return f"the number in column {task.get('label')}"
    classes = ", ".join(map(str, task.get("classes", {})))
    return f"column {task.get('label')}, classes {classes}"


def _flow(row: Mapping[str, Any]) -> str:
    kept, delivered = text(row["samples_kept"]), text(row["samples_delivered"])
    return f"{row['cohort']} ({text(row.get('assay'))}): {kept} of {delivered} samples kept"


def _design(splits: Mapping[str, Any], *, mode: str) -> str:
    if mode == "leave_one_site_out":
        return "each site left out in turn; choices in inner folds of the other sites"
    return (
        f"cross-validation with up to {splits.get('folds', '?')} folds, grouped by patient "
        f"(repeats: {splits.get('repeats', '?')}); choices in "
        f"{splits.get('inner_folds', '?')} inner folds of each training part"
    )


def _calibration(summary: pd.DataFrame, shipped: Member) -> str:
    rows = of_member(summary, shipped).dropna(subset="estimate")
    return "; ".join(
        f"{str(row['measure']).replace('_', ' ')} ({row['output']}) {number(row['estimate'])} "
        f"{interval(row['low'], row['high'])}"
        for row in rows.to_dict("records")
    )
