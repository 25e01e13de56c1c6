"""The tables of the page, from data frames to rows of readable cells."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dxtransfer.report.cells import DASH, Cell, Table, change, cut, estimate, number, percent, text
from dxtransfer.report.kinds import KINDS
from dxtransfer.report.looks import of_member
from dxtransfer.report.names import SIMPLE, Member, Models, members_of

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


def one(rows: pd.DataFrame, member: Member, measure: str) -> Mapping[str, Any]:
    """Find the row of a strategy and a measure.

    Raises
    ------
    ValueError
        When there is none.
    """
    found = of_member(rows[rows["measure"] == measure], member)
    if found.empty:
        raise ValueError(f"the table has no {measure} of {'.'.join(member)} at budget all")
    row: Mapping[str, Any] = {str(k): v for k, v in found.iloc[0].to_dict().items()}
    return row


def strategy_cell(member: Member, models: Models) -> Cell:
    """Name of a strategy, with a note at the shipped one."""
    is_shipped = member == models.shipped
    return Cell(
        models.title(member), "shipped model" * is_shipped, strong=bool(models.part(member))
    )


def _measures_in(rows: pd.DataFrame) -> list[str]:
    present = set(rows["measure"])
    return [m for m in MEASURES if m in present] + sorted(present - set(MEASURES))


def measure_title(measure: str) -> str:
    """Name of a measure, with a word where lower is better."""
    title = MEASURES.get(measure, measure)
    return f"{title} (lower is better)" if measure in LOWER_IS_BETTER else title


def _grid(
    rows: pd.DataFrame, models: Models, *, by: str, columns: Sequence[str], cell: Any
) -> list[list[Cell]]:
    """One row of cells per strategy and one column per value of `by`."""
    lines = []
    for member in members_of(rows):
        own = {str(row[by]): row for row in of_member(rows, member).to_dict("records")}
        cells = [cell(own[c]) if c in own else Cell(DASH) for c in columns]
        lines.append([strategy_cell(member, models), *cells])
    return lines


def strategies_table(
    rows: pd.DataFrame, models: Models, columns: Mapping[str, Any], *, caption: str, source: str
) -> Table:
    """One row per strategy; `columns` are titles and what makes a cell from the row of a strategy.

    Where a strategy has several rows, each has a line.
    """
    lines = [
        [strategy_cell(member, models), *(cell(row) for cell in columns.values())]
        for member in members_of(rows)
        for row in of_member(rows, member).to_dict("records")
    ]
    return Table(caption=caption, columns=["Strategy", *columns], rows=lines, source=source)


def measures_table(rows: pd.DataFrame, models: Models, *, source: str) -> Table:
    """Every measure of every strategy."""
    measures = _measures_in(rows)
    return Table(
        caption="Every strategy and measure, all labelled patients of the training part used",
        columns=["Strategy", *map(measure_title, measures)],
        rows=_grid(rows, models, by="measure", columns=measures, cell=_bare),
        source=source,
    )


def _bare(row: Mapping[str, Any]) -> Cell:
    return estimate({key: row[key] for key in ("estimate", "low", "high")})


def differences_table(rows: pd.DataFrame, models: Models, *, source: str) -> Table:
    """Differences to the simple model."""
    measures = _measures_in(rows)

    def cell(row: Mapping[str, Any]) -> Cell:
        return change(row["difference"], row["low"], row["high"])

    return Table(
        caption=f"Difference to the {SIMPLE} on the same patients and folds",
        columns=["Strategy", *map(measure_title, measures)],
        rows=_grid(rows, models, by="measure", columns=measures, cell=cell),
        source=source,
    )


def budgets_table(rows: pd.DataFrame, models: Models, *, source: str) -> Table:
    """Main measure by number of labelled patients."""
    words = KINDS[models.kind]
    told = rows[rows["measure"] == words.measure].assign(budget=rows["budget"].astype(str))
    sizes = told.groupby("budget")["patients"].mean().sort_values()
    about = {b: "" if float(size).is_integer() else "about " for b, size in sizes.items()}
    heads = [f"{about[b]}{size:.0f} patients{' (all)' * (b == 'all')}" for b, size in sizes.items()]
    budgets = [str(b) for b in sizes.index]
    return Table(
        caption=f"{words.title} by number of labelled patients",
        columns=["Strategy", *heads],
        rows=_grid(told, models, by="budget", columns=budgets, cell=_bare),
        source=source,
    )


def confusion_table(
    rows: pd.DataFrame, shipped: Member, *, source: str, kind: str = "binary"
) -> Table:
    """Actual against predicted classes of the shipped model."""
    own = of_member(rows, shipped)
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
            _bare(row | {"estimate": row["observed"]}),
            Cell(text(row["samples"])),
        ]
        for row in of_member(rows, shipped).sort_values("bin").to_dict("records")
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
        remark=cut(len(rows), MOST_ROWS),
    )
