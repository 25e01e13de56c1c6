"""The pictures of the page of quality control, from tables to SVG text.

Their looks are those of `dxtransfer.report.figures`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dxtransfer.report.legends import legend_above, shortened
from dxtransfer.report.svg import BLACK, BLUE, ORANGE, PURPLE, VERMILLION, to_svg

Array = NDArray[Any]

STATUS = {"kept": BLUE, "kept, flagged": ORANGE, "left out": VERMILLION}
BINS = 32
# scales a median absolute deviation to the standard deviation of normal values
MAD_TO_SD = 1.4826


@dataclass(frozen=True)
class Panel:
    """A distribution: its column, what it is called with its unit, and where its limit lies."""

    column: str
    label: str
    limit: float | None = None
    logarithmic: bool = False
    percent: bool = False


def samples_bars(summary: pd.DataFrame) -> str:
    """Share of the samples kept, kept with a flag and left out, one bar per cohort.

    `summary` has the columns cohort, samples_delivered, samples_kept, samples_flagged.
    """
    flagged, kept = summary["samples_flagged"], summary["samples_kept"]
    parts = {
        "kept": (kept - flagged, BLUE),
        "kept, flagged": (flagged, ORANGE),
        "left out": (summary["samples_delivered"] - kept, VERMILLION),
    }
    label = "Bars: share of samples kept, flagged and left out, per cohort"
    return _bars(
        summary, parts, total=summary["samples_delivered"], figure_name="samples", label=label
    )


def features_bars(summary: pd.DataFrame) -> str:
    """Share of the features delivered that stay, are merged into another or are lost, per cohort.

    `summary` has the columns cohort, features_delivered, features_kept, features_lost.
    """
    total, kept, lost = (
        summary[f"features_{name}"].astype(float) for name in ("delivered", "kept", "lost")
    )
    parts = {
        "a feature of its own": (kept, BLUE),
        "merged into another": (total - kept - lost, PURPLE),
        "lost": (lost, VERMILLION),
    }
    label = "Bars: share of the features delivered that stay, are merged or lost, per cohort"
    return _bars(summary, parts, total=total, figure_name="features", label=label)


def distributions(
    samples: pd.DataFrame,
    features: pd.DataFrame,
    *,
    settings: Mapping[str, float],
    figure_name: str,
) -> str | None:
    """Histograms of what was measured of each sample, with the limits; None where nothing was.

    Parameters
    ----------
    samples
        The cohort's table of samples.
    features
        Columns feature and missing_share.
    settings
        The limits, see the configuration.
    figure_name
        Goes before every id.
    """
    panels = [panel for panel in _panels(samples, settings) if _is_worth_drawing(samples, panel)]
    missing = features["missing_share"].to_numpy(float)
    is_missing = bool((missing > 0).any())
    if not panels:
        return None
    status = status_of(samples)

    def draw(figure: Figure) -> None:
        axes = figure.subplots(len(panels) + is_missing, 1, squeeze=False)[:, 0]
        for own, panel in zip(axes, panels, strict=False):
            _histogram(own, samples, status, panel)
        legend_above(axes[0])
        if is_missing:
            axes[-1].hist(100 * missing, bins=BINS, range=(0, 100), color=PURPLE)
            axes[-1].set_xlabel("Samples in which a feature is missing (%)")
            axes[-1].set_ylabel("Features")

    label = "Histograms: " + ", ".join(panel.label for panel in panels)
    height = 1.32 * (len(panels) + is_missing) + 0.3
    return to_svg(draw, figure_name=figure_name, label=label, height=height)


def sex(samples: pd.DataFrame, *, figure_name: str) -> str | None:
    """XIST against the Y genes, by the sex recorded; None where neither is measured."""
    rows = samples.dropna(subset=["xist_rank", "y_rank"])
    if not (rows["sex_expressed"].fillna("") != "").any():
        return None
    recorded, expressed = rows["sex_recorded"].fillna(""), rows["sex_expressed"].fillna("")
    differs = (recorded != "") & (expressed != "") & (recorded != expressed)
    looks: dict[str, dict[str, Any]] = {
        "female": {"color": PURPLE, "marker": "o"},
        "male": {"color": BLUE, "marker": "^"},
        "": {"color": BLACK, "marker": "s", "alpha": 0.45},
    }

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.plot([0, 100], [0, 100], color=BLACK, alpha=0.35, linewidth=0.8, linestyle=":")
        common: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 0, "markersize": 4.2}
        for value, look in looks.items():
            own = rows[recorded == value]
            if len(own):
                name = f"recorded {value}" if value else "none recorded"
                place = (100 * own["y_rank"], 100 * own["xist_rank"])
                axes.plot(*place, **{**common, "alpha": 0.75, **look}, label=f"{name} ({len(own)})")
        if differs.any():
            place = (100 * rows.loc[differs, "y_rank"], 100 * rows.loc[differs, "xist_rank"])
            ring = {**common, "marker": "o", "markerfacecolor": "none", "markersize": 9}
            look = {**ring, "markeredgewidth": 1.4, "markeredgecolor": VERMILLION}
            axes.plot(*place, **look, label=f"contradicted ({differs.sum()})")
        axes.set(xlim=(-2, 102), ylim=(-2, 102), aspect="equal")
        axes.set_xlabel("Highest Y gene: features below it (%)")
        axes.set_ylabel("XIST: features below it (%)")
        legend_above(axes)

    label = "Scatter plot: rank of XIST against the highest rank of the Y genes, by sex recorded"
    return to_svg(draw, figure_name=figure_name, label=label, height=4.5)


def status_of(samples: pd.DataFrame) -> pd.Series:
    """What became of each sample: `kept`, `kept, flagged` or `left out`."""
    kept, flagged = samples["kept"] == "yes", samples["flags"].fillna("") != ""
    told = np.where(~kept, "left out", np.where(flagged, "kept, flagged", "kept"))
    return pd.Series(told, index=samples.index)


def _panels(samples: pd.DataFrame, settings: Mapping[str, float]) -> list[Panel]:
    most = settings["max_mitochondrial_share"]
    return [
        Panel(
            "library_size",
            "Library size (total counts, log scale)",
            settings["min_library_size"] or None,
            logarithmic=True,
        ),
        Panel("features_detected", "Features detected", settings["min_features_detected"]),
        Panel(
            "missing_share",
            "Features missing in a sample (%)",
            settings["max_missing_share"],
            percent=True,
        ),
        Panel(
            "mitochondrial_share",
            "Mitochondrial share of the total (%)",
            most if most < 1 else None,
            percent=True,
        ),
        Panel(
            "correlation",
            "Correlation with the cohort's median profile",
            _lowest_correlation(samples["correlation"], settings["min_correlation_mad"]),
        ),
    ]


def _lowest_correlation(values: pd.Series, mads: float) -> float | None:
    """Where the relative limit of the correlation lies."""
    known = values.dropna().to_numpy(float)
    spread = MAD_TO_SD * np.median(np.abs(known - np.median(known))) if len(known) else 0.0
    return float(np.median(known) - mads * spread) if spread > 0 else None


def _is_worth_drawing(samples: pd.DataFrame, panel: Panel) -> bool:
    values = samples[panel.column].dropna()
    return bool(len(values)) and not (panel.column == "missing_share" and (values == 0).all())


def _histogram(axes: Axes, samples: pd.DataFrame, status: pd.Series, panel: Panel) -> None:
    """One distribution, stacked by what became of the samples, with the limit as a dotted line."""
    factor = 100.0 if panel.percent else 1.0
    values = samples[panel.column].astype(float) * factor
    limit = None if panel.limit is None else panel.limit * factor
    if panel.logarithmic:
        values = values.clip(lower=1)
    edges = _edges(values.dropna().to_numpy(float), limit, panel)
    groups = {name: values[status == name].dropna() for name in STATUS}
    axes.hist(
        list(groups.values()),
        bins=edges.tolist(),
        stacked=True,
        color=list(STATUS.values()),
        label=[f"{name} ({(status == name).sum()})" for name in groups],
    )
    if limit is not None:
        axes.axvline(limit, color=BLACK, linewidth=1, linestyle=":")
    if panel.logarithmic:
        axes.set_xscale("log")
        ticks = _decades(edges[0], edges[-1])
        axes.set_xticks(ticks, [_short(tick) for tick in ticks])
        axes.minorticks_off()
    else:
        axes.locator_params(axis="x", nbins=6)
    axes.locator_params(axis="y", nbins=4, integer=True)
    axes.set_xlabel(panel.label)
    axes.set_ylabel("Samples")


def _edges(values: Array, limit: float | None, panel: Panel) -> Array:
    """Edges of the bars, so that the limit lies within the picture."""
    seen = values if limit is None else np.append(values, limit)
    low, high = float(seen.min()), float(seen.max())
    if panel.logarithmic:
        return np.geomspace(max(low, 1) / 1.2, high * 1.2, BINS + 1)
    margin = 0.03 * (high - low) or 0.5
    least = 0.0 if low >= 0 else low - margin
    most = min(high + margin, 100.0) if panel.percent else high + margin
    return np.linspace(max(low - margin, least), most, BINS + 1)


def _decades(low: float, high: float) -> list[float]:
    """At most six round numbers between two, evenly spaced on a log axis where they are many."""
    whole = [10.0**k for k in range(int(np.floor(np.log10(low))), int(np.log10(high)) + 2)]
    finer = [factor * tick for tick in whole for factor in (1, 2, 5)]
    inside = [tick for tick in finer if low <= tick <= high]
    if len(inside) > 6:
        inside = [tick for tick in whole if low <= tick <= high]
    return inside[:: -(-len(inside) // 6) or 1]


def _short(value: float) -> str:
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _bars(
    summary: pd.DataFrame,
    parts: Mapping[str, tuple[pd.Series, str]],
    *,
    total: pd.Series,
    figure_name: str,
    label: str,
) -> str:
    """Stacked shares of a total, one bar per cohort, with the total at the right."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        y, left = np.arange(len(summary)), np.zeros(len(summary))
        whole = np.maximum(total.to_numpy(float), 1)
        for name, (numbers, colour) in parts.items():
            share = 100 * numbers.to_numpy(float) / whole
            axes.barh(y, share, left=left, height=0.55, color=colour, label=name)
            left += share
        for place, number in zip(y, total, strict=True):
            axes.text(102, float(place), f"{number:,.0f}", va="center")
        axes.set_yticks(y, [shortened(str(cohort), 20) for cohort in summary["cohort"]])
        axes.set_ylim(len(summary) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlim(0, 100)
        axes.set_xlabel("Share of those delivered (%); their number at the right")
        legend_above(axes)

    return to_svg(draw, figure_name=figure_name, label=label, height=0.26 * len(summary) + 1.15)
