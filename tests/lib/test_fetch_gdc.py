"""What a project of the GDC brings: a file per sample and the table of samples."""

import csv
from pathlib import Path
from typing import Any

import pytest
from accessions import fetched, names
from archive import Archive, Mishap, gdc_hit, pages, put_project, star_counts

from dxtransfer.cohorts.accessions import gdc
from dxtransfer.errors import InputError


def rows_of(place: Path) -> list[dict[str, str]]:
    with (place / "samples.tsv").open() as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def test_a_project_brings_a_file_per_sample_and_their_table(
    archive: Archive, tmp_path: Path
) -> None:
    hits = put_project(archive, 6)
    place, manifest = fetched("TCGA-BRCA", tmp_path, archive)
    counts = [hit["file_name"] for hit in hits]
    assert names(place) == sorted([*counts, "manifest.json", "samples.tsv"])
    assert (place / counts[2]).read_bytes() == star_counts(3)
    rows = rows_of(place)
    assert [row["file_name"] for row in rows] == counts
    assert rows[0] == {
        "file_id": "id-1",
        "file_name": counts[0],
        "sample": "TCGA-AA-0001-01A",
        "patient": "TCGA-AA-0001",
        "aliquot": "TCGA-AA-0001-01A-11R-A115-01",
        "sample_type": "Primary Tumor",
        "tissue_type": "Tumor",
        "site": "AA",
        "gender": "female",
        "vital_status": "Dead",
        "days_to_death": "300",
        "age_at_diagnosis": "20001",
        "days_to_last_follow_up": "",
        "primary_diagnosis": "Infiltrating duct carcinoma, NOS",
        "ajcc_pathologic_stage": "Stage IIA",
        "ajcc_clinical_stage": "",
        "figo_stage": "",
        "tumor_grade": "",
    }
    assert manifest["files"][0] == {
        "name": counts[0],
        "url": f"{archive.address}/gdc/data/id-1",
        "size": hits[0]["file_size"],
        "checksum": f"md5:{hits[0]['md5sum']}",
    }


def test_open_star_counts_of_the_project_are_asked_for_page_by_page(
    archive: Archive, tmp_path: Path
) -> None:
    put_project(archive, 9)
    fetched("TCGA-BRCA", tmp_path, archive)
    questions = [request.json for request in archive.asked("/gdc/files")]
    assert [q["from"] for q in questions] == [0, 4, 8]
    wanted = {
        c["content"]["field"]: c["content"]["value"] for c in questions[0]["filters"]["content"]
    }
    assert wanted == {
        "cases.project.project_id": ["TCGA-BRCA"],
        "data_type": ["Gene Expression Quantification"],
        "analysis.workflow_type": ["STAR - Counts"],
        "access": ["open"],
    }
    assert {"file_id", "md5sum", "cases.samples.sample_type"} < set(
        questions[0]["fields"].split(",")
    )


def test_several_files_of_one_sample_are_told_apart_by_their_aliquot() -> None:
    sample = "TCGA-AA-0001-01A"
    hits = [gdc_hit(i, b"x", sample=sample) for i in (1, 2)] + [gdc_hit(3, b"x")]
    rows = gdc.sample_rows(hits)
    aliquots = [f"{sample}-11R-A115-01", f"{sample}-11R-A115-02"]
    assert [row["sample"] for row in rows] == [*aliquots, "TCGA-AA-0003-01A"]
    assert [row["patient"] for row in rows] == ["TCGA-AA-0001"] * 2 + ["TCGA-AA-0003"]


def test_of_several_diagnoses_the_primary_one_is_told() -> None:
    hit = gdc_hit(1, b"x")
    hit["cases"][0]["diagnoses"] = [
        {"primary_diagnosis": "of before", "classification_of_tumor": "Prior primary"},
        {"primary_diagnosis": "this one", "classification_of_tumor": "primary"},
    ]
    assert gdc.sample_rows([hit])[0]["primary_diagnosis"] == "this one"


def test_what_the_gdc_does_not_know_is_empty_and_cells_hold_no_tabs() -> None:
    hit: dict[str, Any] = {"file_id": "id", "file_name": "f", "cases": [{"submitter_id": "a\tb\n"}]}
    row = gdc.sample_rows([hit])[0]
    assert (row["sample"], row["patient"], row["gender"]) == ("id", "a b", "")


def test_a_killed_fetch_of_a_project_fetches_only_what_is_missing(
    archive: Archive, tmp_path: Path
) -> None:
    hits = put_project(archive, 6)
    archive.fail("/gdc/data/id-5", Mishap(404))
    with pytest.raises(InputError, match="/gdc/data/id-5: the server answers 404"):
        fetched("TCGA-BRCA", tmp_path, archive)
    there = {
        f"/gdc/data/{h['file_id']}"
        for h in hits
        if (tmp_path / "TCGA-BRCA" / h["file_name"]).exists()
    }
    assert 0 < len(there) < 6
    before = len(archive.requests)
    place, _ = fetched("TCGA-BRCA", tmp_path, archive)
    assert not there & {request.path for request in archive.requests[before:]}
    assert len(names(place)) == 8


def test_files_of_the_gdc_survive_a_busy_server(archive: Archive, tmp_path: Path) -> None:
    hits = put_project(archive, 3)
    archive.fail("/gdc/files", Mishap(429, {"Retry-After": "3"}), Mishap(503))
    archive.fail("/gdc/data/id-1", Mishap(500), Mishap(cut_after=10))
    place, _ = fetched("TCGA-BRCA", tmp_path, archive)
    assert (place / hits[0]["file_name"]).read_bytes() == star_counts(1)
    assert archive.asked("/gdc/data/id-1")[-1].headers["Range"] == "bytes=10-"


def test_a_wrong_checksum_of_the_gdc_is_told(archive: Archive, tmp_path: Path) -> None:
    put_project(archive, 2)
    archive.put("/gdc/data/id-2", b"another file")
    with pytest.raises(InputError, match="/gdc/data/id-2: fetched twice with the checksum md5:"):
        fetched("TCGA-BRCA", tmp_path, archive)
    assert not (tmp_path / "TCGA-BRCA" / "02.rna_seq.augmented_star_gene_counts.tsv").exists()


def test_an_empty_project_is_told(archive: Archive, tmp_path: Path) -> None:
    archive.put("/gdc/files", pages([]))
    with pytest.raises(InputError, match=r"^TCGA-XXXX: the GDC has no open STAR counts"):
        fetched("TCGA-XXXX", tmp_path, archive)


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>maintenance</html>",
        b"{}",
        b'{"data": {"hits": 3, "pagination": {"total": 1}}}',
        b'{"data": {"hits": [{"file_id": "a"}], "pagination": {"total": 1}}}',
        b"\xff",
    ],
)
def test_an_answer_that_is_not_as_documented_is_told(
    answer: bytes, archive: Archive, tmp_path: Path
) -> None:
    archive.put("/gdc/files", answer)
    with pytest.raises(InputError, match="/gdc/files: the answer is not what the GDC documents"):
        fetched("TCGA-BRCA", tmp_path, archive)


def test_pages_that_overlap_bring_every_file(archive: Archive, tmp_path: Path) -> None:
    hits = put_project(archive, 9)
    whole = pages(hits)
    archive.put("/gdc/files", lambda q: whole({**q, "from": max(q["from"] - 1, 0)}))
    place, _ = fetched("TCGA-BRCA", tmp_path, archive)
    assert len(rows_of(place)) == 9


def test_the_site_is_read_from_the_barcode_where_it_is_not_told() -> None:
    hit = gdc_hit(1, b"x")
    del hit["cases"][0]["tissue_source_site"]
    assert gdc.sample_rows([hit])[0]["site"] == "AA"


def test_pages_that_lack_files_are_told(archive: Archive, tmp_path: Path) -> None:
    archive.put("/gdc/files", pages([gdc_hit(1, b"x")], total=3))
    with pytest.raises(InputError, match="lists 1 files of TCGA-BRCA, where it announces 3"):
        fetched("TCGA-BRCA", tmp_path, archive)


@pytest.mark.parametrize("name", ["../../evil", "/etc/passwd", ".hidden", "a b", "manifest.json"])
def test_no_server_names_a_file_outside_the_folder(
    name: str, archive: Archive, tmp_path: Path
) -> None:
    archive.put("/gdc/files", pages([gdc_hit(1, b"x", file_name=name)]))
    with pytest.raises(InputError, match="a file cannot be named"):
        fetched("TCGA-BRCA", tmp_path, archive)
