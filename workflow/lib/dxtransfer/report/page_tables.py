"""The tables of a target's page, in groups: each from its data frames, with its file."""

from collections.abc import Mapping

import pandas as pd

from dxtransfer.report import evaluation_tables, explained_tables, groups
from dxtransfer.report.cells import DASH, Cell, Table
from dxtransfer.report.findings import errors_table, warnings_table
from dxtransfer.report.names import REFERENCE, Models, members_of
from dxtransfer.report.tables import (
    budgets_table,
    calibration_table,
    confusion_table,
    coverage_table,
    differences_table,
    left_out_table,
    measures_table,
    plain_table,
    qc_table,
    strategy_cell,
)


def strategy_tables(
    evaluation: Mapping[str, pd.DataFrame],
    models: Models,
    sources: Mapping[str, str],
) -> dict[str, Table]:
    """Tables with a row per strategy."""
    makers = {
        "metrics": measures_table,
        "comparisons": differences_table,
        "gains": evaluation_tables.gains_table,
        "label_efficiency": budgets_table,
        "permutation": evaluation_tables.permutation_table,
    }
    found = {}
    for key, make in makers.items():
        rows = evaluation[key]
        if key in ("metrics", "comparisons"):
            rows = rows[rows["budget"].astype(str) == "all"]
        found[key] = make(rows, models, source=sources.get(key, ""))
    return found


def names_table(metrics: pd.DataFrame, models: Models) -> Table:
    """What the page calls each strategy, and what the configuration calls it; first the three."""
    first = (models.transfer, models.control, REFERENCE)
    return Table(
        caption="Names of the models on this page and in the configuration",
        columns=["Here", "Strategy", "Objective of pretraining"],
        rows=[
            [
                strategy_cell(member, models),
                Cell(member[1]),
                Cell(DASH if member[0] == "none" else member[0]),
            ]
            for member in dict.fromkeys((*first, *members_of(metrics)))
        ],
        text_columns=3,
    )


def shipped_tables(
    evaluation: Mapping[str, pd.DataFrame],
    models: Models,
    sources: Mapping[str, str],
    *,
    positive: str,
) -> dict[str, Table]:
    """Tables of the shipped model, and of the patients that the transfer saves."""
    shipped, kind = models.shipped, models.kind
    found = {
        "saved": evaluation_tables.saved_table(
            evaluation["patients_saved"], source=sources.get("patients_saved", "")
        ),
        "subgroups": groups.subgroups_table(
            evaluation["subgroups"], shipped, source=sources.get("subgroups", ""), kind=kind
        ),
        "confusion": confusion_table(
            evaluation["confusion"], shipped, source=sources.get("confusion", ""), kind=kind
        ),
        "calibration": calibration_table(
            evaluation["calibration"],
            shipped,
            positive=positive,
            source=sources.get("calibration", ""),
        ),
    }
    makers = {
        "calibration_summary": evaluation_tables.calibration_summary_table,
        "thresholds": evaluation_tables.thresholds_table,
    }
    for key, make in makers.items():
        found[key] = make(evaluation[key], shipped, source=sources.get(key, ""))
    return found


def cohort_tables(
    qc: pd.DataFrame,
    coverage: pd.DataFrame,
    left_out: pd.DataFrame,
    audit: pd.DataFrame,
    sources: Mapping[str, str],
) -> dict[str, Table]:
    """Tables of quality control and of the audit."""
    return {
        "qc": qc_table(qc, source=sources.get("qc", "")),
        "left_out": left_out_table(left_out),
        "left_out_samples": plain_table(
            left_out,
            {"cohort": "Cohort", "sample": "Sample", "patient": "Patient", "reason": "Reason"},
            caption="Samples left out, one by one",
            source=sources.get("samples_left_out", ""),
        ),
        "coverage": coverage_table(coverage, source=sources.get("coverage", "")),
        "audit_errors": errors_table(audit, source=sources.get("audit", "")),
        "audit_warnings": warnings_table(audit, source=sources.get("audit", "")),
    }


def explanation_tables(
    attributions: pd.DataFrame | None,
    enrichment: pd.DataFrame | None,
    stability: pd.DataFrame | None,
    sources: Mapping[str, str],
) -> dict[str, Table]:
    """Tables of what the model goes by, of those that were made."""
    made = {
        "attributions": (attributions, explained_tables.features_table),
        "enrichment": (enrichment, explained_tables.sets_table),
        "stability": (stability, explained_tables.stability_table),
    }
    return {
        key: make(rows, source=sources.get(key, ""))
        for key, (rows, make) in made.items()
        if rows is not None
    }
