"""Whether the sample table of a cohort fits the task, before the first job."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from dxtransfer.errors import InputError
from dxtransfer.labels import (
    EVENT,
    check_events,
    class_of,
    columns_of,
    kind_of,
    number_of,
    outcome_of,
)
from dxtransfer.missing_codes import number_for_missing
from dxtransfer.sample_tables import SampleTable

# of droplet libraries; more samples than this are cells in any case
CELL_BARCODE = re.compile(r"(?<![A-Z])[ACGT]{10,}(?![A-Z])")
MANY_CELLS = 500
NO_COLUMN = "none beside the ids; separate the columns by tab, comma or semicolon"


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
            f"there are: {', '.join(table.columns) or NO_COLUMN}"
        )
    if task.get("classes"):
        _check_classes(table, row, task)
    else:
        _check_numbers(table, row, task)
    lack = lacking(table, task)
    if "target" in row["role"] and lack:
        where = f"{row['samples']}, column {columns_of(task)[0]}"
        raise InputError(f"{where}: the target {row['cohort']!r} has {lack}")


def check_cells(table: SampleTable, row: Mapping[str, str]) -> None:
    """Refuse cells of which nobody knows whose they are, where they are diagnosed or judged.

    Raises
    ------
    InputError
        For single cells of a target or external cohort without a column of patients: cells of
        one patient would be learnt from and tested.
    """
    if row.get("assay") != "single_cell" or "matrix" not in row or table.patient_column:
        return
    cells = sum(bool(CELL_BARCODE.search(sample)) for sample in table.rows)
    many = len(table.rows) >= MANY_CELLS or 2 * cells > len(table.rows)
    if many and row["role"] not in ("source", "new"):
        raise InputError(
            f"{row['samples']}: {len(table.rows)} single cells without a column of patients, so "
            "that cells of one patient would be learnt from and tested; name it in the column "
            f"patient_column of the cohort sheet; there are: {', '.join(table.columns) or 'none'}"
        )


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
    if kind_of(task) == "regression" and patients > 1 and len(counts) - ("" in counts) < 2:
        return "one and the same number for all patients"
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
    number_column = task["time"] if kind_of(task) == "survival" else task["label"]
    check_numbers(table, number_column, path=row["samples"])
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


def check_numbers(table: SampleTable, column: str, *, path: str) -> None:
    """Refuse a number such as -999 among others, which would be learnt from as a number.

    Raises
    ------
    InputError
        With file, column, the number and how many samples have it.
    """
    cells = [cells.get(column, "") for cells in table.kept().values()]
    numbers = [number for cell in cells if (number := number_of(cell)) is not None]
    code = number_for_missing(numbers)
    if code is not None:
        others = [number for number in numbers if number != code]
        raise InputError(
            f"{path}, column {column}: {code:g} ({numbers.count(code)} samples) lies far from the "
            f"other numbers ({min(others):g} to {max(others):g}), as a code for missing does; "
            "empty these cells"
        )


def warnings_of(table: SampleTable, row: Mapping[str, str], task: Mapping[str, Any]) -> list[str]:
    """What a person should look at in a sample table that is otherwise right."""
    told = [*table.warnings, *_unlabelled(table, row, task)]
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


def _unlabelled(table: SampleTable, row: Mapping[str, str], task: Mapping[str, Any]) -> list[str]:
    """Warn of a source whose labels nobody finds, with the column that may hold them."""
    if row["role"] != "source":
        return []
    column = columns_of(task)[0]
    if column in table.columns:
        if any(cells[column] for cells in table.kept().values()):
            return []
        return [f"{row['samples']}, column {column}: empty in all samples; none has a label"]
    letters = re.sub(r"[\W_]+", "", column.lower())
    near = [c for c in table.columns if re.sub(r"[\W_]+", "", c.lower()) == letters]
    if not near:
        return []
    return [
        f"{row['samples']}: no column {column!r}, so that none of its samples has a label; the "
        f"column {near[0]!r} looks like it: call it {column!r}"
    ]


def _values_of_events(table: SampleTable, task: Mapping[str, Any]) -> str:
    """All values of the column of events, for a message."""
    cells = (cells.get(task["event"], "") for cells in table.kept().values())
    return f"; there are: {_counted(filter(None, cells))}"


def _counted(values: Iterable[str]) -> str:
    return ", ".join(f"{value} ({n})" for value, n in sorted(Counter(values).items()))
