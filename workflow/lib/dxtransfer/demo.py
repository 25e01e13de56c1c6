"""The embedded demonstration: simulated blood counts with a known answer.

Four hospitals' worth of made-up patients. A disease acts on expression through two gene
programmes; inflammation, cell composition, age and sex act on it too and have nothing to do with
the disease; every site bends every gene its own way. A target of 48 patients is too few to tell
these apart well, three source cohorts of 200 samples are enough: transfer helps here by design,
so that a first run shows what the workflow does. It is no evidence about real data.
"""

import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.files import atomic

Floats = NDArray[np.float64]

SOURCES = ("source_a", "source_b", "source_c")
SOURCE_SAMPLES = 200
SOURCE_PATIENTS = 180  # twenty patients give a second sample, as registries do
TARGET_PATIENTS = 48
NEW_PATIENTS = 12

N_GENES = 1000
MITOCHONDRIAL = [f"MT-{gene}" for gene in ("ND1", "ND2", "CO1", "CO2", "ATP8", "ATP6", "CO3")]
MITOCHONDRIAL += [f"MT-{gene}" for gene in ("ND3", "ND4L", "ND4", "ND5", "CYB", "ND6")]
# genes per programme; genes of the confounders overlap with those of the disease, as they do in
# blood, so that a small target mistakes one for the other
PROGRAMME_SIZE = {
    "disease_1": 40,
    "disease_2": 40,
    "inflammation": 160,
    "composition": 260,
    "age": 80,
    "sex": 12,
}
PROGRAMME_LOADING = {
    "disease_1": 0.33,
    "disease_2": 0.33,
    "inflammation": 0.42,
    "composition": 0.38,
    "age": 0.25,
    "sex": 0.8,
}
DISEASE_SHIFT = 1.45  # of a disease programme's activity, in its SD among healthy people
DISPERSION = 0.20  # of the negative binomial, on top of the Poisson noise
SITE_EFFECT = 0.35  # SD over genes of a site's shift, natural log
MEDIAN_LIBRARY = 60_000
# Random gene sets that stand beside the programmes: what an enrichment is not to find.
DECOYS, DECOY_SIZE = 20, 40


@dataclass(frozen=True)
class _Genes:
    """What is true of the genes, shared by all cohorts."""

    names: list[str]
    baseline: Floats  # (genes,) natural log of the expected share
    loadings: dict[str, Floats]  # programme -> (genes,)


def make_demo(*, seed: int) -> dict[str, pd.DataFrame]:
    """Simulate the demonstration's cohorts.

    Parameters
    ----------
    seed
        Seed of everything random; the same seed gives the same tables.

    Returns
    -------
    dict
        `{cohort}.counts` (genes x samples, integers, indexed by gene) and `{cohort}.samples`
        (sample, patient, diagnosis, age in years, sex, site) for the cohorts source_a, source_b,
        source_c, target and new; `{source}.null.samples`, in which the patients' diagnoses are
        dealt at random, so that the source knows nothing of the disease; `truth` (gene, programme,
        effect: natural-log change per SD of the programme's activity) and `truth_new` (sample,
        patient, diagnosis), the labels that the samples of `new` are delivered without.
    """
    rng = np.random.default_rng(seed)
    genes = _draw_genes(rng)
    tables: dict[str, pd.DataFrame] = {}
    for code, prevalence in zip(SOURCES, (0.5, 0.4, 0.6), strict=True):
        sites = [f"{code}_{place}" for place in ("east", "west")]
        tables |= _cohort(
            code,
            patients=SOURCE_PATIENTS,
            samples=SOURCE_SAMPLES,
            prevalence=prevalence,
            site_effects={site: rng.normal(0, SITE_EFFECT, N_GENES) for site in sites},
            genes=genes,
            rng=rng,
        )
    # the new patients come to the target's own hospital
    target_site = {"target_clinic": rng.normal(0, SITE_EFFECT, N_GENES)}
    for code, patients in (("target", TARGET_PATIENTS), ("new", NEW_PATIENTS)):
        tables |= _cohort(
            code,
            patients=patients,
            samples=patients,
            prevalence=0.5,
            site_effects=target_site,
            genes=genes,
            rng=rng,
        )
    dealt = np.random.default_rng([seed, 1])
    for code in SOURCES:
        tables[f"{code}.null.samples"] = _dealt_anew(tables[f"{code}.samples"], dealt)
    samples = tables["new.samples"]
    tables["truth_new"] = samples[["sample", "patient", "diagnosis"]].copy()
    tables["new.samples"] = samples.assign(diagnosis="")
    tables["truth"] = pd.concat(
        [
            pd.DataFrame(
                {
                    "gene": np.array(genes.names)[loading != 0],
                    "programme": programme,
                    "effect": loading[loading != 0].round(4),
                }
            )
            for programme, loading in genes.loadings.items()
        ],
        ignore_index=True,
    )
    return tables


def gene_sets(tables: Mapping[str, pd.DataFrame], *, seed: int) -> dict[str, list[str]]:
    """Give the true programmes and random gene sets, for the enrichment of a finished model.

    Parameters
    ----------
    tables
        As made by `make_demo`.
    seed
        Seed of the random sets, which are drawn from all genes.
    """
    rng, genes = np.random.default_rng(seed), tables["target.counts"].index.to_numpy(str)
    programmes = tables["truth"].groupby("programme", sort=False)["gene"]
    drawn = [sorted(rng.choice(genes, DECOY_SIZE, replace=False)) for _ in range(DECOYS)]
    decoys = {f"decoy_{i:02d}": own for i, own in enumerate(drawn, start=1)}
    return {str(name): own.tolist() for name, own in programmes} | decoys


def write_demo(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write the demonstration's tables, byte for byte the same for the same tables.

    Parameters
    ----------
    folder
        Made where it is missing. Counts become `{name}.tsv.gz`, all else `{name}.tsv`, and the gene
        sets `programmes.gmt`.
    tables
        As made by `make_demo`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        is_matrix = name.endswith(".counts")
        text = table.to_csv(sep="\t", index=is_matrix, lineterminator="\n").encode()
        with atomic(folder / f"{name}.tsv{'.gz' if is_matrix else ''}") as temporary:
            temporary.write_bytes(_gzipped(text) if is_matrix else text)
    rows = ["\t".join([name, "demo", *genes]) for name, genes in gene_sets(tables, seed=0).items()]
    with atomic(folder / "programmes.gmt") as temporary:
        temporary.write_text("\n".join(rows) + "\n")


def _dealt_anew(samples: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Permute the diagnoses of the patients."""
    own = samples.drop_duplicates("patient").set_index("patient")["diagnosis"]
    anew = pd.Series(rng.permutation(own.to_numpy()), index=own.index)
    return samples.assign(diagnosis=samples["patient"].map(anew))


def _gzipped(text: bytes) -> bytes:
    """Compress without the time and file name that gzip otherwise writes into its header."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as stream:
        stream.write(text)
    return buffer.getvalue()


def _draw_genes(rng: np.random.Generator) -> _Genes:
    """Draw the genes' expected shares and their places in the programmes."""
    n_nuclear = N_GENES - len(MITOCHONDRIAL)
    names = [f"GENE{i:04d}" for i in range(1, n_nuclear + 1)] + MITOCHONDRIAL
    share = np.exp(rng.normal(0, 1.1, N_GENES))
    share[n_nuclear:] *= 4
    order = rng.permutation(n_nuclear)
    members, start = {}, 0
    for programme in ("disease_1", "disease_2", "sex"):
        members[programme] = order[start : start + PROGRAMME_SIZE[programme]]
        start += PROGRAMME_SIZE[programme]
    disease_genes = np.concatenate([members["disease_1"], members["disease_2"]])
    for programme in ("inflammation", "composition", "age"):
        shared = rng.choice(disease_genes, PROGRAMME_SIZE[programme] // 6, replace=False)
        own = rng.choice(order[start:], PROGRAMME_SIZE[programme] - len(shared), replace=False)
        members[programme] = np.concatenate([shared, own])
    loadings = {}
    for programme, index in members.items():
        size = np.abs(rng.normal(PROGRAMME_LOADING[programme], 0.1, len(index)))
        sign = rng.choice([-1.0, 1.0], len(index))
        loadings[programme] = np.zeros(N_GENES)
        loadings[programme][index] = size * sign
    return _Genes(names=names, baseline=np.log(share / share.sum()), loadings=loadings)


def _balanced(activity: Floats, is_ill: Floats) -> Floats:
    """Give ill and healthy patients of a cohort the same mean 0 and SD 1 of an activity.

    With 48 patients chance alone would otherwise decide how hard the target is, and another seed
    would tell another story.
    """
    balanced = np.empty_like(activity)
    for group in (is_ill == 1, is_ill == 0):
        values = activity[group]
        balanced[group] = (values - values.mean()) / values.std()
    return balanced


def _cohort(
    code: str,
    *,
    patients: int,
    samples: int,
    prevalence: float,
    site_effects: Mapping[str, Floats],
    genes: _Genes,
    rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    """Simulate one cohort: its counts and its sample table."""
    sites = list(site_effects)
    table = pd.DataFrame(
        {
            "patient": [f"{code}_p{i:03d}" for i in range(1, patients + 1)],
            "diagnosis": np.where(
                rng.permutation(patients) < round(prevalence * patients), "disease", "healthy"
            ),
            "age": np.clip(rng.normal(50, 14, patients), 18, 88).round().astype(int),
            "sex": rng.choice(["female", "male"], patients),
            "site": rng.choice(sites, patients),
        }
    )
    is_ill = (table["diagnosis"] == "disease").to_numpy(float)
    activity = {name: _balanced(rng.normal(0, 1, patients), is_ill) for name in genes.loadings}
    for programme in ("disease_1", "disease_2"):
        activity[programme] += DISEASE_SHIFT * is_ill
    activity["age"] = (table["age"].to_numpy(float) - 50) / 14
    activity["sex"] = (table["sex"] == "male").to_numpy(float)

    repeated = np.sort(rng.choice(patients, samples - patients, replace=False))
    rows = np.sort(np.concatenate([np.arange(patients), repeated]))
    table = table.iloc[rows].reset_index(drop=True)
    table.insert(0, "sample", [f"{code}_s{i:03d}" for i in range(1, samples + 1)])

    log_share = genes.baseline + np.stack([site_effects[site] for site in table["site"]])
    for programme, loading in genes.loadings.items():
        # a second sample of a patient is taken on another day
        today = activity[programme][rows] + rng.normal(0, 0.15, samples)
        log_share = log_share + np.outer(today, loading)
    share = np.exp(log_share)
    library = MEDIAN_LIBRARY * np.exp(rng.normal(0, 0.35, samples))
    expected = share / share.sum(axis=1, keepdims=True) * library[:, None]
    counts = rng.poisson(expected * rng.gamma(1 / DISPERSION, DISPERSION, expected.shape))
    frame = pd.DataFrame(counts.T, index=pd.Index(genes.names, name="gene"))
    frame.columns = pd.Index(table["sample"])
    columns = ["sample", "patient", "diagnosis", "age", "sex", "site"]
    return {f"{code}.counts": frame, f"{code}.samples": table[columns]}
