"""What a cell of a table of values holds: a number, nothing, or text."""

import re
from collections.abc import Sequence

from dxtransfer.missing_codes import NO_NUMBER

# as they are spelled; the fast reader takes no other letters for small ones
MISSING = frozenset(
    {spelled for code in NO_NUMBER for spelled in (code, code.upper(), code.capitalize())} | {"NaN"}
)
NUMBER = re.compile(
    r"\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*|\s*[+-]?inf(inity)?\s*", re.I
)


def is_number(cell: str) -> bool:
    """Whether a cell is a number, its decimals marked by a point or a comma."""
    return NUMBER.fullmatch(cell) is not None


def kind_of_cells(cells: Sequence[str]) -> str:
    """`number` where any cell is one, `text` where none is, `empty` without cells."""
    given = [cell for cell in cells if cell not in MISSING]
    if not given:
        return "empty"
    return "number" if any(map(is_number, given)) else "text"


def holds_text(cells: Sequence[str]) -> bool:
    """Whether any cell is neither a number nor missing."""
    return any(cell not in MISSING and not is_number(cell) for cell in cells)
