"""Pictures of an explanation: the features that a model leans on, and the gene sets among them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from dxtransfer.report.legends import shortened
from dxtransfer.report.svg import BLACK, BLUE, VERMILLION, to_svg

MOST_FEATURES, MOST_SETS = 25, 15
# Directions of enrichment: what they are called, and how they look.
DIRECTIONS: Mapping[str, tuple[str, str, str]] = {
    "up": ("high value raises the score", VERMILLION, "^"),
    "down": ("high value lowers the score", BLUE, "v"),
    "either": ("either way", BLACK, "o"),
}
METHODS = {"over-representation": "Among the top features", "ranked": "By rank of all features"}
FDR = 0.05


def explanation(
    attributions: pd.DataFrame, enrichment: pd.DataFrame | None, *, unit: str
) -> dict[str, str]:
    """Draw every picture of an explanation.

    Parameters
    ----------
    attributions
        See `dxtransfer.predict.explain.Explanation`.
    enrichment
        See `dxtransfer.evidence.enrichment.enrich`; None where no gene sets were given.
    unit
        Of the attributions.

    Returns
    -------
    dict
        Name to SVG: `features` and `enrichment`; numbered, where the model has several outputs.
    """
    outputs = attributions["output"].drop_duplicates().tolist()
    found = {}
    for number, output in enumerate(outputs, start=1):
        ending = f"_{number}" if len(outputs) > 1 else ""
        rows = attributions[attributions["output"] == output]
        found[f"features{ending}"] = features(rows, unit=unit, name=f"features{ending}")
        if enrichment is not None and (enrichment["output"] == output).any():
            own = enrichment[enrichment["output"] == output]
            found[f"enrichment{ending}"] = gene_sets(own, name=f"enrichment{ending}")
    return found


def features(rows: pd.DataFrame, *, unit: str, name: str = "features") -> str:
    """Mean signed attribution of the top features, with its range over the refits of the folds.

    `rows` are those of one output.
    """
    top = rows.nsmallest(MOST_FEATURES, "rank", keep="first")

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.axvline(0, color=BLACK, alpha=0.3, linewidth=0.8)
        for sign, (label, colour, marker) in zip((1, -1), DIRECTIONS.values(), strict=False):
            y = np.flatnonzero(np.sign(top["mean_signed"].to_numpy(float)) == sign)
            own = top.iloc[y]
            axes.hlines(y, own["fold_low"], own["fold_high"], color=colour, linewidth=1.2)
            axes.plot(own["mean_signed"], y, linestyle="none", marker=marker, color=colour)
            axes.plot([], [], linestyle="none", marker=marker, color=colour, label=label)
        _rows(axes, top["feature"].tolist())
        axes.set_xlabel(f"Attribution of a high value ({unit})", loc="right")
        figure.legend(loc="outside upper left")

    label = (
        f"Dot plot: mean attribution of the {len(top)} features that count most for "
        f"{rows['output'].iloc[0]}, lines from the least to the largest of the refits to the folds"
    )
    return to_svg(draw, figure_name=name, label=label, height=0.2 * len(top) + 1.1)


def gene_sets(rows: pd.DataFrame, *, name: str = "enrichment") -> str:
    """False discovery rate of the most enriched gene sets, by both methods.

    `rows` are those of one output. A set has a dot for each direction.
    """
    least = rows.groupby("set", sort=False)["fdr"].min().sort_values(kind="stable")
    order = least.index[:MOST_SETS].tolist()
    present = [method for method in METHODS if (rows["method"] == method).any()]

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, len(present), sharey=True, squeeze=False)[0]
        for axes, method in zip(panels, present, strict=True):
            axes.axvline(-np.log10(FDR), color=BLACK, alpha=0.4, linewidth=0.8, linestyle=":")
            for i, (direction, (_, colour, marker)) in enumerate(DIRECTIONS.items()):
                own = rows[(rows["method"] == method) & (rows["direction"] == direction)]
                own = own[own["set"].isin(order)]
                # one above the other, where their rates are the same
                y = [order.index(one) + 0.24 * (i - 1) for one in own["set"]]
                size = -np.log10(own["fdr"].clip(lower=1e-4).to_numpy(float))
                axes.plot(size, y, linestyle="none", marker=marker, color=colour, alpha=0.85)
            axes.set_title(METHODS[method], loc="left")
            axes.tick_params(axis="y", length=0)
            axes.spines["left"].set_visible(False)
            axes.set_xlim(-0.15, 4.2)
            axes.set_xticks([0, 2, 4], ["1", "0.01", "≤0.0001"])
            axes.set_xlabel("False discovery rate")
        _rows(panels[0], order)
        for text, colour, marker in DIRECTIONS.values():
            panels[0].plot([], [], linestyle="none", marker=marker, color=colour, label=text)
        figure.legend(loc="outside upper left")

    label = (
        f"Dot plot: false discovery rate of the {len(order)} most enriched gene sets for "
        f"{rows['output'].iloc[0]}; dotted line at {FDR}"
    )
    return to_svg(draw, figure_name=name, label=label, height=0.22 * len(order) + 1.6)


def _rows(axes: Any, names: list[str]) -> None:
    """Names from top to bottom."""
    axes.set_yticks(range(len(names)), [shortened(one, 24) for one in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
