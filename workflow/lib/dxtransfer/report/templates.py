"""From a template of this package and its values to one self-contained page."""

import base64
import hashlib
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from dxtransfer.report.cells import number, percent
from dxtransfer.report.glossary import linker
from dxtransfer.report.svg import PALETTE


def render(template: str, **values: Any) -> str:
    """Fill a template; it also gets `css`, the style of every page.

    Everything that is not marked as safe is escaped, and a value that is missing is an error.
    """
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        loader=FunctionLoader(_text),
    )
    environment.filters["number"] = number
    environment.filters["percent"] = percent
    environment.filters["linked"] = linker()
    return environment.get_template(template).render(css=Markup(_text("page.css")), **values)


def script(name: str) -> dict[str, Markup]:
    """A script of this package, and the hash by which a content security policy allows it alone."""
    text = _text(name)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return {"text": Markup(text), "hash": Markup(digest)}


def themed(svg: str) -> Markup:
    """Let the page's style choose the shade of each colour, so that dark mode can brighten it."""
    for name, colour in PALETTE.items():
        svg = svg.replace(f": {colour}", f": var(--{name}, {colour})")
    return Markup(svg)


def _text(name: str) -> str:
    return files("dxtransfer.report").joinpath(name).read_text("utf-8")
