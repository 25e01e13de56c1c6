"""The tables of the page, from data frames to rows of readable cells."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dxtransfer.report.cells import (
    DASH,
    Cell,
    Table,
    excludes_zero,
    interval,
    known,
    number,
    percent,
    signed,
    text,
)
from dxtransfer.report.kinds import KINDS
from dxtransfer.report.names import REFERENCE, Member, members_of, name, short_name

MEASURES = {
    "auroc": "AUROC",
    "average_precision": "Average precision",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "recall": "Recall (sensitivity)",
    "specificity": "Specificity",
    "precision": "Precision",
    "f1": "F1",
    "mcc": "MCC",
    "brier": "Brier score",
    "log_loss": "Log loss",
    "mae": "Mean absolute error",
    "r2": "R\N{SUPERSCRIPT TWO}",
    "spearman": "Spearman's correlation",
    "c_index": "C-index",
    "integrated_brier": "Integrated Brier score",
    "time_dependent_auc": "Time-dependent AUC",
}


LOWER_IS_BETTER = ("brier", "log_loss", "mae", "integrated_brier")


MOST_ROWS = 300


def _own(rows: pd.DataFrame, member: Member) -> pd.DataFrame:
    return rows[(rows["objective"] == member[0]) & (rows["strategy"] == member[1])]


def one(rows: pd.DataFrame, member: Member, measure: str) -> Mapping[str, Any]:
    """Find the row of a strategy and a measure.

    Raises
    ------
    ValueError
        When there is none.
    """
    found = _own(rows[rows["measure"] == measure], member)
    if found.empty:
        raise ValueError(f"the table has no {measure} of {'.'.join(member)} at budget all")
    row: Mapping[str, Any] = {str(k): v for k, v in found.iloc[0].to_dict().items()}
    return row


def _header(member: Member, marks: Mapping[Member, str], kind: str) -> Cell:
    return Cell(name(member, kind=kind), marks.get(member, ""), strong=member in marks)


def _measures_in(rows: pd.DataFrame) -> list[str]:
    present = set(rows["measure"])
    return [m for m in MEASURES if m in present] + sorted(present - set(MEASURES))


def measure_title(measure: str) -> str:
    """Name of a measure, with a word where lower is better."""
    title = MEASURES.get(measure, measure)
    return f"{title} (lower is better)" if measure in LOWER_IS_BETTER else title


def _grid(
    rows: pd.DataFrame,
    marks: Mapping[Member, str],
    *,
    by: str,
    columns: Sequence[str],
    cell: Any,
    kind: str,
) -> list[list[Cell]]:
    """One row of cells per strategy and one column per value of `by`."""
    lines = []
    for member in members_of(rows):
        own = {str(row[by]): row for row in _own(rows, member).to_dict("records")}
        cells = [cell(own[c]) if c in own else Cell(DASH) for c in columns]
        lines.append([_header(member, marks, kind), *cells])
    return lines


def measures_table(
    rows: pd.DataFrame, marks: Mapping[Member, str], *, source: str, kind: str = "binary"
) -> Table:
    """Every measure of every strategy."""
    measures = _measures_in(rows)
    return Table(
        caption="Every strategy and measure, all labelled patients of the training part used",
        columns=["Strategy", *map(measure_title, measures)],
        rows=_grid(rows, marks, by="measure", columns=measures, cell=_estimate, kind=kind),
        source=source,
    )


def _estimate(row: Mapping[str, Any]) -> Cell:
    if not known(row["estimate"]):
        return Cell(DASH)
    return Cell(number(row["estimate"]), interval(row["low"], row["high"]))


def differences_table(
    rows: pd.DataFrame, marks: Mapping[Member, str], *, source: str, kind: str = "binary"
) -> Table:
    """Differences to the reference."""
    measures = _measures_in(rows)

    def cell(row: Mapping[str, Any]) -> Cell:
        if not known(row["difference"]):
            return Cell(DASH)
        outside = excludes_zero(row)
        text = signed(row["difference"]) + ("\N{NO-BREAK SPACE}*" if outside else "")
        return Cell(text, interval(row["low"], row["high"], signed), strong=outside)

    return Table(
        caption=f"Difference to {short_name(REFERENCE, kind=kind)} on the same patients and folds",
        columns=["Strategy", *map(measure_title, measures)],
        rows=_grid(rows, marks, by="measure", columns=measures, cell=cell, kind=kind),
        source=source,
    )


def budgets_table(
    rows: pd.DataFrame, marks: Mapping[Member, str], *, source: str, kind: str = "binary"
) -> Table:
    """Main measure by number of labelled patients."""
    words = KINDS[kind]
    told = rows[rows["measure"] == words.measure].assign(budget=rows["budget"].astype(str))
    sizes = told.groupby("budget")["patients"].mean().sort_values()
    heads = [f"{size:.3g} patients{' (all)' if b == 'all' else ''}" for b, size in sizes.items()]
    budgets = [str(b) for b in sizes.index]
    return Table(
        caption=f"{words.title} by number of labelled patients",
        columns=["Strategy", *heads],
        rows=_grid(told, marks, by="budget", columns=budgets, cell=_estimate, kind=kind),
        source=source,
    )


def confusion_table(
    rows: pd.DataFrame, shipped: Member, *, source: str, kind: str = "binary"
) -> Table:
    """Actual against predicted classes of the shipped model."""
    own = _own(rows, shipped)
    classes = list(dict.fromkeys(own["actual"]))
    counts = {(r["actual"], r["predicted"]): r for r in own.to_dict("records")}
    lines = [
        [
            Cell(str(actual)),
            *(
                Cell(
                    f"{float(counts[actual, guess]['samples']):.1f}",
                    percent(round(float(counts[actual, guess]["share"]), 3)),
                    strong=actual == guess,
                )
                for guess in classes
            ),
        ]
        for actual in classes
    ]
    return Table(
        caption="Samples by actual and predicted class, shipped model, "
        + ("threshold 0.5" if kind == "binary" else "the most probable class called"),
        columns=["Actually", *(f"Predicted {c}" for c in classes)],
        rows=lines,
        source=source,
        remark="Mean over the repeats, so counts need not be whole; below, the share of the row.",
    )


def calibration_table(rows: pd.DataFrame, shipped: Member, *, positive: str, source: str) -> Table:
    """Predicted against observed shares of the shipped model."""
    lines = [
        [
            Cell(text(row["bin"])),
            Cell(number(row["predicted"])),
            _estimate(row | {"estimate": row["observed"]}),
            Cell(text(row["samples"])),
        ]
        for row in _own(rows, shipped).sort_values("bin").to_dict("records")
    ]
    return Table(
        caption=f"Calibration of the shipped model, probability of {positive}",
        columns=["Bin", "Mean predicted", "Observed share", "Samples"],
        rows=lines,
        source=source,
    )


def qc_table(qc: pd.DataFrame, *, source: str) -> Table:
    """What quality control kept, per cohort."""
    columns = {
        **{"samples_delivered": "Samples delivered", "samples_kept": "Samples kept"},
        **{"features_delivered": "Features delivered", "features_kept": "Features kept"},
        **{"mapped": "Names mapped", "repaired": "Names repaired"},
        **{"merged": "Features merged", "lost": "Features lost"},
    }
    lines = [
        [
            *(Cell(text(row[c])) for c in ("cohort", "role", "assay")),
            Cell(text(row["scale"]), text(row.get("scale_evidence"))),
            *(Cell(text(row.get(c))) for c in columns),
        ]
        for row in qc.to_dict("records")
    ]
    return Table(
        caption="What each cohort delivered and what was kept",
        columns=["Cohort", "Role", "Assay", "Scale", *columns.values()],
        rows=lines,
        text_columns=4,
        source=source,
    )


def left_out_table(samples: pd.DataFrame) -> Table:
    """Count by cohort and reason; reasons that differ in their numbers alone are one."""
    kind = samples["reason"].astype(str).str.replace(r"\d[\d.,]*", "…", regex=True)
    lines = []
    for (cohort, pattern), group in samples.groupby(["cohort", kind], sort=False):
        reason = pattern if group["reason"].nunique() > 1 else group["reason"].iloc[0]
        lines.append([Cell(text(cohort)), Cell(text(reason)), Cell(str(len(group)))])
    return Table(
        caption="Samples left out, by cohort and reason",
        columns=["Cohort", "Reason", "Samples"],
        rows=lines,
        text_columns=2,
    )


def coverage_table(coverage: pd.DataFrame, *, source: str) -> Table:
    """How much of the vocabulary each cohort measures."""
    lines = [
        [
            Cell(text(row["cohort"])),
            Cell(text(row["missing"]).replace(",", ", ") or DASH),
            Cell(text(row["measured"])),
            Cell(text(row["vocabulary"])),
            Cell(percent(row["share"])),
        ]
        for row in coverage.to_dict("records")
    ]
    return Table(
        caption="Features of the vocabulary that each cohort measures",
        columns=["Cohort", "Missing (the first 20)", "Measured", "Vocabulary", "Share"],
        rows=lines,
        text_columns=2,
        source=source,
    )


def pairs_table(pairs: Mapping[str, str], key: str, value: str, *, caption: str) -> Table:
    """Two columns of keys and values."""
    lines = [[Cell(str(k)), Cell(str(v))] for k, v in pairs.items()]
    return Table(caption=caption, columns=[key, value], rows=lines, text_columns=2)


def plain_table(
    rows: pd.DataFrame,
    columns: Mapping[str, str],
    *,
    caption: str,
    source: str = "",
) -> Table:
    """Show the named columns of a table as they stand, cut after `MOST_ROWS` rows."""
    present = [c for c in columns if c in rows.columns]
    shown = rows[present].head(MOST_ROWS)
    return Table(
        caption=caption,
        columns=[columns[c] for c in present],
        rows=[[Cell(text(v)) for v in line] for line in shown.itertuples(index=False)],
        text_columns=len(present),
        source=source,
        remark=cut(len(rows)),
    )


def cut(total: int) -> str:
    """A note where a table stops early."""
    if total <= MOST_ROWS:
        return ""
    return f"The first {MOST_ROWS} of {total:,} rows are shown; the file has them all."
