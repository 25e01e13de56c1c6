"""What a cell of the label column means for the task."""

from collections.abc import Mapping, Sequence
from typing import Any

from dxtransfer.errors import InputError

# how tables write a sex; 0, 1 and 2 are not among them, because their meaning differs
SEXES = {
    **dict.fromkeys(("f", "female", "w", "woman", "weiblich", "xx"), "female"),
    **dict.fromkeys(("m", "male", "man", "männlich", "xy"), "male"),
    **dict.fromkeys(
        ("", "na", "n/a", "nan", "none", "u", "unknown", "undetermined", "unspecified"), ""
    ),
    **dict.fromkeys(("not available", "not recorded", "not collected", "other", "-"), ""),
}


def same_value(one: object, other: object) -> bool:
    """Whether two cells mean the same: as numbers where both are numbers, else as text."""
    if str(one) == str(other):
        return True
    try:
        # Python reads 1_0 as ten; a table does not.
        return "_" not in f"{one}{other}" and float(str(one)) == float(str(other))
    except ValueError:
        return False


def class_of(value: object, classes: Mapping[str, Sequence[object]]) -> str | None:
    """Name of the class that a label value belongs to, or None."""
    for name, values in classes.items():
        if any(same_value(value, candidate) for candidate in values):
            return name
    return None


def sex_of(value: str) -> str | None:
    """Sex that a cell means: `female`, `male`, empty for none recorded, None for neither."""
    return SEXES.get(value.strip().lower())


def classes_of(values: Sequence[object], *, task: Mapping[str, Any]) -> list[str]:
    """Class name of each label value; empty for a missing, excluded or unknown one.

    Parameters
    ----------
    values
        Cells of the label column.
    task
        The `task` block of the configuration.
    """
    names: dict[object, str] = {}
    for value in values:
        if value not in names:
            names[value] = class_of(value, task["classes"]) or ""
    return [names[value] for value in values]


def coded(names: Sequence[str], *, positive: str) -> list[int]:
    """1 for the positive class, 0 for another one, -1 for an empty name."""
    return [int(name == positive) if name else -1 for name in names]


def reason_left_out(value: object, *, task: Mapping[str, Any]) -> str:
    """Why a sample with this label takes no part in the task; empty where it does.

    Raises
    ------
    InputError
        For a value that the task does not name.
    """
    if class_of(value, task["classes"]):
        return ""
    if str(value) in ("", "nan"):
        return "no label"
    if class_of(value, {"excluded": task["exclude"]}):
        return f"label {value} is excluded"
    raise InputError(f"the label {value!r} is neither in task.classes nor in task.exclude")
