"""Cells and tables of the page, and how a value is written for people."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

DASH = "\N{EN DASH}"


@dataclass(frozen=True)
class Cell:
    """One cell: its text, a smaller line below it, and whether it stands out."""

    text: str
    note: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Table:
    """A table as the template draws it; the first cell of a row is its header."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    text_columns: int = 1
    source: str = ""
    remark: str = ""


def number(value: Any, digits: int = 2) -> str:
    """`0.86`; a dash where there is no number."""
    if not known(value):
        return DASH
    return f"{float(value):.{digits}f}".replace("-", "\N{MINUS SIGN}")


def signed(value: Any) -> str:
    """`+0.08`; with more digits where two would hide on which side of 0 a number lies."""
    if not known(value):
        return DASH
    number = float(value)
    digits = next((d for d in (2, 3, 4) if round(abs(number), d) > 0), 4) if number else 2
    return f"{number:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def percent(value: Any) -> str:
    """Three digits of a share, as a percentage."""
    return f"{100 * float(value):.3g}%" if known(value) else DASH


def text(value: Any) -> str:
    """Tell a cell as text; missing cells are empty and whole numbers have no decimals."""
    if isinstance(value, str):
        return value
    if not known(value):
        return ""
    number = float(value)
    return f"{number:,.0f}" if number.is_integer() else f"{number:.3g}"


def known(value: Any) -> bool:
    """Whether there is a value at all."""
    return value is not None and value != "" and not math.isnan(float(value))


def interval(low: Any, high: Any, show: Any = number) -> str:
    """Both ends in brackets."""
    return f"[{show(low)}, {show(high)}]"


def excludes_zero(row: Mapping[str, Any] | pd.Series) -> bool:
    """Whether an interval lies on one side of 0."""
    return bool(row["low"] > 0 or row["high"] < 0)


def estimate(row: Mapping[str, Any]) -> Cell:
    """An estimate above its interval; where there is none, a dash and the reason, if any."""
    if not known(row["estimate"]):
        return Cell(DASH, text(row.get("reason")))
    return Cell(number(row["estimate"]), interval(row["low"], row["high"]))


def change(value: Any, low: Any, high: Any, *, starred: bool = True) -> Cell:
    """A difference above its interval; it stands out, with a star, where that excludes 0."""
    if not known(value):
        return Cell(DASH)
    outside = starred and excludes_zero({"low": low, "high": high})
    star = "\N{NO-BREAK SPACE}*" * outside
    return Cell(signed(value) + star, interval(low, high, signed), strong=outside)


def cut(total: int, most: int, what: str = "rows") -> str:
    """A note where a table stops early."""
    if total <= most:
        return ""
    return f"The first {most:,} of {total:,} {what} are shown; the file has them all."
