"""The pictures of the report, one function each, from tables to SVG text.

Every picture is 4.2 inches wide with text of 9 to 10 points, so that it stays readable at the width
of a phone. Text stays text, black is `currentColor` and the background is transparent, so that a
page in dark mode only has to set a colour. The same tables give the same bytes.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dxtransfer.report.kinds import KINDS
from dxtransfer.report.legends import legend_above
from dxtransfer.report.looks import apart, dot, label_ends, line, of_member
from dxtransfer.report.names import REFERENCE, SIMPLE, Models, chosen, members_of
from dxtransfer.report.svg import BLACK, STYLE, to_svg


def strategies(metrics: pd.DataFrame, models: Models) -> str:
    """Dot plot of every strategy's main measure with its interval, at budget all."""
    words, shipped = KINDS[models.kind], models.shipped
    rows = _at_all(metrics[metrics["measure"] == words.measure])
    order = members_of(rows)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        if words.chance is not None:
            axes.axvline(words.chance, color=BLACK, alpha=0.3, linewidth=0.8)
        for y, member in enumerate(order):
            row = of_member(rows, member).iloc[0]
            look = dot(member, shipped)
            if member == REFERENCE:
                axes.axvline(row["estimate"], color=BLACK, alpha=0.6, linewidth=0.8, linestyle=":")
            axes.plot([row["low"], row["high"]], [y, y], color=look["color"], alpha=look["alpha"])
            axes.plot([row["estimate"]], [y], linestyle="none", **look)
        axes.set_yticks(range(len(order)), [models.title(m) for m in order])
        axes.set_ylim(len(order) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        if words.chance is not None:
            lowest = min(0.45, float(np.nanmin(rows["low"].to_numpy(float))) - 0.02)
            axes.set_xlim(max(0.0, lowest), 1.005)
        # long names leave a narrow axis; the label may reach to its left
        axes.set_xlabel(words.axis, loc="right")
        marked = {shipped: "shipped model", REFERENCE: SIMPLE}
        if shipped == REFERENCE:
            marked = {shipped: f"shipped: the {SIMPLE}"}
        for member, text in marked.items():
            axes.plot([], [], linestyle="none", label=text, **dot(member, shipped))
        if words.chance is None:
            # any corner may hold a dot
            figure.legend(ncols=2, loc="outside upper center")
        else:
            axes.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2)

    return to_svg(
        draw,
        figure_name="strategies",
        label=f"Dot plot: {words.title} of every strategy with its interval, all labelled patients "
        "used",
        height=0.23 * len(order) + 0.85,
    )


def roc(curves: pd.DataFrame, models: Models) -> str:
    """ROC curves, averaged over folds and repeats, at budget all."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=BLACK, alpha=0.35, linewidth=0.8, linestyle=":")
        _curves(axes, curves[curves["curve"] == "roc"], models)
        axes.set_xlabel("False positive rate (1 \N{MINUS SIGN} specificity)")
        axes.set_ylabel("True positive rate (sensitivity)")

    label = "ROC curves: true positive rate against false positive rate"
    return to_svg(draw, figure_name="roc", label=label, height=4.3)


def pr(curves: pd.DataFrame, models: Models, *, prevalence: float | None) -> str:
    """Precision-recall curves, averaged over folds and repeats, at budget all.

    `prevalence` is the share of the positive class, the precision of chance; None for several
    classes.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        if prevalence is not None:
            axes.axhline(prevalence, color=BLACK, alpha=0.35, linewidth=0.8, linestyle=":")
        _curves(axes, curves[curves["curve"] == "pr"], models)
        axes.set_xlabel("Recall (sensitivity)")
        axes.set_ylabel("Precision (positive predictive value)")

    label = "Precision-recall curves: precision against recall"
    return to_svg(draw, figure_name="pr", label=label, height=4.3)


def label_efficiency(table: pd.DataFrame, models: Models) -> str:
    """Main measure by number of labelled patients, with bands for the two that are compared."""
    words, shipped = KINDS[models.kind], models.shipped
    rows = table[table["measure"] == words.measure]
    order = chosen(rows, shipped=shipped)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        ends = []
        for member in order:
            own = of_member(rows, member).dropna(subset="estimate").sort_values("patients")
            if own.empty:
                continue
            look = line(member, order, shipped)
            axes.plot(own["patients"], own["estimate"], marker="o", markersize=3.2, **look)
            if member in (shipped, REFERENCE):
                band = (own["patients"], own["low"], own["high"])
                axes.fill_between(*band, color=look["color"], alpha=0.13, linewidth=0)
            ends.append((float(own["estimate"].iloc[-1]), models.short(member)))
        axes.set_xscale("log")
        ticks = apart(sorted({float(p) for p in rows["patients"].dropna().round(1)}))
        axes.set_xticks(ticks, [f"{tick:.0f}" for tick in ticks])
        axes.minorticks_off()
        axes.set_xlabel("Labelled patients in training (log scale)")
        axes.set_ylabel(words.title)
        label_ends(axes, x=ticks[-1], ends=ends)

    label = f"{words.title} against the number of labelled target patients"
    return to_svg(draw, figure_name="label_efficiency", label=label, height=3.3)


def calibration(table: pd.DataFrame, models: Models, *, positive: str) -> str:
    """Predicted probability against the observed share, shipped model beside the simple one.

    `positive` is the class, or what is said in its place.
    """
    order = models.shipped_and_simple(table)

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, len(order), sharey=True, squeeze=False)[0]
        for axes, member in zip(panels, order, strict=True):
            rows = of_member(table, member).sort_values("bin")
            middle = rows["observed"].to_numpy(float)
            ends = rows[["low", "high"]].to_numpy(float).T
            # An interval need not enclose a share of 0 or 1 to the last digit.
            spread = np.clip([middle - ends[0], ends[1] - middle], 0, None)
            look = dot(member, models.shipped)
            axes.plot([0, 1], [0, 1], color=BLACK, alpha=0.35, linewidth=0.8, linestyle=":")
            axes.errorbar(rows["predicted"], middle, yerr=spread, linewidth=1.2, **look)
            axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
            axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
            axes.set_title(models.short(member))
        panels[0].set_ylabel("Observed share")
        figure.supxlabel(f"Predicted probability of {positive}", fontsize=STYLE["axes.labelsize"])

    label = f"Calibration: observed share against predicted probability of {positive}"
    return to_svg(draw, figure_name="calibration", label=label, height=2.6)


def _at_all(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["budget"].astype(str) == "all"]


def _curves(axes: Axes, rows: pd.DataFrame, models: Models) -> None:
    order = chosen(rows, shipped=models.shipped)
    for member in order:
        own = of_member(rows, member).sort_values("x", kind="stable")
        mark = " (shipped)" if member == models.shipped else ""
        look = line(member, order, models.shipped)
        axes.plot(own["x"], own["y"], label=models.short(member) + mark, **look)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    legend_above(axes)
