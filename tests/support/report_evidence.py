"""Made-up verdicts, and the tables that tell more of single models."""

from typing import Any

import numpy as np
import pandas as pd

Member = tuple[str, str]

CONTRASTS: dict[str, Member] = {
    "transfer": ("linear", "ensemble"),
    "control": ("none", "ensemble_target"),
    "simple": ("none", "logistic_l2"),
}
NO_DIFFERENCE = "makes no difference that matters"
CANNOT_BE_TOLD = "cannot be told from these patients"
# Verdict to gain over the control, and over the simple model: estimate, low and high.
GAINS = {
    "helps": ((0.093, 0.041, 0.145), (0.101, 0.032, 0.170)),
    "hurts": ((-0.074, -0.121, -0.027), (-0.051, -0.102, -0.001)),
    NO_DIFFERENCE: ((0.008, -0.013, 0.029), (0.011, -0.022, 0.044)),
    CANNOT_BE_TOLD: ((0.041, -0.032, 0.114), (0.052, -0.024, 0.128)),
}
GROUPS = [("sex", "female", 25), ("sex", "male", 23), ("age", "below 40", 18)]
GROUPS += [("age", "40 to below 60", 21), ("age", "60 and above", 9)]


def gain(estimate: float, low: float, high: float) -> dict[str, Any]:
    half = (high - low) / 2
    return {
        **{"estimate": estimate, "error": half / 2.07, "low": low, "high": high},
        "equivalence_low": estimate - 0.83 * half,
        "equivalence_high": estimate + 0.83 * half,
        **{"p": 0.0009 if low > 0 or high < 0 else 0.27, "degrees": 23},
    }


def verdict_record(found: str, **more: Any) -> dict[str, Any]:
    """A record as `verdict.json` holds it."""
    first, second = GAINS[found]
    helps = found == "helps"
    shipped = CONTRASTS["transfer" if helps else "simple"]
    why = "the transfer helps" if helps else "the transfer was not shown to help"
    return {
        **{"verdict": found, "reason": "", "measure": "auroc", "delta": 0.03, "level": 0.95},
        **{"patients": 48, "counted": 24, "counted_as": "of the rarer class"},
        **{"folds": 5, "repeats": 10, "training_patients": 38.4},
        "contrasts": {"transfer - control": gain(*first), "transfer - simple": gain(*second)},
        "values": {"transfer": 0.871, "control": 0.871 - first[0], "simple": 0.871 - second[0]},
        "shipped": {"objective": shipped[0], "strategy": shipped[1], "why": why},
        **more,
    }


def saved_patients() -> pd.DataFrame:
    rows = [
        ("4", 4.0, 13.2, 9.2, 2.0, 20.1, np.nan),
        ("8", 8.0, 22.0, 14.0, 3.3, np.nan, np.nan),
        ("16", 16.0, np.nan, np.nan, 5.4, np.nan, 22.4),
        ("32", 32.0, np.nan, np.nan, -3.0, np.nan, 6.4),
        ("all", 38.4, np.nan, np.nan, 0.0, np.nan, 0.0),
    ]
    columns = ["budget", "patients", "needed", "saved", "low", "high", "beyond"]
    return pd.DataFrame(rows, columns=columns)


def evidence_tables(members: list[Member]) -> dict[str, pd.DataFrame]:
    """Tables by name, the same rows for every strategy."""
    rows = {
        "calibration_summary": _calibration(),
        "reliability": _reliability(),
        "decision_curves": _decisions(),
        "thresholds": _thresholds(),
        "subgroups": _subgroups(),
        "permutation": _permutation(),
        "gains": _gains(),
    }
    return {
        name: pd.concat(
            [own.assign(objective=objective, strategy=strategy) for objective, strategy in members],
            ignore_index=True,
        )
        for name, own in rows.items()
    }


def _calibration() -> pd.DataFrame:
    few = "fewer than 200 patients"
    rows = [
        ("disease", "slope", 0.874, 0.561, 1.243, ""),
        ("disease", "in_the_large", -0.113, -0.604, 0.352, ""),
        ("disease", "expected_calibration_error", np.nan, np.nan, np.nan, few),
    ]
    columns = ["output", "measure", "estimate", "low", "high", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _reliability() -> pd.DataFrame:
    at = np.linspace(0.04, 0.96, 51)
    observed = 0.5 + 0.93 * (at - 0.5)
    return pd.DataFrame(
        {
            **{"output": "disease", "predicted": at, "observed": observed},
            **{"low": np.clip(observed - 0.13, 0, 1), "high": np.clip(observed + 0.12, 0, 1)},
        }
    )


def _decisions() -> pd.DataFrame:
    at = np.arange(1, 100) / 100
    odds = at / (1 - at)
    model, everybody = 0.5 * (1 - at**1.5), 0.5 - 0.5 * odds
    return pd.DataFrame(
        {
            **{"threshold": at, "net_benefit": model, "low": model - 0.08, "high": model + 0.07},
            **{"treat_all": everybody, "treat_all_low": everybody, "treat_all_high": everybody},
            "treat_none": 0.0,
        }
    )


def _thresholds() -> pd.DataFrame:
    reached = {"sensitivity": 0.871, "specificity": 0.742, "ppv": 0.771, "npv": 0.852}
    reached["share_called"] = 0.564
    rows = [
        {
            **{"asked": asked, "value": 0.9, "threshold": at, "threshold_lowest": at - 0.11},
            **{"threshold_highest": at + 0.12, "measure": measure, "estimate": value},
            **{"low": value - 0.12, "high": value + 0.09, "reason": ""},
        }
        for asked, at in (("sensitivity", 0.342), ("specificity", 0.623))
        for measure, value in reached.items()
    ]
    return pd.DataFrame(rows)


def _subgroups() -> pd.DataFrame:
    rows = []
    for number, (subgroup, group, patients) in enumerate(GROUPS):
        size = {"patients": patients, "samples": patients, "events": patients // 2}
        row = {"subgroup": subgroup, "group": group, **size, "measure": "auroc", "reason": ""}
        if patients < 10:
            rows.append(row | {"reason": "fewer than 10 patients"})
            continue
        value, difference = 0.91 - 0.05 * number, 0.07 - 0.08 * number
        rows.append(
            {
                **row,
                **{"estimate": value, "low": value - 0.09, "high": min(1, value + 0.08)},
                **{"difference": difference, "difference_low": difference - 0.11},
                "difference_high": difference + 0.10,
            }
        )
    return pd.DataFrame(rows)


def _permutation() -> pd.DataFrame:
    row = {"measure": "auroc", "estimate": 0.871, "null_mean": 0.497, "null_low": 0.334}
    return pd.DataFrame([row | {"null_high": 0.662, "permutations": 1000, "p_value": 0.001}])


def explanation_tables() -> dict[str, pd.DataFrame]:
    """What a shipped model goes by: attributions, enrichment and stability."""
    names = [f"GENE{i:04}" for i in range(40)]
    size = np.linspace(0.41, 0.02, 40)
    attributions = pd.DataFrame(
        {
            **{"output": "disease", "feature": names, "rank": np.arange(1, 41)},
            **{"mean_signed": size * np.where(np.arange(40) % 3, 1, -1), "mean_absolute": size},
            **{"sign": np.where(np.arange(40) % 3, "+", "-"), "in_top": 0.8, "same_sign": 1.0},
        }
    )
    enrichment = pd.DataFrame(
        {
            **{"output": "disease", "method": "ranked", "direction": ["up", "down", "up"]},
            "set": ["INTERFERON RESPONSE", "CELL CYCLE", "<b>HYPOXIA</b>"],
            **{"size": [97, 200, 50], "measured": [80, 120, 30], "overlap": [31, 9, 4]},
            **{"score": [2.31, -1.4, 1.1], "p": [0.0004, 0.04, 0.3], "fdr": [0.001, 0.12, 0.4]},
            "features": "GENE0001;GENE0002",
        }
    )
    stability = pd.DataFrame(
        [{"output": "disease", "over": "folds", "refits": 5, "spearman": 0.83, "jaccard": 0.6}]
    )
    return {"attributions": attributions, "enrichment": enrichment, "stability": stability}


def _gains() -> pd.DataFrame:
    row = {"reference": "none.logistic_l2", "measure": "auroc", "gain": 0.153, "low": 0.028}
    return pd.DataFrame([row | {"high": 0.278, "p": 0.0186, "p_holm": 0.1302}])
