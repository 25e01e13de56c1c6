"""The pictures of the report that only one kind of task has."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dxtransfer.report import figures
from dxtransfer.report.legends import shortened
from dxtransfer.report.looks import DASHES, of_member, thinned
from dxtransfer.report.names import REFERENCE, Member, members_of, short_name
from dxtransfer.report.svg import BLACK, BLUE, STYLE, VERMILLION, to_svg

MOST_POINTS = 2000
# As `dxtransfer.evidence.survival` names them.
THIRDS = ("lowest third", "middle third", "highest third")


def of_kind(
    kind: str,
    curves: pd.DataFrame,
    calibrated: pd.DataFrame,
    *,
    shipped: Member,
    prevalence: float,
    positive: str,
    outcome: str,
) -> dict[str, str]:
    """Pictures that only one kind of task has, by name.

    `outcome` is the column of the sample tables that holds the number, or the time.
    """
    if kind == "regression":
        return {"scatter": scatter(curves, shipped=shipped, outcome=outcome)}
    if kind == "survival":
        return {"kaplan_meier": kaplan_meier(curves, shipped=shipped, outcome=outcome)}
    is_binary = kind == "binary"
    named = positive if is_binary else "the predicted class"
    return {
        "roc": figures.roc(curves, shipped=shipped),
        "pr": figures.pr(curves, shipped=shipped, prevalence=prevalence if is_binary else None),
        "calibration": figures.calibration(calibrated, shipped=shipped, positive=named),
    }


def scatter(curves: pd.DataFrame, *, shipped: Member, outcome: str) -> str:
    """Predicted against observed numbers, shipped model beside the reference.

    `outcome` is the column of the sample tables that holds the number.
    """
    rows = curves[curves["curve"] == "points"]
    present = members_of(rows)
    order = [m for m in dict.fromkeys((shipped, REFERENCE)) if m in present]
    ends = [rows[["x", "y"]].to_numpy(float).min(), rows[["x", "y"]].to_numpy(float).max()]

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, len(order), sharey=True, squeeze=False)[0]
        for axes, member in zip(panels, order, strict=True):
            own = thinned(of_member(rows, member), MOST_POINTS)
            look = {"color": BLUE if member == shipped else BLACK, "markeredgewidth": 0}
            axes.plot(ends, ends, color=BLACK, alpha=0.35, linewidth=0.8, linestyle=":")
            axes.plot(own["x"], own["y"], "o", markersize=3, alpha=0.5, **look)
            axes.set_aspect("equal")
            axes.set_title(short_name(member, kind="regression"))
        panels[0].set_ylabel(f"Predicted {shortened(outcome, 20)}")
        label = f"Observed {shortened(outcome, 20)}"
        figure.supxlabel(label, fontsize=STYLE["axes.labelsize"])

    label = f"Scatter plot: predicted against observed {outcome}"
    return to_svg(draw, figure_name="scatter", label=label, height=2.6)


def kaplan_meier(curves: pd.DataFrame, *, shipped: Member, outcome: str) -> str:
    """Kaplan-Meier curves of the thirds by predicted risk, shipped model beside the reference.

    `outcome` is the column of the sample tables that holds the time.
    """
    present = members_of(curves)
    order = [m for m in dict.fromkeys((shipped, REFERENCE)) if m in present]
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
            axes.set_title(short_name(member, kind="survival"))
        panels[0].set_ylabel("Share without the event")
        figure.supxlabel(shortened(outcome, 30), fontsize=STYLE["axes.labelsize"])
        handles = [Line2D([], [], color=c, linestyle=d, label=t) for t, (c, d) in looks.items()]
        figure.legend(handles=handles, loc="outside upper center", ncols=3)

    label = "Kaplan-Meier curves: share without the event by time, for thirds by predicted risk"
    return to_svg(draw, figure_name="kaplan_meier", label=label, height=2.9)
