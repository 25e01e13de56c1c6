"""Wrong input is found before the first job starts, and is one line for a person."""

import re
from collections.abc import Mapping
from pathlib import Path

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
old	source	rnaseq	old.tsv	old.samples.tsv		
young	target	rnaseq	young.tsv	young.samples.tsv	person	visit=first,
late	new	rnaseq	late.tsv	late.samples.tsv		
"""
SOURCE = "sample\tdiagnosis\no1\till\no2\twell\n"
TARGET = """\
sample	person	diagnosis	visit
y1	p1	ill	first
y2	p2	sick	first
y3	p3	well	
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

# what is wrong: the file, the text replaced, its replacement, the beginning of the line told
WRONG = {
    "misspelt key": (
        "config.yaml",
        "splits:",
        "split:",
        "x",
    ),
    "misspelt key inside a block": ("config.yaml", "budgets:", "budget:", "x"),
    "missing key": ("config.yaml", "  positive: ill\n", "", "x"),
    "wrong type": ("config.yaml", "[4, all]", "[4.5, all]", "x"),
    "reserved study name": ("config.yaml", "study: wrong", "study: accuracy", "x"),
    "study name with a blank": ("config.yaml", "study: wrong", "study: my study", "x"),
    "budgets without all": ("config.yaml", "[4, all]", "[4, 8]", "x"),
    "positive is no class": ("config.yaml", "positive: ill", "positive: sick", "x"),
    "three classes": ("config.yaml", "    well: [well]", "    well: [well]\n    odd: [odd]", "x"),
    "one value in two classes": ("config.yaml", "well: [well]", "well: [well, sick]", "x"),
    "number that equals another": ("config.yaml", "well: [well]", "well: [1, 1.0]", "x"),
    "unknown choice": ("config.yaml", "splits:", "model:\n  strategy: best\nsplits:", "x"),
    "no sheet": ("config.yaml", "study/cohorts.tsv", "study/cohort.tsv", "x"),
    "unknown role": ("cohorts.tsv", "\tnew\t", "\tunlabelled\t", "x"),
    "no role": ("cohorts.tsv", "\tnew\t", "\t\t", "x"),
    "unknown column": ("cohorts.tsv", "patient_column", "patients", "x"),
    "missing column": ("cohorts.tsv", "matrix\t", "annotation\t", "x"),
    "duplicate column": ("cohorts.tsv", "patient_column", "keep", "x"),
    "duplicate cohort": ("cohorts.tsv", "late\tnew", "old\tnew", "x"),
    "damaged cohort": ("cohorts.tsv", "late\tnew", "1.2E+05\tnew", "x"),
    "unsafe cohort": ("cohorts.tsv", "late\tnew", "../late\tnew", "x"),
    "unset environment variable": ("cohorts.tsv", "\tlate.tsv", "\t$NOT_SET_HERE/late.tsv", "x"),
    "missing matrix": ("cohorts.tsv", "\tlate.tsv", "\tlater.tsv", "x"),
    "missing sample table": ("cohorts.tsv", "late.samples.tsv", "later.samples.tsv", "x"),
    "no sample table": ("cohorts.tsv", "late.samples.tsv", "", "x"),
    "too many cells": ("cohorts.tsv", "first,", "first,\tmore", "x"),
    "empty sheet": ("cohorts.tsv", SHEET, "", "x"),
    "header alone": ("cohorts.tsv", SHEET, SHEET.splitlines()[0] + "\n", "x"),
    "no target": ("cohorts.tsv", "\ttarget\t", "\texternal\t", "x"),
    "target without a source": ("cohorts.tsv", "\tsource\t", "\texternal\t", "x"),
    "patient column that is not there": ("cohorts.tsv", "person", "patient_id", "x"),
    "keep on an unknown column": ("cohorts.tsv", "visit=", "time=", "x"),
    "keep without a value": ("cohorts.tsv", "visit=first,", "visit", "x"),
    "keep that keeps nothing": ("cohorts.tsv", "visit=first,", "visit=third", "x"),
    "not UTF-8": ("cohorts.tsv", "late\t", "l\udce4te\t", "x"),
    "sample table not UTF-8": ("young.samples.tsv", "sick", "s\udcefck", "x"),
    "duplicate sample": ("young.samples.tsv", "y5", "y4", "x"),
    "damaged sample": ("young.samples.tsv", "y5", "7.0", "x"),
    "no sample id": ("young.samples.tsv", "y5", "NA", "x"),
    "damaged patient": ("young.samples.tsv", "p3", "1.2E+05", "x"),
    "label column missing": ("young.samples.tsv", "diagnosis", "outcome", "x"),
    "label value in no class": ("young.samples.tsv", "sick", "unclear", "x"),
    "target of one class": ("young.samples.tsv", "well", "ill", "x"),
    "one patient of a class": ("young.samples.tsv", "p3", "p4", "x"),
    "sample table with too few cells": ("young.samples.tsv", "y3\tp3", "y3", "x"),
    "label of a source in no class": ("old.samples.tsv", "o1\till", "o1\tunclear", "x"),
}


def write(folder: Path, files: Mapping[str, str]) -> None:
    (folder / "study").mkdir()
    for name, text in files.items():
        (folder / "study" / name).write_bytes(text.encode("utf-8", "surrogateescape"))


def spoilt(file: str, old: str, new: str) -> dict[str, str]:
    assert old in FILES[file], "the table replaces what is not there"
    return {**FILES, file: FILES[file].replace(old, new)}


@pytest.mark.parametrize("case", WRONG)
def test_x(case, plan, checkout):
    file, old, new, told = WRONG[case]
    write(checkout, spoilt(file, old, new))
    planned = plan(checkout, "--configfile", "study/config.yaml")
    print(case,"=>", planned.status, repr([l for l in planned.text.splitlines()]))
