"""Modes of evaluation: which cohorts and sites are tested, and whether they can be."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dxtransfer.errors import InputError
from dxtransfer.label_checks import check_numbers, lacking
from dxtransfer.labels import columns_of, kind_of, number_of, outcome_of
from dxtransfer.sample_tables import SampleTable, read_samples
from dxtransfer.sites import judged_sites, too_few_sites
from dxtransfer.study import Study

FEWEST_COHORTS = 3
# of a covariate that is text
MOST_CATEGORIES = 10
# an id such as 007 is text, see `learn.covariates`
AN_ID = re.compile(r"[+-]?0\d+.*")
# Columns that every cohort has, named by the sheet.
OF_THE_SHEET = ("patient", "site")


def in_turn(study: Study, *, sheet: str, task: Mapping[str, Any]) -> tuple[Study, dict[str, str]]:
    """Make every cohort that is learnt from a target and a source of the other targets.

    Parameters
    ----------
    study
        The study as the cohort sheet has it.
    sheet
        Name of the cohort sheet, for messages.
    task
        The `task` block of the configuration.

    Returns
    -------
    tuple
        The study with `source,target` for every cohort that can be a target, and the others that
        are learnt from, with the reason for which they stay a source.

    Raises
    ------
    InputError
        Where fewer than three cohorts can be the target.
    """
    rows, stays = {}, {}
    for name, row in study.cohorts.items():
        reason = _stays(row, task) if name in study.trained_on() else ""
        if reason:
            stays[name] = reason
        elif name in study.trained_on():
            row = {**row, "role": "source,target"}
        rows[name] = row
    turned = Study(rows)
    if len(turned.targets()) < FEWEST_COHORTS:
        gone = "; ".join(f"{name}: {reason}" for name, reason in stays.items())
        raise InputError(
            f"{sheet}: {len(turned.targets())} cohorts can be the target in turn, "
            f"evaluation.mode leave_one_cohort_out needs {FEWEST_COHORTS}"
            + (f" ({gone})" if gone else "")
        )
    return turned, stays


def check_evaluation(
    study: Study, *, evaluation: Mapping[str, Any], task: Mapping[str, Any]
) -> None:
    """Check columns and sites of the targets whose sample tables can be read already.

    Parameters
    ----------
    study
        The study.
    evaluation, task
        These blocks of the configuration.

    Raises
    ------
    InputError
        For a column that is not there, a covariate that holds the outcome, has no value, or is
        text among numbers, and for fewer than two sites that can be tested.
    """
    by_site = evaluation["mode"] == "leave_one_site_out"
    asked = {f"covariates: {name}": name for name in evaluation["covariates"]}
    asked |= {"adjust_for": evaluation["adjust_for"]} if evaluation["adjust_for"] else {}
    asked |= {"site": evaluation["site"]} if by_site else {}
    for name in evaluation["covariates"]:
        if name in columns_of(task):
            raise InputError(
                f"config: evaluation.covariates: {name!r} is the outcome itself; take it out"
            )
    for target in study.targets():
        row = study.cohorts[target]
        if not _is_there(row):
            continue
        table = read_samples(row)
        for key, name in asked.items():
            _check_column(table, row, name, key=key)
        for name in evaluation["covariates"]:
            _check_covariate(table, row, name)
        if by_site:
            _check_sites(table, row, evaluation["site"], task)


def _stays(row: Mapping[str, str], task: Mapping[str, Any]) -> str:
    """Why a cohort cannot be a target; what the sheet calls a target is one."""
    if "target" in row["role"]:
        return ""
    if "samples" not in row:
        return "its sample table comes with its matrix; give it the role source,target"
    return lacking(read_samples(row), task) if _is_there(row) else ""


def _is_there(row: Mapping[str, str]) -> bool:
    return "samples" in row and Path(row["samples"]).exists()


def _column(table: SampleTable, name: str) -> str:
    """Column of the table behind a column that every cohort has."""
    named = {"patient": table.patient_column, "site": table.site_column}
    return named.get(name, "") or name


def _check_column(table: SampleTable, row: Mapping[str, str], name: str, *, key: str) -> None:
    if _column(table, name) not in table.columns:
        raise InputError(
            f"{row['samples']}: no column {name!r}, which the configuration names in "
            f"evaluation.{key.partition(':')[0]}; there are: {', '.join(table.columns)}"
        )


def _check_covariate(table: SampleTable, row: Mapping[str, str], name: str) -> None:
    column = _column(table, name)
    cells = {sample: own[column] for sample, own in table.kept().items() if own[column]}
    if not cells:
        raise InputError(
            f"{row['samples']}, column {name}: no value at all; take it out of "
            "evaluation.covariates"
        )
    check_numbers(table, column, path=row["samples"])
    text = [
        sample
        for sample, value in cells.items()
        if number_of(value) is None or AN_ID.fullmatch(value)
    ]
    begun = [s for s in text if number_of(cells[s]) is None and re.match(r"[<>+-]?\d", cells[s])]
    kinds = len(set(cells.values()))
    if begun and (2 * len(begun) > len(text) and kinds > MOST_CATEGORIES):
        raise InputError(
            f"{row['samples']}, row {table.numbers[begun[0]]}, column {name}: {cells[begun[0]]!r} "
            "is no number, so that each value would become a category; write numbers, with a "
            "point for decimals and without units"
        )
    if 2 * kinds > len(cells) and len(text) == len(cells) and kinds > MOST_CATEGORIES:
        raise InputError(
            f"{row['samples']}, column {name}: {kinds} different texts for {len(cells)} samples "
            "are too many for categories; take it out of evaluation.covariates"
        )
    if text and len(text) < len(cells) / 2:
        raise InputError(
            f"{row['samples']}, row {table.numbers[text[0]]}, column {name}: {cells[text[0]]!r} "
            "among numbers, which would make each number a category; correct or empty it"
        )


def _check_sites(
    table: SampleTable, row: Mapping[str, str], name: str, task: Mapping[str, Any]
) -> None:
    site = _column(table, name)
    held = []
    for sample, cells in table.kept().items():
        label = _label(cells, task)
        # ingest fills the site that the sheet names, and no other column
        at = cells[site] or (row["cohort"] if name == "site" else "")
        if label and at:
            held.append((at, table.patient(sample), label))
    sites, patients, labels = (
        (list(each) for each in zip(*held, strict=True)) if held else ([],) * 3
    )
    kind = kind_of(task)
    if wrong := too_few_sites(
        judged_sites(sites, patients, labels, kind=kind, classes=list(task["classes"]))
    ):
        raise InputError(f"{row['samples']}, column {site}: the target {row['cohort']!r}: {wrong}")


def _label(cells: Mapping[str, str], task: Mapping[str, Any]) -> str:
    return outcome_of(cells, task=task).label
