"""The page of quality control: every cohort of a study on one self-contained HTML page."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dxtransfer.report.cells import DASH, Cell, Table, cut, known, number, percent, text
from dxtransfer.report.qc_figures import (
    distributions,
    features_bars,
    samples_bars,
    sex,
    status_of,
)
from dxtransfer.report.tables import MOST_ROWS, left_out_table
from dxtransfer.report.templates import render, themed

# changes of feature names, by their key of the summary
CHANGES = {
    **{"mapped": "mapped to another identifier", "annotated": "probes named by the annotation"},
    **{"repaired": "repaired", "version_cut": "versions cut", "upper_cased": "upper-cased"},
    **{"merged": "of one name with another", "lost": "lost", "unmapped": "lost"},
}


def qc_page(
    *,
    study: str,
    settings: Mapping[str, float],
    summary: pd.DataFrame,
    samples: Mapping[str, pd.DataFrame],
    features: Mapping[str, pd.DataFrame],
    sources: Mapping[str, str],
) -> str:
    """Render the page of quality control.

    Parameters
    ----------
    study
        Name of the study.
    settings
        The `qc` block of the configuration.
    summary
        One row per cohort: the keys of its QC summary, and `role`.
    samples
        The table of samples of each cohort, as quality control writes it.
    features
        The table of features of each cohort: feature, missing_share, detected_share.
    sources
        File behind the table of samples of each cohort.

    Returns
    -------
    str
        HTML without scripts and without references to anything outside but the study's other
        pages. It holds no date: the same tables give the same page.
    """
    summary = summary.reset_index(drop=True).assign(features_lost=_lost(summary))
    cohorts = [
        _cohort(
            row,
            samples=samples[str(row["cohort"])],
            features=features[str(row["cohort"])],
            settings=settings,
            number_of=i,
            source=sources.get(str(row["cohort"]), ""),
        )
        for i, row in enumerate(summary.to_dict("records"))
    ]
    return render(
        "qc_page.html.j2",
        study=study,
        settings=settings,
        figures={
            "samples": themed(samples_bars(summary)),
            "features": themed(features_bars(summary)),
            **{
                f"{kind}-{cohort['key']}": themed(cohort[kind])
                for cohort in cohorts
                for kind in ("distributions", "sex")
                if cohort[kind]
            },
        },
        totals=_totals(summary),
        overview=_overview(summary),
        changes=_changes(summary),
        sexes=_sexes(summary),
        reasons=left_out_table(_gone(samples)),
        cohorts=cohorts,
    )


def _lost(summary: pd.DataFrame) -> pd.Series:
    """Features that no canonical name was found for."""
    for key in ("lost", "unmapped"):
        if key in summary.columns:
            return summary[key].fillna(0).astype(int)
    return pd.Series(0, index=summary.index)


def _totals(summary: pd.DataFrame) -> dict[str, str]:
    kept, delivered = summary["samples_kept"].sum(), summary["samples_delivered"].sum()
    return {
        "cohorts": str(len(summary)),
        "delivered": text(delivered),
        "kept": text(kept),
        "left_out": text(delivered - kept),
        "flagged": text(summary["samples_flagged"].sum()),
    }


def _overview(summary: pd.DataFrame) -> Table:
    """What every cohort is, and what was kept of it."""
    columns = {
        **{"samples_delivered": "Samples delivered", "samples_kept": "Samples kept"},
        **{"samples_flagged": "Samples flagged", "features_delivered": "Features delivered"},
        "features_kept": "Features kept",
    }
    lines = [
        [
            Cell(text(row["cohort"])),
            Cell(text(row["role"])),
            Cell(text(row["assay"])),
            Cell(text(row["scale"]), text(row.get("scale_evidence"))),
            *(Cell(text(row[column])) for column in columns),
            Cell(percent(row.get("missing_share"))),
            Cell(percent(row.get("mitochondrial_share"))),
        ]
        for row in summary.to_dict("records")
    ]
    heads = [*columns.values(), "Values missing", "Mitochondrial share (median)"]
    return Table(
        caption="Every cohort: its scale with the evidence, its samples and its features",
        columns=["Cohort", "Role", "Assay", "Scale", *heads],
        rows=lines,
        text_columns=4,
    )


def _changes(summary: pd.DataFrame) -> Table:
    """What was done to the names of the features of every cohort."""
    present = [key for key in CHANGES if key in summary.columns]
    heads = ["Delivered", *(CHANGES[key].capitalize() for key in present), "Kept"]
    lines = [
        [
            Cell(text(row["cohort"])),
            *(Cell(text(row[k])) for k in ("features_delivered", *present, "features_kept")),
        ]
        for row in summary.to_dict("records")
    ]
    return Table(
        caption="Features: how many names were changed, merged and lost",
        columns=["Cohort", *heads],
        rows=lines,
        remark="One feature can count in several columns; each change is a row of "
        "qc/{cohort}.identifiers.tsv.",
    )


def _sexes(summary: pd.DataFrame) -> Table:
    """Where sex could be compared, and how often it is contradicted."""
    compared = summary[summary["sex_compared"] > 0]
    lines = [
        [
            Cell(text(row["cohort"])),
            Cell(text(row["sex_compared"])),
            Cell(text(row["sex_contradicted"]) or "0", strong=row["sex_contradicted"] > 0),
        ]
        for row in compared.to_dict("records")
    ]
    return Table(
        caption="Sex expressed against sex recorded",
        columns=["Cohort", "Samples compared", "Differ"],
        rows=lines,
    )


def _gone(samples: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """All samples left out: cohort, reason."""
    parts = [
        table.loc[table["kept"] == "no", ["reason"]].assign(cohort=cohort)
        for cohort, table in samples.items()
    ]
    columns = ["reason", "cohort"]
    return pd.concat(parts) if parts else pd.DataFrame({column: [] for column in columns})


def _cohort(
    row: Mapping[str, Any],
    *,
    samples: pd.DataFrame,
    features: pd.DataFrame,
    settings: Mapping[str, float],
    number_of: int,
    source: str,
) -> dict[str, Any]:
    """One cohort's part of the page. Ids are made of its number: a name may hold any letter."""
    key = f"cohort{number_of}"
    told = samples[status_of(samples) != "kept"]
    return {
        "key": key,
        "name": text(row["cohort"]),
        "role": text(row["role"]),
        "assay": text(row["assay"]),
        "scale": text(row["scale"]),
        "evidence": text(row.get("scale_evidence")),
        "distributions": distributions(
            samples, features, settings=settings, figure_name=f"{key}-distributions"
        ),
        "sex": sex(samples, figure_name=f"{key}-sex"),
        "facts": {
            "Samples kept": f"{text(row['samples_kept'])} of {text(row['samples_delivered'])}",
            "Flagged": text(row["samples_flagged"]) or "0",
            "Features kept": f"{text(row['features_kept'])} of {text(row['features_delivered'])}",
        },
        "never": int(row.get("features_never_measured") or 0),
        "table": _told(told, source=source),
    }


def _told(samples: pd.DataFrame, *, source: str) -> Table:
    """Samples left out and flagged, those left out first."""
    ordered = samples.sort_values("kept", kind="stable")
    lines = [
        [
            Cell(text(row["sample"])),
            Cell(text(row["patient"])),
            Cell("kept" if row["kept"] == "yes" else "left out", strong=row["kept"] != "yes"),
            Cell("; ".join(filter(None, (text(row["reason"]), text(row["flags"]))))),
            Cell(_whole(row["library_size"])),
            Cell(_whole(row["features_detected"])),
            Cell(percent(row["missing_share"])),
            Cell(number(row["correlation"])),
        ]
        for row in ordered.head(MOST_ROWS).to_dict("records")
    ]
    return Table(
        caption="Samples left out and flagged",
        columns=[
            *("Sample", "Patient", "Decision", "Why", "Library size", "Features detected"),
            *("Missing", "Correlation"),
        ],
        rows=lines,
        text_columns=4,
        source=source,
        remark=cut(len(ordered), MOST_ROWS),
    )


def _whole(value: Any) -> str:
    return f"{float(value):,.0f}" if not pd.isna(value) and known(value) else DASH
