"""Sex expressed against sex recorded, and the samples kept, on real cohorts of tuberculosis."""

from pathlib import Path

import pytest
from known_cohorts import KNOWN
from real_studies import QC, tb_series

from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.qc import QCResult, qc

pytestmark = pytest.mark.cohorts

# series: least share of the samples told, samples whose sex differs at most
RECORDED = {
    "GSE107993": (0.97, 10),
    "GSE19435": (1.0, 0),
    "GSE42825": (1.0, 1),
    "GSE94438": (0.97, 10),
}


def checked(name: str, folder: Path) -> QCResult:
    matrix, table = tb_series(name, folder)
    if "PatientID" in table:
        table["patient"] = table["PatientID"]
    about = {"cohort": name, "assay": KNOWN[f"tb_blood/{name}"].assay, "study": name}
    return qc(ingest(matrix, table, cohort=about, checksum=""), settings=QC, role="target")


@pytest.mark.parametrize("name", RECORDED)
def test_the_sex_expressed_is_told_and_seldom_differs_from_the_one_recorded(
    name: str, real_cohorts: Path
) -> None:
    told, most = RECORDED[name]
    result = checked(name, real_cohorts)
    samples = result.samples
    recorded = samples["sex_recorded"] != ""
    assert recorded.sum() > 30
    assert (samples.loc[recorded, "sex_expressed"] != "").mean() >= told
    assert result.summary["sex_contradicted"] <= most
    assert (samples["kept"] == "yes").all()


def test_samples_of_a_patient_recorded_as_the_other_sex_agree_with_each_other(
    real_cohorts: Path,
) -> None:
    samples = checked("GSE107993", real_cohorts).samples
    differs = samples["flags"].str.contains("sex recorded")
    # a wrong entry in the table shows in every sample of the patient
    patient = samples[samples["patient"] == "Patient_207"]
    assert list(patient["flags"]) == ["sex recorded male, expressed female"] * 4
    assert set(samples.loc[differs, "patient"]) == {"Patient_033", "Patient_040", "Patient_207"}
