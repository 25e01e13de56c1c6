"""The pictures of the report that only one kind of task has."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dxtransfer.report import figures
from dxtransfer.report.legends import shortened
from dxtransfer.report.looks import DASHES, of_member, thinned
from dxtransfer.report.names import Models
from dxtransfer.report.svg import BLACK, BLUE, STYLE, VERMILLION, to_svg

MOST_POINTS = 2000
# As `dxtransfer.evidence.survival` names them.
THIRDS = ("lowest third", "middle third", "highest third")


def of_kind(
    models: Models,
    curves: pd.DataFrame,
    calibrated: pd.DataFrame,
    *,
    prevalence: float,
    positive: str,
    outcome: str,
) -> dict[str, str]:
    """Pictures that only one kind of task has, by name.

    `outcome` is the column of the sample tables that holds the number, or the time.
    """
    kind = models.kind
    if kind == "regression":
        return {"scatter": scatter(curves, models, outcome=outcome)}
    if kind == "survival":
        return {"kaplan_meier": kaplan_meier(curves, models, outcome=outcome)}
    is_binary = kind == "binary"
    named = positive if is_binary else "the predicted class"
    return {
        "roc": figures.roc(curves, models),
        "pr": figures.pr(curves, models, prevalence=prevalence if is_binary else None),
        "calibration": figures.calibration(calibrated, models, positive=named),
    }


def scatter(curves: pd.DataFrame, models: Models, *, outcome: str) -> str:
    """Predicted against observed numbers, shipped model beside the simple one.

    `outcome` is the column of the sample tables that holds the number.
    """
    rows = curves[curves["curve"] == "points"]
    order = models.shipped_and_simple(rows)
    ends = [rows[["x", "y"]].to_numpy(float).min(), rows[["x", "y"]].to_numpy(float).max()]

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, len(order), sharey=True, squeeze=False)[0]
        for axes, member in zip(panels, order, strict=True):
            own = thinned(of_member(rows, member), MOST_POINTS)
            look = {"color": BLUE if member == models.shipped else BLACK, "markeredgewidth": 0}
            axes.plot(ends, ends, color=BLACK, alpha=0.35, linewidth=0.8, linestyle=":")
            axes.plot(own["x"], own["y"], "o", markersize=3, alpha=0.5, **look)
            axes.set_aspect("equal")
            axes.set_title(models.short(member))
        panels[0].set_ylabel(f"Predicted {shortened(outcome, 20)}")
        label = f"Observed {shortened(outcome, 20)}"
        figure.supxlabel(label, fontsize=STYLE["axes.labelsize"])

    label = f"Scatter plot: predicted against observed {outcome}"
    return to_svg(draw, figure_name="scatter", label=label, height=2.6)


def kaplan_meier(curves: pd.DataFrame, models: Models, *, outcome: str) -> str:
    """Kaplan-Meier curves of the thirds by predicted risk, shipped model beside the simple one.

    `outcome` is the column of the sample tables that holds the time.
    """
    order = models.shipped_and_simple(curves)
    looks = dict(
        zip(
            THIRDS,
            ((BLUE, "-"), (BLACK, DASHES[0]), (VERMILLION, DASHES[1])),
            strict=True,
        )
    )

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, len(order), sharey=True, squeeze=False)[0]
        for axes, member in zip(panels, order, strict=True):
            for third, own in of_member(curves, member).groupby("curve"):
                color, style = looks[str(third)]
                look = {"color": color, "linestyle": style, "label": str(third)}
                axes.plot(own["x"], own["y"], drawstyle="steps-post", **look)
            axes.set_ylim(-0.02, 1.02)
            axes.set_title(models.short(member))
        panels[0].set_ylabel("Share without the event")
        figure.supxlabel(shortened(outcome, 30), fontsize=STYLE["axes.labelsize"])
        handles = [Line2D([], [], color=c, linestyle=d, label=t) for t, (c, d) in looks.items()]
        figure.legend(handles=handles, loc="outside upper center", ncols=3)

    label = "Kaplan-Meier curves: share without the event by time, for thirds by predicted risk"
    return to_svg(draw, figure_name="kaplan_meier", label=label, height=2.9)
