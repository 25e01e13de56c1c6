"""Accessions through Snakemake: fetched where there is a network, used where there is none."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from archive import Archive, Mishap, put_project, put_series, running_archive, series_matrix
from snakemake.api import SnakemakeApi
from snakemake.settings.types import OutputSettings, Quietness, ResourceSettings

from dxtransfer.cohorts.reads.ensembl import bsd_sum

CONFIG = """\
study: far
cohorts: study/cohorts.tsv
task:
  label: state
  classes: {{ill: [ill], well: [well]}}
  positive: ill
accessions:
  geo: {address}/geo
  ncbi: {address}/pages
  gdc: {address}/gdc
  attempts: 2
"""
SHEET = """\
cohort	role	assay	matrix	samples
arrays	source	microarray	GSE1234	NA
tumours	target	rnaseq	TCGA-BRCA	own.tsv
again	new	rnaseq	TCGA-BRCA	NA
"""
OWN = "sample\tstate\n" + "".join(
    f"TCGA-AA-000{i}-01A\t{'ill' if i > 2 else 'well'}\n" for i in range(1, 5)
)
CONFIGFILE = ("--configfile", "study/config.yaml")
GSE = "resources/accessions/GSE1234"
TCGA = "resources/accessions/TCGA-BRCA"
MATRIX = series_matrix("GSE1234", platform="GPL1", rows={"DDR1": (7.5, 8.0, 7.25, 6.0)})

Run = Callable[..., Any]


def write(checkout: Path, archive: Archive) -> None:
    (checkout / "study").mkdir()
    (checkout / "study/cohorts.tsv").write_text(SHEET)
    (checkout / "study/own.tsv").write_text(OWN)
    (checkout / "study/config.yaml").write_text(CONFIG.format(address=archive.address))
    put_series(archive, "GSE1234", {"GSE1234_series_matrix.txt.gz": MATRIX})
    put_project(archive, 4)


@pytest.mark.usefixtures("pauses")
def test_what_was_fetched_is_used_without_network(
    checkout: Path, snakemake: Run, plan: Run
) -> None:
    with running_archive() as archive:
        write(checkout, archive)
        ran = snakemake(checkout, "fetch", *CONFIGFILE)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        asked = len(archive.requests)
        assert (checkout / GSE / "GSE1234_series_matrix.txt.gz").read_bytes() == MATRIX
        assert len(list((checkout / TCGA).glob("*.rna_seq.augmented_star_gene_counts.tsv"))) == 4
        listed = json.loads((checkout / TCGA / "manifest.json").read_text())["files"]
        assert len(listed) == 5
        assert len(archive.asked("/gdc/data/id-1")) == 1, "one accession of two cohorts"

        again = snakemake(checkout, "fetch", *CONFIGFILE)
        assert again.returncode == 0, again.stdout + again.stderr
        assert len(archive.requests) == asked
    planned = plan(checkout, *CONFIGFILE)
    assert planned.status == 0, planned.text
    assert "fetch_accession" not in planned.rules
    assert planned.of("ingest", "cohort") == {"arrays", "tumours", "again"}
    config = checkout / "study/config.yaml"
    config.write_text(config.read_text().replace("attempts: 2", "attempts: 3"))
    assert "fetch_accession" not in plan(checkout, *CONFIGFILE).rules, "patience changes nothing"
    config.write_text(config.read_text().replace("/gdc", "/another"))
    planned = plan(checkout, *CONFIGFILE)
    assert planned.of("fetch_accession", "accession") == {"GSE1234", "TCGA-BRCA"}


def test_a_study_with_accessions_can_be_planned_before_anything_is_fetched(
    checkout: Path, archive: Archive, plan: Run
) -> None:
    write(checkout, archive)
    planned = plan(checkout, *CONFIGFILE)
    assert planned.status == 0, planned.text
    assert planned.of("fetch_accession", "accession") == {"GSE1234", "TCGA-BRCA"}
    assert planned.rules >= {"ingest", "page"}
    assert archive.requests == []


def test_downloads_are_made_where_snakemake_was_started(checkout: Path) -> None:
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            snakefile=checkout / "workflow/Snakefile",
            workdir=checkout,
        )._workflow
        local = {rule.name for rule in workflow.rules if rule.name in workflow._localrules}
        assert local == {"fetch_accession", "transcripts"}
        assert workflow.global_resources["downloads"] == 1


def test_a_fetch_that_broke_off_goes_on(checkout: Path, archive: Archive, snakemake: Run) -> None:
    write(checkout, archive)
    archive.fail("/gdc/data/id-4", Mishap(cut_after=100), Mishap(503))
    wanted = (f"{TCGA}/manifest.json", *CONFIGFILE)
    failed = snakemake(checkout, *wanted)
    assert failed.returncode == 1
    assert "the server answers 503 Service Unavailable (attempts: 2)" in failed.stderr
    assert not (checkout / TCGA / "manifest.json").exists()
    before = len(archive.requests)
    ran = snakemake(checkout, *wanted)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    data = [r for r in archive.requests[before:] if r.path.startswith("/gdc/data")]
    assert [(r.path, r.headers.get("Range")) for r in data] == [("/gdc/data/id-4", "bytes=100-")]


def test_a_mirror_is_looked_at_first(checkout: Path, archive: Archive, snakemake: Run) -> None:
    write(checkout, archive)
    mirror = checkout / "shared" / "GSE1234"
    mirror.mkdir(parents=True)
    (mirror / "GSE1234_series_matrix.txt.gz").write_bytes(MATRIX)
    config = checkout / "study/config.yaml"
    config.write_text(config.read_text() + "  mirror: shared\n")
    ran = snakemake(checkout, f"{GSE}/manifest.json", *CONFIGFILE)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (checkout / GSE / "GSE1234_series_matrix.txt.gz").read_bytes() == MATRIX
    assert archive.requests == []


WARD = "ward\tnew\trnaseq\tNA\tward.tsv\n"
FASTA = gzip.compress(b">ENST1.1 cdna gene:ENSG1.1\nACGT\n", mtime=0)
TRANSCRIPTS = "resources/reference/mus_musculus.112.cdna.fa.gz"


def write_release(checkout: Path, archive: Archive) -> None:
    """Pin a release of Ensembl, and put it where Ensembl has it."""
    folder = "/pub/release-112/fasta/mus_musculus/cdna"
    (checkout / "sum").write_bytes(FASTA)
    total, blocks = bsd_sum(checkout / "sum")
    archive.put(f"{folder}/CHECKSUMS", f"{total} {blocks} Mus_musculus.cdna.all.fa.gz\n")
    archive.put(f"{folder}/Mus_musculus.cdna.all.fa.gz", FASTA)
    config = checkout / "study/config.yaml"
    pinned = "reads: {reference: 'ensembl:112', species: mus_musculus}\n"
    config.write_text(f"{config.read_text()}  ensembl: {archive.address}/pub\n{pinned}")


def test_a_pinned_release_is_fetched_where_reads_need_it(
    checkout: Path, archive: Archive, snakemake: Run, plan: Run
) -> None:
    write(checkout, archive)
    write_release(checkout, archive)
    planned = plan(checkout, "fetch", *CONFIGFILE)
    assert planned.rules == {"fetch", "fetch_accession"}, "no cohort brings raw reads"

    sheet = checkout / "study/cohorts.tsv"
    sheet.write_text(sheet.read_text() + WARD)
    (checkout / "study/ward.tsv").write_text("sample\tfastq_1\ns1\ts1.fq\n")
    (checkout / "study/s1.fq").touch()
    planned = plan(checkout, "fetch", *CONFIGFILE)
    assert planned.rules == {"fetch", "fetch_accession", "transcripts"}
    ran = snakemake(checkout, "fetch", *CONFIGFILE)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (checkout / TRANSCRIPTS).read_bytes() == FASTA
    planned = plan(checkout, *CONFIGFILE)
    assert planned.status == 0, planned.text
    assert {"fetch_accession", "transcripts"} & planned.rules == set()
    assert {"reference", "quantify"} <= planned.rules
