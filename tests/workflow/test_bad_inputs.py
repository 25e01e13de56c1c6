"""Wrong input is found before the first job starts, and is one line for a person.

The cases stand in tests/support/bad_inputs, an area a file.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from bad_inputs.config import WRONG_CONFIG
from bad_inputs.lanes import RAW_FILES, WRONG_READS
from bad_inputs.modes import MODES, WRONG_MODES
from bad_inputs.outcomes import (
    CLASSES,
    NUMBERS,
    TIMES,
    WRONG_CLASSES,
    WRONG_NUMBERS,
    WRONG_TIMES,
)
from bad_inputs.samples import WRONG_SAMPLES
from bad_inputs.sheets import WRONG_SHEETS
from bad_inputs.study import CONFIGFILE, FILES, write_study

WRONG = {**WRONG_CONFIG, **WRONG_SHEETS, **WRONG_SAMPLES}
# one of each place where an error can come from, through a real run
THROUGH_A_RUN = (
    "misspelt key",
    "a value in two classes",
    "unknown role",
    "damaged sample",
    "no target",
)
# what is spoilt, and the cases that spoil it
STUDIES = (
    (FILES, WRONG),
    (RAW_FILES, WRONG_READS),
    (CLASSES, WRONG_CLASSES),
    (NUMBERS, WRONG_NUMBERS),
    (TIMES, WRONG_TIMES),
    (MODES, WRONG_MODES),
)
ALL_WRONG = {case: wrong for _, cases in STUDIES for case, wrong in cases.items()}


def spoilt(case: str) -> dict[str, str]:
    files = next(files for files, cases in STUDIES if case in cases)
    (file, old, new), _ = ALL_WRONG[case]
    assert old in files[file], "the table replaces what is not there"
    return {**files, file: files[file].replace(old, new)}


def test_no_case_takes_the_name_of_another() -> None:
    before = (WRONG_CONFIG, WRONG_SHEETS, WRONG_SAMPLES, *(cases for _, cases in STUDIES[1:]))
    assert sum(map(len, before)) == len(ALL_WRONG)


@pytest.mark.parametrize("files", [FILES, CLASSES, NUMBERS, TIMES, MODES])
def test_the_study_that_the_table_spoils_is_right(
    files: Mapping[str, str], checkout: Path, plan: Callable[..., Any]
) -> None:
    write_study(checkout, files)
    assert "page" in plan(checkout, *CONFIGFILE).rules


def test_the_raw_reads_that_the_table_spoils_are_right(
    checkout: Path, plan: Callable[..., Any]
) -> None:
    write_study(checkout, RAW_FILES)
    planned = plan(checkout, *CONFIGFILE)
    assert planned.of("quantify", "sample") == {"n1", "n2"}
    assert {"gene_counts", "multiqc", "page"} <= planned.rules


@pytest.mark.parametrize("case", ALL_WRONG)
def test_wrong_input_is_told_in_one_line_before_the_first_job(
    case: str, checkout: Path, plan: Callable[..., Any]
) -> None:
    write_study(checkout, spoilt(case))
    planned = plan(checkout, *CONFIGFILE)
    lines = ALL_WRONG[case][1].splitlines()
    assert planned.text.splitlines() == [f"dxtransfer: {line}" for line in lines]
    assert planned.status == 1


@pytest.mark.parametrize("case", THROUGH_A_RUN)
def test_a_run_on_wrong_input_fails_and_leaves_nothing(
    case: str, checkout: Path, snakemake: Callable[..., Any]
) -> None:
    write_study(checkout, spoilt(case))
    ran = snakemake(checkout, *CONFIGFILE)
    assert ran.returncode == 1
    assert (ran.stdout + ran.stderr).splitlines() == [f"dxtransfer: {WRONG[case][1]}"]
    assert not (checkout / "results").exists()
    assert not (checkout / "resources").exists()
