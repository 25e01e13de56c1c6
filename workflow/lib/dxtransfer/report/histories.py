"""Pretraining runs in one sentence each."""

import pandas as pd

from dxtransfer.report.cells import number, percent, text
from dxtransfer.report.names import HELD_OUT_NAMES


def told_history(objective: str, rows: pd.DataFrame) -> str:
    """Tell a pretraining run: how long, and how well it did on what it did not see."""
    if "kept" in rows.columns:
        kept = rows.loc[rows["kept"] == 1]
        measure = next(name for name in HELD_OUT_NAMES if name in rows.columns)
        value = f"{HELD_OUT_NAMES[measure]} {number(kept[measure].mean())}"
        told = f"{value} on source {rows['held_out'].iloc[0]} that they did not see"
        return f"{objective}: {len(kept)} of {len(rows)} models averaged, {told}"
    if "component" in rows.columns:
        share = percent(round(float(rows["explained_variance_ratio"].sum()), 3))
        return f"{objective}: {len(rows)} components, {share} of the variance"
    best = rows.loc[rows["best"].astype(str) == "yes"]
    if best.empty:
        return f"{objective}: {len(rows)} epochs"
    epoch, lowest = best.iloc[-1]["epoch"], best.iloc[-1]["validation_loss"]
    kept = f"epoch {text(epoch)} kept, validation loss {number(lowest, 3)}"
    return f"{objective}: {len(rows)} epochs, {kept}"
