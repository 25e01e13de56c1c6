"""Groups of patients on the page: how the shipped model does in each, and where it does worst."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dxtransfer.report.cells import Cell, Table, change, estimate, interval, number, signed, text
from dxtransfer.report.kinds import KINDS
from dxtransfer.report.looks import of_member
from dxtransfer.report.names import Member, Models


def subgroups_table(
    rows: pd.DataFrame, shipped: Member, *, source: str, kind: str = "binary"
) -> Table:
    """The main measure in each group, and its difference to all other patients."""
    lines = [
        [
            Cell(_group(row)),
            estimate(row),
            change(row["difference"], row["difference_low"], row["difference_high"]),
            Cell(text(row["patients"])),
            Cell(text(row["events"])),
        ]
        for row in of_member(rows, shipped).to_dict("records")
    ]
    return Table(
        caption="Groups of patients, shipped model",
        columns=[
            *("Group", KINDS[kind].title, "Difference to all others"),
            *("Patients", "Of them with the outcome"),
        ],
        rows=lines,
        source=source,
        remark="A star marks intervals that exclude 0; among many groups, some do by chance.",
    )


def worst_group(rows: pd.DataFrame, models: Models) -> str:
    """Name the group in which the shipped model does worst, or why none can be named.

    Groups in which it was shown to do less well than in all other patients go first.
    """
    own = of_member(rows, models.shipped)
    if own.empty:
        return (
            "Not known: no group of patients was asked for in the configuration "
            "(evaluation.subgroups)."
        )
    told = own.dropna(subset="estimate")
    if told.empty:
        return "Not known: every group that was asked for is too small."
    worse = told[does_worse(told, kind=models.kind)]
    best_first = models.kind != "regression"
    among = worse if len(worse) else told
    row = among.sort_values("estimate", ascending=best_first, kind="stable").iloc[0].to_dict()
    model = f"the shipped model (the {models.in_text(models.shipped)})"
    where = (
        f"\N{LEFT DOUBLE QUOTATION MARK}{_group(row)}\N{RIGHT DOUBLE QUOTATION MARK} ("
        f"{KINDS[models.kind].in_text} {number(row['estimate'])} "
        f"{interval(row['low'], row['high'])}, {text(row['patients'])} patients)"
    )
    if worse.empty:
        return (
            f"No group is told apart: in none was {model} shown to do less well than in all other "
            f"patients. Its weakest figure is in the group {where}."
        )
    others = len(worse) - 1
    more = f" So it was in {others} other group{'s' * (others > 1)}." if others else ""
    return (
        f"In the group {where} {model} does worst, and was shown to do less well than in all "
        f"other patients: {_difference(row)}.{more}"
    )


def told_subgroups(rows: pd.DataFrame, shipped: Member, *, kind: str) -> list[str]:
    """Sentences: for whom the model was shown to do less well, and of whom nothing is told."""
    own = of_member(rows, shipped)
    if own.empty:
        return []
    worse = own[does_worse(own, kind=kind)]
    lines = [
        f"In the group {_group(row)}, the {KINDS[kind].in_text} is "
        f"{number(row['estimate'])} {interval(row['low'], row['high'])}, "
        f"{_difference(row)} against all others: "
        "the shipped model does less well there."
        for row in worse.to_dict("records")
    ]
    if worse.empty:
        lines.append(
            "In no group was the shipped model shown to do less well than in all others. "
            "Wide intervals leave room for it."
        )
    masked = own[own["estimate"].isna()].to_dict("records")
    if masked:
        names = ", ".join(f"{_group(row)} ({row['reason']})" for row in masked)
        lines.append(f"Of these groups nothing can be told: {names}.")
    return lines


def does_worse(rows: pd.DataFrame, *, kind: str) -> "pd.Series[bool]":
    """Groups in which the model was shown to do less well than in all others."""
    return rows["difference_low"] > 0 if kind == "regression" else rows["difference_high"] < 0


def _group(row: Mapping[Any, Any]) -> str:
    return f"{row['subgroup']}: {row['group']}"


def _difference(row: Mapping[Any, Any]) -> str:
    ends = interval(row["difference_low"], row["difference_high"], signed)
    return f"{signed(row['difference'])} {ends}"
