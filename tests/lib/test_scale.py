"""The scale is told from a sample's own values, alike for one sample and for many."""

import numpy as np
import pytest
from scipy import sparse

from dxtransfer.cohorts.scale import detect

RNG = np.random.default_rng(3)
COUNTS = RNG.negative_binomial(0.5, 0.001, (12, 400)).astype(np.float32)
SHALLOW = RNG.poisson(0.3, (12, 400)).astype(np.float32)
TPM = (COUNTS / COUNTS.sum(axis=1, keepdims=True) * 1e6).astype(np.float32)
LOG_TPM = np.log2(TPM + 1)
INTENSITY = np.exp2(RNG.uniform(4, 16, (12, 400))).astype(np.float32)
SHARES = RNG.dirichlet(np.ones(400), 12).astype(np.float32)

CASES = {
    "counts": (COUNTS, "rnaseq", "counts"),
    "shallow counts": (SHALLOW, "rnaseq", "counts"),
    "TPM": (TPM, "rnaseq", "linear"),
    "log TPM": (LOG_TPM, "rnaseq", "log"),
    "log CPM below 0": (LOG_TPM - 7, "rnaseq", "log"),
    "rounded logarithms": (np.rint(LOG_TPM + 3), "rnaseq", "log"),
    "array intensities": (INTENSITY, "microarray", "intensity"),
    "background-subtracted intensities": (INTENSITY - 40, "microarray", "intensity"),
    "rounded intensities": (INTENSITY + 0.5 * (INTENSITY > 99), "microarray", "intensity"),
    "array logarithms": (np.log2(INTENSITY), "microarray", "log"),
    "proteome intensities": (INTENSITY * 99.5, "generic", "linear"),
    "shares": (SHARES, "generic", "linear"),
    "percent": (SHARES * 100, "generic", "linear"),
    "z-scores": (RNG.normal(size=(12, 400)).astype(np.float32), "generic", "log"),
    "cycle thresholds": (RNG.uniform(15, 40, (12, 96)).astype(np.float32), "generic", "log"),
}


@pytest.mark.parametrize("case", CASES)
def test_hand_made_scales_are_told(case):
    values, assay, name = CASES[case]
    assert detect(values, assay=assay).name == name


@pytest.mark.parametrize("case", CASES)
def test_a_sample_alone_is_judged_as_among_others(case):
    values, assay, name = CASES[case]
    for i in range(len(values)):
        assert detect(values[i : i + 1], assay=assay).name == name


@pytest.mark.parametrize("case", CASES)
def test_missing_values_change_no_verdict_but_that_of_percent(case):
    values, assay, name = CASES[case]
    if case == "percent":
        name = "log"  # known by their sum alone, which missing values take away
    gaps = values.copy()
    gaps[:, RNG.random(values.shape[1]) < 0.2] = np.nan
    assert detect(gaps, assay=assay).name == name


def test_a_few_odd_samples_do_not_turn_a_cohort():
    mixed = LOG_TPM.copy()
    mixed[0] = np.exp2(mixed[0])
    assert detect(mixed, assay="rnaseq").name == "log"


def test_sparse_counts_are_judged_as_dense_ones():
    assert detect(sparse.csr_matrix(SHALLOW), assay="rnaseq") == detect(SHALLOW, assay="rnaseq")


def test_the_evidence_names_range_and_votes():
    evidence = detect(COUNTS, assay="rnaseq").evidence
    assert "100% whole numbers" in evidence
    assert "12 of 12 samples" in evidence
