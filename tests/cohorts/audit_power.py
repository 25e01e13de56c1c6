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
from collections.abc import Mapping
from itertools import chain, combinations
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from real_studies import QC, STUDIES, checked, row, survival
from scipy.special import ndtri
from scipy.stats import beta, rankdata

from dxtransfer.cohorts.audit.copies import Copies, copies_between
from dxtransfer.cohorts.audit.fingerprints import feature_profile, fingerprints, panels
from dxtransfer.cohorts.audit.similarity import compared, pairs_within
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
REPEATED = {
    "tb_blood/GSE6112": "three time points of a person",
    "tb_blood/GSE56153": "three time points of a patient",
    "stool_parkinson_16s/PRJEB27564": "two samples a person (Aho 2019)",
    "stool_ibs_16s/PRJNA268708": "two samples a person (Pozuelo 2015)",
    "glioma_grade_array/Phillips": "recurrences of 23 of the tumours (Phillips 2006)",
}
HALF = "its other half"
FEATURES, COPIES = (40, 85, 150, 300, 600), (3, 5, 8, 10, 20, 30)
CORRELATION, TOLERANCE = (0.3, 0.5), 0.03
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
    patients = (list(one.obs["patient"]), list(other.obs["patient"]))
    return copies_between(comparison, patients=patients), comparison.features


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
        delivered = np.vstack([Y, _ranks(X[chosen] + noise * middle[:, None])])
        reached = _correlations(X, delivered, chosen)
        low = np.where(reached > wanted, middle, low)
        high = np.where(reached > wanted, high, middle)
    if np.abs(reached - wanted).max() > TOLERANCE:
        return "not reached"
    again = pd.DataFrame(
        delivered,
        columns=other.var_names[kept],
        index=[f"other{i}" for i in range(len(delivered))],
    )
    obs = pd.DataFrame({"patient": again.index}, index=again.index)
    return told(judged(one.copy(), AnnData(again.astype(np.float32), obs=obs))[0])


def _correlations(X: np.ndarray, Y: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    weighing = Weighing([X, Y])
    one = weighing.rows(0, chosen)
    other = weighing.rows(1, np.arange(len(Y) - len(chosen), len(Y)))
    return np.diag(correlated(one, other))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Normal scores of each sample, as the audit takes them of whatever was delivered."""
    ranks: np.ndarray = ndtri((rankdata(values, axis=1) - 0.5) / values.shape[1])
    return ranks.astype(np.float32)


def _dense(X: Any) -> np.ndarray:
    return np.asarray(X.toarray() if hasattr(X, "toarray") else X, dtype=np.float32)


# --- copies that are not there ------------------------------------------------------------------


def without_known_pairs(adata: AnnData) -> AnnData:
    """Leave out the people of whom the audit lists a pair of samples within the cohort."""
    chosen = panels({"one": feature_profile(adata)})["one"]
    pairs = pairs_within(fingerprints(adata, chosen))
    patients = adata.obs["patient"].astype(str).to_numpy()
    twice = {patients[i] for pair in pairs for i in (pair.one, pair.other)}
    return adata[~np.isin(patients, sorted(twice))].copy()


def half_splits(adata: AnnData, seeds: range) -> list[tuple[str, int]]:
    """Compare random halves of a cohort, with fewer features in some."""
    adata = without_known_pairs(adata)
    found: list[tuple[str, int]] = []
    if adata.obs["patient"].nunique() < 2 * FEWEST:
        return found
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


def of_halves(job: tuple[str, AnnData, range]) -> list[dict[str, Any]]:
    name, adata, seeds = job
    known = REPEATED.get(name, "")
    return [
        {"one": name, "other": HALF, "features": features, "told": level, "known": known}
        for level, features in half_splits(adata, seeds)
    ]


def of_pair(job: tuple[str, str, AnnData, AnnData]) -> list[dict[str, Any]]:
    one, other, *both = job
    copies, features = judged(*both)
    known = "people in common" if are_related(one, other) else ""
    return [
        {"one": one, "other": other, "features": features, "told": told(copies), "known": known}
    ]


def limit(found: int, of: int) -> float:
    """Upper end of the one-sided 95 % interval of a share (Clopper and Pearson 1934)."""
    return 1.0 if found == of else float(beta.ppf(0.95, found + 1, of - found))


def main() -> None:
    """Write both tables and print their sums."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--plantings", type=int, default=200, help="of each number of copies")
    parser.add_argument("--halves", type=int, default=14, help="of each cohort")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cores", type=int, default=os.cpu_count())
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    studied = cohorts(Path(os.environ["DXTRANSFER_COHORTS"]))
    print(f"{len(studied)} cohorts", flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    with Pool(given.cores) as pool:
        planted = _plantings(studied, given, pool)
        planted.to_csv(RESULTS / "plantings.tsv", sep="\t", index=False)
        _print_recall(planted)
        split = [
            (name, adata, range(seed, seed + given.halves))
            for seed, (name, adata) in zip(
                range(given.seed, 10**9, given.halves), studied.items(), strict=False
            )
        ]
        pairs = [
            (one, other, studied[one], studied[other])
            for one, other in combinations(studied, 2)
            if len(studied[one].var_names.intersection(studied[other].var_names)) >= FEATURES[0]
        ]
        rows = chain(pool.imap(of_halves, split), pool.imap(of_pair, pairs, chunksize=10))
        held = pd.DataFrame(chain.from_iterable(rows))
    held.to_csv(RESULTS / "comparisons.tsv", sep="\t", index=False)
    _print_false_alarms(held)


def _plantings(studied: Mapping[str, AnnData], given: argparse.Namespace, pool: Any) -> Any:
    large = [
        name
        for name, adata in studied.items()
        if adata.obs["patient"].nunique() >= PATIENTS[0] and name not in REPEATED
    ]
    rows = []
    for features in FEATURES:
        enough = max(features, 300) / (1 - LEFT_OUT)
        bases = [name for name in large if studied[name].n_vars >= enough]
        for copies in COPIES:
            rows += [(features, copies, bases[k % len(bases)], k) for k in range(given.plantings)]
    jobs = [
        (studied[name], features, copies, given.seed + 10**6 * features + 10**4 * copies + k)
        for features, copies, name, k in rows
    ]
    table = pd.DataFrame(rows, columns=["features", "copies", "cohort", "number"])
    table["told"] = pool.starmap(planting, jobs, chunksize=20)
    return table


def _print_recall(planted: pd.DataFrame) -> None:
    reached = planted[planted["told"] != "not reached"]
    print(f"{len(planted) - len(reached)} of {len(planted)} plantings did not reach their noise")
    for levels in (["error"], ["error", "warning"]):
        found = reached.assign(found=reached["told"].isin(levels))
        print(f"\nshare that is found, {' or '.join(levels)}")
        print(found.pivot_table(index="features", columns="copies", values="found").round(3))
        enough = found[(found["features"] >= 300) & (found["copies"] >= 5)]["found"]
        print(f"at 300 and more features, from 5 copies: {enough.sum()} of {len(enough)}")


def _print_false_alarms(held: pd.DataFrame) -> None:
    null = held[held["known"] == ""]
    for kind, part in {
        "pairs of cohorts": null[null["other"] != HALF],
        "halves of a cohort": null[null["other"] == HALF],
        "all": null,
    }.items():
        for level in ("error", "warning"):
            count = int((part["told"] == level).sum())
            most = f"{limit(count, len(part)):.2%}"
            print(f"{kind}: {count} {level}s in {len(part)} comparisons, at most {most}")
    print(null[null["told"] != "nothing"].to_string())
    known = held[held["known"] != ""].groupby(["one", "other", "known"])["told"]
    print(known.value_counts().unstack(fill_value=0).to_string())


if __name__ == "__main__":
    main()
