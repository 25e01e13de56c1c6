"""Wrong input is found before the first job starts, and is one line for a person."""

import gzip
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CONFIG = """\
study: wrong
cohorts: study/cohorts.tsv
task:
  label: diagnosis
  classes:
    ill: [ill, sick]
    well: [well]
  positive: ill
splits:
  budgets: [4, all]
"""
SHEET = """\
cohort	role	assay	matrix	samples	patient_column	keep
old	source	rnaseq	old.tsv	old.samples.tsv	NA	NA
young	target	rnaseq	young.tsv	young.samples.tsv	person	visit=first,
late	new	rnaseq	late.tsv	late.samples.tsv	NA	NA
"""
SOURCE = "sample\tdiagnosis\no1\till\no2\twell\n"
TARGET = """\
sample	person	diagnosis	visit
y1	p1	ill	first
y2	p2	sick	first
y3	p3	well	NA
y4	p4	well	first
y5	p4	well	second
"""
NEW = "sample,age\nn1,40\nn2,50\n"
FILES: Mapping[str, str] = {
    "config.yaml": CONFIG,
    "cohorts.tsv": SHEET,
    "old.samples.tsv": SOURCE,
    "young.samples.tsv": TARGET,
    "late.samples.tsv": NEW,
    "old.tsv": "",
    "young.tsv": "",
    "late.tsv": "",
}
YOUNG = "study/young.samples.tsv"

# what is wrong: the file, the text replaced, its replacement, the line told
WRONG = {
    "misspelt key": (
        ("config.yaml", "splits:", "split:"),
        "config: top level: unknown key 'split'; did you mean 'splits'?",
    ),
    "misspelt key of a block": (
        ("config.yaml", "budgets:", "budget:"),
        "config: splits: unknown key 'budget'; did you mean 'budgets'?",
    ),
    "missing key": (("config.yaml", "  positive: ill\n", ""), "config: task: no positive"),
    "wrong type": (
        ("config.yaml", "[4, all]", "[4.5, all]"),
        "config: splits.budgets.0: 4.5 is not of type 'integer', and 'all' was expected",
    ),
    "budgets without all": (
        ("config.yaml", "[4, all]", "[4, 8]"),
        "config: splits.budgets: [4, 8] lacks 'all'",
    ),
    "study named accuracy": (
        ("config.yaml", "study: wrong", "study: accuracy"),
        "config: study: 'accuracy' is a reserved name",
    ),
    "study with a blank": (
        ("config.yaml", "study: wrong", "study: my study"),
        "config: study: 'my study' is no name for files; use letters, digits, '_', '.' and '-', "
        "a letter or digit first",
    ),
    "positive is no class": (
        ("config.yaml", "positive: ill", "positive: sick"),
        "config: task.positive is 'sick', which is none of task.classes (ill, well)",
    ),
    "three classes": (
        ("config.yaml", "    well: [well]", "    well: [well]\n    odd: [odd]"),
        "config: task.classes: 3 entries, where 2 are expected",
    ),
    "a value in two classes": (
        ("config.yaml", "well: [well]", "well: [well, sick]"),
        "config: task: the value 'sick' stands in classes.ill and in classes.well",
    ),
    "a number in two classes": (
        ("config.yaml", "[ill, sick]\n    well: [well]", "[1]\n    well: [1.0]"),
        "config: task: the value 1.0 stands in classes.ill and in classes.well",
    ),
    "unknown choice": (
        ("config.yaml", "splits:", "model:\n  strategy: best\nsplits:"),
        "config: model.strategy: 'best' is not one of ['source_only', 'from_scratch', "
        "'linear_probe', 'full_finetune', 'scalar_mix', 'logistic_l2']",
    ),
    "leaks neither stopped nor dropped": (
        ("config.yaml", "splits:", "audit:\n  on_leak: ignore\nsplits:"),
        "config: audit.on_leak: 'ignore' is not one of ['stop', 'drop_from_source']",
    ),
    "misspelt key of the audit": (
        ("config.yaml", "splits:", "audit:\n  on_leaks: stop\nsplits:"),
        "config: audit: unknown key 'on_leaks'; did you mean 'on_leak'?",
    ),
    "no sheet": (
        ("config.yaml", "study/cohorts.tsv", "study/cohort.tsv"),
        "study/cohort.tsv: no such file",
    ),
    "a folder as sheet": (
        ("config.yaml", "study/cohorts.tsv", "study"),
        "study: a folder, where a table is expected",
    ),
    "unknown role": (
        ("cohorts.tsv", "\tnew\t", "\tunlabelled\t"),
        "study/cohorts.tsv, row 4, column role: 'unlabelled' is not one of ['source', 'target', "
        "'source,target', 'external', 'new']",
    ),
    "no role": (
        ("cohorts.tsv", "\tnew\t", "\t\t"),
        "study/cohorts.tsv, row 4, column role: empty",
    ),
    "unknown column": (
        ("cohorts.tsv", "patient_column", "patients"),
        "study/cohorts.tsv: unknown column 'patients'; known: cohort, role, assay, matrix, "
        "samples, study, feature_id, sample_column, patient_column, site_column, annotation, "
        "orientation, keep",
    ),
    "a column twice": (
        ("cohorts.tsv", "patient_column", "keep"),
        "study/cohorts.tsv: the column 'keep' stands twice in the header",
    ),
    "duplicate cohort": (
        ("cohorts.tsv", "late\tnew", "old\tnew"),
        "study/cohorts.tsv, row 4, column cohort: 'old' stands twice",
    ),
    "duplicate cohort below a blank row": (
        ("cohorts.tsv", "late\tnew", "\nold\tnew"),
        "study/cohorts.tsv, row 5, column cohort: 'old' stands twice",
    ),
    "damaged cohort": (
        ("cohorts.tsv", "late\tnew", "1.2E+05\tnew"),
        "study/cohorts.tsv, row 4, column cohort: '1.2E+05' looks like a name that a spreadsheet "
        "turned into a number; restore it and format the column as text",
    ),
    "cohort that leaves the folder": (
        ("cohorts.tsv", "late\tnew", "../late\tnew"),
        "study/cohorts.tsv, row 4, column cohort: '../late' is no name for files; use letters, "
        "digits, '_', '.' and '-', a letter or digit first",
    ),
    "unset environment variable": (
        ("cohorts.tsv", "\tlate.tsv", "\t$NOT_SET_HERE/late.tsv"),
        "study/cohorts.tsv, row 4, column matrix: the environment variable NOT_SET_HERE is not set",
    ),
    "missing matrix": (
        ("cohorts.tsv", "\tlate.tsv", "\tlater.tsv"),
        "study/cohorts.tsv, cohort late, column matrix: no file study/later.tsv",
    ),
    "missing sample table": (
        ("cohorts.tsv", "late.samples.tsv", "later.samples.tsv"),
        "study/cohorts.tsv, cohort late, column samples: no file study/later.samples.tsv",
    ),
    "no sample table": (
        ("cohorts.tsv", "late.samples.tsv", ""),
        "study/cohorts.tsv, row 4, column samples: empty; only an h5ad brings its own table",
    ),
    "too many cells": (
        ("cohorts.tsv", "first,", "first,\tmore"),
        "study/cohorts.tsv, row 3: 8 cells where the header has 7",
    ),
    "empty sheet": (
        ("cohorts.tsv", SHEET, ""),
        "study/cohorts.tsv: has no rows below its header",
    ),
    "not UTF-8": (
        ("cohorts.tsv", "late\t", "l\udce4te\t"),
        "study/cohorts.tsv: not UTF-8 text; save the table as UTF-8",
    ),
    "no target": (
        ("cohorts.tsv", "\ttarget\t", "\texternal\t"),
        "study/cohorts.tsv: no cohort has the role target",
    ),
    "target without a source": (
        ("cohorts.tsv", "\tsource\t", "\texternal\t"),
        "study/cohorts.tsv: the target 'young' has no source: no cohort of another study has the "
        "role source",
    ),
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
    "duplicate sample": (
        ("young.samples.tsv", "y5", "y4"),
        f"{YOUNG}, row 6, column sample: the sample 'y4' stands twice",
    ),
    "damaged sample": (
        ("young.samples.tsv", "y5", "7.0"),
        f"{YOUNG}, row 6, column sample: '7.0' looks like a name that a spreadsheet turned into a "
        "number; restore it and format the column as text",
    ),
    "no sample id": (
        ("young.samples.tsv", "y5", "NA"),
        f"{YOUNG}, row 6, column sample: no sample id",
    ),
    "damaged patient": (
        ("young.samples.tsv", "p3", "1.2E+05"),
        f"{YOUNG}, row 4, column person: '1.2E+05' looks like a name that a spreadsheet turned "
        "into a number; restore it and format the column as text",
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
# one of each place where an error can come from, through a real run
THROUGH_A_RUN = (
    "misspelt key",
    "a value in two classes",
    "unknown role",
    "damaged sample",
    "no target",
)
CONFIGFILE = ("--configfile", "study/config.yaml")


def write(checkout: Path, files: Mapping[str, str]) -> None:
    (checkout / "study").mkdir()
    for name, text in files.items():
        (checkout / "study" / name).write_bytes(text.encode("utf-8", "surrogateescape"))


def spoilt(case: str) -> dict[str, str]:
    (file, old, new), _ = WRONG[case]
    assert old in FILES[file], "the table replaces what is not there"
    return {**FILES, file: FILES[file].replace(old, new)}


def test_the_study_that_the_table_spoils_is_right(checkout: Path, plan: Callable[..., Any]) -> None:
    write(checkout, FILES)
    assert "page" in plan(checkout, *CONFIGFILE).rules


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_told_in_one_line_before_the_first_job(
    case: str, checkout: Path, plan: Callable[..., Any]
) -> None:
    write(checkout, spoilt(case))
    planned = plan(checkout, *CONFIGFILE)
    assert planned.text.splitlines() == [f"dxtransfer: {WRONG[case][1]}"]
    assert planned.status == 1


@pytest.mark.parametrize("case", THROUGH_A_RUN)
def test_a_run_on_wrong_input_fails_and_leaves_nothing(
    case: str, checkout: Path, snakemake: Callable[..., Any]
) -> None:
    write(checkout, spoilt(case))
    ran = snakemake(checkout, *CONFIGFILE)
    assert ran.returncode == 1
    assert (ran.stdout + ran.stderr).splitlines() == [f"dxtransfer: {WRONG[case][1]}"]
    assert not (checkout / "results").exists()
    assert not (checkout / "resources").exists()


# --- wrong data, found by the jobs that read it ------------------------------------------------


@dataclass(frozen=True)
class Bad:
    """A cohort of the role new that cannot be read.

    Attributes
    ----------
    files
        Name to content, in a folder of the case's own.
    told
        The one line, `{}` standing for that folder.
    row
        Cells of the cohort sheet other than cohort, role, `rnaseq`, counts.tsv and samples.tsv.
    """

    files: Mapping[str, bytes | str]
    told: str
    row: Mapping[str, str] = field(default_factory=dict)


def matrix(features: int = 30, samples: int = 4) -> list[list[str]]:
    """Right counts with header and names, to be spoilt."""
    rows = [["gene", *(f"s{j}" for j in range(1, samples + 1))]]
    counts = [
        [str(i * j % 13 + 60 * (i % 3)) for j in range(1, samples + 1)] for i in range(features)
    ]
    return rows + [[f"GENE{i}", *row] for i, row in enumerate(counts)]


def text(rows: list[list[str]], separator: str = "\t") -> str:
    return "\n".join(map(separator.join, rows)) + "\n"


SAMPLES = "sample\tdiagnosis\n" + "".join(f"s{i}\till\n" for i in range(1, 5))
COUNTS = text(matrix())

SPOILT_TEXT: dict[str, Bad] = {
    "cut-gz": Bad(
        {"counts.tsv.gz": gzip.compress(COUNTS.encode(), mtime=0)[:-20]},
        "{}/counts.tsv.gz: the gzip file is truncated or damaged (Compressed file ended before the "
        "end-of-stream marker was reached); fetch it again",
        {"matrix": "counts.tsv.gz"},
    ),
    "text-in-a-cell": Bad(
        {"counts.tsv": COUNTS.replace("GENE3\t3", "GENE3\thigh")},
        "{}/counts.tsv, row 5 (GENE3), column s1: 'high' is not a number; missing values are empty "
        "cells or NA",
    ),
}

SPOILT = {
    **SPOILT_TEXT,
}


@pytest.fixture(scope="module")
def spoilt_run(module_checkout: Path, snakemake: Callable[..., Any]) -> tuple[Path, str]:
    """One run over all spoilt cohorts, which goes on after each failure: its folder and words."""
    folder = module_checkout
    write(folder, FILES)
    header, *lines = (line.split("\t") for line in SHEET.splitlines())
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    for name, bad in SPOILT.items():
        (folder / "study" / name).mkdir()
        for file, content in {"samples.tsv": SAMPLES, **bad.files}.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / "study" / name / file).write_bytes(data)
        row = {"matrix": "counts.tsv", "samples": "samples.tsv", **bad.row}
        paths = {k: f"{name}/{row[k]}" for k in ("matrix", "samples", "annotation") if row.get(k)}
        rows.append({"cohort": name, "role": "new", "assay": "rnaseq", **row, **paths})
    columns = list(dict.fromkeys(column for row in rows for column in row))
    sheet = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    (folder / "study/cohorts.tsv").write_text(text(sheet))
    wanted = [f"results/wrong/qc/{name}.json" for name in SPOILT]
    ran = snakemake(folder, *CONFIGFILE, "--keep-going", *wanted)
    return folder, ran.stdout + ran.stderr


@pytest.mark.parametrize("case", SPOILT)
def test_wrong_data_is_told_in_one_line_and_leaves_nothing(
    case: str, spoilt_run: tuple[Path, str]
) -> None:
    folder, words = spoilt_run
    told = re.findall(
        rf"^[\d:]+ ERROR (.*) \(log: results/wrong/logs/(?:ingest|qc)/{case}\.log\)$",
        words,
        re.MULTILINE,
    )
    assert told == [SPOILT[case].told.replace("{}", f"study/{case}")]
    assert not list(folder.glob(f"results/wrong/qc/*{case}*"))


def test_wrong_data_gives_no_traceback_on_the_console(spoilt_run: tuple[Path, str]) -> None:
    assert "Traceback" not in spoilt_run[1]
