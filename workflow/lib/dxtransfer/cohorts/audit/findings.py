"""Findings of the audit: rows of its table, and what an error stops."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from dxtransfer.errors import InputError

# columns of a table of predictions that predict nothing themselves
NO_PREDICTION = ("sample", "patient", "status", "reason", "predicted_class", "coverage")


class Finding(NamedTuple):
    """One row of the audit.

    Attributes
    ----------
    level
        `error` or `warning`.
    check
        Name of the check.
    cohort, sample, other_cohort, other_sample
        The rows that it speaks of; empty where it speaks of a whole cohort.
    column
        Column of the sample table, or feature; empty where it speaks of samples.
    statistic, p_value
        As `detail` names them; NaN where there is none.
    detail
        What was found and what to do, for a person.
    """

    level: str
    check: str
    cohort: str
    sample: str = ""
    other_cohort: str = ""
    other_sample: str = ""
    column: str = ""
    statistic: float = float("nan")
    p_value: float = float("nan")
    detail: str = ""


COLUMNS = list(Finding._fields)


def finding_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Put findings into a table, errors first, otherwise in the order given."""
    table = pd.DataFrame(list(findings), columns=COLUMNS, dtype=object)
    return table.sort_values("level", kind="stable", ignore_index=True)


def told(finding: pd.Series) -> str:
    """Tell a row of the table in one line: its check, what it speaks of, its detail."""
    one, other = (
        " ".join(str(finding[name]) for name in names if not _empty(finding[name]))
        for names in (("cohort", "sample"), ("other_cohort", "other_sample"))
    )
    column = "" if _empty(finding["column"]) else f", column {finding['column']}"
    return (
        f"{finding['check']}, {one}{' and ' + other if other else ''}{column}: {finding['detail']}"
    )


def refuse_errors(findings: pd.DataFrame, *, table: str, on_leak: str) -> None:
    """Stop before any training where the audit found an error.

    Parameters
    ----------
    findings
        See `finding_table`.
    table
        Where they are kept, for the message.
    on_leak
        `stop`, or `drop_from_source`: errors that the source samples left out for them undo do
        not count.

    Raises
    ------
    InputError
        Naming the first error and how many there are.
    """
    errors = findings[findings["level"] == "error"]
    if on_leak == "drop_from_source":
        errors = errors[~undone_by_dropping(errors)]
    if len(errors):
        count = "1 error stops" if len(errors) == 1 else f"{len(errors)} errors stop"
        raise InputError(f"{table}: {count} the training; the first: {told(errors.iloc[0])}")


def undone_by_dropping(findings: pd.DataFrame) -> pd.Series:
    """Whether a finding is undone by leaving its other sample, one of a source, out."""
    other = findings["other_cohort"].fillna("").astype(str)
    return (other != "") & (other != findings["cohort"].astype(str))


def withheld(predictions: pd.DataFrame, findings: pd.DataFrame, *, table: str) -> pd.DataFrame:
    """Refuse a cohort's predictions where its audit found an error.

    Parameters
    ----------
    predictions
        One row per sample, see `dxtransfer.predict.predict`.
    findings
        See `finding_table`.
    table
        Where they are kept, for the reason.

    Returns
    -------
    DataFrame
        The predictions as they are, or every row refused with the first error as its reason.
    """
    errors = findings[findings["level"] == "error"]
    if errors.empty:
        return predictions
    refused = predictions.assign(status="refused")
    refused["reason"] = (
        f"the audit of this cohort found {len(errors)} "
        f"{'error' if len(errors) == 1 else 'errors'} ({table}); the first: {told(errors.iloc[0])}"
    )
    if "predicted_class" in refused:
        refused["predicted_class"] = ""
    refused[[c for c in refused if c not in NO_PREDICTION]] = np.nan
    return refused


def _empty(value: object) -> bool:
    return str(value) in ("", "nan")
