"""The pictures of the report, one function each, from tables to SVG text.

Every picture is 4.2 inches wide with text of 9 to 10 points, so that it stays readable at the width
of a phone. Text stays text, black is `currentColor` and the background is transparent, so that a
page in dark mode only has to set a colour. The same tables give the same bytes.
"""

import io
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Member = tuple[str, str]
"""Objective and strategy, as in the tables of the evaluation."""

REFERENCE: Member = ("none", "logistic_l2")
STRATEGY_NAMES = {
    "majority": "Majority class",
    "logistic_l2": "L2 logistic",
    "random_forest": "Random forest",
    "from_scratch": "From scratch",
    "source_only": "Source only",
    "linear_probe": "Linear probe",
    "full_finetune": "Full fine-tuning",
    "scalar_mix": "Scalar mix",
}
OBJECTIVE_NAMES = {"none": "", "pca": "PCA", "masked": "masked", "supervised": "supervised"}

WIDTH = 4.2
MOST_CURVES = 5
MOST_POINTS = 2000
MOST_COLOURED_COHORTS = 6

# Okabe & Ito's colours for the colour blind; their orange is darkened so that each colour keeps a
# contrast of 3 on a white and on a dark page. Black becomes currentColor.
BLACK = "#000000"
BLUE, VERMILLION, GREEN, PURPLE, ORANGE = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b87f00"
PALETTE = {
    **{"blue": BLUE, "vermillion": VERMILLION, "green": GREEN, "purple": PURPLE},
    "orange": ORANGE,
}
COLOURS = tuple(PALETTE.values())
MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES: tuple[Any, ...] = ((0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (3, 1)))

# matplotlib types its settings by their names, which change between releases.
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "dxtransfer",
    # A cohort called `$a$` is a name, not a formula.
    "text.parse_math": False,
    "font.size": 9.5,
    "axes.labelsize": 9.5,
    "axes.titlesize": 9.5,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "lines.linewidth": 1.5,
    "lines.markersize": 4.5,
}
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"


def name(member: Member) -> str:
    """Name of a strategy for people, with its pretraining objective where it has one."""
    objective = OBJECTIVE_NAMES.get(member[0], member[0])
    return f"{short_name(member)} · {objective}" if objective else short_name(member)


def short_name(member: Member) -> str:
    """Name of a strategy for people, without its objective."""
    return STRATEGY_NAMES.get(member[1], member[1])


def ordered(members: Iterable[Member]) -> list[Member]:
    """Strategies in the order of every table and picture: by kind, never by result."""
    strategies, objectives = list(STRATEGY_NAMES), list(OBJECTIVE_NAMES)

    def rank(member: Member) -> tuple[int, str, int, str]:
        objective, strategy = member
        return (
            strategies.index(strategy) if strategy in strategies else len(strategies),
            strategy,
            objectives.index(objective) if objective in objectives else len(objectives),
            objective,
        )

    return sorted(set(members), key=rank)


def members_of(table: pd.DataFrame) -> list[Member]:
    """Strategies that a table of the evaluation holds, in the fixed order."""
    pairs = table[["objective", "strategy"]].drop_duplicates()
    return ordered(zip(pairs["objective"], pairs["strategy"], strict=True))


def chosen(table: pd.DataFrame, *, shipped: Member) -> list[Member]:
    """Strategies whose curves are drawn, picked by kind before any result is seen.

    In this order, at most `MOST_CURVES`, those which the table holds: the shipped one, the
    reference, the network from scratch, then source only, linear probe, scalar mix and full
    fine-tuning with the objective of the shipped model (for a model without one: supervised,
    masked or pca, whichever comes first), and the random forest.
    """
    present = members_of(table)
    objective = shipped[0]
    if objective == "none":
        held = {o for o, _ in present}
        objective = next((o for o in ("supervised", "masked", "pca") if o in held), "none")
    transfer = ("source_only", "linear_probe", "scalar_mix", "full_finetune")
    wanted = [
        shipped,
        REFERENCE,
        ("none", "from_scratch"),
        *((objective, strategy) for strategy in transfer),
        ("none", "random_forest"),
    ]
    return [m for m in dict.fromkeys(wanted) if m in present][:MOST_CURVES]


def strategies(metrics: pd.DataFrame, *, shipped: Member) -> str:
    """Dot plot of the AUROC of every strategy with its interval, at budget all."""
    rows = _at_all(metrics[metrics["measure"] == "auroc"])
    order = members_of(rows)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(0.5, color=BLACK, alpha=0.3, linewidth=0.8)
        for y, member in enumerate(order):
            row = _of(rows, member).iloc[0]
            look = _dot(member, shipped)
            if member == REFERENCE:
                axes.axvline(row["estimate"], color=BLACK, alpha=0.6, linewidth=0.8, linestyle=":")
            axes.plot([row["low"], row["high"]], [y, y], color=look["color"], alpha=look["alpha"])
            axes.plot([row["estimate"]], [y], linestyle="none", **look)
        axes.set_yticks(range(len(order)), [name(m) for m in order])
        axes.set_ylim(len(order) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        lowest = min(0.45, float(np.nanmin(rows["low"].to_numpy(float))) - 0.02)
        axes.set_xlim(max(0.0, lowest), 1.005)
        axes.set_xlabel("AUROC (0.5 = chance, 1 = perfect)")
        for member, text in ((shipped, "shipped model"), (REFERENCE, "reference")):
            axes.plot([], [], linestyle="none", label=text, **_dot(member, shipped))
        axes.legend(ncols=2, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2)

    return _svg(
        draw,
        figure_name="strategies",
        label="Dot plot: AUROC of every strategy with its interval, all labelled patients used",
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
    return _svg(draw, figure_name="roc", label=label, height=4.3)


def pr(curves: pd.DataFrame, *, shipped: Member, prevalence: float) -> str:
    """Precision-recall curves, averaged over folds and repeats, at budget all.

    `prevalence` is the share of the positive class, the precision of chance.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axhline(prevalence, color=BLACK, alpha=0.35, linewidth=0.8, linestyle=":")
        _curves(axes, curves[curves["curve"] == "pr"], shipped=shipped)
        axes.set_xlabel("Recall (sensitivity)")
        axes.set_ylabel("Precision (positive predictive value)")

    label = "Precision-recall curves: precision against recall"
    return _svg(draw, figure_name="pr", label=label, height=4.3)


def label_efficiency(table: pd.DataFrame, *, shipped: Member) -> str:
    """AUROC against the number of labelled patients, with bands for the two that are compared."""
    rows = table[table["measure"] == "auroc"]
    order = chosen(rows, shipped=shipped)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        ends = []
        for member in order:
            own = _of(rows, member).dropna(subset="estimate").sort_values("patients")
            if own.empty:
                continue
            look = _line(member, order, shipped)
            axes.plot(own["patients"], own["estimate"], marker="o", markersize=3.2, **look)
            if member in (shipped, REFERENCE):
                band = (own["patients"], own["low"], own["high"])
                axes.fill_between(*band, color=look["color"], alpha=0.13, linewidth=0)
            ends.append((float(own["estimate"].iloc[-1]), short_name(member)))
        axes.set_xscale("log")
        ticks = _apart(sorted({float(p) for p in rows["patients"].dropna().round(1)}))
        axes.set_xticks(ticks, [f"{tick:.0f}" for tick in ticks])
        axes.minorticks_off()
        axes.set_xlabel("Labelled patients in training (log scale)")
        axes.set_ylabel("AUROC")
        _label_ends(axes, x=ticks[-1], ends=ends)

    label = "AUROC against the number of labelled target patients"
    return _svg(draw, figure_name="label_efficiency", label=label, height=3.3)


def calibration(table: pd.DataFrame, *, shipped: Member, positive: str) -> str:
    """Predicted probability against the observed share, shipped model beside the reference."""
    present = members_of(table)
    order = [m for m in dict.fromkeys((shipped, REFERENCE)) if m in present]

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, len(order), sharey=True, squeeze=False)[0]
        for axes, member in zip(panels, order, strict=True):
            rows = _of(table, member).sort_values("bin")
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
    return _svg(draw, figure_name="calibration", label=label, height=2.6)


def loss(history: Mapping[str, pd.DataFrame]) -> str:
    """Learning curves of pretraining, one panel per objective; explained variance for pca."""
    order = [o for o in OBJECTIVE_NAMES if o in history]
    order += sorted(set(history) - set(order))

    def draw(figure: Figure) -> None:
        panels = figure.subplots(len(order), 1, squeeze=False)[:, 0]
        for axes, objective in zip(panels, order, strict=True):
            axes.set_title(OBJECTIVE_NAMES.get(objective, objective), loc="left")
            if "component" in history[objective].columns:
                _explained(axes, history[objective])
            else:
                _losses(axes, history[objective])

    label = "Pretraining: loss on the source by epoch, explained variance by component"
    return _svg(draw, figure_name="loss", label=label, height=1.95 * len(order))


def cohorts_pca(points: pd.DataFrame) -> str:
    """First two principal components of the source, with every cohort projected on them.

    `points` has the columns cohort, role, sample, pc1, pc2. Up to six cohorts have a colour each;
    more are coloured by role. Of more than `MOST_POINTS` samples, an evenly spaced share of each
    cohort is drawn.
    """
    by = "cohort" if points["cohort"].nunique() <= MOST_COLOURED_COHORTS else "role"
    most = max(20, MOST_POINTS // max(1, points["cohort"].nunique()))
    drawn = pd.concat([_thinned(rows, most) for _, rows in points.groupby("cohort", sort=False)])

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
                label=f"{_shortened(str(group), 26)} (n = {total})",
            )
        axes.set_xlabel("PC1 of the source (no unit)")
        axes.set_ylabel("PC2 of the source (no unit)")
        _legend_above(axes)

    widest = max(len(str(group)) for group in points[by].unique())
    rows_of_legend = -(-points[by].nunique() // _legend_columns(widest + len(" (n = 999)")))
    label = "Scatter plot: samples of every cohort in the first two components of the source"
    return _svg(draw, figure_name="cohorts_pca", label=label, height=3.4 + 0.18 * rows_of_legend)


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
        axes.set_yticks(y, [_shortened(str(c), 20) for c in summary["cohort"]])
        axes.set_ylim(len(summary) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlim(0, 100)
        axes.set_xlabel("Samples (% of those delivered)")
        _legend_above(axes)

    label = "Bars: share of samples kept and left out by quality control, per cohort"
    return _svg(draw, figure_name="qc", label=label, height=0.26 * len(summary) + 0.95)


def _at_all(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["budget"].astype(str) == "all"]


def _of(rows: pd.DataFrame, member: Member) -> pd.DataFrame:
    return rows[(rows["objective"] == member[0]) & (rows["strategy"] == member[1])]


def _thinned(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    if len(rows) <= most:
        return rows
    return rows.iloc[np.linspace(0, len(rows) - 1, most).round().astype(int)]


def _apart(ticks: Sequence[float]) -> list[float]:
    """Ticks whose labels cannot touch on a log axis; the largest always stays."""
    kept: list[float] = []
    for tick in reversed(ticks):
        if not kept or kept[0] / tick > 1.12:
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
        own = _of(rows, member).sort_values("x", kind="stable")
        mark = " (shipped)" if member == shipped else ""
        look = _line(member, order, shipped)
        axes.plot(own["x"], own["y"], label=short_name(member) + mark, **look)
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal")
    _legend_above(axes)


def _legend_above(axes: Axes) -> None:
    look = {"borderaxespad": 0.3, "columnspacing": 1.2, "handlelength": 1.9}
    widest = max(len(str(label)) for label in axes.get_legend_handles_labels()[1])
    columns = _legend_columns(widest)
    axes.legend(ncols=columns, loc="lower left", bbox_to_anchor=(0, 1), **look)


def _legend_columns(widest: int) -> int:
    return 2 if widest <= 24 else 1


def _shortened(text: str, most: int) -> str:
    """Keep both ends of a long name, since cohorts of one series differ at the end."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}…{text[-(most // 2 - 1) :]}"


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


def _explained(axes: Axes, rows: pd.DataFrame) -> None:
    cumulative = 100 * rows["explained_variance_ratio"].cumsum()
    axes.plot(rows["component"], cumulative, color=BLUE, marker="o", markersize=2.6)
    axes.set_ylim(0, None)
    axes.set_xlabel("Components")
    axes.set_ylabel("Variance (%)")


def _svg(draw: Callable[[Figure], None], *, figure_name: str, label: str, height: float) -> str:
    """Draw on a new figure of `height` inches and make its SVG fit for a page.

    `figure_name` goes before every id, so that two pictures on one page cannot clash.
    """
    buffer = io.StringIO()
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        draw(figure)
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    root = ElementTree.fromstring(buffer.getvalue())
    _unburden(root)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{SVG}}}")
        element.attrib = {k: _adapted(k, v, figure_name) for k, v in element.attrib.items()}
        # Browsers read a plain href; the older spelling would need its namespace declared.
        if (link := element.attrib.pop(f"{{{XLINK}}}href", None)) is not None:
            element.set("href", link)
    root.attrib |= {
        "xmlns": SVG,
        "role": "img",
        "aria-label": label,
        "fill": "currentColor",
        "font-family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
        "stroke-linejoin": "round",
        "stroke-linecap": "butt",
    }
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _unburden(root: ElementTree.Element) -> None:
    """Take out matplotlib's metadata and its style sheet, which would style the whole page."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in ("metadata", "style"):
                parent.remove(child)


def _adapted(key: str, value: str, figure_name: str) -> str:
    if key == "id":
        return f"{figure_name}-{value}"
    if key == f"{{{XLINK}}}href":
        return value.replace("#", f"#{figure_name}-", 1)
    if key == "clip-path":
        return value.replace("url(#", f"url(#{figure_name}-")
    if key == "style":
        kept = [_declaration(part.strip(), figure_name) for part in value.split(";")]
        return "; ".join(part for part in kept if part)
    return value


def _declaration(declaration: str, figure_name: str) -> str:
    """One CSS declaration: black as currentColor, ids renamed, the font left to the page."""
    prefix, _, value = declaration.partition(":")
    if prefix == "font":
        size = next(word for word in value.split() if word.endswith("px"))
        return f"font-size: {size}"
    if prefix == "font-family":
        return ""
    renamed = declaration.replace("url(#", f"url(#{figure_name}-")
    return renamed.replace(BLACK, "currentColor")
