"""Tables of what the shipped model goes by: its features and the gene sets among them."""

from collections.abc import Mapping

import pandas as pd

from dxtransfer.report.cells import Cell, Table, number, percent, text

MOST_FEATURES = 25
MOST_SETS = 20
FEATURES: Mapping[str, str] = {
    "output": "Of",
    "feature": "Feature",
    "rank": "Rank",
    "sign": "Sign",
    "mean_signed": "What a high value adds",
    "mean": "Mean part of the score",
    "mean_absolute": "Mean size of its part",
    "in_top": "Refits with it on top",
    "top_share": "Refits with it on top",
    "same_sign": "Refits of the same sign",
    "sign_share": "Refits of the same sign",
}
SETS: Mapping[str, str] = {
    "output": "Of",
    "set": "Set",
    "method": "Method",
    "direction": "Direction",
    "measured": "Features measured",
    "overlap": "Of them found",
    "score": "Score",
    "p": "p",
    "fdr": "False discovery rate",
}
STABILITY: Mapping[str, str] = {
    "output": "Of",
    "over": "Fitted again over",
    "refits": "Times",
    "spearman": "Rank correlation with the shipped model",
    "spearman_least": "The least of them",
    "top": "Top features compared",
    "jaccard": "Overlap of the tops",
    "selection_stability": "Stability of the choice (1 = same, 0 = chance)",
}
SHARES = ("in_top", "top_share", "same_sign", "sign_share")
TEXTS = ("output", "feature", "set", "method", "direction", "sign", "over")
SMALL = ("p", "fdr")


def features_table(attributions: pd.DataFrame, *, source: str) -> Table:
    """The features that move the score most, the first 25 of each output."""
    return _table(
        _first(attributions, "rank", MOST_FEATURES),
        FEATURES,
        caption=f"The {MOST_FEATURES} features that move the score most",
        source=source,
    )


def sets_table(enrichment: pd.DataFrame, *, source: str) -> Table:
    """The gene sets that are found most clearly."""
    return _table(
        _first(enrichment, "fdr", MOST_SETS),
        SETS,
        caption=f"The {MOST_SETS} sets of features that stand out most",
        source=source,
    )


def stability_table(stability: pd.DataFrame, *, source: str) -> Table:
    """Whether models fitted to other patients or from other seeds go by the same features."""
    return _table(
        stability,
        STABILITY,
        caption="Whether a model fitted again goes by the same features",
        source=source,
    )


def _first(rows: pd.DataFrame, by: str, most: int) -> pd.DataFrame:
    if by not in rows:
        return rows.head(most)
    ordered = rows.sort_values(by, kind="stable")
    return (
        ordered.groupby("output", sort=False).head(most) if "output" in rows else ordered.head(most)
    )


def _table(rows: pd.DataFrame, columns: Mapping[str, str], *, caption: str, source: str) -> Table:
    """Columns that are there, text first; an output that is the only one is left out."""
    alone = "output" in rows and rows["output"].nunique() < 2
    present = [c for c in columns if c in rows and not (c == "output" and alone)]
    present = sorted(present, key=lambda c: c not in TEXTS)
    return Table(
        caption=caption,
        columns=[columns[c] for c in present],
        rows=[[_cell(c, row[c]) for c in present] for row in rows.to_dict("records")],
        text_columns=sum(c in TEXTS for c in present),
        source=source,
    )


def _cell(column: str, value: object) -> Cell:
    if column in TEXTS or isinstance(value, str):
        return Cell(text(value))
    if column in SHARES:
        return Cell(percent(value))
    if column in SMALL:
        return Cell(number(value, 4))
    return Cell(text(value).replace("-", "\N{MINUS SIGN}"))
