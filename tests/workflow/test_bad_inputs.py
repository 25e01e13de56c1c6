"""Wrong input is found before the first job starts, and is one line for a person.

The cases stand in tests/support/bad_inputs, an area a file.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from archive import put_series, running_archive
from bad_inputs.accessions import SPOILT_ACCESSIONS
from bad_inputs.assays import SPOILT_ASSAYS
from bad_inputs.config import WRONG_CONFIG
from bad_inputs.formats import SPOILT_FORMATS
from bad_inputs.identifiers import MAPPINGS, SPOILT_IDENTIFIERS
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
from bad_inputs.reads import SPOILT_READS
from bad_inputs.samples import WRONG_SAMPLES
from bad_inputs.sheets import WRONG_SHEETS
from bad_inputs.study import CONFIG, COUNTS, FILES, SAMPLES, SHEET, TARGET, matrix, text
from bad_inputs.tables import SPOILT_TABLES

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
CONFIGFILE = ("--configfile", "study/config.yaml")


def write(checkout: Path, files: Mapping[str, str]) -> None:
    (checkout / "study").mkdir()
    for name, content in files.items():
        (checkout / "study" / name).write_bytes(content.encode("utf-8", "surrogateescape"))


def spoilt(case: str) -> dict[str, str]:
    files = next(files for files, cases in STUDIES if case in cases)
    (file, old, new), _ = ALL_WRONG[case]
    assert old in files[file], "the table replaces what is not there"
    return {**files, file: files[file].replace(old, new)}


def test_no_case_takes_the_name_of_another() -> None:
    before = (WRONG_CONFIG, WRONG_SHEETS, WRONG_SAMPLES, *(cases for _, cases in STUDIES[1:]))
    at_work = (SPOILT_TABLES, SPOILT_FORMATS, SPOILT_IDENTIFIERS, SPOILT_ASSAYS, SPOILT_READS)
    assert sum(map(len, before)) == len(ALL_WRONG)
    assert sum(map(len, at_work)) == len(SPOILT)


@pytest.mark.parametrize("files", [FILES, CLASSES, NUMBERS, TIMES, MODES])
def test_the_study_that_the_table_spoils_is_right(
    files: Mapping[str, str], checkout: Path, plan: Callable[..., Any]
) -> None:
    write(checkout, files)
    assert "page" in plan(checkout, *CONFIGFILE).rules


def test_the_raw_reads_that_the_table_spoils_are_right(
    checkout: Path, plan: Callable[..., Any]
) -> None:
    write(checkout, RAW_FILES)
    planned = plan(checkout, *CONFIGFILE)
    assert planned.of("quantify", "sample") == {"n1", "n2"}
    assert {"gene_counts", "multiqc", "page"} <= planned.rules


@pytest.mark.parametrize("case", ALL_WRONG)
def test_wrong_input_is_told_in_one_line_before_the_first_job(
    case: str, checkout: Path, plan: Callable[..., Any]
) -> None:
    write(checkout, spoilt(case))
    planned = plan(checkout, *CONFIGFILE)
    assert planned.text.splitlines() == [f"dxtransfer: {ALL_WRONG[case][1]}"]
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

SPOILT = {
    **SPOILT_TABLES,
    **SPOILT_FORMATS,
    **SPOILT_IDENTIFIERS,
    **SPOILT_ASSAYS,
    **SPOILT_READS,
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
            (folder / "study" / name / file).parent.mkdir(parents=True, exist_ok=True)
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
        r"^[\d:]+ ERROR (.*) \(log: results/wrong/logs/(?:ingest|qc|reads)/"
        rf"{case}(?:[./].*)?\.log\)$",
        words,
        re.MULTILINE,
    )
    assert told == [SPOILT[case].told.replace("{}", f"study/{case}")]
    assert not list(folder.glob(f"results/wrong/qc/*{case}*"))


def test_wrong_data_gives_no_traceback_on_the_console(spoilt_run: tuple[Path, str]) -> None:
    assert "Traceback" not in spoilt_run[1]


@pytest.mark.parametrize("case", MAPPINGS)
def test_a_wrong_mapping_table_is_told_in_one_line_and_leaves_nothing(
    case: str, checkout: Path, snakemake: Callable[..., Any]
) -> None:
    table, told = MAPPINGS[case]
    config = CONFIG + "identifiers:\n  mapping: study/genes.tsv\n"
    sheet = SHEET.replace("late.samples.tsv", "right.samples.tsv")
    files = {"late.tsv": COUNTS, "right.samples.tsv": SAMPLES, "genes.tsv": table}
    write(checkout, {**FILES, **files, "config.yaml": config, "cohorts.tsv": sheet})
    ran = snakemake(checkout, "results/wrong/qc/late.json", *CONFIGFILE)
    words = ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert re.findall(r"^[\d:]+ ERROR (.*) \(log: .*\)$", words, re.MULTILINE) == [told]
    assert "Traceback" not in words
    assert not list(checkout.glob("results/wrong/qc/late*"))


def test_a_target_of_another_assay_than_its_source_stops_before_pretraining(
    checkout: Path, snakemake: Callable[..., Any]
) -> None:
    shares = [
        [name, *(value if i == 0 else f"{int(value) / 2100:g}" for value in values)]
        for i, (name, *values) in enumerate(matrix())
    ]
    table = "sample\tperson\tdiagnosis\tvisit\n" + "".join(
        f"s{i}\tp{i}\t{'ill' if i % 2 else 'well'}\tfirst\n" for i in range(1, 5)
    )
    limits = "qc: {min_features_detected: 5, min_library_size: 10}\nsplits:"
    files = {
        "config.yaml": CONFIG.replace("splits:", limits),
        "cohorts.tsv": SHEET.replace("source\trnaseq", "source\tmetagenome"),
        **{f"{name}.samples.tsv": table for name in ("old", "young", "late")},
        **{"old.tsv": text(shares), "young.tsv": COUNTS, "late.tsv": COUNTS},
    }
    write(checkout, files)
    # no encoder of the source can be made without it
    wanted = "results/wrong/source/all/pretrain/pca/encoder.json"
    ran = snakemake(checkout, *CONFIGFILE, "--keep-going", wanted)
    told = (
        "ERROR cohort young: the assay is rnaseq, the normalisation clr is for metagenome or "
        "generic; use cohorts of one assay, or set features.normalisation to rank_normal (log: "
        "results/wrong/logs/scales/all.log)"
    )
    assert ran.returncode == 1
    assert told in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    assert not list(checkout.glob("results/wrong/source/all/pretrain/*/*"))
    chosen = json.loads((checkout / "results/wrong/source/all/normalisation.json").read_text())
    assert (chosen["method"], chosen["pseudocount"]) == ("clr", 1e-6)


# --- accessions, found by the job that fetches them ---------------------------------------------


@pytest.fixture(scope="module")
def spoilt_accessions(
    module_checkout: Path, snakemake: Callable[..., Any]
) -> tuple[Path, str, dict[str, str]]:
    """One run that fetches all spoilt accessions: its folder, its words, names of the servers."""
    folder = module_checkout / "accessions"
    mirror = folder / "mirror"
    for accession in ("GSE2", "GSE3"):
        (mirror / accession).mkdir(parents=True)
    (mirror / "GSE3/GSE3_series_matrix.txt.gz").write_bytes(b"another file")
    listed = '{"name": "GSE3_series_matrix.txt.gz", "url": "u", "size": 4, "checksum": "md5:0"}'
    (mirror / "GSE3/manifest.json").write_text(f'{{"files": [{listed}]}}')
    rows = [f"{name}\tsource\trnaseq\t{name}\t" for name in SPOILT_ACCESSIONS]
    sheet = ["cohort\trole\tassay\tmatrix\tsamples", *rows, "own\ttarget\trnaseq\town\town.tsv"]
    (folder / "cohorts.tsv").write_text("\n".join([*sheet, ""]))
    (folder / "own").mkdir()
    (folder / "own.tsv").write_text(TARGET)
    with running_archive() as archive:
        put_series(archive, "GSE4444", {"GSE4444_series_matrix.txt.gz": b"<html>later</html>"})
        servers = {"geo": f"{archive.address}/geo", "gdc": "http://127.0.0.1:9"}
        block = {**servers, "ncbi": archive.address, "mirror": "accessions/mirror", "attempts": "2"}
        lines = [f"  {name}: {value}" for name, value in block.items()]
        config = CONFIG.replace("study/", "accessions/")
        (folder / "config.yaml").write_text("\n".join([config + "accessions:", *lines, ""]))
        ran = snakemake(
            module_checkout, "fetch", "--keep-going", "--configfile", "accessions/config.yaml"
        )
    assert ran.returncode == 1
    return module_checkout, ran.stdout + ran.stderr, {**servers, "mirror": block["mirror"]}


@pytest.mark.parametrize("accession", SPOILT_ACCESSIONS)
def test_an_accession_that_cannot_be_had_is_told_in_one_line_and_not_listed(
    accession: str, spoilt_accessions: tuple[Path, str, dict[str, str]]
) -> None:
    folder, words, servers = spoilt_accessions
    log = f"resources/accessions/logs/{accession}.log"
    told = re.findall(rf"^[\d:]+ ERROR (.*) \(log: {log}\)$", words, re.MULTILINE)
    assert told == [SPOILT_ACCESSIONS[accession].format(**servers)]
    assert not (folder / f"resources/accessions/{accession}/manifest.json").exists()


def test_what_cannot_be_fetched_gives_no_traceback_on_the_console(
    spoilt_accessions: tuple[Path, str, dict[str, str]],
) -> None:
    assert "Traceback" not in spoilt_accessions[1]
