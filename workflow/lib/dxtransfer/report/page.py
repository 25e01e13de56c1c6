"""The report of one target cohort: one self-contained HTML page made from tables alone."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from dxtransfer.report.figures import (
    PALETTE,
    REFERENCE,
    Member,
    chosen,
    members_of,
    name,
    short_name,
)

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
}
LOWER_IS_BETTER = ("brier", "log_loss")
DASH = "\N{EN DASH}"
MOST_ROWS = 300
"""Rows of a table by sample that are shown; the rest stays in its file, the page stays small."""


@dataclass(frozen=True)
class Cell:
    """One cell: its text, a smaller line below it, and whether it stands out."""

    text: str
    note: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Table:
    """A table as the template draws it; the first cell of a row is its header."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    text_columns: int = 1
    source: str = ""
    remark: str = ""


def page(
    *,
    target: str,
    study: str,
    settings: Mapping[str, Any],
    metrics: pd.DataFrame,
    comparisons: pd.DataFrame,
    label_efficiency: pd.DataFrame,
    calibration: pd.DataFrame,
    confusion: pd.DataFrame,
    figures: Mapping[str, str],
    qc: pd.DataFrame,
    coverage: pd.DataFrame,
    samples_left_out: pd.DataFrame,
    audit: pd.DataFrame,
    predictions: Mapping[str, pd.DataFrame],
    model: Mapping[str, Any],
    history: Mapping[str, pd.DataFrame],
    provenance: Mapping[str, Any],
) -> str:
    """Render the report of a target cohort.

    Parameters
    ----------
    target, study
        Names of the target cohort and of the study.
    settings
        The whole configuration with its defaults filled in.
    metrics, comparisons, label_efficiency, calibration, confusion
        The tables of the evaluation, all strategies and budgets.
    figures
        SVG text by the name of its function in `dxtransfer.report.figures`; a picture that is
        not there is left out.
    qc
        One row per cohort: the keys of its QC summary, and `role`.
    coverage
        One row per cohort: cohort, vocabulary, measured, share, missing.
    samples_left_out
        One row per sample: cohort, sample, patient, reason.
    audit
        Findings: level, check, cohort, sample, other_cohort, other_sample, detail.
    predictions
        Predictions by cohort: sample, patient, status, reason, predicted_class, p_{class},
        coverage.
    model
        Settings of the shipped model; `strategy`, `objective`, `classes` and `positive` are read.
    history
        History of each pretraining objective.
    provenance
        `versions` (name -> version), `inputs` (list of cohort, file, sha256) and `tables`
        (name of a table of this page -> its file; keys as the arguments of this function,
        and predictions.{cohort}).

    Returns
    -------
    str
        HTML without scripts and without references to anything outside. It holds no date: the
        same tables give the same page.

    Raises
    ------
    ValueError
        When the shipped model or the reference has no AUROC at budget all.
    """
    shipped: Member = (str(model.get("objective") or "none"), str(model["strategy"]))
    sources: Mapping[str, str] = provenance.get("tables", {})
    positive = str(model["positive"])
    at_all = metrics[metrics["budget"].astype(str) == "all"]
    compared = comparisons[comparisons["budget"].astype(str) == "all"]
    marks = {shipped: "shipped model", REFERENCE: "reference"}
    tables = {
        "metrics": _measures_table(at_all, marks, source=sources.get("metrics", "")),
        "comparisons": _differences_table(compared, marks, source=sources.get("comparisons", "")),
        "label_efficiency": _budgets_table(
            label_efficiency, marks, source=sources.get("label_efficiency", "")
        ),
        "confusion": _confusion_table(confusion, shipped, source=sources.get("confusion", "")),
        "calibration": _calibration_table(
            calibration, shipped, positive=positive, source=sources.get("calibration", "")
        ),
        "qc": _qc_table(qc, source=sources.get("qc", "")),
        "left_out": _left_out_table(samples_left_out),
        "left_out_samples": _plain_table(
            samples_left_out,
            {"cohort": "Cohort", "sample": "Sample", "patient": "Patient", "reason": "Reason"},
            caption="Samples left out, one by one",
            source=sources.get("samples_left_out", ""),
        ),
        "coverage": _coverage_table(coverage, source=sources.get("coverage", "")),
        "audit": _plain_table(
            audit,
            {c: c.replace("_", " ").capitalize() for c in audit.columns},
            caption="Findings of the audit",
            source=sources.get("audit", ""),
        ),
        "settings": _pairs_table(dict(_flat(settings)), "Setting", "Value", caption="Settings"),
        "versions": _pairs_table(
            provenance.get("versions", {}), "Software", "Version", caption="Software"
        ),
        "inputs": _plain_table(
            pd.DataFrame(provenance.get("inputs", []), columns=["cohort", "file", "sha256"]),
            {"cohort": "Cohort", "file": "File", "sha256": "SHA-256"},
            caption="Files that went in, with their checksums",
        ),
        "tables": _pairs_table(sources, "Table", "File", caption="The file behind each table"),
    }
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["number"] = _number
    environment.filters["percent"] = _percent
    template = environment.from_string(
        files("dxtransfer.report").joinpath("page.html.j2").read_text("utf-8")
    )
    return template.render(
        css=Markup(files("dxtransfer.report").joinpath("page.css").read_text("utf-8")),
        target=target,
        study=study,
        settings=settings,
        classes=[str(c) for c in model["classes"]],
        positive=positive,
        summary=_summary(at_all, compared, shipped),
        curves=_curve_names(at_all, shipped),
        level=_percent(settings.get("evaluate", {}).get("level", 0.95)),
        figures={key: Markup(_themed(svg)) for key, svg in figures.items()},
        tables=tables,
        cohorts=_cohort_sizes(qc),
        predictions=[
            _prediction(
                cohort, rows, positive=positive, source=sources.get(f"predictions.{cohort}", "")
            )
            for cohort, rows in predictions.items()
        ],
        model=model,
        histories=[_history(objective, rows) for objective, rows in history.items()],
    )


def _themed(svg: str) -> str:
    """Let the page's style choose the shade of each colour, so that dark mode can brighten it."""
    for colour_name, colour in PALETTE.items():
        svg = svg.replace(f": {colour}", f": var(--{colour_name}, {colour})")
    return svg


def _number(value: Any, digits: int = 2) -> str:
    """`0.86`; a dash where there is no number."""
    if not _known(value):
        return DASH
    return f"{float(value):.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _signed(value: Any) -> str:
    """`+0.08`; with more digits where two would hide on which side of 0 a number lies."""
    if not _known(value):
        return DASH
    number = float(value)
    digits = next((d for d in (2, 3, 4) if round(abs(number), d) > 0), 4) if number else 2
    return f"{number:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _percent(value: Any) -> str:
    return f"{100 * float(value):.3g}%" if _known(value) else DASH


def _text(value: Any) -> str:
    """Tell a cell as text; missing cells are empty and whole numbers have no decimals."""
    if isinstance(value, str):
        return value
    if not _known(value):
        return ""
    number = float(value)
    return f"{number:,.0f}" if number.is_integer() else f"{number:.3g}"


def _known(value: Any) -> bool:
    return value is not None and value != "" and not math.isnan(float(value))


def _interval(low: Any, high: Any, show: Any = _number) -> str:
    return f"[{show(low)}, {show(high)}]"


def _excludes_zero(row: Mapping[str, Any] | pd.Series) -> bool:
    return bool(row["low"] > 0 or row["high"] < 0)


def _own(rows: pd.DataFrame, member: Member) -> pd.DataFrame:
    return rows[(rows["objective"] == member[0]) & (rows["strategy"] == member[1])]


def _one(rows: pd.DataFrame, member: Member, measure: str) -> Mapping[str, Any]:
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


def _summary(metrics: pd.DataFrame, comparisons: pd.DataFrame, shipped: Member) -> dict[str, Any]:
    """Tell what the first paragraph says; whether 0 is excluded is told from unrounded numbers."""
    own, reference = _one(metrics, shipped, "auroc"), _one(metrics, REFERENCE, "auroc")
    told: dict[str, Any] = {
        "shipped": _in_a_sentence(shipped),
        "objective": shipped[0],
        "is_reference": shipped == REFERENCE,
        "patients": _text(own["patients"]),
        "samples": _text(own["samples"]),
        "prevalence": _percent(own["prevalence"]),
        "own": Cell(_number(own["estimate"]), _interval(own["low"], own["high"])),
        "reference": Cell(
            _number(reference["estimate"]), _interval(reference["low"], reference["high"])
        ),
    }
    if shipped != REFERENCE:
        paired = _one(comparisons, shipped, "auroc")
        told["difference"] = Cell(
            _signed(paired["difference"]), _interval(paired["low"], paired["high"], _signed)
        )
        told["excludes_zero"] = _excludes_zero(paired)
    return told


def _in_a_sentence(member: Member) -> str:
    title = short_name(member)
    return "L2 logistic regression" if member == REFERENCE else title[:1].lower() + title[1:]


def _curve_names(metrics: pd.DataFrame, shipped: Member) -> str:
    names = [name(m) for m in chosen(metrics, shipped=shipped)]
    return ", ".join(names)


def _header(member: Member, marks: Mapping[Member, str]) -> Cell:
    return Cell(name(member), marks.get(member, ""), strong=member in marks)


def _measures_in(rows: pd.DataFrame) -> list[str]:
    present = set(rows["measure"])
    return [m for m in MEASURES if m in present] + sorted(present - set(MEASURES))


def _measure_title(measure: str) -> str:
    title = MEASURES.get(measure, measure)
    return f"{title} (lower is better)" if measure in LOWER_IS_BETTER else title


def _grid(
    rows: pd.DataFrame, marks: Mapping[Member, str], *, by: str, columns: Sequence[str], cell: Any
) -> list[list[Cell]]:
    """One row of cells per strategy and one column per value of `by`."""
    lines = []
    for member in members_of(rows):
        own = {str(row[by]): row for row in _own(rows, member).to_dict("records")}
        cells = [cell(own[c]) if c in own else Cell(DASH) for c in columns]
        lines.append([_header(member, marks), *cells])
    return lines


def _measures_table(rows: pd.DataFrame, marks: Mapping[Member, str], *, source: str) -> Table:
    measures = _measures_in(rows)
    return Table(
        caption="Every strategy and measure, all labelled patients of the training part used",
        columns=["Strategy", *map(_measure_title, measures)],
        rows=_grid(rows, marks, by="measure", columns=measures, cell=_estimate),
        source=source,
    )


def _estimate(row: Mapping[str, Any]) -> Cell:
    if not _known(row["estimate"]):
        return Cell(DASH)
    return Cell(_number(row["estimate"]), _interval(row["low"], row["high"]))


def _differences_table(rows: pd.DataFrame, marks: Mapping[Member, str], *, source: str) -> Table:
    measures = _measures_in(rows)

    def cell(row: Mapping[str, Any]) -> Cell:
        if not _known(row["difference"]):
            return Cell(DASH)
        outside = _excludes_zero(row)
        text = _signed(row["difference"]) + ("\N{NO-BREAK SPACE}*" if outside else "")
        return Cell(text, _interval(row["low"], row["high"], _signed), strong=outside)

    return Table(
        caption=f"Difference to {short_name(REFERENCE)} on the same patients and folds",
        columns=["Strategy", *map(_measure_title, measures)],
        rows=_grid(rows, marks, by="measure", columns=measures, cell=cell),
        source=source,
    )


def _budgets_table(rows: pd.DataFrame, marks: Mapping[Member, str], *, source: str) -> Table:
    auroc = rows[rows["measure"] == "auroc"].assign(budget=rows["budget"].astype(str))
    sizes = auroc.groupby("budget")["patients"].mean().sort_values()
    heads = [f"{size:.3g} patients{' (all)' if b == 'all' else ''}" for b, size in sizes.items()]
    return Table(
        caption="AUROC by number of labelled patients",
        columns=["Strategy", *heads],
        rows=_grid(
            auroc, marks, by="budget", columns=[str(b) for b in sizes.index], cell=_estimate
        ),
        source=source,
    )


def _confusion_table(rows: pd.DataFrame, shipped: Member, *, source: str) -> Table:
    own = _own(rows, shipped)
    classes = list(dict.fromkeys(own["actual"]))
    counts = {(r["actual"], r["predicted"]): r for r in own.to_dict("records")}
    lines = [
        [
            Cell(str(actual)),
            *(
                Cell(
                    f"{float(counts[actual, guess]['samples']):.1f}",
                    _percent(round(float(counts[actual, guess]["share"]), 3)),
                    strong=actual == guess,
                )
                for guess in classes
            ),
        ]
        for actual in classes
    ]
    return Table(
        caption="Samples by actual and predicted class, shipped model, threshold 0.5",
        columns=["Actually", *(f"Predicted {c}" for c in classes)],
        rows=lines,
        source=source,
        remark="Mean over the repeats, so counts need not be whole; below, the share of the row.",
    )


def _calibration_table(rows: pd.DataFrame, shipped: Member, *, positive: str, source: str) -> Table:
    lines = [
        [
            Cell(_text(row["bin"])),
            Cell(_number(row["predicted"])),
            _estimate(row | {"estimate": row["observed"]}),
            Cell(_text(row["samples"])),
        ]
        for row in _own(rows, shipped).sort_values("bin").to_dict("records")
    ]
    return Table(
        caption=f"Calibration of the shipped model, probability of {positive}",
        columns=["Bin", "Mean predicted", "Observed share", "Samples"],
        rows=lines,
        source=source,
    )


def _qc_table(qc: pd.DataFrame, *, source: str) -> Table:
    columns = {
        **{"samples_delivered": "Samples delivered", "samples_kept": "Samples kept"},
        **{"features_delivered": "Features delivered", "features_kept": "Features kept"},
        **{"repaired": "Names repaired", "version_cut": "Versions cut"},
        **{"upper_cased": "Names upper-cased", "merged": "Names merged"},
    }
    lines = [
        [
            *(Cell(_text(row[c])) for c in ("cohort", "role", "assay")),
            Cell(_text(row["scale"]), _text(row.get("scale_evidence"))),
            *(Cell(_text(row.get(c))) for c in columns),
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


def _left_out_table(samples: pd.DataFrame) -> Table:
    """Count by cohort and reason; reasons that differ in their numbers alone are one."""
    kind = samples["reason"].astype(str).str.replace(r"\d[\d.,]*", "…", regex=True)
    lines = []
    for (cohort, pattern), group in samples.groupby(["cohort", kind], sort=False):
        reason = pattern if group["reason"].nunique() > 1 else group["reason"].iloc[0]
        lines.append([Cell(_text(cohort)), Cell(_text(reason)), Cell(str(len(group)))])
    return Table(
        caption="Samples left out, by cohort and reason",
        columns=["Cohort", "Reason", "Samples"],
        rows=lines,
        text_columns=2,
    )


def _coverage_table(coverage: pd.DataFrame, *, source: str) -> Table:
    lines = [
        [
            Cell(_text(row["cohort"])),
            Cell(_text(row["missing"]).replace(",", ", ") or DASH),
            Cell(_text(row["measured"])),
            Cell(_text(row["vocabulary"])),
            Cell(_percent(row["share"])),
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


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            yield f"{prefix}{key}", ", ".join(map(str, value))
        else:
            yield f"{prefix}{key}", str(value)


def _pairs_table(pairs: Mapping[str, str], key: str, value: str, *, caption: str) -> Table:
    lines = [[Cell(str(k)), Cell(str(v))] for k, v in pairs.items()]
    return Table(caption=caption, columns=[key, value], rows=lines, text_columns=2)


def _plain_table(
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
        rows=[[Cell(_text(v)) for v in line] for line in shown.itertuples(index=False)],
        text_columns=len(present),
        source=source,
        remark=_cut(len(rows)),
    )


def _cut(total: int) -> str:
    if total <= MOST_ROWS:
        return ""
    return f"The first {MOST_ROWS} of {total:,} rows are shown; the file has them all."


def _cohort_sizes(qc: pd.DataFrame) -> dict[str, Any]:
    source = qc[qc["role"].astype(str).str.contains("source")]
    return {
        "source": len(source),
        "source_delivered": _text(source["samples_delivered"].sum()),
        "source_kept": _text(source["samples_kept"].sum()),
    }


def _history(objective: str, rows: pd.DataFrame) -> str:
    """One sentence about a pretraining run."""
    if "component" in rows.columns:
        share = _percent(round(float(rows["explained_variance_ratio"].sum()), 3))
        return f"{objective}: {len(rows)} components, {share} of the variance"
    best = rows.loc[rows["best"].astype(str) == "yes"]
    if best.empty:
        return f"{objective}: {len(rows)} epochs"
    epoch, lowest = best.iloc[-1]["epoch"], best.iloc[-1]["validation_loss"]
    kept = f"epoch {_text(epoch)} kept, validation loss {_number(lowest, 3)}"
    return f"{objective}: {len(rows)} epochs, {kept}"


def _prediction(cohort: str, rows: pd.DataFrame, *, positive: str, source: str) -> dict[str, Any]:
    """One cohort's predictions; a refused sample has its reason instead of a bar."""
    lines = []
    for row in rows.head(MOST_ROWS).to_dict("records"):
        share = row.get(f"p_{positive}")
        refused = str(row["status"]) == "refused"
        lines.append(
            {
                "sample": _text(row["sample"]),
                "patient": _text(row["patient"]),
                "predicted": _text(row.get("predicted_class")),
                "probability": DASH if refused else _number(share),
                "width": 0.0 if refused or not _known(share) else round(100 * float(share), 1),
                "coverage": _percent(row.get("coverage")),
                "reason": _text(row.get("reason")) or "refused" if refused else "",
            }
        )
    return {
        "cohort": cohort,
        "rows": lines,
        "total": len(rows),
        "refused": int((rows["status"].astype(str) == "refused").sum()),
        "cut": _cut(len(rows)),
        "source": source,
    }
