"""Legends and names that fit into a picture as wide as a phone."""

from matplotlib.axes import Axes


def legend_above(axes: Axes) -> None:
    """Put the legend above the axes, in as many columns as its texts leave room for."""
    look = {"borderaxespad": 0.3, "columnspacing": 1.2, "handlelength": 1.9}
    widest = max(len(str(label)) for label in axes.get_legend_handles_labels()[1])
    columns = legend_columns(widest)
    axes.legend(ncols=columns, loc="lower left", bbox_to_anchor=(0, 1), **look)


def legend_columns(widest: int) -> int:
    """How many columns a legend has whose longest text has so many letters."""
    return 2 if widest <= 20 else 1


def shortened(text: str, most: int) -> str:
    """Keep both ends of a long name, since cohorts of one series differ at the end."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}…{text[-(most // 2 - 1) :]}"
