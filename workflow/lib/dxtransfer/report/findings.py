"""The audit's findings on the page: errors one by one, warnings by what they have in common."""

import pandas as pd

from dxtransfer.report.cells import Cell, Table, cut, text

MOST_ERRORS = 40
MOST_GROUPS = 40
TITLES = {
    "same_sample": "Same sample id",
    "same_patient": "Same patient id",
    "identical_expression": "Identical values",
    "similar_expression": "One by expression",
    "copied_cohort": "Samples in both cohorts",
    "label_conflict": "Labels contradict",
    "label_is_batch": "Batch is the label",
    "label_giving_column": "Column gives the label",
    "label_confounded": "Column goes with the label",
    "feature_is_label": "Feature is the label",
    "relative_values": "Values relative to the cohort",
}


def errors_table(findings: pd.DataFrame, *, source: str) -> Table:
    """Errors, one a row."""
    errors = findings[findings["level"] == "error"]
    lines = [
        [Cell(_title(row)), Cell(_rows(row, "cohort", "sample")), Cell(_other(row)), _detail(row)]
        for row in errors.head(MOST_ERRORS).to_dict("records")
    ]
    return Table(
        caption="Errors of the audit",
        columns=["Check", "Cohort and sample", "With", "What was found and what to do"],
        rows=lines,
        text_columns=4,
        source=source,
        remark=cut(len(errors), MOST_ERRORS, "errors"),
    )


def warnings_table(findings: pd.DataFrame, *, source: str) -> Table:
    """Warnings counted by check, cohorts and column, each with its first one as an example."""
    warnings = findings[findings["level"] != "error"].fillna("")
    keys = ["check", "cohort", "other_cohort", "column"]
    groups = list(warnings.groupby(keys, sort=False))
    lines = []
    for _, group in groups[:MOST_GROUPS]:
        first = group.iloc[0].to_dict()
        lines.append(
            [
                Cell(_title(first)),
                Cell(_rows(first, "cohort", "sample")),
                Cell(_other(first)),
                _detail(first),
                Cell(str(len(group))),
            ]
        )
    return Table(
        caption="Warnings of the audit, alike ones told once",
        columns=["Check", "Cohort and first sample", "With", "What was found", "Findings"],
        rows=lines,
        text_columns=4,
        source=source,
        remark=cut(len(groups), MOST_GROUPS, "kinds of warning"),
    )


def _title(row: dict[str, object]) -> str:
    return TITLES.get(str(row["check"]), str(row["check"]))


def _rows(row: dict[str, object], *names: str) -> str:
    return " ".join(filter(None, (text(row.get(name)) for name in names)))


def _other(row: dict[str, object]) -> str:
    return text(row.get("column")) or _rows(row, "other_cohort", "other_sample")


def _detail(row: dict[str, object]) -> Cell:
    return Cell(text(row.get("detail")))
