"""What a series of GEO brings: matrices, counts and probes in the shapes that GEO serves."""

import gzip
import hashlib
from pathlib import Path

import pytest
from accessions import ARRAY, VALUES, fetched, names, put_annotation
from archive import Archive, Mishap, listing, platform_table, put_series, series_matrix

from dxtransfer.cohorts.accessions.annotation import annotation_of
from dxtransfer.cohorts.accessions.place import delivered_path
from dxtransfer.errors import InputError

EMPTY = series_matrix("GSE1234", platform="GPL11154", rows={})
COUNTS = gzip.compress(b"GeneID\tGSM1\tGSM2\n100287102\t4\t5\n", mtime=0)
PAGE = "/pages/download/?acc=GSE1234"


def table_of(platform: str) -> str:
    return f"/pages/query/acc.cgi?acc={platform}&targ=self&form=text&view=data"


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
    put_series(
        archive, "GSE123", {"GSE123_series_matrix.txt.gz": series_matrix("GSE123", rows=VALUES)}
    )
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


@pytest.mark.usefixtures("pauses")
def test_without_network_the_way_out_is_told(tmp_path: Path) -> None:
    told = (
        r"^http://127\.0\.0\.1:9/geo/series/GSE1nnn/GSE1234/matrix/: not reachable \(.*\) "
        r"\(attempts: 3\); check the network, or run `snakemake fetch --cores 1` where there is "
        r"one, or put the files of GSE1234 into accessions\.mirror$"
    )
    with pytest.raises(InputError, match=told):
        fetched("GSE1234", tmp_path, None)


def test_a_matrix_of_another_series_is_refused_and_not_kept(
    archive: Archive, tmp_path: Path
) -> None:
    other = series_matrix("GSE9999", rows=VALUES)
    put_series(archive, "GSE1234", {"GSE1234_series_matrix.txt.gz": other})
    with pytest.raises(InputError, match="series GSE1234 is expected, but it is of GSE9999"):
        fetched("GSE1234", tmp_path, archive)
    assert names(tmp_path / "GSE1234") == []
    put_series(archive, "GSE1234", {"GSE1234_series_matrix.txt.gz": ARRAY})
    put_annotation(archive)
    place, _ = fetched("GSE1234", tmp_path, archive)
    assert (place / "GSE1234_series_matrix.txt.gz").read_bytes() == ARRAY


def test_a_family_of_another_series_is_refused(archive: Archive, tmp_path: Path) -> None:
    soft = "^SERIES = GSE99\n!Series_geo_accession = GSE99\n^SAMPLE = GSM1\n!sample_table_begin\n"
    path = "/geo/series/GSE1nnn/GSE1234/soft/GSE1234_family.soft.gz"
    archive.put(path, gzip.compress(soft.encode()))
    with pytest.raises(InputError, match="but it is of GSE99;"):
        fetched("GSE1234", tmp_path, archive)
