"""Whether the sample table of a cohort fits the task, before the first job."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from dxtransfer.errors import InputError
from dxtransfer.labels import EVENT, check_events, class_of, columns_of, kind_of, outcome_of
from dxtransfer.sample_tables import SampleTable


def check_labels(table: SampleTable, row: Mapping[str, str], task: Mapping[str, Any]) -> None:
    """Check the labels of a cohort that are read, cell by cell, and whether there are enough.

    Parameters
    ----------
    table
        The cohort's sample table.
    row
        Its row of the cohort sheet.
    task
        The `task` block of the configuration.

    Raises
    ------
    InputError
        One line that names the file, and row or sample and column.
    """
    if row["role"] == "new":
        return
    key = ("event", "time") if kind_of(task) == "survival" else ("label",)
    missing = [k for k in key if task[k] not in table.columns]
    if missing:
        if row["role"] == "source" and len(missing) == len(key):
            return
        raise InputError(
            f"{row['samples']}: no column {task[missing[0]]!r} (config: task.{missing[0]}); "
            f"there are: {', '.join(table.columns)}"
        )
    if task.get("classes"):
        _check_classes(table, row, task)
    else:
        _check_numbers(table, row, task)
    lack = lacking(table, task)
    if "target" in row["role"] and lack:
        where = f"{row['samples']}, column {columns_of(task)[0]}"
        raise InputError(f"{where}: the target {row['cohort']!r} has {lack}")


def lacking(table: SampleTable, task: Mapping[str, Any]) -> str:
    """What the cross-validation of a cohort lacks, in words; empty where it lacks nothing.

    Parameters
    ----------
    table
        The cohort's sample table. A cell that means nothing in the task counts as no outcome.
    task
        The `task` block of the configuration.
    """
    missing = [column for column in columns_of(task) if column not in table.columns]
    if missing:
        return f"no column {missing[0]!r}"
    known = set()
    for sample, cells in table.kept().items():
        try:
            known.add((table.patient(sample), outcome_of(cells, task=task).label))
        except InputError:
            continue
    counts = Counter(label for _, label in known)
    for name in task["classes"] if task.get("classes") else ():
        if counts[name] < 2:
            return f"{counts[name]} patients of class {name!r}; cross-validation needs two"
    if kind_of(task) == "survival" and counts[EVENT] < 2:
        return f"{counts[EVENT]} patients with an event; cross-validation needs 2"
    patients = len({patient for patient, label in known if label})
    if kind_of(task) == "regression" and patients < 4:
        return f"{patients} patients with a number; cross-validation needs 4"
    return ""


def _check_classes(table: SampleTable, row: Mapping[str, str], task: Mapping[str, Any]) -> None:
    labels = {s: cells.get(task["label"], "") for s, cells in table.kept().items()}
    groups = {**task["classes"], "": task["exclude"]}
    named = {s: class_of(value, groups) for s, value in labels.items() if value}
    unknown = [s for s, name in named.items() if name is None]
    if unknown:
        found = ", ".join(f"{v} ({n})" for v, n in sorted(Counter(labels.values()).items()) if v)
        raise InputError(
            f"{row['samples']}, sample {unknown[0]}, column {task['label']}: "
            f"{labels[unknown[0]]!r} is neither in task.classes nor in task.exclude; found: {found}"
        )


def _check_numbers(table: SampleTable, row: Mapping[str, str], task: Mapping[str, Any]) -> None:
    """Numbers and times, cell by cell, and whether there are events or patients enough."""
    labels: dict[str, str] = {}
    try:
        column = columns_of(task)[0]
        check_events([cells.get(column, "") for cells in table.kept().values()], task=task)
    except InputError as error:
        raise InputError(f"{row['samples']}, {error}") from None
    for sample, cells in table.kept().items():
        try:
            label = outcome_of(cells, task=task).label
        except InputError as error:
            where = f"{row['samples']}, row {table.numbers[sample]}"
            counted = _values_of_events(table, task) if "task.censored_values" in str(error) else ""
            raise InputError(f"{where}, {error}{counted}") from None
        labels |= {sample: label} if label else {}
    events = {table.patient(s) for s, label in labels.items() if label == EVENT}
    if kind_of(task) == "survival" and labels and not events:
        told = _counted(table.rows[s][task["event"]] for s in labels)
        raise InputError(
            f"{row['samples']}, column {task['event']}: no sample has an event (task.event_values: "
            f"{', '.join(map(str, task['event_values']))}); found: {told}"
        )


def warnings_of(table: SampleTable, row: Mapping[str, str], task: Mapping[str, Any]) -> list[str]:
    """What a person should look at in a sample table that is otherwise right."""
    told = list(table.warnings)
    if kind_of(task) != "survival" or task["censored_values"] or row["role"] == "new":
        return told
    cells = [c.get(task["event"], "") for c in table.kept().values()]
    others = [c for c in cells if c and not class_of(c, {EVENT: task["event_values"]})]
    excluded = [c for c in others if class_of(c, {"excluded": task["exclude"]})]
    if len(others) > len(excluded):
        told.append(
            f"{row['samples']}, column {task['event']}: counted as censored: "
            f"{_counted(c for c in others if c not in excluded)}; say so in task.censored_values"
        )
    return told


def _values_of_events(table: SampleTable, task: Mapping[str, Any]) -> str:
    """All values of the column of events, for a message."""
    cells = (cells.get(task["event"], "") for cells in table.kept().values())
    return f"; there are: {_counted(filter(None, cells))}"


def _counted(values: Iterable[str]) -> str:
    return ", ".join(f"{value} ({n})" for value, n in sorted(Counter(values).items()))
