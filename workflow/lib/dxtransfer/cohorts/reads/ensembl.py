"""A pinned release of Ensembl as reference."""

import logging
import os
import re
import shutil
from pathlib import Path

from dxtransfer.downloads import download
from dxtransfer.errors import InputError
from dxtransfer.files import atomic
from dxtransfer.network import AbsentError, UnreachableError, read_url

logger = logging.getLogger("dxtransfer")

# folder of a mirror that holds references, named as the workflow names them
IN_MIRROR = "reference"


def fetch_transcripts(
    release: int,
    species: str,
    target: Path,
    *,
    site: str,
    mirror: Path | None = None,
    attempts: int = 5,
) -> None:
    """Bring the transcripts (cDNA) of a species of a release of Ensembl: from a mirror, else there.

    Parameters
    ----------
    release
        Number of the release.
    species
        As Ensembl's folders name it, such as homo_sapiens.
    target
        The FASTA, gzip; it has its name only when its checksum was compared. What a killed call has
        fetched is gone on with.
    site
        Address of the folder of all releases.
    mirror
        A folder that is looked at first, for `reference/{name of target}`.
    attempts
        How often a download is tried.

    Raises
    ------
    InputError
        For a release or a species that is not there, a file that does not agree with the checksum
        that Ensembl gives, or a server that cannot be used.
    """
    kept = mirror / IN_MIRROR / target.name if mirror else None
    if kept and kept.is_file():
        logger.info("%s: taken from %s", target.name, kept)
        _take(kept, target)
        return
    folder = f"{site.rstrip('/')}/release-{release}/fasta/{species}/cdna"
    try:
        listing = read_url(f"{folder}/CHECKSUMS", attempts=attempts).decode("utf-8", "replace")
        name, sums = _listed(listing, where=f"{folder}/CHECKSUMS")
        unchecked = target.with_name(f".unchecked.{target.name}")
        download(f"{folder}/{name}", unchecked, attempts=attempts)
    except AbsentError:
        raise InputError(
            f"ensembl:{release}: Ensembl has no transcripts of {species!r} there ({folder}/); "
            "correct reads.reference or reads.species"
        ) from None
    except UnreachableError as error:
        raise InputError(
            f"{error}, or put {IN_MIRROR}/{target.name} into accessions.mirror"
        ) from None
    if bsd_sum(unchecked) != sums:
        unchecked.unlink()
        raise InputError(f"{folder}/{name}: differs from Ensembl's own checksum; fetch it again")
    os.replace(unchecked, target)


def _take(kept: Path, target: Path) -> None:
    """Link a file of a mirror, or copy it where that cannot be."""
    with atomic(target) as temporary:
        try:
            os.link(kept, temporary)
        except OSError:
            shutil.copyfile(kept, temporary)


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
