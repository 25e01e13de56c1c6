"""Plausible, made-up tables of quality control for its page."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

HOSTILE = "<script>document.title='owned'</script>"
SETTINGS = {
    **{"min_library_size": 10_000, "min_features_detected": 100, "max_missing_share": 0.5},
    **{"max_mitochondrial_share": 0.3, "mad_threshold": 5, "min_correlation_mad": 5},
}


def example() -> SimpleNamespace:
    """Every argument of `qc_page` as an attribute, drawn with a fixed seed."""
    rng = np.random.default_rng(3)
    samples = {"source_a": _counts(rng), "target": _logarithms(rng), "new": _few()}
    features = {cohort: _features(rng, missing=cohort == "target") for cohort in samples}
    rows = [
        _summary("source_a", "source", "rnaseq", "counts", samples["source_a"]),
        _summary("target", "target", "microarray", "log", samples["target"]),
        _summary("new", "new", "rnaseq", "counts", samples["new"]),
    ]
    return SimpleNamespace(
        study="demo",
        settings=SETTINGS,
        summary=pd.DataFrame(rows),
        samples=samples,
        features=features,
        sources={cohort: f"results/demo/qc/{cohort}.tsv" for cohort in samples},
    )


def _table(n: int, prefix: str) -> pd.DataFrame:
    table = pd.DataFrame({"sample": [f"{prefix}{i:03}" for i in range(n)]})
    table["patient"] = "P" + table["sample"]
    return table.assign(kept="yes", reason="", flags="", library_size=np.nan)


def _counts(rng: np.random.Generator) -> pd.DataFrame:
    n = 120
    table = _table(n, "A")
    recorded = np.where(np.arange(n) % 2, "female", "male").astype(object)
    recorded[:5] = ""
    expressed = np.where(np.arange(n) % 2, "female", "male").astype(object)
    expressed[7] = "male"
    is_female = expressed == "female"
    table["library_size"] = rng.lognormal(14, 0.3, n)
    table.loc[0, "library_size"] = 3_120.0
    table["features_detected"] = rng.normal(16_000, 700, n).round()
    table["missing_share"] = 0.0
    table["mitochondrial_share"] = rng.beta(4, 40, n)
    table["correlation"] = rng.normal(0.95, 0.01, n)
    table.loc[1, "correlation"] = 0.41
    table["xist_rank"] = np.where(is_female, rng.uniform(0.7, 0.9, n), rng.uniform(0.1, 0.3, n))
    table["y_rank"] = np.where(is_female, rng.uniform(0.3, 0.5, n), rng.uniform(0.9, 0.98, n))
    table["sex_recorded"], table["sex_expressed"] = recorded, expressed
    table.loc[0, ["kept", "reason"]] = ["no", "library size 3,120 below 10,000"]
    far = "correlation with the cohort's median profile 50.1 MAD below the median"
    table.loc[1, ["kept", "reason"]] = ["no", f"outlier among its cohort: {far}"]
    table.loc[7, "flags"] = "sex recorded female, expressed male"
    table.loc[7, "sample"] = HOSTILE
    return table


def _logarithms(rng: np.random.Generator) -> pd.DataFrame:
    n = 40
    table = _table(n, "T")
    share = rng.beta(2, 12, n)
    share[3] = 0.71
    table["features_detected"] = ((1 - share) * 1500).round()
    table["missing_share"] = share
    table["mitochondrial_share"] = np.nan
    table["correlation"] = rng.normal(0.9, 0.02, n)
    table = table.assign(xist_rank=np.nan, y_rank=np.nan, sex_recorded="", sex_expressed="")
    told = "71% of the values missing, more than 50%"
    table.loc[3, ["kept", "reason", "correlation"]] = ["no", told, np.nan]
    table.loc[4, "flags"] = "median value 6.1 MAD above the median"
    return table


def _few() -> pd.DataFrame:
    table = _table(3, "N").assign(library_size=[50_000.0, 61_000.0, 48_000.0])
    table["features_detected"] = [900.0, 950.0, 920.0]
    table = table.assign(missing_share=0.0, mitochondrial_share=np.nan, correlation=np.nan)
    return table.assign(xist_rank=np.nan, y_rank=np.nan, sex_recorded="", sex_expressed="")


def _features(rng: np.random.Generator, *, missing: bool) -> pd.DataFrame:
    share = rng.beta(1, 6, 1500) if missing else np.zeros(1500)
    names = [f"GENE{i}" for i in range(1500)]
    return pd.DataFrame({"feature": names, "missing_share": share, "detected_share": 1 - share})


def _summary(
    cohort: str, role: str, assay: str, scale: str, samples: pd.DataFrame
) -> dict[str, Any]:
    both = (samples["sex_recorded"] != "") & (samples["sex_expressed"] != "")
    differs = both & (samples["sex_recorded"] != samples["sex_expressed"])
    return {
        **{"cohort": cohort, "role": role, "assay": assay, "scale": scale},
        "scale_evidence": f"values 0 to 41220, 100% whole numbers; all look like {scale}",
        **{"features_delivered": 1600, "features_kept": 1500, "merged": 60, "unmapped": 70},
        **{"repaired": 2, "version_cut": 0, "upper_cased": 13, "annotated": 0},
        "samples_delivered": len(samples),
        "samples_kept": int((samples["kept"] == "yes").sum()),
        "samples_flagged": int((samples["flags"] != "").sum()),
        "missing_share": float(samples["missing_share"].mean()),
        "mitochondrial_share": None,
        "features_never_measured": 4 if cohort == "target" else 0,
        "sex_compared": int(both.sum()),
        "sex_contradicted": int(differs.sum()),
    }
