"""Wrong data is found by the job that reads it, and is one line for a person.

The cases stand in tests/support/bad_inputs, an area a file.
"""

import json
import re
import runpy
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from archive import put_series, running_archive
from bad_inputs.accessions import SPOILT_ACCESSIONS
from bad_inputs.assays import SPOILT_ASSAYS
from bad_inputs.formats import SPOILT_FORMATS
from bad_inputs.identifiers import MAPPINGS, SPOILT_IDENTIFIERS
from bad_inputs.reads import SPOILT_READS
from bad_inputs.study import (
    CONFIG,
    CONFIGFILE,
    COUNTS,
    FILES,
    SAMPLES,
    SHEET,
    TARGET,
    matrix,
    text,
    write_study,
)
from bad_inputs.tables import SPOILT_TABLES

from dxtransfer.config import checked, read_schema
from dxtransfer.plans.cohorts import CohortPlan
from dxtransfer.sheets import read_cohorts
from dxtransfer.study import Study

AREAS = (SPOILT_TABLES, SPOILT_FORMATS, SPOILT_IDENTIFIERS, SPOILT_ASSAYS)
SPOILT_MATRICES = {name: bad for area in AREAS for name, bad in area.items()}
SPOILT = {**SPOILT_MATRICES, **SPOILT_READS}
# the first of each area and all raw reads, which several rules read, through a real run; all
# others through the scripts of the rules alone, since a job is mostly the start of its process
THROUGH_A_RUN = (*(next(iter(area)) for area in AREAS), *SPOILT_READS)


def test_no_case_takes_the_name_of_another() -> None:
    assert sum(map(len, (*AREAS, SPOILT_READS))) == len(SPOILT)


@pytest.fixture(scope="module")
def spoilt_study(module_checkout: Path) -> Path:
    """A study with all spoilt cohorts."""
    folder = module_checkout
    write_study(folder, FILES)
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
    return folder


@pytest.fixture(scope="module")
def spoilt_run(spoilt_study: Path, snakemake: Callable[..., Any]) -> str:
    """What is said by a run over spoilt cohorts that goes on after each failure."""
    wanted = [f"results/wrong/qc/{name}.json" for name in THROUGH_A_RUN]
    ran = snakemake(spoilt_study, *CONFIGFILE, "--keep-going", *wanted)
    return ran.stdout + ran.stderr


def told_of(cohort: str, words: str) -> list[str]:
    """The lines on a cohort; Snakemake may leave one of its own open before another's."""
    pattern = (
        r"[\d:]+ ERROR (.*) \(log: results/wrong/logs/(?:ingest|qc|reads)/"
        rf"{cohort}(?:[./].*)?\.log\)$"
    )
    return re.findall(pattern, words, re.MULTILINE)


@pytest.mark.parametrize("case", THROUGH_A_RUN)
def test_wrong_data_is_told_in_one_line_and_leaves_nothing(
    case: str, spoilt_study: Path, spoilt_run: str
) -> None:
    assert told_of(case, spoilt_run) == [SPOILT[case].told.replace("{}", f"study/{case}")]
    assert not list(spoilt_study.glob(f"results/wrong/qc/*{case}*"))


def test_wrong_data_gives_no_traceback_on_the_console(spoilt_run: str) -> None:
    assert "Traceback" not in spoilt_run


@pytest.fixture(scope="module")
def plan_of_cohorts(spoilt_study: Path) -> CohortPlan:
    """What the rules of a cohort ask for their inputs and parameters."""
    schemas = spoilt_study / "workflow/schemas"
    with pytest.MonkeyPatch.context() as moved:
        moved.chdir(spoilt_study)
        rows = read_cohorts(
            Path("study/cohorts.tsv"), schema=read_schema(schemas / "cohorts.schema.yaml")
        )
    settings = checked(yaml.safe_load(CONFIG), schema=read_schema(schemas / "config.schema.yaml"))
    return CohortPlan(Study(rows), settings)


def jobs_of(cohort: str, plan: CohortPlan) -> list[SimpleNamespace]:
    """What Snakemake gives the scripts `ingest` and `qc` of a cohort."""
    of_cohort = {"study": "wrong", "cohort": cohort}
    read, checked_file = (f"results/wrong/{rule}/{cohort}.h5ad" for rule in ("ingest", "qc"))
    return [
        SimpleNamespace(
            input=SimpleNamespace(**plan.delivered(of_cohort)),
            output=[read],
            params=SimpleNamespace(cohort=plan.reading(of_cohort)),
            log=[f"results/wrong/logs/ingest/{cohort}.log"],
        ),
        SimpleNamespace(
            input=Named(adata=read, annotation=plan.annotation(of_cohort)),
            output=SimpleNamespace(adata=checked_file),
            params=SimpleNamespace(
                settings=plan.settings["qc"],
                species=plan.settings["identifiers"]["species"],
                drops_outliers=plan.drops_outliers(of_cohort),
                platform=plan.platform(of_cohort),
            ),
            log=[f"results/wrong/logs/qc/{cohort}.log"],
        ),
    ]


class Named(SimpleNamespace):
    """Named files that are asked for by `get`, too."""

    def get(self, name: str) -> Any:
        return getattr(self, name, None)


@pytest.mark.parametrize("case", sorted(SPOILT_MATRICES.keys() - set(THROUGH_A_RUN)))
def test_a_wrong_matrix_is_told_in_one_line_by_the_script_that_reads_it(
    case: str,
    spoilt_study: Path,
    plan_of_cohorts: CohortPlan,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(spoilt_study)
    Path("results/wrong/ingest").mkdir(parents=True, exist_ok=True)
    with pytest.raises(SystemExit) as ended:
        for script, job in zip(("ingest", "qc"), jobs_of(case, plan_of_cohorts), strict=True):
            runpy.run_path(f"workflow/scripts/{script}.py", {"snakemake": job})
    said = capsys.readouterr()
    assert ended.value.code == 1
    words = said.out + said.err
    assert told_of(case, words) == [SPOILT[case].told.replace("{}", f"study/{case}")]
    assert "Traceback" not in words
    assert not list(spoilt_study.glob(f"results/wrong/qc/*{case}*"))


@pytest.mark.parametrize("case", MAPPINGS)
def test_a_wrong_mapping_table_is_told_in_one_line_and_leaves_nothing(
    case: str, checkout: Path, snakemake: Callable[..., Any]
) -> None:
    table, told = MAPPINGS[case]
    config = CONFIG + "identifiers:\n  mapping: study/genes.tsv\n"
    sheet = SHEET.replace("late.samples.tsv", "right.samples.tsv")
    files = {"late.tsv": COUNTS, "right.samples.tsv": SAMPLES, "genes.tsv": table}
    write_study(checkout, {**FILES, **files, "config.yaml": config, "cohorts.tsv": sheet})
    ran = snakemake(checkout, "results/wrong/qc/late.json", *CONFIGFILE)
    words = ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert re.findall(r"[\d:]+ ERROR (.*) \(log: .*\)$", words, re.MULTILINE) == [told]
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
    write_study(checkout, files)
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
    told = re.findall(rf"[\d:]+ ERROR (.*) \(log: {log}\)$", words, re.MULTILINE)
    assert told == [SPOILT_ACCESSIONS[accession].format(**servers)]
    assert not (folder / f"resources/accessions/{accession}/manifest.json").exists()


def test_what_cannot_be_fetched_gives_no_traceback_on_the_console(
    spoilt_accessions: tuple[Path, str, dict[str, str]],
) -> None:
    assert "Traceback" not in spoilt_accessions[1]
