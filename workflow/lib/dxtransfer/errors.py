"""The one exception that is meant for the person who runs the workflow."""

import re
from collections.abc import Callable
from typing import Any

# what ends a line or moves the cursor of a terminal, apart from the end of a line itself
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
LONGEST = 1000


class InputError(Exception):
    """Wrong input, told as one line: where it is, what is wrong, what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(CONTROL.sub(lambda found: repr(found[0])[1:-1], message))


def one_line(message: str) -> str:
    """Write a message that quotes a file as one line that can be read at once."""
    text = message.replace("\n", "\\n")
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} ... {text[-half:]}"


def all_of(*checks: Callable[[], Any]) -> list[Any]:
    """Results of all checks.

    Raises
    ------
    InputError
        With the lines of all checks that fail, each once.
    """
    results, lines = [], []
    for check in checks:
        try:
            results.append(check())
        except InputError as error:
            lines += str(error).splitlines()
    if lines:
        raise InputError("\n".join(dict.fromkeys(lines)))
    return results
