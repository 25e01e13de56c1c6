"""From a matplotlib figure to SVG text that fits any page, light or dark."""

import io
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

WIDTH = 4.2


# Okabe & Ito's colours for the colour blind; their orange is darkened so that each colour keeps a
# contrast of 3 on a white and on a dark page. Black becomes currentColor.
BLACK = "#000000"


BLUE, VERMILLION, GREEN, PURPLE, ORANGE = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b87f00"


PALETTE = {
    **{"blue": BLUE, "vermillion": VERMILLION, "green": GREEN, "purple": PURPLE},
    "orange": ORANGE,
}


COLOURS = tuple(PALETTE.values())


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


def to_svg(draw: Callable[[Figure], None], *, figure_name: str, label: str, height: float) -> str:
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
