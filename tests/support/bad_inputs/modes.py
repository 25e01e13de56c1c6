"""Modes and columns of the evaluation that do not fit the cohorts, found before the first job."""

from collections.abc import Mapping

from bad_inputs.study import CONFIG, FILES, Wrong

YOUNG = "study/young.samples.tsv"
COLUMNS = "person, diagnosis, visit, age, ward, empty"

TARGET = "sample\tperson\tdiagnosis\tvisit\tage\tward\tempty\n" + "".join(
    f"y{i}\tp{i}\t{('well', 'ill')[i % 2]}\tfirst\t{40 + i}\t{('south', 'north')[i < 5]}\t\n"
    for i in range(1, 9)
)

MODES: Mapping[str, str] = {
    **FILES,
    "config.yaml": CONFIG
    + "evaluation:\n  mode: leave_one_site_out\n  site: ward\n  covariates: [age]\n"
    + "  adjust_for: visit\n",
    "young.samples.tsv": TARGET,
}

WRONG_MODES: Mapping[str, Wrong] = {
    "an unknown mode": (
        ("config.yaml", "leave_one_site_out", "leave_one_out"),
        "config: evaluation.mode: 'leave_one_out' is not one of ['cross_validation', "
        "'leave_one_site_out', 'leave_one_cohort_out']",
    ),
    "a covariate that is no column": (
        ("config.yaml", "[age]", "[age, sex]"),
        f"{YOUNG}: no column 'sex', which the configuration names in evaluation.covariates; there "
        f"are: {COLUMNS}",
    ),
    "a covariate that is the outcome": (
        ("config.yaml", "[age]", "[age, diagnosis]"),
        "config: evaluation.covariates: 'diagnosis' is the outcome itself; take it out",
    ),
    "a covariate without a value": (
        ("config.yaml", "[age]", "[empty]"),
        f"{YOUNG}, column empty: no value at all; take it out of evaluation.covariates",
    ),
    "a covariate with text among numbers": (
        ("young.samples.tsv", "\t43\t", "\told\t"),
        f"{YOUNG}, row 4, column age: 'old' among numbers, which would make each number a "
        "category; correct or empty it",
    ),
    "an adjustment for no column": (
        ("config.yaml", "adjust_for: visit", "adjust_for: batch"),
        f"{YOUNG}: no column 'batch', which the configuration names in evaluation.adjust_for; "
        f"there are: {COLUMNS}",
    ),
    "sites in no column": (
        ("config.yaml", "site: ward", "site: hospital"),
        f"{YOUNG}: no column 'hospital', which the configuration names in evaluation.site; there "
        f"are: {COLUMNS}",
    ),
    "a single site": (
        ("config.yaml", "site: ward", "site: visit"),
        f"{YOUNG}, column visit: the target 'young': 0 of its 1 sites can be tested by a model of "
        "the others, leave_one_site_out needs 2 (first: the other sites have 0 patients of class "
        "'ill')",
    ),
    "too few cohorts": (
        ("config.yaml", "leave_one_site_out", "leave_one_cohort_out"),
        "study/cohorts.tsv: 1 cohorts can be the target in turn, evaluation.mode "
        "leave_one_cohort_out needs 3 (old: 1 patients of class 'ill'; cross-validation needs two)",
    ),
}
