"""How many copied samples the audit notices, and how often it takes unrelated cohorts for copies.

`make power`; the cohorts are found through DXTRANSFER_COHORTS. Writes results/audit_power/
plantings.tsv and comparisons.tsv; docs/audit.md tells what they mean.

A planting divides the patients of a real cohort in two. Some samples of one half are delivered
again in the other: as ranks where the values were counts or intensities, without 40 % of the
features, and with as much noise as brings each pair to a drawn correlation of 0.3 to 0.5, measured
as the audit measures it. A comparison is one of two halves of a cohort without a patient in both,
or of two cohorts that have nobody in common.
"""

import argparse
import os
import warnings
from collections.abc import Iterator, Mapping
from itertools import combinations
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from real_studies import QC, STUDIES, checked, row, survival
from scipy.stats import beta, rankdata

from dxtransfer.cohorts.audit.copies import Copies, copies_between
from dxtransfer.cohorts.audit.fingerprints import feature_profile, fingerprints, panels
from dxtransfer.cohorts.audit.similarity import compared
from dxtransfer.cohorts.audit.weighing import Weighing, correlated

RESULTS = Path(__file__).parents[2] / "results" / "audit_power"
CANCERS = ("blca", "brca", "hnsc", "kirp", "lihc", "luad", "lusc", "stad")
OTHERS = {
    "aml_risk_rna": {},
    "breast_outcome_rna": {},
    "glioma_grade_array": {},
    "lung_metabolome": {"feature_id": "other"},
    "pancreas_survival_rna": {"patient_column": "patient"},
    "stool_autism_16s": {"feature_id": "other"},
    "stool_ibs_16s": {"feature_id": "other"},
    "stool_parkinson_16s": {"feature_id": "other"},
    "stool_ra_wgs": {"feature_id": "other"},
    "stool_t2d_16s": {"feature_id": "other"},
}
# cohorts that have people in common, or whose providers say nothing against it
RELATED: tuple[set[str], ...] = (
    {"tb_blood/GSE19435", "tb_blood/GSE19443"},
    {"tb_blood/GSE42825", "tb_blood/GSE42827", "tb_blood/GSE42831"},
    {"tb_blood/GSE107992", "tb_blood/GSE107993"},
    {"pancreas_survival_rna/ICGCMICRO", "pancreas_survival_rna/ICGCSEQ"},
    {"stool_parkinson_16s/PRJEB27564", "stool_parkinson_16s/PRJEB4927"},
    {"lung_metabolome/setA_matrix1", "lung_metabolome/setA_matrix3"},
    *({f"tcga_survival/{c}", f"tcga_tumor_normal/{c.upper()}"} for c in CANCERS),
)
# several samples of a person without an id that says so: halves would share people
REPEATED = ("tb_blood/GSE6112", "tb_blood/GSE56153", "stool_parkinson_16s/PRJEB27564")
FEATURES, COPIES = (40, 85, 150, 300), (3, 5, 8, 10, 20, 30)
CORRELATION = (0.3, 0.5)
LEFT_OUT = 0.4
PATIENTS = (50, 160)
FEWEST = 8
STEPS = 12


def cohorts(folder: Path) -> dict[str, AnnData]:
    """Every real cohort after quality control, by the names of its folder and its own."""
    QC["min_features_detected"] = 5
    found: dict[str, AnnData] = {}
    for family, make in STUDIES.items():
        study, _ = make(folder)
        for name, cells in study.cohorts.items():
            patients = {k: v for k, v in cells.items() if k != "keep" or family.startswith("tcga")}
            found[f"{family}/{name}"] = checked(patients)
    for family, cells in OTHERS.items():
        for matrix in sorted((folder / family).glob("*.matrix.tsv.gz")):
            name = matrix.name.removesuffix(".matrix.tsv.gz")
            asked = row(name, folder / family, matrix.name, f"{name}.samples.tsv", **cells)
            found[f"{family}/{name}"] = checked(asked)
    for cancer in CANCERS:
        found[f"tcga_survival/{cancer}"] = survival(folder, cancer)
    return {name: adata for name, adata in found.items() if adata.n_obs >= FEWEST}


def judged(one: AnnData, other: AnnData) -> tuple[Copies | None, int]:
    """What the audit says of two cohorts, and the number of features that it compares."""
    both = {"one": one, "other": other}
    chosen = panels({name: feature_profile(adata) for name, adata in both.items()})
    prints = [fingerprints(adata, chosen[name]) for name, adata in both.items()]
    comparison = compared(*prints)
    return copies_between(comparison), comparison.features


def halves(
    adata: AnnData, rng: np.random.Generator, *, most: int, share: tuple[float, float]
) -> tuple[AnnData, AnnData]:
    """Two parts of a cohort without a patient in both."""
    patients = adata.obs["patient"].astype(str).to_numpy()
    chosen = rng.permutation(np.unique(patients))
    chosen = chosen[: rng.integers(min(PATIENTS[0], len(chosen)), min(most, len(chosen)) + 1)]
    cut = int(len(chosen) * rng.uniform(*share))
    return adata[np.isin(patients, chosen[:cut])], adata[np.isin(patients, chosen[cut:])]


def told(copies: Copies | None) -> str:
    """Level of the finding."""
    return "nothing" if copies is None else "error" if copies.sure else "warning"


# --- copies that are there ----------------------------------------------------------------------


def planting(adata: AnnData, features: int, copies: int, seed: int) -> str:
    """Plant copies into the other half of a cohort; what the audit says."""
    rng = np.random.default_rng(seed)
    known = np.flatnonzero(~np.isnan(_dense(adata.X)).any(axis=0))
    asked = min(len(known), round(features / (1 - LEFT_OUT)))
    adata = adata[:, rng.choice(known, asked, replace=False)]
    one, other = halves(adata, rng, most=PATIENTS[1], share=(0.4, 0.6))
    kept = np.sort(rng.choice(asked, min(features, asked), replace=False))
    X = _ranks(_dense(one.X)[:, kept])
    Y = _ranks(_dense(other.X)[:, kept])
    chosen = rng.choice(len(X), min(copies, len(X) // 2), replace=False)
    noise = rng.normal(0, X.std(axis=0), (len(chosen), len(kept)))
    wanted = rng.uniform(*CORRELATION, len(chosen))
    low, high = np.zeros(len(chosen)), np.full(len(chosen), 6.0)
    for _ in range(STEPS):
        middle = (low + high) / 2
        delivered = _ranks(X[chosen] + noise * middle[:, None])
        far = _correlations(X, np.vstack([Y, delivered]), chosen) > wanted
        low, high = np.where(far, middle, low), np.where(far, high, middle)
    again = pd.DataFrame(
        np.vstack([Y, _ranks(X[chosen] + noise * low[:, None])]),
        columns=other.var_names[kept],
        index=[f"other{i}" for i in range(len(Y) + len(chosen))],
    )
    return told(judged(one.copy(), AnnData(again.astype(np.float32)))[0])


def _correlations(X: np.ndarray, Y: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    weighing = Weighing([X, Y])
    one = weighing.rows(0, chosen)
    other = weighing.rows(1, np.arange(len(Y) - len(chosen), len(Y)))
    return np.diag(correlated(one, other))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Normal scores of each sample, as the audit takes them of whatever was delivered."""
    from scipy.special import ndtri

    ranks: np.ndarray = ndtri((rankdata(values, axis=1) - 0.5) / values.shape[1])
    return ranks.astype(np.float32)


def _dense(X: Any) -> np.ndarray:
    return np.asarray(X.toarray() if hasattr(X, "toarray") else X, dtype=np.float32)


# --- copies that are not there ------------------------------------------------------------------


def half_splits(adata: AnnData, seeds: range) -> list[tuple[str, int]]:
    """Compare random halves of a cohort, with fewer features in some."""
    found = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        features = min(adata.n_vars, (40, 85, 150, 300, 600, 1500, adata.n_vars)[seed % 7])
        part = adata[:, rng.choice(adata.n_vars, features, replace=False)]
        one, other = halves(part, rng, most=300, share=(0.3, 0.5))
        if min(one.n_obs, other.n_obs) >= FEWEST:
            copies, shared = judged(one.copy(), other.copy())
            found.append((told(copies), shared))
    return found


def are_related(one: str, other: str) -> bool:
    return any({one, other} <= group for group in RELATED)


def comparisons(studied: Mapping[str, AnnData]) -> Iterator[dict[str, Any]]:
    """Judge halves of each cohort, and each two cohorts that share 40 features."""
    for number, (name, adata) in enumerate(studied.items()):
        if adata.obs["patient"].nunique() < 2 * FEWEST:
            continue
        for level, features in half_splits(adata, range(14 * number, 14 * number + 14)):
            known = "repeats without ids" if name in REPEATED else ""
            yield {"one": name, "other": "its other half", "features": features, "told": level,
                   "related": known}  # fmt: skip
    for one, other in combinations(studied, 2):
        if len(studied[one].var_names.intersection(studied[other].var_names)) < 40:
            continue
        copies, features = judged(studied[one], studied[other])
        known = "yes" if are_related(one, other) else ""
        yield {"one": one, "other": other, "features": features, "told": told(copies),
               "related": known}  # fmt: skip


def limit(found: int, of: int) -> float:
    """Upper end of the one-sided 95 % interval of a share (Clopper and Pearson 1934)."""
    return 1.0 if found == of else float(beta.ppf(0.95, found + 1, of - found))


def main() -> None:
    """Write both tables and print their sums."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--plantings", type=int, default=200, help="of each curve's cell")
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    studied = cohorts(Path(os.environ["DXTRANSFER_COHORTS"]))
    print(f"{len(studied)} cohorts")
    RESULTS.mkdir(parents=True, exist_ok=True)
    bases = [
        name for name, adata in studied.items()
        if adata.obs["patient"].nunique() >= PATIENTS[0] and name not in REPEATED
        and adata.n_vars >= FEATURES[-1] / (1 - LEFT_OUT)
    ]  # fmt: skip
    jobs = [
        (studied[bases[k % len(bases)]], features, copies, 1000 * features + 10 * k + copies)
        for features in FEATURES
        for copies in COPIES
        for k in range(given.plantings)
    ]
    with Pool(given.cores) as pool:
        levels = pool.starmap(planting, jobs, chunksize=20)
    table = pd.DataFrame([job[1:3] for job in jobs], columns=["features", "copies"])
    table["cohort"] = [bases[k % len(bases)] for k in range(given.plantings)] * (
        len(FEATURES) * len(COPIES)
    )
    table["told"] = levels
    table.to_csv(RESULTS / "plantings.tsv", sep="\t", index=False)
    for level in (["error"], ["error", "warning"]):
        share = table.assign(found=table["told"].isin(level))
        print(f"\nshare of {given.plantings} plantings: {' or '.join(level)}")
        print(share.pivot_table(index="features", columns="copies", values="found").round(3))
    held = pd.DataFrame(comparisons(studied))
    held.to_csv(RESULTS / "comparisons.tsv", sep="\t", index=False)
    null = held[held["related"] == ""]
    for kind, part in null.groupby(null["other"] == "its other half"):
        for level in ("error", "warning"):
            count = int((part["told"] == level).sum())
            print(f"{'halves' if kind else 'pairs'}: {count} {level}s in {len(part)} comparisons, "
                  f"at most {limit(count, len(part)):.2%}")  # fmt: skip
    print(null[null["told"] != "nothing"].to_string())
    print(held[held["related"] != ""].to_string())


if __name__ == "__main__":
    main()
