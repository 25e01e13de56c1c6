"""Sex expressed against sex recorded: told for each sample by itself, and nothing is dropped."""

import anndata
import numpy as np
import pandas as pd
import pytest

from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.qc import qc

SETTINGS = {
    **{"min_library_size": 0, "min_features_detected": 1, "max_missing_share": 0.5},
    "max_mitochondrial_share": 1.0,
    **{"mad_threshold": 50, "min_correlation_mad": 50},
}
N, P = 20, 1500
GENES = ["XIST", "RPS4Y1", "DDX3Y", "KDM5D", "UTY", "EIF1AY"]
FEMALE = np.arange(N) % 2 == 0


def cohort(*, genes=GENES, recorded=None, column="Gender", told="", assay="microarray"):
    rng = np.random.default_rng(5)
    values = rng.normal(8, 2, (N, P)).astype(np.float32)
    values[:, :6] = 4 + rng.normal(0, 0.1, (N, 6))
    values[FEMALE, 0] = 12
    values[~FEMALE, 1:6] = 12
    names = [*genes, *(f"G{i}" for i in range(P - len(genes)))]
    samples = [f"s{i:02d}" for i in range(N)]
    matrix = anndata.AnnData(values, obs=pd.DataFrame(index=samples), var=pd.DataFrame(index=names))
    if recorded is None:
        recorded = np.where(FEMALE, "Female", "m")
    table = pd.DataFrame({column: recorded}, index=samples)
    about = {"cohort": "c", "assay": assay, "study": "c", "sex_column": told}
    return ingest(matrix, table, cohort=about, checksum="x")


def flags(adata):
    return qc(adata, settings=SETTINGS, role="source").samples


def test_sex_is_told_where_it_is_expressed():
    samples = flags(cohort())
    assert list(samples["sex_expressed"]) == list(np.where(FEMALE, "female", "male"))
    assert list(samples["sex_recorded"]) == list(samples["sex_expressed"])
    assert (samples["flags"] == "").all()


def test_a_contradiction_is_a_flag_and_never_a_drop():
    recorded = np.where(FEMALE, "F", "M").astype(object)
    recorded[[3, 8]] = ["F", "male"]
    recorded[5] = "unknown"
    result = qc(cohort(recorded=recorded), settings=SETTINGS, role="source")
    samples = result.samples
    told = samples.set_index("sample")["flags"]
    assert told["s03"] == "sex recorded female, expressed male"
    assert told["s08"] == "sex recorded male, expressed female"
    assert (told != "").sum() == 2
    assert (samples["kept"] == "yes").all()
    assert (result.summary["sex_compared"], result.summary["sex_contradicted"]) == (N - 1, 2)


def test_ensembl_ids_are_known_too():
    ensembl = ["ENSG00000229807", "ENSG00000129824", "ENSG00000067048", "ENSG00000012817"]
    ensembl += ["ENSG00000183878", "ENSG00000198692"]
    samples = flags(cohort(genes=ensembl))
    assert list(samples["sex_expressed"]) == list(np.where(FEMALE, "female", "male"))


def test_a_sample_alone_is_judged_as_among_others():
    adata = cohort()
    together = list(flags(adata)["sex_expressed"])
    alone = [flags(adata[i : i + 1].copy())["sex_expressed"].iloc[0] for i in range(N)]
    assert alone == together


@pytest.mark.parametrize("genes", [["XIST"], ["RPS4Y1", "DDX3Y"], []])
def test_one_side_alone_says_nothing(genes):
    assert (flags(cohort(genes=genes))["sex_expressed"] == "").all()


@pytest.mark.parametrize("assay", ["methylation", "mutations", "proteome"])
def test_what_is_no_expression_says_nothing(assay):
    result = qc(cohort(assay=assay), settings=SETTINGS, role="source", scale="log2")
    assert (result.samples["sex_expressed"] == "").all()


def test_a_sample_that_shows_neither_is_left_open():
    adata = cohort()
    adata.X[0, 0] = 4
    adata.X[1, 1:6] = 4
    expressed = flags(adata)["sex_expressed"]
    assert list(expressed[:3]) == ["", "", "female"]


@pytest.mark.parametrize(
    ("column", "told", "found"),
    [("sex", "", True), ("GENDER", "", True), ("donor", "donor", True), ("donor", "", False)],
)
def test_the_column_is_the_one_named_or_sex_or_gender(column, told, found):
    recorded = flags(cohort(column=column, told=told))["sex_recorded"]
    assert (recorded != "").all() == found
