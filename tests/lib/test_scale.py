"""The scale is told from a sample's own values, alike for one sample and for many."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

from dxtransfer.cohorts.assays import ASSAYS, SCALES, listed
from dxtransfer.cohorts.scale import agree, decide, detect
from dxtransfer.cohorts.scale_rules import exact_base
from dxtransfer.errors import InputError

RNG = np.random.default_rng(3)
N = 12


def log(values, base):
    return (np.log(values.astype(float) + 1) / np.log(base)).astype(np.float32)


COUNTS = RNG.negative_binomial(0.5, 0.001, (N, 400)).astype(np.float32)
SHALLOW = RNG.poisson(0.3, (N, 400)).astype(np.float32)
CELLS = RNG.poisson(RNG.gamma(0.2, 4, (N, 2000))).astype(np.float32)
CP10K = CELLS / CELLS.sum(axis=1, keepdims=True) * 1e4
TPM = (COUNTS / COUNTS.sum(axis=1, keepdims=True) * 1e6).astype(np.float32)
LOG_TPM = np.log2(TPM + 1)
INTENSITY = np.exp2(RNG.uniform(4, 16, (N, 1500))).astype(np.float32)
SPECTRA = np.exp2(RNG.uniform(12, 30, (N, 1500))).astype(np.float32)
SHARES = RNG.dirichlet(np.ones(400), N).astype(np.float32)
BETA = RNG.beta(0.4, 0.6, (N, 400)).astype(np.float32)
CENTRED = RNG.normal(size=(N, 400)).astype(np.float32)
TAILS = np.where(RNG.random((N, 400)) < 0.01, 4000, CENTRED).astype(np.float32)
MUTATED = (RNG.random((N, 400)) < 0.02).astype(np.float32)

CASES = {
    "counts": (COUNTS, "rnaseq", "counts"),
    "shallow counts": (SHALLOW, "rnaseq", "counts"),
    "counts of cells": (CELLS, "single_cell", "counts"),
    "TPM": (TPM, "rnaseq", "tpm"),
    "FPKM": (TPM * 0.6, "rnaseq", "linear"),
    "log2 TPM": (LOG_TPM, "rnaseq", "log2"),
    "ln TPM": (log(TPM, np.e), "rnaseq", "ln"),
    "log10 TPM": (log(TPM, 10), "rnaseq", "log10"),
    "log2 of cells": (log(CP10K, 2), "single_cell", "log2"),
    "ln of cells": (log(CP10K, np.e), "single_cell", "ln"),
    "ln of some genes of cells": (log(CP10K[:, :700], np.e), "single_cell", "ln"),
    "ln of counts": (log(CELLS, np.e), "generic", "ln"),
    "log2 CPM below 0": (LOG_TPM - 1, "rnaseq", "log2"),
    "log CPM below 0": (LOG_TPM - 7, "rnaseq", "log"),
    "rounded logarithms": (np.rint(LOG_TPM + 3), "rnaseq", "log2"),
    "expression z-scores": (CENTRED, "rnaseq", "z_scores"),
    "z-scores with heavy tails": (TAILS, "rnaseq", "z_scores"),
    "array intensities": (INTENSITY, "microarray", "intensity"),
    "background-subtracted intensities": (INTENSITY - 40, "microarray", "intensity"),
    "rounded intensities": (np.rint(INTENSITY), "microarray", "intensity"),
    "array logarithms": (np.log2(INTENSITY), "microarray", "log2"),
    "array logarithms to base 10": (np.log10(INTENSITY), "microarray", "log10"),
    "array logarithms of either base": (np.log(INTENSITY), "microarray", "log"),
    "log ratios": (CENTRED * 0.7, "microarray_two_colour", "ratios"),
    "log ratios shifted by their dye": (CENTRED + 1.5, "microarray_two_colour", "ratios"),
    "intensities of a dye": (INTENSITY, "microarray_two_colour", "intensity"),
    "proteome intensities": (SPECTRA, "proteome", "intensity"),
    "proteome logarithms": (np.log2(SPECTRA), "proteome", "log2"),
    "proteome logarithms to base 10": (np.log10(SPECTRA), "proteome", "log10"),
    "proteome logarithms of either base": (np.log(SPECTRA), "proteome", "log"),
    "NPX": (CENTRED * 3 + 5, "olink", "npx"),
    "NPX around its plate": (CENTRED, "olink", "npx"),
    "linear NPX": (np.exp2(CENTRED * 3 + 5), "olink", "linear"),
    "relative abundances": (SHARES, "metagenome", "fractions"),
    "abundances of some species": (SHARES * 0.2, "metagenome", "fractions"),
    "abundances in percent": (SHARES * 100, "metagenome", "percent"),
    "reads of species": (COUNTS, "metagenome", "counts"),
    "beta values": (BETA, "methylation", "beta"),
    "beta values in percent": (BETA * 100, "methylation", "percent"),
    "M values": (np.log2(BETA / (1 - BETA) + 1e-6), "methylation", "m_values"),
    "mutated or not": (MUTATED, "mutations", "binary"),
    "numbers of mutations": (MUTATED * 2, "mutations", "counts"),
    "generic linear values": (INTENSITY * 99.5, "generic", "linear"),
    "generic counts": (COUNTS, "generic", "counts"),
    "generic shares": (SHARES, "generic", "fractions"),
    "generic percent": (SHARES * 100, "generic", "percent"),
    "generic bounded values": (BETA, "generic", "beta"),
    "generic marks": (MUTATED, "generic", "binary"),
    "generic z-scores": (CENTRED, "generic", "z_scores"),
    "cycle thresholds": (RNG.uniform(15, 40, (N, 96)).astype(np.float32), "generic", "log"),
}
# known by their sum alone, which missing values take away
BY_THEIR_SUM = {
    "TPM": "linear",
    "generic percent": "log",
    "abundances in percent": "log",
}


def cohort(values, assay="rnaseq", stated=""):
    names = [f"G{j}" for j in range(values.shape[1])]
    return AnnData(
        X=values,
        obs=pd.DataFrame(index=[f"s{i}" for i in range(values.shape[0])]),
        var=pd.DataFrame(index=names),
        uns={"dxtransfer": {"cohort": "c", "assay": assay, "scale_stated": stated}},
    )


@pytest.mark.parametrize("case", CASES)
def test_hand_made_scales_are_told(case):
    values, assay, name = CASES[case]
    assert detect(values, assay=assay).name == name


def test_every_assay_is_tried():
    assert {assay for _, assay, _ in CASES.values()} == set(ASSAYS)
    assert {name for _, _, name in CASES.values()} == set(SCALES)


@pytest.mark.parametrize("case", CASES)
def test_a_sample_alone_is_judged_as_among_others(case):
    values, assay, name = CASES[case]
    for i in range(len(values)):
        assert agree(detect(values[i : i + 1], assay=assay).name, name)


@pytest.mark.parametrize("case", CASES)
def test_missing_values_change_no_verdict_but_that_of_a_sum(case):
    values, assay, name = CASES[case]
    gaps = values.copy()
    gaps[:, RNG.random(values.shape[1]) < 0.2] = np.nan
    assert detect(gaps, assay=assay).name == BY_THEIR_SUM.get(case, name)


def test_a_few_odd_samples_do_not_turn_a_cohort():
    mixed = LOG_TPM.copy()
    mixed[0] = np.exp2(mixed[0])
    assert detect(mixed, assay="rnaseq").name == "log2"


def test_the_base_is_not_told_where_samples_disagree():
    mixed = np.vstack([log(TPM[:4], 2), log(TPM[4:8], np.e), log(TPM[8:], 10)])
    assert detect(mixed, assay="rnaseq").name == "log"


def test_samples_of_zeros_tell_nothing():
    mostly_empty = COUNTS.copy()
    mostly_empty[2:] = 0
    assert detect(mostly_empty, assay="rnaseq").name == "counts"
    assert detect(np.zeros((3, 5), np.float32), assay="rnaseq").name == "log"
    assert detect(np.full((3, 5), np.nan, np.float32), assay="methylation").name == "beta"


def test_sparse_counts_are_judged_as_dense_ones():
    for values in (SHALLOW, CP10K, log(CP10K, np.e)):
        thin = sparse.csr_matrix(values.astype(np.float32))
        assert detect(thin, assay="rnaseq") == detect(thin.toarray(), assay="rnaseq")


def test_rounding_in_a_text_file_does_not_hide_the_base():
    rounded = np.round(log(CP10K, np.e), 4)
    assert detect(rounded, assay="single_cell").name == "ln"


def test_no_base_is_told_from_values_that_are_no_logarithms_of_counts():
    assert exact_base(np.log2(INTENSITY[0])) == ""
    assert exact_base(np.rint(LOG_TPM[0])) == ""
    assert exact_base(RNG.gamma(2, 2, 5000).astype(np.float32)) == ""


def test_the_evidence_names_range_votes_and_what_the_scale_is():
    evidence = detect(COUNTS, assay="rnaseq").evidence
    assert "100% whole numbers" in evidence
    assert "12 of 12 samples look like counts (whole numbers from 0)" in evidence


def test_a_large_cohort_is_judged_by_samples_spread_over_it():
    many = np.vstack([SHALLOW] * 100)
    assert "1000 of 1000 samples" in detect(many, assay="rnaseq").evidence


# --- what the sheet states, held against the values -----------------------------------------------


@pytest.mark.parametrize("case", CASES)
def test_the_scale_that_was_found_can_be_stated(case):
    values, assay, name = CASES[case]
    assert name in ASSAYS[assay].scales
    assert decide(cohort(values, assay)).name == name
    stated = decide(cohort(values, assay, name))
    assert stated.name == name
    assert stated.evidence.startswith("stated in the cohort sheet; values ")


# what the values do not tell and a person may know
KNOWN_BETTER = [
    (np.log2(INTENSITY[:, :50]), "microarray", "ln"),
    (LOG_TPM - 7, "rnaseq", "log2"),
    (CENTRED, "rnaseq", "log2"),
    (CENTRED, "generic", "ratios"),
    (COUNTS, "rnaseq", "linear"),
    (SHALLOW[:, :50] * 1.5, "rnaseq", "linear"),
    (TPM * 0.6, "rnaseq", "tpm"),
    (COUNTS + 0.25, "rnaseq", "counts"),
    (SHARES * 60, "metagenome", "percent"),
    (np.log(SPECTRA), "proteome", "ln"),
]


@pytest.mark.parametrize(("values", "assay", "stated"), KNOWN_BETTER)
def test_a_stated_scale_overrules_the_found_one_where_the_values_allow_it(values, assay, stated):
    assert detect(values, assay=assay).name != stated
    assert decide(cohort(values.astype(np.float32), assay, stated)).name == stated


def one_value(values, value):
    return np.concatenate(
        [values[:-1], np.where(np.arange(values.shape[1]) == 3, value, values[-1:])]
    )


# values, assay, stated scale, and what is told
REFUSED = [
    (TPM, "rnaseq", "counts", "but values have fractions"),
    (SHARES, "metagenome", "counts", "but values have fractions"),
    (one_value(COUNTS, -3), "rnaseq", "counts", "but 'G3' in sample 's11' is -3"),
    (one_value(COUNTS, -3), "rnaseq", "", "the values are counts, but 'G3'"),
    (COUNTS * 100, "rnaseq", "tpm", "samples sum to more than a million"),
    (log(CELLS, 2), "rnaseq", "linear", "but no value reaches 50"),
    (np.log2(INTENSITY), "microarray", "intensity", "but no value reaches 50"),
    (INTENSITY, "microarray", "log2", "but 'G"),
    (log(CP10K, np.e), "single_cell", "log2", "they are ln of counts or of shares"),
    (LOG_TPM, "rnaseq", "z_scores", "but no value is negative"),
    (INTENSITY, "microarray_two_colour", "ratios", "is "),
    (SHARES * 100, "metagenome", "fractions", "is "),
    (BETA, "metagenome", "", "the matrix has values .* look like beta"),
    (SHARES - 0.01, "metagenome", "", "the assay metagenome has values of fractions, percent or"),
    (one_value(SHARES, -0.01), "metagenome", "", "is -0.01"),
    (INTENSITY, "methylation", "", "the assay methylation has values of beta, percent or m_values"),
    (one_value(BETA, 1.7), "methylation", "", "is 1.7"),
    (one_value(MUTATED, 3.7), "mutations", "binary", "is 3.7"),
    (MUTATED * 3.7, "mutations", "", "the assay mutations has values of binary or counts, but"),
    (BETA, "rnaseq", "", "the assay rnaseq has values of counts, tpm, linear"),
    (INTENSITY - 400, "rnaseq", "", "the values are linear, but 'G"),
    (CENTRED, "mutations", "", "look like ratios"),
    (np.rint(CENTRED * 50), "single_cell", "counts", "is -"),
    (COUNTS, "olink", "", "look like counts"),
    (BETA, "proteome", "", "look like beta"),
]


@pytest.mark.parametrize(("values", "assay", "stated", "told"), REFUSED)
def test_values_that_contradict_sheet_or_assay_are_refused(values, assay, stated, told):
    with pytest.raises(InputError, match=f"^cohort c: .*{told}") as error:
        decide(cohort(values.astype(np.float32), assay, stated))
    assert "\n" not in str(error.value)
    assert "correct" in str(error.value)


def test_an_infrequent_contradiction_of_a_stated_scale_does_not_turn_a_cohort():
    values = COUNTS.copy()
    values[0] += 0.25
    values[0] /= 1e4
    assert decide(cohort(values, "rnaseq", "counts")).name == "counts"


def test_scales_agree_where_they_can_be_treated_alike():
    for one, other in (("log", "ln"), ("npx", "log2"), ("tpm", "linear"), ("binary", "counts")):
        assert agree(one, other)
        assert agree(other, one)
    for one, other in (("ln", "log2"), ("counts", "linear"), ("z_scores", "log"), ("beta", "log")):
        assert not agree(one, other)
        assert not agree(other, one)


def test_names_are_listed_as_in_a_sentence():
    assert listed(("a",)) == "a"
    assert listed(("a", "b", "c")) == "a, b or c"
