"""Whether a model's probabilities can be taken at their word, in a sentence."""

import pandas as pd

from dxtransfer.report.cells import interval, known
from dxtransfer.report.looks import of_member
from dxtransfer.report.names import Member


def told_calibration(rows: pd.DataFrame, shipped: Member, *, positive: str) -> str:
    """What slope and calibration in the large say of the positive class of two.

    Parameters
    ----------
    rows
        Table `calibration_summary`: objective, strategy, output, measure, estimate, low, high.
    shipped
        Objective and strategy of the model.
    positive
        The class that is to be detected; empty for other tasks, of which nothing is said.
    """
    own = of_member(rows, shipped)
    found = own[own["output"] == positive].set_index("measure")[["low", "high"]].T
    if not {"slope", "in_the_large"} <= set(found):
        return ""
    slope, large = found["slope"], found["in_the_large"]
    if not all(map(known, [*slope, *large])):
        return ""
    wrong = []
    if slope["low"] > 1:
        wrong.append("they are too timid, too near the share of the class in the cohort")
    if slope["high"] < 1:
        wrong.append("they are too extreme, too near 0 and 1")
    if large["low"] > 0:
        wrong.append(f"they are too low: {positive} is more common than they say")
    if large["high"] < 0:
        wrong.append(f"they are too high: {positive} is less common than they say")
    if wrong:
        return f"Not as they are: {'; and '.join(wrong)}."
    spans = [interval(row["low"], row["high"]) for row in (slope, large)]
    return (
        "Nothing was found against it, as far as these patients tell: slope "
        f"{spans[0]} holds 1, calibration in the large {spans[1]} holds 0."
    )
