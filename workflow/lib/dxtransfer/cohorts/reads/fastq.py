"""Checks of FASTQ files before any tool spends hours on them.

A file is read once from end to end, which finds truncated archives and counts the reads; of the
reads themselves a thousand from the beginning and some from ever further on are looked at.
Formats and qualities: Cock et al. 2010, Nucleic Acids Research 38, 1767.
"""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from Bio.SeqIO.QualityIO import FastqGeneralIterator

from dxtransfer.errors import InputError

BLOCK = 1 << 20
# first read and number of reads of each stretch that is looked at
STRETCHES = [(0, 1000), *((2000 << k, 100) for k in range(24))]
NOT_FASTQ = {
    b">": "FASTA, which has no qualities",
    b"BAM\x01": "BAM; convert it with samtools fastq",
    b"CRAM": "CRAM; convert it with samtools fastq",
    b"NCBI": "SRA; convert it with fasterq-dump",
    b"PK": "a zip file; unpack it",
    b"BZh": "bzip2; pack it with gzip",
    b"\x89HDF": "HDF5",
}
# Below ';' only Phred+33 reaches; a base of 'T' or more is Q51 or more there, and Q20 in Phred+64.
ONLY_33, OFTEN_64 = ord(";"), ord("T")
MATE = re.compile(r"/([12])$|^[12](?=:[YN]:)")


@dataclass(frozen=True)
class Look:
    """What a FASTQ file says.

    Attributes
    ----------
    path
        The file.
    reads
        Number of reads.
    names, sequences
        By the number of the read, from 0, of those looked at.
    mate
        1 or 2 where the names say so, else 0.
    """

    path: Path
    reads: int
    names: dict[int, str]
    sequences: dict[int, str]
    mate: int


def look(path: Path) -> Look:
    """Read a FASTQ file, plain or gzip, and check its format and quality encoding.

    Raises
    ------
    InputError
        For an empty, truncated or damaged file, another format, or qualities that are not Phred+33.
    """
    lines, stretches = _sampled(path)
    if not lines:
        raise InputError(f"{path}: an empty file, where reads are expected")
    if lines % 4:
        raise InputError(
            f"{path}: {lines} lines, which is no multiple of four: the last read is cut, or "
            "sequences span several lines; fetch or write the file again"
        )
    names, sequences, qualities = {}, {}, {}
    for number, record in stretches.items():
        text = io.StringIO("".join(f"{line}\n" for line in record))
        try:
            title, sequence, quality = next(FastqGeneralIterator(text))
        except (ValueError, StopIteration) as error:
            raise InputError(f"{path}, read {number + 1}: not FASTQ ({error})") from None
        names[number], sequences[number], qualities[number] = title, sequence, quality
    _check_qualities(path, qualities)
    return Look(path, lines // 4, names, sequences, _mate(names))


def check_mates(first: Look, second: Look) -> None:
    """Check that two files hold the mates of the same fragments in the same order.

    Raises
    ------
    InputError
        For unequal numbers of reads, swapped or equal mates, or names that differ.
    """
    if first.mate and first.mate == second.mate:
        raise InputError(
            f"{second.path}: its reads are mate {second.mate}, as those of {first.path} are; one "
            "of fastq_1 and fastq_2 names the wrong file"
        )
    if first.mate == 2 or second.mate == 1:
        raise InputError(
            f"{first.path}: its reads are mate 2, and those of {second.path} mate 1; swap fastq_1 "
            "and fastq_2"
        )
    for number in first.names.keys() & second.names.keys():
        one, other = _fragment(first.names[number]), _fragment(second.names[number])
        if one != other:
            raise InputError(
                f"{second.path}, read {number + 1}: its name is {other!r}, where {first.path} has "
                f"{one!r}; mates must stand in the same order in both files"
            )
    if first.reads != second.reads:
        raise InputError(
            f"{second.path}: {second.reads} reads, where {first.path} has {first.reads}; fetch "
            "both again"
        )


def _check_qualities(path: Path, qualities: dict[int, str]) -> None:
    """Qualities of one encoding, Phred+33.

    kallisto does not look at them, but trimming would cut the wrong bases.
    """
    seen = {number: (min(q), max(q)) for number, q in qualities.items() if q}
    for number, (least, _) in seen.items():
        if ord(least) < 33:
            raise InputError(f"{path}, read {number + 1}: {least!r} is no quality")
    old = [n for n, (lo, hi) in seen.items() if ord(lo) >= 64 and ord(hi) >= OFTEN_64]
    new = [n for n, (lo, _) in seen.items() if ord(lo) < ONLY_33]
    if old and new:
        raise InputError(
            f"{path}: mixed quality encodings: read {new[0] + 1} is in Phred+33, read "
            f"{old[0] + 1} in Phred+64; convert the older part before joining"
        )
    if old:
        raise InputError(
            f"{path}: qualities in the old encoding Phred+64 (read {old[0] + 1}); convert them to "
            "Phred+33, for instance with seqtk seq -Q64 -V"
        )


def _mate(names: dict[int, str]) -> int:
    """Mate that all names agree on: `name/1`, or `name 1:N:0:ACGT`."""
    found = {_mate_of(name) for name in names.values()}
    return found.pop() if len(found) == 1 else 0


def _mate_of(title: str) -> int:
    for word in title.split()[:2]:
        match = MATE.search(word)
        if match:
            return int(match.group().strip("/"))
    return 0


def _fragment(title: str) -> str:
    """Name without what tells the mates apart."""
    return re.sub(r"/[12]$", "", (title.split() or [""])[0])


def _sampled(path: Path) -> tuple[int, dict[int, list[str]]]:
    """Count the lines; keep the four lines of each read of `STRETCHES` by its number."""
    lines, tail, kept = 0, b"", dict[int, bytes]()
    waiting = [(4 * first, 4 * (first + reads)) for first, reads in reversed(STRETCHES)]
    for block in _blocks(path):
        whole = block.count(b"\n")
        # the line that the block ends in has the number `lines + whole`
        if waiting and lines + whole >= waiting[-1][0]:
            *here, tail = (tail + block).split(b"\n")
            for start, stop in waiting:
                low = max(start, lines)
                kept.update(enumerate(here[low - lines : max(stop - lines, 0)], start=low))
            while waiting and waiting[-1][1] <= lines + whole:
                waiting.pop()
        else:
            tail = b""
        lines += whole
    text = {n: line.rstrip(b"\r").decode("latin-1") for n, line in kept.items()}
    complete = (n for n in sorted(text) if n % 4 == 0 and n + 3 in text)
    return lines, {n // 4: [text[n + k] for k in range(4)] for n in complete}


def _blocks(path: Path) -> Iterator[bytes]:
    """The file's bytes, unpacked; the last line gets the end that it may lack."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    last = b"\n"
    with gzip.open(path) if packed else path.open("rb") as handle:
        try:
            start = handle.read(BLOCK)
            for magic, told in NOT_FASTQ.items():
                if start.startswith(magic):
                    raise InputError(f"{path}: not FASTQ but {told}")
            for block in chain([start], iter(lambda: handle.read(BLOCK), b"")):
                last = block[-1:] or last
                yield block
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(
                f"{path}: the gzip file is truncated or damaged ({error}); fetch it again"
            ) from None
    if last != b"\n":
        yield b"\n"
