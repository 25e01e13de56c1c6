"""What a mirror has is taken from there, and what is wrong in it is told."""

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest
from accessions import ANNOTATION, ARRAY, fetched, names
from archive import Archive, put_project, star_counts

from dxtransfer.cohorts.accessions.mirror import mirror_folder
from dxtransfer.errors import InputError


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
    mirror = mirrored(tmp_path / "mirror", {"GSE1234/GSE1234_series_matrix.txt.gz": ARRAY})
    place, _ = fetched("GSE1234", tmp_path, None, mirror=mirror)
    assert (place / "GSE1234_series_matrix.txt.gz").read_bytes() == ARRAY


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


def test_a_file_of_another_series_in_a_mirror_is_refused(tmp_path: Path) -> None:
    for name in ("GSE77_series_matrix.txt.gz", "GSE77_series_matrix.txt"):
        content = ARRAY if name.endswith(".gz") else gzip.decompress(ARRAY)
        mirror = mirrored(tmp_path / name, {f"GSE77/{name}": content})
        with pytest.raises(InputError, match="series GSE77 is expected, but it is of GSE1234"):
            fetched("GSE77", tmp_path, None, mirror=mirror)
