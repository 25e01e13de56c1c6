"""Tables of the page that tell more of one model: calibration, thresholds, groups, permutations."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dxtransfer.report.cells import (
    DASH,
    Cell,
    Table,
    excludes_zero,
    interval,
    known,
    number,
    percent,
    signed,
    text,
)
from dxtransfer.report.kinds import KINDS
from dxtransfer.report.looks import of_member
from dxtransfer.report.names import Member, members_of, name
from dxtransfer.report.verdict_words import worth_ends

# What each number of the calibration is called, and what it is where all is well.
CALIBRATION = {
    "slope": ("Slope", "1; below 1: too extreme, above 1: too timid"),
    "in_the_large": (
        "Calibration in the large, log odds",
        "0; above 0: too low on the whole, below 0: too high",
    ),
    "intercept": ("Intercept", "0"),
    "expected_calibration_error": ("Expected calibration error", "0; chance alone raises it"),
    "observed_less_predicted": ("Observed less predicted", "0"),
}
REACHED = {
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "Right among positive calls",
    "npv": "Right among negative calls",
    "share_called": "Called positive",
}


def _estimate(row: Mapping[str, Any]) -> Cell:
    if not known(row["estimate"]):
        return Cell(DASH, text(row.get("reason")))
    return Cell(number(row["estimate"]), interval(row["low"], row["high"]))


def calibration_summary_table(rows: pd.DataFrame, shipped: Member, *, source: str) -> Table:
    """Calibration of the shipped model in single numbers, beside what they should be."""
    lines = []
    for row in of_member(rows, shipped).to_dict("records"):
        title, ideal = CALIBRATION.get(str(row["measure"]), (str(row["measure"]), ""))
        lines.append([Cell(title), Cell(text(row["output"])), Cell(ideal), _estimate(row)])
    return Table(
        caption="Calibration of the shipped model in numbers",
        columns=["Measure", "Of", "Where all is well", "Found"],
        rows=lines,
        text_columns=3,
        source=source,
    )


def thresholds_table(rows: pd.DataFrame, shipped: Member, *, source: str) -> Table:
    """What thresholds that were chosen inside each fold reached on its test patients."""
    lines = []
    for (asked, value), group in of_member(rows, shipped).groupby(["asked", "value"], sort=False):
        reached = {str(row["measure"]): row for row in group.to_dict("records")}
        first = next(iter(reached.values()))
        low, high = first["threshold_lowest"], first["threshold_highest"]
        lines.append(
            [
                Cell(f"{asked} of {percent(value)}"),
                Cell(number(first["threshold"]), interval(low, high))
                if known(first["threshold"])
                else Cell(DASH, text(first.get("reason"))),
                *(_estimate(reached[m]) if m in reached else Cell(DASH) for m in REACHED),
            ]
        )
    return Table(
        caption="Thresholds of the shipped model, and what they reached",
        columns=["Asked for", "Threshold (lowest, highest)", *REACHED.values()],
        rows=lines,
        source=source,
    )


def subgroups_table(
    rows: pd.DataFrame, shipped: Member, *, source: str, kind: str = "binary"
) -> Table:
    """The main measure in each group, and its difference to all other patients."""
    lines = []
    for row in of_member(rows, shipped).to_dict("records"):
        difference = Cell(DASH)
        if known(row["difference"]):
            ends = {"low": row["difference_low"], "high": row["difference_high"]}
            outside = excludes_zero(ends)
            star = "\N{NO-BREAK SPACE}*" * outside
            difference = Cell(
                signed(row["difference"]) + star,
                interval(ends["low"], ends["high"], signed),
                strong=outside,
            )
        lines.append(
            [
                Cell(f"{row['subgroup']}: {row['group']}"),
                Cell(text(row["patients"])),
                Cell(text(row["events"])),
                _estimate(row),
                difference,
            ]
        )
    return Table(
        caption="Groups of patients, shipped model",
        columns=[
            *("Group", "Patients", "Of them with the outcome", KINDS[kind].title),
            "Difference to all others",
        ],
        rows=lines,
        source=source,
        remark="A star marks intervals that exclude 0; among many groups, some do by chance.",
    )


def told_subgroups(rows: pd.DataFrame, shipped: Member, *, kind: str) -> list[str]:
    """Sentences: for whom the model was shown to do less well, and of whom nothing is told."""
    own = of_member(rows, shipped)
    if own.empty:
        return []
    worse = own[does_worse(own, kind=kind)]
    lines = [
        f"In the group {row['subgroup']}: {row['group']}, the {KINDS[kind].in_text} is "
        f"{number(row['estimate'])} {interval(row['low'], row['high'])}, "
        f"{signed(row['difference'])} "
        f"{interval(row['difference_low'], row['difference_high'], signed)} against all others: "
        "the model does less well there."
        for row in worse.to_dict("records")
    ]
    if worse.empty:
        lines.append(
            "In no group was the model shown to do less well than in all others. "
            "Wide intervals leave room for it."
        )
    masked = own[own["estimate"].isna()]
    if len(masked):
        names = ", ".join(
            f"{r['subgroup']}: {r['group']} ({r['reason']})" for r in masked.to_dict("records")
        )
        lines.append(f"Of these groups nothing can be told: {names}.")
    return lines


def does_worse(rows: pd.DataFrame, *, kind: str) -> "pd.Series[bool]":
    """Groups in which the model was shown to do less well than in all others."""
    return rows["difference_low"] > 0 if kind == "regression" else rows["difference_high"] < 0


def permutation_table(
    rows: pd.DataFrame, marks: Mapping[Member, str], *, source: str, kind: str
) -> Table:
    """How often permuted outcomes do as well, of every strategy."""
    lines = []
    for member in members_of(rows):
        row = of_member(rows, member).iloc[0].to_dict()
        lines.append(
            [
                Cell(name(member, kind=kind), marks.get(member, ""), strong=member in marks),
                Cell(number(row["estimate"])),
                Cell(number(row["null_mean"]), interval(row["null_low"], row["null_high"])),
                Cell(number(row["p_value"], 4)),
                Cell(text(row["permutations"])),
            ]
        )
    return Table(
        caption="Outcomes dealt anew to patients: how often that does as well",
        columns=["Strategy", KINDS[kind].title, "With permuted outcomes", "p", "Permutations"],
        rows=lines,
        source=source,
    )


def gains_table(
    rows: pd.DataFrame, marks: Mapping[Member, str], *, source: str, kind: str
) -> Table:
    """What each strategy gains over the reference, corrected for their number."""
    lines = []
    for member in members_of(rows):
        row = of_member(rows, member).iloc[0].to_dict()
        lines.append(
            [
                Cell(name(member, kind=kind), marks.get(member, ""), strong=member in marks),
                Cell(signed(row["gain"]), interval(row["low"], row["high"], signed)),
                Cell(number(row["p"], 4)),
                Cell(number(row["p_holm"], 4)),
            ]
        )
    return Table(
        caption="Gain over the reference with all labels, above 0 where it is better",
        columns=["Strategy", f"Gain, {KINDS[kind].title}", "p", "p, corrected (Holm)"],
        rows=lines,
        source=source,
    )


def saved_table(saved: pd.DataFrame, *, source: str) -> Table:
    """What the transfer is worth in labelled patients, at each budget."""
    lines = []
    for row in saved.to_dict("records"):
        low, high = worth_ends(
            row, least=float(saved["patients"].min()), most=float(saved["patients"].max())
        )
        worth = number(row["saved"], 0) if known(row["saved"]) else f"more than {row['beyond']:.0f}"
        needed = number(row["needed"], 0) if known(row["needed"]) else "not reached"
        amount = Cell(worth, f"[{low if low == high else f'{low}, {high}'}]")
        if row["beyond"] == 0:
            amount = Cell(DASH, "there are no more patients to compare with")
        every = " (all)" * (str(row["budget"]) == "all")
        lines.append([Cell(f"{row['patients']:.3g}{every}"), Cell(needed), amount])
    return Table(
        caption="Labelled patients that the transfer is worth",
        columns=["Patients, with transfer", "Patients, without, for the same value", "Worth"],
        rows=lines,
        source=source,
    )
