"""Wrong sample tables, found before the first job."""

from collections.abc import Mapping

from bad_inputs.study import DAMAGED, Wrong

YOUNG = "study/young.samples.tsv"


WRONG_SAMPLES: Mapping[str, Wrong] = {
    "patient column that is not there": (
        ("cohorts.tsv", "person", "patient_id"),
        f"{YOUNG}: no column 'patient_id', which the cohort sheet names as patient_column; there "
        "are: sample, person, diagnosis, visit",
    ),
    "keep on an unknown column": (
        ("cohorts.tsv", "visit=", "time="),
        f"{YOUNG}: the cohort sheet's keep 'time=first,' does not name a column and '='; there "
        "are: person, diagnosis, visit",
    ),
    "keep that keeps nothing": (
        ("cohorts.tsv", "visit=first,", "visit=third"),
        f"{YOUNG}: the cohort sheet's keep 'visit=third' leaves no sample",
    ),
    "sample table with a cell too few": (
        ("young.samples.tsv", "y3\tp3", "y3"),
        f"{YOUNG}, row 4: 3 cells where the header has 4",
    ),
    "a quote that swallows rows": (
        ("young.samples.tsv", "p3\t", '"p3\t'),
        f"{YOUNG}, row 4: a cell begins with a quote mark that is not closed in its row, so that "
        "the rows below would become part of it; close or remove the quote mark",
    ),
    "duplicate sample": (
        ("young.samples.tsv", "y5", "y4"),
        f"{YOUNG}, row 6, column sample: the sample 'y4' stands twice",
    ),
    "damaged sample": (
        ("young.samples.tsv", "y5", "7.0"),
        f"{YOUNG}, row 6, column sample: '7.0' {DAMAGED}",
    ),
    "no sample id": (
        ("young.samples.tsv", "y5", "NA"),
        f"{YOUNG}, row 6, column sample: no sample id",
    ),
    "damaged patient": (
        ("young.samples.tsv", "p3", "1.2E+05"),
        f"{YOUNG}, row 4, column person: '1.2E+05' {DAMAGED}",
    ),
    "sex column that is not there": (
        (
            "cohorts.tsv",
            "patient_column\tkeep\nold\tsource\trnaseq\told.tsv\told.samples.tsv\tNA",
            "sex_column\tkeep\nold\tsource\trnaseq\told.tsv\told.samples.tsv\tsex",
        ),
        "study/old.samples.tsv: no column 'sex', which the cohort sheet names as sex_column; there "
        f"are: sample, diagnosis\n{YOUNG}, row 2, column person: 'p1' is no sex; write female, "
        "male, or nothing",
    ),
    "sex that is none": (
        ("cohorts.tsv", "patient_column", "sex_column"),
        f"{YOUNG}, row 2, column person: 'p1' is no sex; write female, male, or nothing",
    ),
    "label column missing": (
        ("young.samples.tsv", "diagnosis", "outcome"),
        f"{YOUNG}: no column 'diagnosis' (config: task.label); there are: person, outcome, visit",
    ),
    "label in no class": (
        ("young.samples.tsv", "sick", "unclear"),
        f"{YOUNG}, sample y2, column diagnosis: 'unclear' is neither in task.classes nor in "
        "task.exclude; found: ill (1), unclear (1), well (2)",
    ),
    "label of a source in no class": (
        ("old.samples.tsv", "well", "unclear"),
        "study/old.samples.tsv, sample o2, column diagnosis: 'unclear' is neither in task.classes "
        "nor in task.exclude; found: ill (1), unclear (1)",
    ),
    "target with one class": (
        ("young.samples.tsv", "well", "ill"),
        f"{YOUNG}, column diagnosis: the target 'young' has 0 patients of class 'well'; "
        "cross-validation needs two",
    ),
    "target with one patient of a class": (
        ("young.samples.tsv", "p3", "p4"),
        f"{YOUNG}, column diagnosis: the target 'young' has 1 patients of class 'well'; "
        "cross-validation needs two",
    ),
}
