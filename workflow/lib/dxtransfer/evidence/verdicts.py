"""Verdicts of several targets, held against each other."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from dxtransfer.evidence.verdict import CANNOT_BE_TOLD, HELPS, HURTS, NO_DIFFERENCE

COLUMNS = [
    "target",
    "verdict",
    "verdict_holm",
    "measure",
    "estimate",
    "low",
    "high",
    "p_difference",
    "p_difference_holm",
    "p_equivalence",
    "p_equivalence_holm",
    "patients",
    "shipped",
]


def over_targets(verdicts: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Verdicts of several targets, each also as it stands after Holm's correction over them.

    The claim that there is a difference and the claim that there is none that matters are each
    corrected among the targets. What does not survive becomes *cannot be told*.

    Parameters
    ----------
    verdicts
        Target to the record of its verdict.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`.
    """
    rows = []
    for target, told in verdicts.items():
        primary, second = told["contrasts"].values()
        gain = primary["estimate"] > 0
        p = (
            max(primary["p"], second["p"] if second["estimate"] > 0 else 1)
            if gain
            else primary["p"]
        )
        rows.append(
            {
                "target": target,
                "verdict": told["verdict"],
                "measure": told["measure"],
                **{name: primary[name] for name in ("estimate", "low", "high")},
                "p_difference": p,
                "p_equivalence": _equivalence(primary, delta=told["delta"]),
                "patients": told["patients"],
                "shipped": told["shipped"]["strategy"],
                "error": 1 - told["level"],
            }
        )
    table = pd.DataFrame(rows)
    for name in ("p_difference", "p_equivalence"):
        table[f"{name}_holm"] = multipletests(table[name], method="holm")[1]
    difference = table["verdict"].isin([HELPS, HURTS]) & (
        table["p_difference_holm"] < table["error"]
    )
    equivalent = (table["verdict"] == NO_DIFFERENCE) & (
        table["p_equivalence_holm"] < table["error"]
    )
    table["verdict_holm"] = table["verdict"].where(difference | equivalent, CANNOT_BE_TOLD)
    return table[COLUMNS]


def _equivalence(primary: Mapping[str, Any], *, delta: float) -> float:
    """Larger p value of the two one-sided tests."""
    if primary["error"] == 0:
        return float(abs(primary["estimate"]) >= delta)
    return float(
        stats.t.sf((delta - abs(primary["estimate"])) / primary["error"], primary["degrees"])
    )
