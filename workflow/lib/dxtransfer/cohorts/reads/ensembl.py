"""A pinned release of Ensembl as reference."""

import re
from pathlib import Path

from dxtransfer.downloads import download
from dxtransfer.errors import InputError

ENSEMBL = "https://ftp.ensembl.org/pub"


def fetch_transcripts(
    release: int, species: str, target: Path, *, site: str = ENSEMBL, attempts: int = 5
) -> None:
    """Download the transcripts (cDNA) of a species from a release of Ensembl.

    Parameters
    ----------
    release
        Number of the release.
    species
        As Ensembl's folders name it, such as homo_sapiens.
    target
        The FASTA, gzip.
    site
        Where the releases stand.
    attempts
        How often a download is tried.

    Raises
    ------
    InputError
        For a species that the release lacks, or a file that does not agree with the checksum that
        Ensembl gives.
    """
    folder = f"{site}/release-{release}/fasta/{species}/cdna"
    listing = target.with_name(f".{target.name}.CHECKSUMS")
    download(f"{folder}/CHECKSUMS", listing, attempts=attempts)
    name, sums = _listed(listing.read_text(), where=f"{folder}/CHECKSUMS")
    listing.unlink()
    download(f"{folder}/{name}", target, attempts=attempts)
    if bsd_sum(target) != sums:
        target.unlink()
        raise InputError(f"{folder}/{name}: differs from Ensembl's own checksum; fetch it again")


def bsd_sum(path: Path) -> tuple[int, int]:
    """Checksum and number of blocks of 1,024 bytes, as the program `sum` gives them."""
    total, size = 0, 0
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            size += len(block)
            for byte in block:
                total = ((total >> 1) + ((total & 1) << 15) + byte) & 0xFFFF
    return total, -(-size // 1024)


def _listed(text: str, *, where: str) -> tuple[str, tuple[int, int]]:
    """Name and checksum of the FASTA of all cDNA in Ensembl's listing."""
    for line in text.splitlines():
        found = re.fullmatch(r"(\d+)\s+(\d+)\s+(\S+\.cdna\.all\.fa\.gz)", line.strip())
        if found:
            return found[3], (int(found[1]), int(found[2]))
    raise InputError(f"{where}: lists no file of all cDNA (*.cdna.all.fa.gz)")
