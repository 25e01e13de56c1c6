"""What an accession brings: files of GEO and the GDC in the shapes that these serve them."""

import csv
import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from archive import (
    Archive,
    Mishap,
    gdc_hit,
    listing,
    pages,
    platform_table,
    put_project,
    put_series,
    series_matrix,
    star_counts,
)

from dxtransfer import network
from dxtransfer.cohorts.accessions import gdc
from dxtransfer.cohorts.accessions.annotation import annotation_of
from dxtransfer.cohorts.accessions.fetch import fetch_accession
from dxtransfer.cohorts.accessions.mirror import mirror_folder
from dxtransfer.cohorts.accessions.place import delivered_path
from dxtransfer.cohorts.accessions.platforms import probe_symbols
from dxtransfer.errors import InputError
from dxtransfer.files import write_json

VALUES = {"1007_s_at": (7.5, 8.0, 7.25, 6.0), "1053_at": (5.0, 5.5, 6.0, 6.5)}
ARRAY = series_matrix("GSE1234", rows=VALUES)
EMPTY = series_matrix("GSE1234", platform="GPL11154", rows={})
ANNOTATION = platform_table(
    "GPL96",
    "ID\tGene title\tGene symbol\tGene ID",
    "1007_s_at\tdiscoidin\tMIR4640///DDR1\t100616237///780",
    "1053_at\treplication factor\tRFC2\t5982",
    "AFFX-BioB-3_at\t\t\t",
)
COUNTS = gzip.compress(b"GeneID\tGSM1\tGSM2\n100287102\t4\t5\n", mtime=0)
PAGE = "/pages/download/?acc=GSE1234"


@pytest.fixture(autouse=True)
def no_pauses_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "wait", lambda _: None)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def settings(archive: Archive | None, **more: Any) -> dict[str, Any]:
    address = archive.address if archive else "http://127.0.0.1:9"
    servers = {"geo": f"{address}/geo", "ncbi": f"{address}/pages/", "gdc": f"{address}/gdc"}
    return {**servers, "mirror": "", "attempts": 3, **more}


def fetched(
    accession: str, folder: Path, archive: Archive | None, **more: Any
) -> tuple[Path, dict[str, Any]]:
    """Fetch an accession as the rule does: its folder and its manifest."""
    place = folder / accession
    manifest = fetch_accession(accession, place, settings=settings(archive, **more))
    write_json(place / "manifest.json", manifest)
    return place, manifest


def names(place: Path) -> list[str]:
    return sorted(file.name for file in place.iterdir())


def put_annotation(archive: Archive, platform: str = "GPL96") -> None:
    stub = f"GPL{platform[3:][:-3]}nnn"
    path = f"/geo/platforms/{stub}/{platform}/annot/{platform}.annot.gz"
    archive.put(path, gzip.compress(ANNOTATION.encode(), mtime=0))


def table_of(platform: str) -> str:
    return f"/pages/query/acc.cgi?acc={platform}&targ=self&form=text&view=data"


# --- GEO ---------------------------------------------------------------------------------------


def test_an_array_series_brings_its_matrix_and_the_symbols_of_its_probes(
    archive: Archive, tmp_path: Path
) -> None:
    put_series(archive, "GSE1234", {"GSE1234_series_matrix.txt.gz": ARRAY})
    put_annotation(archive)
    place, manifest = fetched("GSE1234", tmp_path, archive)
    assert names(place) == ["GPL96.annot.tsv", "GSE1234_series_matrix.txt.gz", "manifest.json"]
    assert (place / "GSE1234_series_matrix.txt.gz").read_bytes() == ARRAY
    annotation = annotation_of(place / "manifest.json")
    assert annotation is not None
    assert annotation.to_numpy().tolist() == [
        ["1007_s_at", "MIR4640 /// DDR1"],
        ["1053_at", "RFC2"],
        ["AFFX-BioB-3_at", ""],
    ]
    assert manifest["source"] == "GEO"
    assert manifest["files"][1] == {
        "name": "GSE1234_series_matrix.txt.gz",
        "url": f"{archive.address}/geo/series/GSE1nnn/GSE1234/matrix/GSE1234_series_matrix.txt.gz",
        "size": len(ARRAY),
        "checksum": f"sha256:{hashlib.sha256(ARRAY).hexdigest()}",
    }
    assert delivered_path(place / "manifest.json") == place


def test_a_series_of_several_platforms_brings_all_of_them(archive: Archive, tmp_path: Path) -> None:
    matrices = {f"GSE1234-{p}_series_matrix.txt.gz": ARRAY for p in ("GPL96", "GPL8432")}
    folder = put_series(archive, "GSE1234", matrices)
    archive.put(folder, listing(folder, *matrices, "GSE1234-GPL96_other.txt.gz", "../evil.txt.gz"))
    put_annotation(archive)
    archive.put(table_of("GPL8432"), platform_table("GPL8432", "ID\tSymbol", "ILMN_1\tDDR1"))
    place, _ = fetched("GSE1234", tmp_path, archive)
    tables = ["GPL8432.annot.tsv", "GPL96.annot.tsv"]
    assert names(place) == sorted([*tables, *matrices, "manifest.json"])
    annotation = annotation_of(place / "manifest.json")
    assert annotation is not None
    assert len(annotation) == 4
    one = annotation_of(place / "manifest.json", platform="GPL8432")
    assert one is not None
    assert one.to_numpy().tolist() == [["ILMN_1", "DDR1"]]


def test_a_small_number_lies_in_the_folder_without_digits(archive: Archive, tmp_path: Path) -> None:
    put_series(archive, "GSE123", {"GSE123_series_matrix.txt.gz": ARRAY})
    assert "/geo/series/GSEnnn/GSE123/matrix/" in archive.items
    put_annotation(archive)
    place, _ = fetched("GSE123", tmp_path, archive)
    assert "GSE123_series_matrix.txt.gz" in names(place)


def test_the_table_that_the_manufacturer_delivered_serves_where_ncbi_has_no_annotation(
    archive: Archive, tmp_path: Path
) -> None:
    put_series(archive, "GSE1234", {"GSE1234_series_matrix.txt.gz": ARRAY})
    delivered = platform_table("GPL96", "ID\tGENE_SYMBOL\tSPOT_ID", "1007_s_at\tDDR1\t", "1053_at")
    archive.put(table_of("GPL96"), delivered)
    place, manifest = fetched("GSE1234", tmp_path, archive)
    assert (place / "GPL96.annot.tsv").read_text() == "ID\tsymbol\n1007_s_at\tDDR1\n1053_at\t\n"
    assert manifest["files"][0]["url"] == archive.address + table_of("GPL96")


def test_a_platform_without_symbols_leaves_the_annotation_to_the_sheet(
    archive: Archive, tmp_path: Path
) -> None:
    put_series(archive, "GSE1234", {"GSE1234_series_matrix.txt.gz": ARRAY})
    archive.put(table_of("GPL96"), platform_table("GPL96", "ID\tGB_ACC", "1007_s_at\tU48705"))
    place, _ = fetched("GSE1234", tmp_path, archive)
    assert names(place) == ["GSE1234_series_matrix.txt.gz", "manifest.json"]
    assert annotation_of(place / "manifest.json") is None


NCBI_COUNTS = "/pages/download/?type=rnaseq_counts&acc=GSE1234&format=file&file={}"


def test_a_sequencing_series_brings_the_counts_that_ncbi_made(
    archive: Archive, tmp_path: Path
) -> None:
    put_series(archive, "GSE1234", {"GSE1234_series_matrix.txt.gz": EMPTY})
    name = "GSE1234_raw_counts_GRCm39_NCBI.tsv.gz"
    link = f"/geo/download/?type=rnaseq_counts&amp;acc=GSE1234&amp;format=file&amp;file={name}"
    tpm = link.replace("raw_counts", "norm_counts_TPM")
    archive.put(PAGE, f'<a href="{tpm}">TPM</a> <a href="{link}">counts</a>')
    archive.put(NCBI_COUNTS.format(name), COUNTS)
    place, _ = fetched("GSE1234", tmp_path, archive)
    assert names(place) == [name, "GSE1234_series_matrix.txt.gz", "manifest.json"]
    assert annotation_of(place / "manifest.json") is None


def test_counts_of_a_human_series_are_found_without_its_page(
    archive: Archive, tmp_path: Path
) -> None:
    put_series(archive, "GSE1234", {"GSE1234_series_matrix.txt.gz": EMPTY})
    name = "GSE1234_raw_counts_GRCh38.p13_NCBI.tsv.gz"
    archive.put(NCBI_COUNTS.format(name), COUNTS)
    assert name in names(fetched("GSE1234", tmp_path, archive)[0])


def test_a_page_in_place_of_counts_is_no_counts(archive: Archive, tmp_path: Path) -> None:
    put_series(archive, "GSE1234", {"GSE1234_series_matrix.txt.gz": EMPTY})
    name = "GSE1234_raw_counts_GRCh38.p13_NCBI.tsv.gz"
    archive.put(NCBI_COUNTS.format(name), "<html>not found</html>")
    with pytest.raises(InputError, match=r"^GSE1234: its series matrix has no values, .*suppl/"):
        fetched("GSE1234", tmp_path, archive)


SOFT = platform_table("GPL96", "ID\tGene Symbol", "1007_s_at\tDDR1")
FAMILY = """\
^SERIES = GSE1234
!Series_geo_accession = GSE1234
!Series_platform_id = GPL96
{platform}^SAMPLE = GSM1
!Sample_characteristics_ch1 = disease state: tb
!Sample_platform_id = GPL96
!Sample_data_row_count = {rows}
!sample_table_begin
ID_REF\tVALUE
{values}!sample_table_end
"""


def test_a_series_without_matrix_brings_its_soft_file(archive: Archive, tmp_path: Path) -> None:
    text = FAMILY.format(platform=SOFT, rows=1, values="1007_s_at\t7.5\n")
    soft = gzip.compress(text.encode(), mtime=0)
    archive.put("/geo/series/GSE1nnn/GSE1234/soft/GSE1234_family.soft.gz", soft)
    put_annotation(archive)
    place, _ = fetched("GSE1234", tmp_path, archive)
    assert names(place) == ["GPL96.annot.tsv", "GSE1234_family.soft.gz", "manifest.json"]


def test_a_soft_file_without_values_is_told(archive: Archive, tmp_path: Path) -> None:
    soft = gzip.compress(FAMILY.format(platform="", rows=0, values="").encode(), mtime=0)
    archive.put("/geo/series/GSE1nnn/GSE1234/soft/GSE1234_family.soft.gz", soft)
    with pytest.raises(InputError, match=r"^GSE1234: its series matrix has no values"):
        fetched("GSE1234", tmp_path, archive)


def test_an_unknown_series_is_told(archive: Archive, tmp_path: Path) -> None:
    told = f"^GSE1234: GEO has no public series of this name .{archive.address}/geo/series/GSE1nnn/"
    with pytest.raises(InputError, match=told):
        fetched("GSE1234", tmp_path, archive)


def test_a_page_in_place_of_a_matrix_is_told(archive: Archive, tmp_path: Path) -> None:
    put_series(archive, "GSE1234", {"GSE1234_series_matrix.txt.gz": b"<html>maintenance</html>"})
    with pytest.raises(InputError, match=r"matrix\.txt\.gz: what the server sends is no gzip file"):
        fetched("GSE1234", tmp_path, archive)


def test_a_damaged_matrix_is_fetched_anew_once_and_then_told(
    archive: Archive, tmp_path: Path
) -> None:
    name = "GSE1234_series_matrix.txt.gz"
    folder = put_series(archive, "GSE1234", {name: ARRAY})
    put_annotation(archive)
    served = iter([ARRAY[:-20], ARRAY])
    archive.put(folder + name, lambda _: next(served))
    place, _ = fetched("GSE1234", tmp_path / "once", archive)
    assert (place / name).read_bytes() == ARRAY
    archive.put(folder + name, ARRAY[:-20])
    with pytest.raises(InputError, match=r"the gzip file is damaged .*, fetched twice; try again"):
        fetched("GSE1234", tmp_path / "twice", archive)


def test_a_series_survives_a_busy_server(archive: Archive, tmp_path: Path) -> None:
    name = "GSE1234_series_matrix.txt.gz"
    folder = put_series(archive, "GSE1234", {name: ARRAY})
    put_annotation(archive)
    archive.fail(folder, Mishap(429, {"Retry-After": "1"}))
    archive.fail(folder + name, Mishap(500), Mishap(cut_after=30))
    place, _ = fetched("GSE1234", tmp_path, archive)
    assert (place / name).read_bytes() == ARRAY
    assert archive.asked(folder + name)[-1].headers["Range"] == "bytes=30-"


def test_what_was_fetched_from_the_same_address_is_not_fetched_again(
    archive: Archive, tmp_path: Path
) -> None:
    name = "GSE1234_series_matrix.txt.gz"
    folder = put_series(archive, "GSE1234", {name: ARRAY})
    put_annotation(archive)
    place, first = fetched("GSE1234", tmp_path, archive)
    (place / "old_series_matrix.txt.gz").write_bytes(b"of before")
    again = fetched("GSE1234", tmp_path, archive)
    assert again == (place, first)
    assert len(archive.asked(folder + name)) == 1
    assert names(place) == ["GPL96.annot.tsv", name, "manifest.json"]
    (place / name).write_bytes(b"changed by hand")
    assert fetched("GSE1234", tmp_path, archive)[1] == first
    assert (place / name).read_bytes() == ARRAY


def test_without_network_the_way_out_is_told(tmp_path: Path) -> None:
    told = (
        r"^http://127\.0\.0\.1:9/geo/series/GSE1nnn/GSE1234/matrix/: not reachable \(.*\) "
        r"\(attempts: 3\); check the network, or run `snakemake fetch --cores 1` where there is "
        r"one, or put the files of GSE1234 into accessions\.mirror$"
    )
    with pytest.raises(InputError, match=told):
        fetched("GSE1234", tmp_path, None)


# --- tables of platforms -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "cell", "symbol"),
    [
        ("Gene Symbol", "DDR1 /// MIR4640", "DDR1 /// MIR4640"),
        ("Gene Symbol", "DDR1 /// DDR1", "DDR1"),
        ("GENE_SYMBOL", "DDR1", "DDR1"),
        ("ILMN_Gene", "HLA-DRB1", "HLA-DRB1"),
        (
            "gene_assignment",
            "NM_1 // OR4F17 // olfactory // 19p13.3 // 81099 /// ENST1 // OR4F17 // olfactory",
            "OR4F17",
        ),
        ("gene_assignment", "---", ""),
        ("Symbol", "NA", ""),
    ],
)
def test_symbols_are_read_however_a_platform_names_them(
    header: str, cell: str, symbol: str
) -> None:
    table = platform_table("GPL1", f"ID\tname\t{header}", f"p1\tx\t{cell}", "p2\ty\tRFC2 // RFC2")
    if header != "gene_assignment":
        table = table.replace("RFC2 // RFC2", "RFC2")
    assert probe_symbols(table.splitlines()) == {"p1": symbol, "p2": "RFC2"}


def test_a_column_of_entrez_ids_is_no_column_of_symbols() -> None:
    table = platform_table("GPL4133", "ID\tSymbol\tGene Symbol", "1\t780\t", "2\t5982\t")
    assert probe_symbols(table.splitlines()) is None


@pytest.mark.parametrize(
    "text",
    ["", "<html>no such platform</html>", platform_table("GPL1", "ID\tSymbol", "p\tA", end=False)],
    ids=["nothing", "a page", "a table that breaks off"],
)
def test_what_is_no_whole_table_has_no_symbols(text: str) -> None:
    assert probe_symbols(text.splitlines()) is None


@pytest.mark.cohorts
@pytest.mark.parametrize(("file", "probes"), [("GPL4133.txt", 13), ("GPL4134.txt", 13)])
def test_a_real_platform_of_agilent_has_symbols(file: str, probes: int, real_cohorts: Path) -> None:
    path = real_cohorts / "awkward_inputs" / "geoparse" / file
    symbols = probe_symbols(path.read_text().splitlines())
    assert symbols is not None
    assert len(symbols) == probes


# --- GDC ---------------------------------------------------------------------------------------


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


# --- mirror ------------------------------------------------------------------------------------


def mirrored(folder: Path, files: Mapping[str, bytes | str]) -> str:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    return str(folder)


def test_what_a_mirror_has_is_not_asked_of_a_server(tmp_path: Path) -> None:
    name = "GSE1234/GSE1234_series_matrix.txt.gz"
    annot = gzip.compress(ANNOTATION.encode())
    mirror = mirrored(tmp_path / "mirror", {name: ARRAY, "GSE1234/GPL96.annot.gz": annot})
    place, manifest = fetched("GSE1234", tmp_path, None, mirror=mirror)
    assert names(place) == ["GPL96.annot.tsv", "GSE1234_series_matrix.txt.gz", "manifest.json"]
    assert (place / "GSE1234_series_matrix.txt.gz").read_bytes() == ARRAY
    assert manifest["source"] == "mirror"
    assert (Path(mirror) / name).read_bytes() == ARRAY
    assert fetched("GSE1234", tmp_path, None, mirror=mirror) == (place, manifest)


def test_a_fetched_folder_can_be_a_mirror(archive: Archive, tmp_path: Path) -> None:
    put_project(archive, 3)
    place, manifest = fetched("TCGA-BRCA", tmp_path / "login", archive)
    there, again = fetched("TCGA-BRCA", tmp_path / "node", None, mirror=str(tmp_path / "login"))
    assert names(there) == names(place)
    assert again["files"] == manifest["files"]


def test_files_as_the_gdc_s_client_leaves_them_are_taken(tmp_path: Path) -> None:
    files = {
        f"TCGA-BRCA/{i}/{i}.rna_seq.augmented_star_gene_counts.tsv": star_counts(i) for i in (1, 2)
    }
    logs = {"TCGA-BRCA/1/logs/a.parcel": "", "TCGA-BRCA/1/annotations.txt": "", "TCGA-BRCA/.x": ""}
    mirror = mirrored(tmp_path / "mirror", {**files, **logs})
    place, _ = fetched("TCGA-BRCA", tmp_path, None, mirror=mirror)
    assert names(place) == [
        "1.rna_seq.augmented_star_gene_counts.tsv",
        "2.rna_seq.augmented_star_gene_counts.tsv",
        "manifest.json",
    ]


def test_a_mirror_on_another_disk_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError("Invalid cross-device link")

    monkeypatch.setattr("os.link", refused)
    mirror = mirrored(tmp_path / "mirror", {"GSE1/GSE1_series_matrix.txt.gz": ARRAY})
    place, _ = fetched("GSE1", tmp_path, None, mirror=mirror)
    assert (place / "GSE1_series_matrix.txt.gz").read_bytes() == ARRAY


def test_what_a_mirror_lacks_is_fetched(archive: Archive, tmp_path: Path) -> None:
    put_project(archive, 2)
    (tmp_path / "mirror").mkdir()
    _, manifest = fetched("TCGA-BRCA", tmp_path, archive, mirror=str(tmp_path / "mirror"))
    assert manifest["source"] == "GDC"


LIST = '{"files": [{"name": "a.tsv", "url": "u", "size": 2, "checksum": "md5:%s"}]}'


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({".empty": ""}, "GSE1: holds no file; fill it, or remove it"),
        ({"1/a.tsv": "a", "2/a.tsv": "b"}, r"GSE1: two files are named a\.tsv; keep one of them"),
        ({"a.tsv": "abc", "manifest.json": LIST % ("0" * 32)}, r"a\.tsv: not the file that"),
        ({"a.tsv": "ab", "manifest.json": LIST % ("0" * 32)}, r"a\.tsv: not the file that"),
        ({"b.tsv": "ab", "manifest.json": LIST % ("0" * 32)}, r"GSE1: no file a\.tsv, which"),
        ({"a.tsv": "ab", "manifest.json": "{}"}, r"manifest\.json: no list of files"),
        ({"a.tsv": "ab", "manifest.json": "no"}, r"manifest\.json: no list of files"),
        ({"a b.tsv": "ab"}, "GSE1: a file cannot be named 'a b.tsv'"),
    ],
)
def test_what_is_wrong_in_a_mirror_is_told(
    files: dict[str, str], told: str, tmp_path: Path
) -> None:
    within = {f"GSE1/{name}": content for name, content in files.items()}
    mirror = mirrored(tmp_path / "mirror", within)
    with pytest.raises(InputError, match=told):
        fetched("GSE1", tmp_path, None, mirror=mirror)


def test_a_mirror_may_be_named_by_an_environment_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIRROR_OF_TEST", str(tmp_path))
    assert mirror_folder("$MIRROR_OF_TEST") == mirror_folder("${MIRROR_OF_TEST}/.") == tmp_path
    assert mirror_folder("") is None
