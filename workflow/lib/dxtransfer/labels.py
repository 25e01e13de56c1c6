"""What the cells of a sample table mean for the task."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dxtransfer.errors import InputError
from dxtransfer.missing_codes import MISSING as MISSING_CODES

# how tables write a sex; 0, 1 and 2 are not among them, because their meaning differs
SEXES = {
    **dict.fromkeys(("f", "female", "w", "woman", "weiblich", "xx"), "female"),
    **dict.fromkeys(("m", "male", "man", "männlich", "xy"), "male"),
    **dict.fromkeys(
        ("", "na", "n/a", "nan", "none", "u", "unknown", "undetermined", "unspecified"), ""
    ),
    **dict.fromkeys(("not available", "not recorded", "not collected", "other", "-"), ""),
}

MISSING = ("", "nan", "None")
EVENT, CENSORED = "event", "censored"
# what tables write of patients without the event, in small letters; numbers as in R's 0/1 and 1/2
WITHOUT_EVENT = {
    *("0", "1", "2", "0.0", "1.0", "2.0", "false", "no", "n", "f", "alive", "living", "censored"),
    *("0:living", "0:censored", "0:alive", "0:diseasefree", "1:living", "no event", "event free"),
    *("disease free", "diseasefree", "lost to follow-up", "lost to follow up", "ongoing"),
}


@dataclass(frozen=True)
class Outcome:
    """What a sample says of the task.

    Attributes
    ----------
    label
        Class, number as text, or `event` or `censored`; empty for a sample that takes no part.
    time
        To the event or to the last sight; NaN for other tasks than survival.
    reason
        Why the sample takes no part.
    """

    label: str
    time: float = math.nan
    reason: str = ""


def same_value(one: object, other: object) -> bool:
    """Whether two cells mean the same: as numbers where both are numbers, else as text."""
    if str(one) == str(other):
        return True
    try:
        # Python reads 1_0 as ten; a table does not.
        return "_" not in f"{one}{other}" and float(str(one)) == float(str(other))
    except ValueError:
        return False


def is_missing(value: object) -> bool:
    """Whether a cell holds nothing, or a code for it."""
    return str(value) in MISSING or str(value).strip().lower() in MISSING_CODES


def codes_kept(task: Mapping[str, Any]) -> str:
    """Values of the outcome's column that read like missing codes but are listed, tab-separated.

    Returns
    -------
    str
        Column and values; empty where the configuration lists no such value.
    """
    lists = [*task["classes"].values(), task["exclude"], task["event_values"]]
    values = {str(v) for each in (*lists, task.get("censored_values", ())) for v in each}
    codes = sorted(value for value in values if value.lower() in MISSING_CODES)
    return "\t".join([columns_of(task)[0], *codes]) if codes else ""


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


def kind_of(task: Mapping[str, Any]) -> str:
    """Kind of a task; binary where it does not say."""
    return str(task.get("kind", "binary"))


def columns_of(task: Mapping[str, Any]) -> list[str]:
    """Columns of the sample table that hold the outcome, the one that `exclude` speaks of first."""
    return [task["event"], task["time"]] if kind_of(task) == "survival" else [task["label"]]


def number_of(value: object) -> float | None:
    """Finite number that a cell holds, if it does."""
    try:
        # Python reads 1_0 as ten; a table does not.
        number = math.nan if "_" in str(value) else float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def outcome_of(cells: Mapping[str, object], *, task: Mapping[str, Any]) -> Outcome:
    """Outcome of one sample.

    Parameters
    ----------
    cells
        Cell of each column; one that is not there is missing.
    task
        The `task` block of the configuration.

    Raises
    ------
    InputError
        Naming the column, for a cell that means nothing in the task.
    """
    column = columns_of(task)[0]
    value = cells.get(column, "")
    if class_of(value, {"excluded": task["exclude"]}):
        return Outcome("", reason=f"label {value} is excluded")
    if kind_of(task) == "survival":
        return _survival(cells, task)
    # a class may be called None or NA
    name = class_of(value, task["classes"])
    if name is not None:
        return Outcome(name)
    if is_missing(value):
        return Outcome("", reason="no label")
    if kind_of(task) == "regression":
        number = number_of(value)
        if number is None:
            raise InputError(
                f"column {column}: {str(value)!r} is no number; correct it, empty it, or list it "
                "in task.exclude"
            )
        return Outcome(repr(number))
    raise InputError(
        f"column {column}: {str(value)!r} is neither in task.classes nor in task.exclude"
    )


def _survival(cells: Mapping[str, object], task: Mapping[str, Any]) -> Outcome:
    event, time = (cells.get(column, "") for column in columns_of(task))
    listed = {EVENT: task["event_values"], CENSORED: task.get("censored_values", ())}
    gone = [is_missing(event) and class_of(event, listed) is None, is_missing(time)]
    if all(gone):
        return Outcome("", reason="no event and no time")
    if gone[0]:
        raise InputError(
            f"column {task['event']}: empty, but there is a time; say whether the event happened, "
            "or empty both"
        )
    if gone[1]:
        raise InputError(
            f"column {task['time']}: no time; give the time to the event or to the last sight, or "
            "empty both columns"
        )
    number = number_of(time)
    if number is None or number < 0:
        what = "no number" if number is None else "negative"
        raise InputError(
            f"column {task['time']}: the time {str(time)!r} is {what}; correct it, or empty both "
            "columns"
        )
    return Outcome(_event_or_censored(event, task), time=number)


def _event_or_censored(value: object, task: Mapping[str, Any]) -> str:
    """`event` or `censored`, where the configuration or convention says which."""
    listed = {EVENT: task["event_values"], CENSORED: task.get("censored_values", ())}
    if name := class_of(value, listed):
        return name
    written, both = str(value).strip(), [*listed[EVENT], *listed[CENSORED]]
    where = f"column {task['event']}: {str(value)!r}"
    for other in both:
        if written.lower() == str(other).strip().lower():
            raise InputError(
                f"{where} differs from {str(other)!r} in its spelling alone; list both"
            )
    numeric = number_of(value) is None or all(number_of(v) is not None for v in listed[EVENT])
    if not listed[CENSORED] and written.lower() in WITHOUT_EVENT and numeric:
        return CENSORED
    raise InputError(
        f"{where} is neither in task.event_values nor in task.censored_values; list it in one of "
        "them, or in task.exclude"
    )


def outcomes_of(
    table: Mapping[str, Sequence[object]], samples: Sequence[str], *, task: Mapping[str, Any]
) -> list[Outcome]:
    """Outcome of each sample.

    Parameters
    ----------
    table
        Cells of each column; a column that is not there is missing.
    samples
        Names of the samples.
    task
        The `task` block of the configuration.

    Raises
    ------
    InputError
        Naming sample and column, for a cell that means nothing in the task.
    """
    there = {c: list(table[c]) for c in columns_of(task) if c in table}
    check_events(there.get(columns_of(task)[0], []), task=task)
    found = []
    for i, sample in enumerate(samples):
        try:
            found.append(outcome_of({c: cells[i] for c, cells in there.items()}, task=task))
        except InputError as error:
            raise InputError(f"sample {sample}, {error}") from None
    return found


def check_events(values: Sequence[object], *, task: Mapping[str, Any]) -> None:
    """Refuse several unlisted codes of events, of which one may be another cause of death.

    Raises
    ------
    InputError
        Where no censored value is listed and more than one number is left.
    """
    if kind_of(task) != "survival" or task.get("censored_values"):
        return
    listed = {"listed": [*task["event_values"], *task["exclude"]]}
    others = {number_of(v) for v in values if not is_missing(v) and class_of(v, listed) is None}
    numbers = sorted(number for number in others if number is not None)
    if len(numbers) > 1:
        raise InputError(
            f"column {task['event']}: {' and '.join(f'{n:g}' for n in numbers)} are not in "
            "task.event_values, and one of them may be another kind of event; list those without "
            "an event in task.censored_values, and the others in task.exclude or task.event_values"
        )


def auxiliary_codes(
    table: Mapping[str, Sequence[object]], samples: Sequence[str], *, kinds: Mapping[str, str]
) -> dict[str, list[int] | list[float]]:
    """Numbers of auxiliary label columns, by column.

    Parameters
    ----------
    table
        Cells of each column.
    samples
        Names of the samples.
    kinds
        Column to `classes`, whose values are numbered in their order, -1 for none, or `number`,
        NaN for none.

    Raises
    ------
    InputError
        For a column without a value, and a cell that is no number where one is expected.
    """
    found: dict[str, list[int] | list[float]] = {}
    for column, kind in kinds.items():
        cells = [str(value) for value in table[column]]
        known = sorted({cell for cell in cells if cell not in MISSING})
        if not known:
            raise InputError(
                f"pretrain.auxiliary: no sample of the source has a value in the column {column}; "
                "correct its name or take it out"
            )
        if kind == "classes":
            found[column] = [known.index(c) if c not in MISSING else -1 for c in cells]
            continue
        numbers: list[float] = []
        for sample, cell in zip(samples, cells, strict=True):
            number = math.nan if cell in MISSING else number_of(cell)
            if number is None:
                raise InputError(
                    f"pretrain.auxiliary: sample {sample}, column {column}: {cell!r} is no number; "
                    "correct it, empty it, or name the column's values classes"
                )
            numbers.append(number)
        found[column] = numbers
    return found


def groups_of(outcomes: Sequence[Outcome], *, task: Mapping[str, Any]) -> list[str]:
    """What the audit tells apart: labels, or the halves of a number; empty for no outcome."""
    if kind_of(task) != "regression":
        return [outcome.label for outcome in outcomes]
    numbers = [float(outcome.label) for outcome in outcomes if outcome.label]
    middle = statistics.median(numbers) if numbers else 0.0
    halves = {True: "upper half", False: "lower half"}
    return [halves[float(o.label) > middle] if o.label else "" for o in outcomes]


def numbers_of(outcomes: Sequence[Outcome], *, task: Mapping[str, Any]) -> list[float]:
    """Numeric label or survival time of each sample, NaN for none; empty for classes."""
    if kind_of(task) == "survival":
        return [outcome.time for outcome in outcomes]
    if kind_of(task) == "regression":
        return [float(outcome.label) if outcome.label else math.nan for outcome in outcomes]
    return []


def codes_of(
    outcomes: Sequence[Outcome], *, task: Mapping[str, Any]
) -> dict[str, list[int] | list[float]]:
    """Outcomes as numbers, by the name of the column that holds them.

    `label`: for classes their number, for a binary task 1 for the positive one, -1 for none; for
    regression the number, NaN for none. For survival `time` and `event`, NaN for none.
    """
    labels = [outcome.label for outcome in outcomes]
    if kind_of(task) == "binary":
        return {"label": coded(labels, positive=task["positive"])}
    if kind_of(task) == "multiclass":
        codes = {name: i for i, name in enumerate(task["classes"])}
        return {"label": [codes.get(label, -1) for label in labels]}
    if kind_of(task) == "regression":
        return {"label": [float(label) if label else math.nan for label in labels]}
    events = [float(label == EVENT) if label else math.nan for label in labels]
    return {"time": [outcome.time for outcome in outcomes], "event": events}
