"""Tables of how a model does in external cohorts, and within the sites of its own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from dxtransfer.report.cells import Cell, Table, change, estimate, percent, text
from dxtransfer.report.names import Models
from dxtransfer.report.tables import measure_title, strategies_table


def external_tables(cohorts: Mapping[str, pd.DataFrame], sources: Mapping[str, str]) -> list[Table]:
    """Measures of the shipped model in each external cohort, which it predicted once."""
    return [
        _external(cohort, rows, source=sources.get(f"external.{cohort}", ""))
        for cohort, rows in cohorts.items()
    ]


def _external(cohort: str, rows: pd.DataFrame, *, source: str) -> Table:
    first: Mapping[Any, Any] = rows.iloc[0].to_dict() if len(rows) else {}
    size = f"{text(first.get('patients'))} patients, {text(first.get('samples'))} samples scored"
    left = (
        f"{text(first.get('refused'))} refused, {text(first.get('without_outcome'))} without an "
        "outcome."
    )
    return Table(
        caption=f"External cohort {cohort}: {size}",
        columns=["Measure", "Shipped model"],
        rows=[
            [
                Cell(measure_title(str(row["measure"]))),
                estimate(row),
            ]
            for row in rows.to_dict("records")
        ],
        source=source,
        remark=f"{left} The model was fitted without this cohort and predicted it once.",
    )


def stratified_table(rows: pd.DataFrame, models: Models, *, source: str) -> Table:
    """The ranking measure over all pairs of patients, and over those that share a site."""
    column = str(rows["column"].iloc[0]) if len(rows) else ""
    measure = measure_title(str(rows["measure"].iloc[0])) if len(rows) else ""
    table = strategies_table(
        rows,
        models,
        {
            "All pairs": lambda row: _part(row, "plain"),
            f"Within {column}": lambda row: _part(row, "stratified"),
            "Difference": lambda row: change(
                *(row[f"difference{end}"] for end in ("", "_low", "_high")), starred=False
            ),
            "Pairs that share it": lambda row: Cell(percent(row["pairs"])),
        },
        caption=f"{measure} over all pairs of patients, and over pairs that share {column}",
        source=source,
    )
    remark = "A lower figure within tells how much of the plain one the column could be."
    return replace(table, remark=remark)


def _part(row: Mapping[Any, Any], part: str) -> Cell:
    ends = {"low": row[f"{part}_low"], "high": row[f"{part}_high"]}
    return estimate({"estimate": row[part], **ends})
