"""How a strategy looks in every picture, and names beside the ends of curves."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dxtransfer.report.names import REFERENCE, Member
from dxtransfer.report.svg import BLACK, BLUE, COLOURS

DASHES: tuple[Any, ...] = ((0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (3, 1)))


def of_member(rows: pd.DataFrame, member: Member) -> pd.DataFrame:
    """Rows of a strategy."""
    return rows[(rows["objective"] == member[0]) & (rows["strategy"] == member[1])]


def thinned(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most so many rows, evenly spaced."""
    if len(rows) <= most:
        return rows
    return rows.iloc[np.linspace(0, len(rows) - 1, most).round().astype(int)]


def dot(member: Member, shipped: Member) -> dict[str, Any]:
    """Marker of a strategy: the shipped one is blue, the simple one a diamond."""
    if member == shipped:
        return {"color": BLUE, "marker": "o", "alpha": 1.0, "markersize": 6.5}
    if member == REFERENCE:
        return {"color": BLACK, "marker": "D", "alpha": 1.0, "markersize": 5}
    return {"color": BLACK, "marker": "o", "alpha": 0.55, "markersize": 4.5}


def line(member: Member, order: Sequence[Member], shipped: Member) -> dict[str, Any]:
    """Line of a strategy: the shipped one is blue, the simple one black, others by their place."""
    if member == shipped:
        return {"color": BLUE, "linewidth": 2.4, "zorder": 3}
    if member == REFERENCE:
        return {"color": BLACK, "linewidth": 1.6, "zorder": 2.5}
    others = [m for m in order if m not in (shipped, REFERENCE)]
    i = others.index(member)
    return {"color": COLOURS[1:][i % 4], "linestyle": DASHES[i % 4], "linewidth": 1.4}


def label_ends(axes: Axes, *, x: float, ends: Sequence[tuple[float, str]]) -> None:
    """Write each name beside the end of its curve, pushed apart where two would overlap."""
    pointer = {"arrowstyle": "-", "color": BLACK, "alpha": 0.35, "linewidth": 0.6}
    pointer |= {"relpos": (0, 0.5), "shrinkA": 1, "shrinkB": 3}
    low, high = axes.get_ylim()
    gap = 0.062 * (high - low)
    heights: list[float] = []
    for value, _ in sorted(ends):
        heights.append(max(value, heights[-1] + gap) if heights else value)
    # What was pushed up beyond the axes comes down again as one block.
    surplus = max(0.0, heights[-1] - high)
    for i in reversed(range(len(heights))):
        ceiling = heights[i + 1] - gap if i + 1 < len(heights) else heights[i] - surplus
        heights[i] = min(heights[i], ceiling)
    for (value, text), height in zip(sorted(ends), heights, strict=True):
        axes.annotate(
            text,
            xy=(x, value),
            xytext=(x * 1.16, height),
            va="center",
            fontsize=9,
            annotation_clip=False,
            arrowprops=pointer,
        )


def apart(ticks: Sequence[float]) -> list[float]:
    """Ticks whose labels cannot touch on a log axis; the largest always stays."""
    kept: list[float] = []
    for tick in reversed(ticks):
        if not kept or kept[0] / tick > 1.25:
            kept.insert(0, tick)
    return kept
