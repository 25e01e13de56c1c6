"""The pictures that the verdict and the evaluation of the shipped model are told by."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dxtransfer.report.groups import does_worse
from dxtransfer.report.kinds import KINDS
from dxtransfer.report.legends import legend_above, shortened
from dxtransfer.report.looks import DASHES, apart, of_member
from dxtransfer.report.names import CONTROL, REFERENCE, SIMPLE, TRANSFER, Models
from dxtransfer.report.svg import BLACK, BLUE, STYLE, VERMILLION, to_svg

# What a decision curve shows below zero, as a share of what it shows above.
BELOW = 0.35
MOST_OUTPUTS = 3


def evidence(
    tables: Mapping[str, pd.DataFrame],
    models: Models,
    *,
    delta: float,
) -> dict[str, str]:
    """Every picture of the evidence that the tables have rows for.

    Parameters
    ----------
    tables
        `label_efficiency`, `reliability`, `decision_curves` and `subgroups`.
    models
        What the verdict compares, and the shipped model.
    delta
        Smallest difference that matters.

    Returns
    -------
    dict
        Name to SVG.
    """
    own = {
        name: of_member(tables[name], models.shipped)
        for name in ("reliability", "decision_curves", "subgroups")
    }
    drawn = {"verdict": verdict_curves(tables["label_efficiency"], models, delta=delta)}
    if len(own["reliability"]):
        drawn["reliability"] = reliability(own["reliability"])
    if len(own["decision_curves"]):
        drawn["decision_curve"] = decision_curve(own["decision_curves"])
    if len(own["subgroups"]):
        drawn["subgroups"] = subgroups(own["subgroups"], kind=models.kind)
    return drawn


def verdict_curves(table: pd.DataFrame, models: Models, *, delta: float) -> str:
    """Main measure by number of labelled patients, of the three that are compared.

    Transfer and target-only model have bands. The smallest difference that matters is a bar as
    high as it is.
    """
    words = KINDS[models.kind]
    rows = table[table["measure"] == words.measure]
    simple: dict[str, Any] = {"color": BLACK, "linestyle": DASHES[1], "linewidth": 1.4}
    control: dict[str, Any] = {"color": VERMILLION, "linestyle": DASHES[0], "linewidth": 1.8}
    transfer: dict[str, Any] = {"color": BLUE, "linewidth": 2.6}
    parts = [
        (REFERENCE, SIMPLE, simple),
        (models.control, CONTROL, control),
        (models.transfer, TRANSFER, transfer),
    ]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for member, part, look in parts:
            own = of_member(rows, member).dropna(subset="estimate")
            own = own.sort_values("patients")
            if part != SIMPLE:
                band = (own["patients"], own["low"], own["high"])
                axes.fill_between(*band, color=look["color"], alpha=0.13, lw=0)
            look = look | {"marker": "o", "markersize": 3, "label": part.capitalize()}
            axes.plot(own["patients"], own["estimate"], **look)
        axes.set_xscale("log")
        ticks = apart(sorted({float(p) for p in rows["patients"].dropna().round(1)}))
        axes.set_xticks(ticks, [f"{tick:.0f}" for tick in ticks])
        axes.minorticks_off()
        axes.set_xlabel("Labelled patients to learn from (log scale)")
        axes.set_ylabel(words.title)
        _bar_of_delta(axes, delta, at_top=words.measure == "mae")
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles[::-1], labels[::-1], loc="outside upper left", ncols=1)

    label = (
        f"{words.title} against the number of labelled patients: {TRANSFER}, {CONTROL} and "
        f"{SIMPLE}; smallest difference that matters {delta:g}"
    )
    return to_svg(draw, figure_name="verdict", label=label, height=3.9)


def _bar_of_delta(axes: Axes, delta: float, *, at_top: bool) -> None:
    """In the corner that curves leave free: they end high, errors end low."""
    low, high = axes.get_ylim()
    foot = high - 0.05 * (high - low) - delta if at_top else low + 0.05 * (high - low)
    across = axes.get_yaxis_transform()
    place: Any = {"transform": across, "ha": "right", "va": "center", "fontsize": 9}
    look: dict[str, Any] = {"color": BLACK, "transform": across, "clip_on": False}
    axes.plot([0.965, 0.965], [foot, foot + delta], linewidth=5, solid_capstyle="butt", **look)
    axes.set_ylim(low, high)
    axes.text(0.945, foot + delta / 2, f"smallest difference\nthat matters: {delta:g}", **place)


def reliability(rows: pd.DataFrame) -> str:
    """Smooth curve of what was observed by what was predicted, with its band, per output."""
    outputs = list(rows["output"].drop_duplicates())[:MOST_OUTPUTS]
    is_number = outputs == ["prediction"]
    ends = rows[["predicted", "low", "high"]].to_numpy(float)
    low, high = (np.nanmin(ends), np.nanmax(ends)) if is_number else (0, 1)

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, len(outputs), sharey=True, squeeze=False)[0]
        for axes, output in zip(panels, outputs, strict=True):
            own = rows[rows["output"] == output]
            axes.plot([low, high], [low, high], color=BLACK, alpha=0.4, lw=0.8, linestyle=":")
            axes.fill_between(
                own["predicted"], own["low"], own["high"], color=BLUE, alpha=0.16, lw=0
            )
            axes.plot(own["predicted"], own["observed"], color=BLUE, linewidth=2)
            axes.set_aspect("equal")
            if not is_number:
                axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
                axes.set_title(shortened(str(output), 20))
        what = "number" if is_number else "probability"
        panels[0].set_ylabel("Observed" if is_number else "Observed share")
        figure.supxlabel(f"Predicted {what}", fontsize=STYLE["axes.labelsize"])

    label = "Reliability: what was observed against what was predicted, with a band"
    return to_svg(draw, figure_name="reliability", label=label, height=4 - 0.6 * len(outputs))


def decision_curve(rows: pd.DataFrame) -> str:
    """Net benefit by threshold, of the model, of treating everybody and of treating nobody."""
    own = rows.sort_values("threshold")
    highest = float(np.nanmax(own[["high", "treat_all"]].to_numpy(float)))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axhline(0, color=BLACK, linewidth=1.2, linestyle=DASHES[1], label="treat nobody")
        look = {"color": VERMILLION, "linewidth": 1.5, "linestyle": DASHES[0]}
        axes.plot(own["threshold"], own["treat_all"], label="treat everybody", **look)
        axes.fill_between(own["threshold"], own["low"], own["high"], color=BLUE, alpha=0.16, lw=0)
        axes.plot(
            own["threshold"], own["net_benefit"], color=BLUE, linewidth=2.2, label="shipped model"
        )
        axes.set(xlim=(0, 1), ylim=(-BELOW * highest, 1.05 * highest))
        axes.set_xlabel("Probability from which on one would treat")
        axes.set_ylabel("Net benefit (per patient)")
        legend_above(axes)

    label = "Decision curve: net benefit by threshold, of the model, of all and of none"
    return to_svg(draw, figure_name="decision_curve", label=label, height=3.4)


def subgroups(rows: pd.DataFrame, *, kind: str) -> str:
    """Main measure of each group with its interval; a group that is masked has its reason."""
    words = KINDS[kind]
    order = rows.to_dict("records")
    ends = rows[["low", "high"]].to_numpy(float)
    known = not np.isnan(ends).all()
    worse = does_worse(rows, kind=kind).tolist()

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        if known:
            axes.set_xlim(np.nanmin(ends) - 0.03 * np.ptp(ends[~np.isnan(ends)]), np.nanmax(ends))
        for y, row in enumerate(order):
            if np.isnan(row["estimate"]):
                where: Any = {"transform": axes.get_yaxis_transform(), "va": "center"}
                axes.text(0.02, y, str(row["reason"]), fontsize=9, **where)
                continue
            color = VERMILLION if worse[y] else BLUE
            axes.plot([row["low"], row["high"]], [y, y], color=color)
            axes.plot([row["estimate"]], [y], marker="o", markersize=6, color=color)
        names = [f"{row['subgroup']}: {row['group']}" for row in order]
        axes.set_yticks(range(len(order)), [shortened(n, 30) for n in names])
        axes.set_ylim(len(order) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(words.title, loc="right")

    label = f"Dot plot: {words.title} of the shipped model in each group of patients"
    return to_svg(draw, figure_name="subgroups", label=label, height=0.26 * len(order) + 0.75)
