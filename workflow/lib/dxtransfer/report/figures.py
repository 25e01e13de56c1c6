"""The pictures of the report, one function each, from tables to SVG text.

Every picture is 4.2 inches wide with text of 9 to 10 points, so that it stays readable at the width
of a phone. Text stays text, black is `currentColor` and the background is transparent, so that a
page in dark mode only has to set a colour. The same tables give the same bytes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dxtransfer.report.kinds import KINDS
from dxtransfer.report.legends import legend_above, legend_columns, shortened
from dxtransfer.report.names import (
    HELD_OUT_NAMES,
    OBJECTIVE_NAMES,
    REFERENCE,
    Member,
    chosen,
    members_of,
    name,
    short_name,
)
from dxtransfer.report.svg import BLACK, BLUE, COLOURS, STYLE, VERMILLION, to_svg

MOST_POINTS = 2000


MOST_COLOURED_COHORTS = 6


MARKERS = ("o", "s", "^", "D", "v", "P")


DASHES: tuple[Any, ...] = ((0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (3, 1)))


def strategies(metrics: pd.DataFrame, *, shipped: Member, kind: str = "binary") -> str:
    """Dot plot of every strategy's main measure with its interval, at budget all."""
    words = KINDS[kind]
    rows = _at_all(metrics[metrics["measure"] == words.measure])
    order = members_of(rows)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        if words.chance is not None:
            axes.axvline(words.chance, color=BLACK, alpha=0.3, linewidth=0.8)
        for y, member in enumerate(order):
            row = of_member(rows, member).iloc[0]
            look = _dot(member, shipped)
            if member == REFERENCE:
                axes.axvline(row["estimate"], color=BLACK, alpha=0.6, linewidth=0.8, linestyle=":")
            axes.plot([row["low"], row["high"]], [y, y], color=look["color"], alpha=look["alpha"])
            axes.plot([row["estimate"]], [y], linestyle="none", **look)
        axes.set_yticks(range(len(order)), [name(m, kind=kind) for m in order])
        axes.set_ylim(len(order) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        if words.chance is not None:
            lowest = min(0.45, float(np.nanmin(rows["low"].to_numpy(float))) - 0.02)
            axes.set_xlim(max(0.0, lowest), 1.005)
        # long names leave a narrow axis; the label may reach to its left
        axes.set_xlabel(words.axis, loc="right")
        for member, text in ((shipped, "shipped model"), (REFERENCE, "reference")):
            axes.plot([], [], linestyle="none", label=text, **_dot(member, shipped))
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


def roc(curves: pd.DataFrame, *, shipped: Member) -> str:
    """ROC curves, averaged over folds and repeats, at budget all."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=BLACK, alpha=0.35, linewidth=0.8, linestyle=":")
        _curves(axes, curves[curves["curve"] == "roc"], shipped=shipped)
        axes.set_xlabel("False positive rate (1 \N{MINUS SIGN} specificity)")
        axes.set_ylabel("True positive rate (sensitivity)")

    label = "ROC curves: true positive rate against false positive rate"
    return to_svg(draw, figure_name="roc", label=label, height=4.3)


def pr(curves: pd.DataFrame, *, shipped: Member, prevalence: float | None) -> str:
    """Precision-recall curves, averaged over folds and repeats, at budget all.

    `prevalence` is the share of the positive class, the precision of chance; None for several
    classes.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        if prevalence is not None:
            axes.axhline(prevalence, color=BLACK, alpha=0.35, linewidth=0.8, linestyle=":")
        _curves(axes, curves[curves["curve"] == "pr"], shipped=shipped)
        axes.set_xlabel("Recall (sensitivity)")
        axes.set_ylabel("Precision (positive predictive value)")

    label = "Precision-recall curves: precision against recall"
    return to_svg(draw, figure_name="pr", label=label, height=4.3)


def label_efficiency(table: pd.DataFrame, *, shipped: Member, kind: str = "binary") -> str:
    """Main measure by number of labelled patients, with bands for the two that are compared."""
    words = KINDS[kind]
    rows = table[table["measure"] == words.measure]
    order = chosen(rows, shipped=shipped)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        ends = []
        for member in order:
            own = of_member(rows, member).dropna(subset="estimate").sort_values("patients")
            if own.empty:
                continue
            look = _line(member, order, shipped)
            axes.plot(own["patients"], own["estimate"], marker="o", markersize=3.2, **look)
            if member in (shipped, REFERENCE):
                band = (own["patients"], own["low"], own["high"])
                axes.fill_between(*band, color=look["color"], alpha=0.13, linewidth=0)
            ends.append((float(own["estimate"].iloc[-1]), short_name(member, kind=kind)))
        axes.set_xscale("log")
        ticks = _apart(sorted({float(p) for p in rows["patients"].dropna().round(1)}))
        axes.set_xticks(ticks, [f"{tick:.0f}" for tick in ticks])
        axes.minorticks_off()
        axes.set_xlabel("Labelled patients in training (log scale)")
        axes.set_ylabel(words.title)
        _label_ends(axes, x=ticks[-1], ends=ends)

    label = f"{words.title} against the number of labelled target patients"
    return to_svg(draw, figure_name="label_efficiency", label=label, height=3.3)


def calibration(table: pd.DataFrame, *, shipped: Member, positive: str) -> str:
    """Predicted probability against the observed share, shipped model beside the reference.

    `positive` is the class, or what is said in its place.
    """
    present = members_of(table)
    order = [m for m in dict.fromkeys((shipped, REFERENCE)) if m in present]

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, len(order), sharey=True, squeeze=False)[0]
        for axes, member in zip(panels, order, strict=True):
            rows = of_member(table, member).sort_values("bin")
            middle = rows["observed"].to_numpy(float)
            ends = rows[["low", "high"]].to_numpy(float).T
            # An interval need not enclose a share of 0 or 1 to the last digit.
            spread = np.clip([middle - ends[0], ends[1] - middle], 0, None)
            look = _dot(member, shipped)
            axes.plot([0, 1], [0, 1], color=BLACK, alpha=0.35, linewidth=0.8, linestyle=":")
            axes.errorbar(rows["predicted"], middle, yerr=spread, linewidth=1.2, **look)
            axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), aspect="equal")
            axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
            axes.set_title(short_name(member))
        panels[0].set_ylabel("Observed share")
        figure.supxlabel(f"Predicted probability of {positive}", fontsize=STYLE["axes.labelsize"])

    label = f"Calibration: observed share against predicted probability of {positive}"
    return to_svg(draw, figure_name="calibration", label=label, height=2.6)


def loss(history: Mapping[str, pd.DataFrame]) -> str:
    """Learning curves of pretraining, one panel per objective; explained variance for pca."""
    order = [o for o in OBJECTIVE_NAMES if o in history]
    order += sorted(set(history) - set(order))

    def draw(figure: Figure) -> None:
        panels = figure.subplots(len(order), 1, squeeze=False)[:, 0]
        for axes, objective in zip(panels, order, strict=True):
            axes.set_title(OBJECTIVE_NAMES.get(objective, objective), loc="left")
            if "kept" in history[objective].columns:
                _held_out(axes, history[objective])
            elif "component" in history[objective].columns:
                _explained(axes, history[objective])
            else:
                _losses(axes, history[objective])

    label = (
        "Pretraining: loss on the source by epoch, explained variance by component, and how "
        "well linear models rank source cohorts that were held out"
    )
    return to_svg(draw, figure_name="loss", label=label, height=1.95 * len(order))


def cohorts_pca(points: pd.DataFrame) -> str:
    """First two principal components of the source, with every cohort projected on them.

    `points` has the columns cohort, role, sample, pc1, pc2. Up to six cohorts have a colour each;
    more are coloured by role. Of more than `MOST_POINTS` samples, an evenly spaced share of each
    cohort is drawn.
    """
    by = "cohort" if points["cohort"].nunique() <= MOST_COLOURED_COHORTS else "role"
    most = max(20, MOST_POINTS // max(1, points["cohort"].nunique()))
    drawn = pd.concat([thinned(rows, most) for _, rows in points.groupby("cohort", sort=False)])

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for i, (group, rows) in enumerate(drawn.groupby(by, sort=False)):
            total = int((points[by] == group).sum())
            axes.plot(
                rows["pc1"],
                rows["pc2"],
                linestyle="none",
                marker=MARKERS[i % len(MARKERS)],
                markersize=3.6,
                alpha=0.65,
                markeredgewidth=0,
                color=(*COLOURS, BLACK)[i % MOST_COLOURED_COHORTS],
                label=f"{shortened(str(group), 26)} (n = {total})",
            )
        axes.set_xlabel("PC1 of the source (no unit)")
        axes.set_ylabel("PC2 of the source (no unit)")
        legend_above(axes)

    widest = max(len(str(group)) for group in points[by].unique())
    rows_of_legend = -(-points[by].nunique() // legend_columns(widest + len(" (n = 999)")))
    label = "Scatter plot: samples of every cohort in the first two components of the source"
    return to_svg(draw, figure_name="cohorts_pca", label=label, height=3.4 + 0.18 * rows_of_legend)


def qc(summary: pd.DataFrame) -> str:
    """Share of the samples kept and left out, one bar per cohort.

    `summary` has the columns cohort, samples_delivered, samples_kept.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        delivered = summary["samples_delivered"].to_numpy(float)
        share = 100 * summary["samples_kept"].to_numpy(float) / np.maximum(delivered, 1)
        y = np.arange(len(summary))
        axes.barh(y, share, height=0.55, color=BLUE, label="kept")
        axes.barh(y, 100 - share, left=share, height=0.55, color=VERMILLION, label="left out")
        for i, row in enumerate(summary.itertuples()):
            counts = f"{int(row.samples_kept)} of {int(row.samples_delivered)}"
            axes.text(102, i, counts, va="center")
        axes.set_yticks(y, [shortened(str(c), 20) for c in summary["cohort"]])
        axes.set_ylim(len(summary) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlim(0, 100)
        axes.set_xlabel("Samples (% of those delivered)")
        legend_above(axes)

    label = "Bars: share of samples kept and left out by quality control, per cohort"
    return to_svg(draw, figure_name="qc", label=label, height=0.26 * len(summary) + 0.95)


def _at_all(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["budget"].astype(str) == "all"]


def of_member(rows: pd.DataFrame, member: Member) -> pd.DataFrame:
    """Rows of a strategy."""
    return rows[(rows["objective"] == member[0]) & (rows["strategy"] == member[1])]


def thinned(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most so many rows, evenly spaced."""
    if len(rows) <= most:
        return rows
    return rows.iloc[np.linspace(0, len(rows) - 1, most).round().astype(int)]


def _apart(ticks: Sequence[float]) -> list[float]:
    """Ticks whose labels cannot touch on a log axis; the largest always stays."""
    kept: list[float] = []
    for tick in reversed(ticks):
        if not kept or kept[0] / tick > 1.25:
            kept.insert(0, tick)
    return kept


def _dot(member: Member, shipped: Member) -> dict[str, Any]:
    if member == shipped:
        return {"color": BLUE, "marker": "o", "alpha": 1.0, "markersize": 6.5}
    if member == REFERENCE:
        return {"color": BLACK, "marker": "D", "alpha": 1.0, "markersize": 5}
    return {"color": BLACK, "marker": "o", "alpha": 0.55, "markersize": 4.5}


def _line(member: Member, order: Sequence[Member], shipped: Member) -> dict[str, Any]:
    if member == shipped:
        return {"color": BLUE, "linewidth": 2.4, "zorder": 3}
    if member == REFERENCE:
        return {"color": BLACK, "linewidth": 1.6, "zorder": 2.5}
    others = [m for m in order if m not in (shipped, REFERENCE)]
    i = others.index(member)
    return {"color": COLOURS[1:][i % 4], "linestyle": DASHES[i % 4], "linewidth": 1.4}


def _curves(axes: Axes, rows: pd.DataFrame, *, shipped: Member) -> None:
    order = chosen(rows, shipped=shipped)
    for member in order:
        own = of_member(rows, member).sort_values("x", kind="stable")
        mark = " (shipped)" if member == shipped else ""
        look = _line(member, order, shipped)
        axes.plot(own["x"], own["y"], label=short_name(member) + mark, **look)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    legend_above(axes)


def _label_ends(axes: Axes, *, x: float, ends: Sequence[tuple[float, str]]) -> None:
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


def _losses(axes: Axes, rows: pd.DataFrame) -> None:
    axes.plot(rows["epoch"], rows["train_loss"], color=BLUE, label="training")
    validation = {"color": VERMILLION, "linestyle": DASHES[0], "label": "validation"}
    axes.plot(rows["epoch"], rows["validation_loss"], **validation)
    best = rows.loc[rows["best"].astype(str) == "yes", "epoch"]
    if len(best):
        axes.axvline(best.iloc[-1], color=BLACK, alpha=0.6, linewidth=0.8, linestyle=":")
        look: dict[str, Any] = {"textcoords": "offset points", "va": "top", "fontsize": 9}
        xy = (best.iloc[-1], 1.0)
        axes.annotate("best", xy, (3, -2), xycoords=("data", "axes fraction"), **look)
    axes.set_xlabel("Epoch")
    axes.set_ylabel("Loss (no unit)")
    axes.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 0.98), borderaxespad=0)


def _held_out(axes: Axes, rows: pd.DataFrame) -> None:
    numbers, kept = range(1, len(rows) + 1), rows["kept"] == 1
    measure = next(name for name in HELD_OUT_NAMES if name in rows.columns)
    axes.vlines(numbers, 0.5, rows[measure], color=BLUE, linewidth=0.8)
    colours = [BLUE if own else "white" for own in kept]
    axes.scatter(numbers, rows[measure], c=colours, edgecolors=BLUE, s=18, zorder=3)
    axes.set_xlabel("Linear model (filled: averaged)")
    axes.set_ylabel(f"{HELD_OUT_NAMES[measure]}, held out")


def _explained(axes: Axes, rows: pd.DataFrame) -> None:
    cumulative = 100 * rows["explained_variance_ratio"].cumsum()
    axes.plot(rows["component"], cumulative, color=BLUE, marker="o", markersize=2.6)
    axes.set_ylim(0, None)
    axes.set_xlabel("Components")
    axes.set_ylabel("Variance (%)")
