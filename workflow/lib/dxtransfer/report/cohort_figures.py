"""Pictures of the cohorts and of the pretraining: from tables to SVG text."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dxtransfer.report.legends import legend_above, legend_columns, shortened
from dxtransfer.report.looks import DASHES, thinned
from dxtransfer.report.names import HELD_OUT_NAMES, OBJECTIVE_NAMES
from dxtransfer.report.svg import BLACK, BLUE, COLOURS, VERMILLION, to_svg

MOST_POINTS = 2000
MOST_COLOURED_COHORTS = 6
MARKERS = ("o", "s", "^", "D", "v", "P")


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
