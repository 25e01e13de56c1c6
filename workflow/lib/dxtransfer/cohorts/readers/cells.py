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


def why_no_number(cell: str) -> str:
    """What makes a cell text, and what to do; empty where nobody can tell."""
    bare = cell.strip()
    if re.fullmatch(r"[+-]?\d{1,3}([,. '\u00a0\u202f]\d{3})+([.,]\d+)?", bare):
        return "it has marks for thousands; write numbers without them"
    if re.fullmatch(r"[+-]?\d*,\d+", bare):
        return "it has a decimal comma; write decimals with a point"
    if bare.endswith("%"):
        return "write numbers without the percent sign"
    if bare[:1] in "'=\"" and any(map(str.isdigit, bare)):
        return "write numbers without quotes"
    if "\u00b1" in bare or "+/-" in bare:
        return "give the value alone, without its error"
    if bare.lower() in ("true", "false", "yes", "no"):
        return "write 1 and 0"
    if bare[:1] in "<>" and any(map(str.isdigit, bare)):
        return "write what is beyond a limit as missing, or as the limit itself"
    return ""
