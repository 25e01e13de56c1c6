"""Tables of the page that tell more of one model: calibration, thresholds, permutations."""

import pandas as pd

from dxtransfer.report.cells import (
    DASH,
    Cell,
    Table,
    change,
    estimate,
    interval,
    known,
    number,
    percent,
    text,
)
from dxtransfer.report.kinds import KINDS
from dxtransfer.report.looks import of_member
from dxtransfer.report.names import CONTROL, SIMPLE, TRANSFER, Member, Models
from dxtransfer.report.tables import strategies_table
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


def calibration_summary_table(rows: pd.DataFrame, shipped: Member, *, source: str) -> Table:
    """Calibration of the shipped model in single numbers, beside what they should be."""
    lines = []
    for row in of_member(rows, shipped).to_dict("records"):
        title, ideal = CALIBRATION.get(str(row["measure"]), (str(row["measure"]), ""))
        lines.append([Cell(title), Cell(text(row["output"])), Cell(ideal), estimate(row)])
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
                *(estimate(reached[m]) if m in reached else Cell(DASH) for m in REACHED),
            ]
        )
    return Table(
        caption="Thresholds of the shipped model, and what they reached",
        columns=["Asked for", "Threshold (lowest, highest)", *REACHED.values()],
        rows=lines,
        source=source,
    )


def permutation_table(rows: pd.DataFrame, models: Models, *, source: str) -> Table:
    """How often permuted outcomes do as well, of every strategy."""
    return strategies_table(
        rows,
        models,
        {
            KINDS[models.kind].title: lambda row: Cell(number(row["estimate"])),
            "With permuted outcomes": lambda row: Cell(
                number(row["null_mean"]), interval(row["null_low"], row["null_high"])
            ),
            "p": lambda row: Cell(
                number(row["p_value"], 4),
                "the least there can be" * (row["p_value"] * (row["permutations"] + 1) < 1.5),
            ),
            "Permutations": lambda row: Cell(text(row["permutations"])),
        },
        caption="Outcomes dealt anew to patients: how often that does as well",
        source=source,
    )


def gains_table(rows: pd.DataFrame, models: Models, *, source: str) -> Table:
    """What each strategy gains over the simple model, corrected for their number."""
    return strategies_table(
        rows,
        models,
        {
            f"Gain, {KINDS[models.kind].title}": lambda row: change(
                row["gain"], row["low"], row["high"], starred=False
            ),
            "p": lambda row: Cell(number(row["p"], 4)),
            "p, corrected (Holm)": lambda row: Cell(number(row["p_holm"], 4)),
        },
        caption=f"Gain over the {SIMPLE} with all labels, above 0 where it is better",
        source=source,
    )


def saved_table(saved: pd.DataFrame, *, source: str) -> Table:
    """What the transfer is worth in labelled patients, at each number of them."""
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
        columns=[
            f"Patients, {TRANSFER}",
            f"Patients, {CONTROL}, for the same value",
            "Worth",
        ],
        rows=lines,
        source=source,
    )
