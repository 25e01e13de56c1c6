"""Predictions for new patients as the page shows them."""

from typing import Any

import pandas as pd

from dxtransfer.report.cells import DASH, cut, known, number, percent, text

# More rows than this make a page slow; the file has them all.
MOST_PATIENTS = 2000
# How titles of columns begin that hold shares.
SHARES = ("Probability", "Without")


def _columns(rows: pd.DataFrame, *, positive: str, kind: str) -> list[tuple[str, pd.Series]]:
    """Title and values of the columns that predict: probability, number, or risk and survival."""
    if kind == "regression":
        return [("Prediction", rows["prediction"])]
    if kind == "survival":
        curves = [str(c) for c in rows if str(c).startswith("survival_at_")]
        middle = curves[len(curves) // 2]
        time = middle.removeprefix("survival_at_")
        return [("Risk", rows["risk"]), (f"Without the event at {time}", rows[middle])]
    if kind == "multiclass":
        shares = rows[[c for c in rows if str(c).startswith("p_")]]
        return [(f"Probability of {positive}", shares.max(axis=1))]
    return [(f"Probability of {positive}", rows[f"p_{positive}"])]


def told_predictions(
    cohort: str, rows: pd.DataFrame, *, positive: str, kind: str, source: str
) -> dict[str, Any]:
    """One cohort's predictions; a refused sample has its reason instead of a bar.

    Parameters
    ----------
    cohort
        Its name.
    rows
        One row per sample, as the rule of predictions writes them.
    positive, kind
        Positive class, or what is said in its place; kind of task.
    source
        File of the predictions.
    """
    told = _columns(rows, positive=positive, kind=kind)
    lines = []
    for i, row in enumerate(rows.head(MOST_PATIENTS).to_dict("records")):
        refused = str(row["status"]) == "refused"
        values = [(title, column.iloc[i]) for title, column in told]
        lines.append(
            {
                "sample": text(row["sample"]),
                "patient": text(row["patient"]),
                "predicted": text(row.get("predicted_class")),
                "cells": [
                    {
                        "text": DASH if refused else number(value),
                        # a share is drawn, too
                        "width": round(100 * float(value), 1)
                        if not refused and known(value) and title.startswith(SHARES)
                        else None,
                    }
                    for title, value in values
                ],
                "coverage": percent(row.get("coverage")),
                "reason": text(row.get("reason")) or "refused" if refused else "",
            }
        )
    return {
        "cohort": cohort,
        "columns": [title for title, _ in told],
        "classes": "predicted_class" in rows,
        "rows": lines,
        "total": len(rows),
        "refused": int((rows["status"].astype(str) == "refused").sum()),
        "cut": cut(len(rows), MOST_PATIENTS, "samples"),
        "source": source,
    }
