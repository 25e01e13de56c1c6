"""A plausible, made-up set of report inputs."""

import math
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from report_evidence import CONTRASTS, evidence_tables, saved_patients, verdict_record

from dxtransfer.report import cohort_figures, figures
from dxtransfer.report.evidence_figures import evidence
from dxtransfer.report.names import REFERENCE, Models

HOSTILE = "<script>document.title='owned'</script>"
SHIPPED = CONTRASTS["transfer"]
MODELS = Models("binary", CONTRASTS["transfer"], CONTRASTS["control"], SHIPPED)
BUDGETS = {"4": 4.0, "8": 8.0, "16": 16.0, "32": 32.0, "all": 38.4}
MEASURES = (
    *("auroc", "average_precision", "accuracy", "balanced_accuracy", "recall", "precision"),
    *("specificity", "f1", "mcc", "brier", "log_loss"),
)
STRENGTHS = {
    ("none", "majority"): 0.5,
    ("none", "logistic_l2"): 0.78,
    ("none", "random_forest"): 0.76,
    ("none", "from_scratch"): 0.74,
    CONTRASTS["control"]: 0.79,
    **{("pca", s): 0.80 for s in ("source_only", "linear_probe")},
    **{("masked", s): 0.82 for s in ("linear_probe", "full_finetune", "scalar_mix")},
    **{("supervised", s): 0.86 for s in ("source_only", "full_finetune", "scalar_mix")},
    ("supervised", "linear_probe"): 0.84,
    CONTRASTS["transfer"]: 0.88,
}


def example() -> SimpleNamespace:
    """Every argument of `page` as an attribute, drawn with a fixed seed."""
    rng = np.random.default_rng(7)
    metrics, comparisons, efficiency = _evaluation()
    calibration, confusion, curves = _calibration(rng), _confusion(), _curves()
    qc, history = _qc(), _history()
    more, verdict = evidence_tables(list(STRENGTHS)), verdict_record("helps")
    points = _points(rng)
    drawn = {
        "strategies": figures.strategies(metrics, MODELS),
        "roc": figures.roc(curves, MODELS),
        "pr": figures.pr(curves, MODELS, prevalence=0.5),
        "label_efficiency": figures.label_efficiency(efficiency, MODELS),
        "calibration": figures.calibration(calibration, MODELS, positive="disease"),
        "loss": cohort_figures.loss(history),
        "cohorts_pca": cohort_figures.cohorts_pca(points),
        "qc": cohort_figures.qc(qc),
        **evidence({"label_efficiency": efficiency, **more}, MODELS, delta=verdict["delta"]),
    }
    return SimpleNamespace(
        target="target",
        study="demo",
        settings=_settings(),
        verdict=verdict,
        contrasts=CONTRASTS,
        evaluation={
            "metrics": metrics,
            "comparisons": comparisons,
            "label_efficiency": efficiency,
            "calibration": calibration,
            "confusion": confusion,
            "patients_saved": saved_patients(),
            **more,
        },
        figures=drawn,
        qc=qc,
        coverage=_coverage(),
        samples_left_out=_left_out(),
        audit=_audit(),
        predictions={"new": _predictions(rng)},
        model=_model(),
        history=history,
        provenance=_provenance(),
    )


def _value(strength: float, measure: str, budget: str) -> float:
    learnt = 1 - 0.9 * math.exp(-BUDGETS[budget] / 14)
    auroc = 0.5 + (strength - 0.5) * learnt
    others = {"mcc": 2 * auroc - 1, "brier": 0.42 - 0.3 * auroc, "log_loss": 1.35 - auroc}
    return others.get(measure, auroc if measure == "auroc" else auroc - 0.05)


def _evaluation() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    metrics, comparisons, efficiency = [], [], []
    for (objective, strategy), strength in STRENGTHS.items():
        for budget, patients in BUDGETS.items():
            for measure in MEASURES:
                key = {"objective": objective, "strategy": strategy, "budget": budget}
                key["measure"] = measure
                value = _value(strength, measure, budget)
                half = 0.12 - 0.08 * abs(strength - 0.5)
                interval = {"low": max(-1.0, value - half), "high": min(1.0, value + half * 0.9)}
                if measure == "log_loss":
                    interval["high"] = value + half
                size = {"patients": 48, "samples": 48, "prevalence": 0.5}
                metrics.append(key | {"estimate": value} | interval | size)
                difference = value - _value(0.78, measure, budget)
                paired = (difference, difference - 0.07, difference + 0.06)
                if (objective, strategy) != REFERENCE:
                    names = ("difference", "low", "high")
                    row = key | {"reference": "none.logistic_l2"}
                    comparisons.append(row | dict(zip(names, paired, strict=True)))
                if measure in ("auroc", "average_precision"):
                    names = ("difference", "difference_low", "difference_high")
                    row = key | {"patients": patients, "estimate": value} | interval
                    efficiency.append(row | dict(zip(names, paired, strict=True)))
    return pd.DataFrame(metrics), pd.DataFrame(comparisons), pd.DataFrame(efficiency)


def _curves() -> pd.DataFrame:
    normal, grid, rows = NormalDist(), np.linspace(0, 1, 101), []
    for (objective, strategy), strength in STRENGTHS.items():
        shift = math.sqrt(2) * normal.inv_cdf(strength)
        for x in grid:
            inside = min(max(x, 1e-6), 1 - 1e-6)
            tpr = normal.cdf(shift + normal.inv_cdf(inside)) if 0 < x < 1 else x
            fpr_at_recall = normal.cdf(normal.inv_cdf(inside) - shift)
            precision = inside / (inside + fpr_at_recall)
            key = {"objective": objective, "strategy": strategy}
            rows.append(key | {"curve": "roc", "x": x, "y": tpr})
            rows.append(key | {"curve": "pr", "x": x, "y": precision})
    return pd.DataFrame(rows)


def _calibration(rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for objective, strategy in STRENGTHS:
        for i, predicted in enumerate((0.08, 0.27, 0.52, 0.74, 0.93), start=1):
            observed = min(1.0, max(0.0, predicted + rng.normal(0, 0.08)))
            low, high = max(0.0, observed - 0.2), min(1.0, observed + 0.2)
            key = {"objective": objective, "strategy": strategy, "bin": i, "samples": 10}
            rows.append(
                key | {"predicted": predicted, "observed": observed} | {"low": low, "high": high}
            )
    return pd.DataFrame(rows)


def _confusion() -> pd.DataFrame:
    rows = []
    for (objective, strategy), strength in STRENGTHS.items():
        for actual in ("healthy", "disease"):
            for predicted in ("healthy", "disease"):
                share = strength if actual == predicted else 1 - strength
                key = {"objective": objective, "strategy": strategy, "actual": actual}
                rows.append(key | {"predicted": predicted, "samples": 24 * share, "share": share})
    return pd.DataFrame(rows)


def _qc() -> pd.DataFrame:
    cohorts = {
        "source_a": ("source", 200, 196),
        "source_b": ("source", 200, 200),
        "source_c": ("source", 200, 187),
        "target": ("target", 48, 48),
        "new": ("new", 12, 11),
    }
    shared = {"assay": "rnaseq", "scale": "counts", "scale_evidence": "whole numbers up to 41,220"}
    changed = {"mapped": 990, "repaired": 2, "merged": 1, "lost": 12}
    rows = []
    for cohort, (role, delivered, kept) in cohorts.items():
        counts = {"samples_delivered": delivered, "samples_kept": kept}
        features = {"features_delivered": 1013, "features_kept": 1000}
        rows.append({"cohort": cohort, "role": role} | shared | features | counts | changed)
    return pd.DataFrame(rows)


def _points(rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for i, row in enumerate(_qc().itertuples()):
        centre = (3 * math.cos(i), 2 * math.sin(2 * i))
        for j in range(row.samples_kept):
            pc1, pc2 = rng.normal(centre, 1.1)
            key = {"cohort": row.cohort, "role": row.role, "sample": f"{row.cohort}_{j}"}
            rows.append(key | {"pc1": pc1, "pc2": pc2})
    return pd.DataFrame(rows)


def _left_out() -> pd.DataFrame:
    reason = "library size 3,120 below 10,000"
    columns = ["cohort", "sample", "patient", "reason"]
    rows = [["source_a", f"A{i:03}", f"PA{i:03}", reason] for i in range(4)]
    far = "correlation to the cohort's median profile 6.2 MAD below the median"
    rows += [["source_c", f"C{i:03}", f"PC{i:03}", far] for i in range(13)]
    return pd.DataFrame([*rows, ["new", "N012", "PN012", reason]], columns=columns)


def _coverage() -> pd.DataFrame:
    rows = [(c, 1000, m, m / 1000, "GENE0007,GENE0012,GENE0101") for c, m in _measured().items()]
    return pd.DataFrame(rows, columns=["cohort", "vocabulary", "measured", "share", "missing"])


def _measured() -> dict[str, int]:
    return {"source_a": 1000, "source_b": 1000, "source_c": 987, "target": 991, "new": 975}


def _audit() -> pd.DataFrame:
    columns = ["level", "check", "cohort", "sample", "other_cohort", "other_sample"]
    columns += ["column", "detail"]
    detail = f"patient P17 stands in both cohorts {HOSTILE}"
    return pd.DataFrame(
        [["warning", "same_patient", "source_a", "A017", "source_b", "B003", "", detail]],
        columns=columns,
    )


def _predictions(rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for i, p in enumerate(rng.uniform(0.03, 0.97, 9)):
        chosen = "disease" if p >= 0.5 else "healthy"
        who = {"sample": f"N{i:03}", "patient": f"PN{i:03}", "status": "predicted", "reason": ""}
        rows.append(
            who | {"predicted_class": chosen, "p_healthy": 1 - p, "p_disease": p, "coverage": 0.975}
        )
    refused = {"patient": "PN009", "status": "refused", "coverage": 0.31}
    refused["reason"] = "31% of the vocabulary measured, at least 60% needed"
    return pd.DataFrame([*rows, {"sample": HOSTILE} | refused])


def _history() -> dict[str, pd.DataFrame]:
    epochs = np.arange(1, 41)
    networks = {}
    for objective, floor in (("masked", 0.62), ("supervised", 0.21)):
        train = floor + 0.5 * np.exp(-epochs / 7)
        validation = floor + 0.06 + 0.5 * np.exp(-epochs / 6) + 0.001 * epochs
        best = np.where(epochs == np.argmin(validation) + 1, "yes", "")
        columns = {"epoch": epochs, "train_loss": train, "validation_loss": validation}
        networks[objective] = pd.DataFrame(columns | {"best": best})
    ratio = 0.2 * np.exp(-np.arange(32) / 4)
    pca = pd.DataFrame({"component": np.arange(1, 33), "explained_variance_ratio": ratio})
    return {"pca": pca, **networks}


def _settings() -> dict[str, Any]:
    return {
        "study": "demo",
        "seed": 1,
        "cohorts": "config/demo/cohorts.tsv",
        "task": {
            "label": "diagnosis",
            "classes": {"healthy": ["healthy"], "disease": ["disease"]},
            "positive": "disease",
        },
        "qc": {"min_library_size": 10000, "max_missing_share": 0.5},
        "features": {"normalisation": "auto", "n_features": 1000, "min_cohort_share": 0.5},
        "splits": {
            **{"repeats": 10, "folds": 5, "inner_folds": 3, "draws": 1},
            "budgets": [4, 8, 16, 32, "all"],
        },
        "evaluation": {"resamples": 1000, "level": 0.95},
        "model": {"strategy": "ensemble", "objective": "linear", "min_coverage": 0.6},
    }


def _model() -> dict[str, Any]:
    return {
        **{"strategy": "ensemble", "objective": "linear", "positive": "disease"},
        **{"classes": ["healthy", "disease"], "normalisation": "log_cpm", "scales": ["counts"]},
        **{"samples": 48, "patients": 48, "seed": 1},
    }


def _provenance() -> dict[str, Any]:
    inputs = [
        {"cohort": c, "file": f"resources/demo/{c}.counts.tsv.gz", "sha256": f"{i}" * 64}
        for i, c in enumerate(_measured())
    ]
    tables = ("metrics", "comparisons", "label_efficiency", "calibration", "confusion")
    tables += (
        "calibration_summary",
        "thresholds",
        "subgroups",
        "permutation",
        "patients_saved",
        "gains",
    )
    return {
        "versions": {"dxtransfer": "0.1.0", "snakemake": "9.27.1", "torch": "2.13.0"},
        "inputs": inputs,
        "tables": {t: f"results/demo/evaluate/all/target/{t}.tsv" for t in tables}
        | {"predictions.new": "results/demo/predict/target/new.tsv"},
    }
