"""The overview of a study: the verdict on every target on one self-contained page."""

from typing import Any

import pandas as pd

from dxtransfer.report.cells import interval, number, percent, signed, text
from dxtransfer.report.kinds import KINDS
from dxtransfer.report.names import CONTROL, REFERENCE, SIMPLE, TRANSFER, in_sentence, method_name
from dxtransfer.report.templates import render
from dxtransfer.report.verdict_words import HEADLINES

# Room beside the outermost interval, as a share of the axis.
MARGIN = 0.06


def overview(
    verdicts: pd.DataFrame,
    *,
    study: str,
    kind: str,
    transfer: str,
    delta: float,
    level: float,
    source: str,
) -> str:
    """Render the overview.

    Parameters
    ----------
    verdicts
        One row per target: target, verdict, verdict_holm, estimate, low, high, p_difference_holm,
        p_equivalence_holm, patients, shipped.
    study, kind
        Name of the study and kind of its task.
    transfer
        Strategy of the transfer model.
    delta, level
        Smallest difference that matters, and level of the intervals.
    source
        File of the verdicts.

    Returns
    -------
    str
        HTML that refers to the study's other pages alone.
    """
    ends = [0.0, -delta, delta, verdicts["low"].min(), verdicts["high"].max()]
    low, high = min(ends), max(ends)
    room = MARGIN * (high - low)
    axis = (low - room, high + room)
    return render(
        "overview.html.j2",
        study=study,
        words=KINDS[kind],
        delta=f"{delta:g}",
        level=percent(level),
        zero=_at(0, axis),
        matters={"left": _at(-delta, axis), "width": _at(delta, axis) - _at(-delta, axis)},
        rows=[_row(row, axis, transfer=transfer, kind=kind) for row in verdicts.to_dict("records")],
        gain=f"{KINDS[kind].gain} the {CONTROL}",
        counts=verdicts["verdict"].value_counts().to_dict(),
        source=source,
    )


def _row(
    row: dict[str, Any], axis: tuple[float, float], *, transfer: str, kind: str
) -> dict[str, Any]:
    left, right = _at(row["low"], axis), _at(row["high"], axis)
    method, parts = str(row["shipped"]), {REFERENCE[1]: SIMPLE, transfer: TRANSFER}
    headline, tone = HEADLINES[row["verdict"]]
    return {
        "target": str(row["target"]),
        "verdict": headline,
        "tone": tone,
        "holm": HEADLINES[row["verdict_holm"]][0],
        "changed": row["verdict_holm"] != row["verdict"],
        "gain": signed(row["estimate"]),
        "interval": interval(row["low"], row["high"], signed),
        "p": _p(row),
        "patients": text(row["patients"]),
        "shipped": parts.get(method) or in_sentence(method_name(method, kind=kind)),
        "forest": {"left": left, "width": round(right - left, 2), "at": _at(row["estimate"], axis)},
    }


def _p(row: dict[str, Any]) -> str:
    """What Holm's correction left of the p value that the verdict rests on."""
    if row["verdict"] in ("helps", "hurts"):
        return f"p of a difference {number(row['p_difference_holm'], 3)}"
    if row["verdict"] == "makes no difference that matters":
        return f"p of equivalence {number(row['p_equivalence_holm'], 3)}"
    return ""


def _at(value: float, axis: tuple[float, float]) -> float:
    """Place on an axis, in percent of its length."""
    return round(100 * (float(value) - axis[0]) / (axis[1] - axis[0]), 2)
