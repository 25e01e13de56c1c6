"""Sex expressed against sex recorded, and the samples kept, on real cohorts of tuberculosis."""

import os
from pathlib import Path

import pandas as pd
import pytest

from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.qc import QCResult, qc
from dxtransfer.cohorts.readers.registry import read_matrix

FOLDER = os.environ.get("DXTRANSFER_COHORTS")
pytestmark = [
    pytest.mark.cohorts,
    pytest.mark.skipif(not FOLDER, reason="DXTRANSFER_COHORTS is not set: no real cohorts to read"),
]

SETTINGS = {
    **{"min_library_size": 10_000, "min_features_detected": 100, "max_missing_share": 0.5},
    "max_mitochondrial_share": 1.0,
    **{"mad_threshold": 5, "min_correlation_mad": 5},
}
# cohort: assay, least share of the samples told, samples whose sex differs at most
RECORDED = {
    "GSE107993": ("rnaseq", 0.97, 10),
    "GSE19435": ("microarray", 1.0, 0),
    "GSE42825": ("microarray", 1.0, 1),
    "GSE94438": ("rnaseq", 0.97, 10),
}


def checked(name: str, assay: str) -> QCResult:
    folder = Path(str(FOLDER)) / "tb_blood"
    table = pd.read_csv(
        folder / f"{name}.samples.tsv", sep="\t", dtype=str, keep_default_na=False
    ).set_index("sample")
    if "PatientID" in table:
        table["patient"] = table["PatientID"]
    matrix = read_matrix(folder / f"{name}.expression.tsv.gz", sample_names=list(table.index))
    about = {"cohort": name, "assay": assay, "study": name}
    return qc(ingest(matrix, table, cohort=about, checksum=""), settings=SETTINGS, role="target")


@pytest.mark.parametrize("name", RECORDED)
def test_the_sex_expressed_is_told_and_seldom_differs_from_the_one_recorded(name: str) -> None:
    assay, told, most = RECORDED[name]
    result = checked(name, assay)
    samples = result.samples
    recorded = samples["sex_recorded"] != ""
    assert recorded.sum() > 30
    assert (samples.loc[recorded, "sex_expressed"] != "").mean() >= told
    assert result.summary["sex_contradicted"] <= most
    assert (samples["kept"] == "yes").all()


def test_samples_of_a_patient_recorded_as_the_other_sex_agree_with_each_other() -> None:
    samples = checked("GSE107993", "rnaseq").samples
    differs = samples["flags"].str.contains("sex recorded")
    # a wrong entry in the table shows in every sample of the patient
    patient = samples[samples["patient"] == "Patient_207"]
    assert list(patient["flags"]) == ["sex recorded male, expressed female"] * 4
    assert set(samples.loc[differs, "patient"]) == {"Patient_033", "Patient_040", "Patient_207"}
