"""A release of Ensembl: fetched whole and compared with its checksum, or one line that says why."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from archive import Archive, Mishap

from dxtransfer.cohorts.reads.ensembl import bsd_sum, fetch_transcripts
from dxtransfer.errors import InputError

FASTA = gzip.compress(b">ENST1.1 cdna gene:ENSG1.1\nACGT\n", mtime=0)
FOLDER = "/pub/release-112/fasta/homo_sapiens/cdna"
NAME = "Homo_sapiens.GRCh38.cdna.all.fa.gz"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "reference").mkdir()
    return tmp_path / "reference/homo_sapiens.112.cdna.fa.gz"


def sums(content: bytes, folder: Path) -> str:
    """Checksum and blocks as Ensembl lists them; `sum` itself is held in test_reference.py."""
    file = folder / "content"
    file.write_bytes(content)
    return "{:05d} {:5d}".format(*bsd_sum(file))


def release(archive: Archive, folder: Path, content: bytes = FASTA, listed: str = "") -> None:
    """Put a release where Ensembl has it."""
    other = "12345    99 Homo_sapiens.GRCh38.cdna.abinitio.fa.gz"
    own = listed or f"{sums(content, folder)} {NAME}"
    archive.put(f"{FOLDER}/CHECKSUMS", f"{other}\n{own}\n")
    archive.put(f"{FOLDER}/{NAME}", content, headers={"ETag": '"1"'})


def fetch(archive: Archive, target: Path, **more: Any) -> None:
    settings: dict[str, Any] = {"site": f"{archive.address}/pub", "attempts": 2, **more}
    fetch_transcripts(112, "homo_sapiens", target, **settings)


def refused(archive: Archive, target: Path, told: str, **more: Any) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(told)}$"):
        fetch(archive, target, **more)
    assert not target.exists()


def test_a_release_with_the_right_checksum_is_there_and_nothing_else(
    archive: Archive, target: Path, tmp_path: Path
) -> None:
    release(archive, tmp_path)
    fetch(archive, target)
    assert target.read_bytes() == FASTA
    assert list(target.parent.iterdir()) == [target]


def test_an_address_may_end_in_a_slash(archive: Archive, target: Path, tmp_path: Path) -> None:
    release(archive, tmp_path)
    fetch(archive, target, site=f"{archive.address}/pub/")
    assert target.read_bytes() == FASTA


@pytest.mark.parametrize("spoilt", [FASTA[:-4] + b"\0\0\0\0", FASTA + b"x" * 2000, FASTA[:10]])
def test_another_file_than_the_listing_has_is_refused_and_not_kept(
    spoilt: bytes, archive: Archive, target: Path, tmp_path: Path
) -> None:
    release(archive, tmp_path, content=spoilt, listed=f"{sums(FASTA, tmp_path)} {NAME}")
    address = f"{archive.address}{FOLDER}/{NAME}"
    told = f"{address}: differs from Ensembl's own checksum; fetch it again"
    refused(archive, target, told)
    assert list(target.parent.iterdir()) == []


def test_a_release_or_a_species_that_is_not_there_is_named(archive: Archive, target: Path) -> None:
    told = (
        "ensembl:112: Ensembl has no transcripts of 'homo_sapiens' there "
        f"({archive.address}{FOLDER}/); correct reads.reference or reads.species"
    )
    refused(archive, target, told)


def test_a_listing_without_the_file_is_told(archive: Archive, target: Path, tmp_path: Path) -> None:
    release(archive, tmp_path, listed="1 2 README")
    where = f"{archive.address}{FOLDER}/CHECKSUMS"
    refused(archive, target, f"{where}: lists no file of all cDNA (*.cdna.all.fa.gz)")


def test_a_server_that_is_away_is_told_with_what_to_do(archive: Archive, target: Path) -> None:
    told = (
        "http://127.0.0.1:9/release-112/fasta/homo_sapiens/cdna/CHECKSUMS: not reachable ([Errno "
        "111] Connection refused) (attempts: 2); check the network, or run `snakemake fetch "
        "--cores 1` where there is one, or put reference/homo_sapiens.112.cdna.fa.gz into "
        "accessions.mirror"
    )
    refused(archive, target, told, site="http://127.0.0.1:9")


def test_a_busy_server_and_a_cut_connection_are_gone_on_with(
    archive: Archive, target: Path, tmp_path: Path
) -> None:
    release(archive, tmp_path)
    archive.fail(f"{FOLDER}/CHECKSUMS", Mishap(503))
    archive.fail(f"{FOLDER}/{NAME}", Mishap(cut_after=20), Mishap(429))
    fetch(archive, target, attempts=3)
    assert target.read_bytes() == FASTA
    asked = [r.headers.get("Range") for r in archive.asked(f"{FOLDER}/{NAME}")]
    assert asked == [None, "bytes=20-", "bytes=20-"]


def test_a_mirror_is_looked_at_first_and_asked_no_server(
    archive: Archive, target: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "mirror/reference" / target.name
    kept.parent.mkdir(parents=True)
    kept.write_bytes(FASTA)
    fetch(archive, target, mirror=tmp_path / "mirror")
    assert (target.read_bytes(), archive.requests) == (FASTA, [])


def test_a_mirror_without_the_release_leaves_it_to_the_server(
    archive: Archive, target: Path, tmp_path: Path
) -> None:
    release(archive, tmp_path)
    fetch(archive, target, mirror=tmp_path)
    assert target.read_bytes() == FASTA
