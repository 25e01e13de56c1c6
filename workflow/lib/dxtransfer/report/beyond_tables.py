"""Tables of how a model does in external cohorts, and within the sites of its own."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dxtransfer.report.cells import (
    DASH,
    Cell,
    Table,
    interval,
    known,
    number,
    percent,
    signed,
    text,
)
from dxtransfer.report.names import Member, members_of, name
from dxtransfer.report.tables import measure_title


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
                Cell(number(row["estimate"]), interval(row["low"], row["high"]))
                if known(row["estimate"])
                else Cell(DASH),
            ]
            for row in rows.to_dict("records")
        ],
        source=source,
        remark=f"{left} The model was fitted without this cohort and predicted it once.",
    )


def stratified_table(
    rows: pd.DataFrame, marks: Mapping[Member, str], *, source: str, kind: str
) -> Table:
    """The ranking measure over all pairs of patients, and over those that share a site."""
    lines = []
    for member in members_of(rows):
        for row in rows[(rows["objective"] == member[0]) & (rows["strategy"] == member[1])].to_dict(
            "records"
        ):
            lines.append(
                [
                    Cell(name(member, kind=kind), marks.get(member, ""), strong=member in marks),
                    *(_part(row, part, number) for part in ("plain", "stratified")),
                    _part(row, "difference", signed),
                    Cell(percent(row["pairs"])),
                ]
            )
    column = str(rows["column"].iloc[0]) if len(rows) else ""
    measure = measure_title(str(rows["measure"].iloc[0])) if len(rows) else ""
    return Table(
        caption=f"{measure} over all pairs of patients, and over pairs that share {column}",
        columns=["Strategy", "All pairs", f"Within {column}", "Difference", "Pairs that share it"],
        rows=lines,
        source=source,
        remark="A lower figure within tells how much of the plain one the column could be.",
    )


def _part(row: Mapping[Any, Any], part: str, show: Any) -> Cell:
    if not known(row[part]):
        return Cell(DASH)
    return Cell(show(row[part]), interval(row[f"{part}_low"], row[f"{part}_high"], show))
