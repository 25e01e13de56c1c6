"""Reads of the embedded demonstration: a made-up transcriptome, sequenced from simulated counts.

A molecule of a sample is sequenced with the same small probability as any other, so that the
reads follow the model of the counts at a smaller depth. Fragments start anywhere on a transcript;
short ones are read into the adapter, and one base in five hundred is read wrongly.
"""

import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]

SEQUENCED_SHARE = 1 / 6  # of the molecules that the simulated counts hold
READ_LENGTH = 50
FRAGMENT_MEAN, FRAGMENT_SD, FRAGMENT_MIN = 130, 40, 34
SHARE_OF_FIRST = 0.7  # of a gene's molecules, where it has two transcripts
ERROR_RATE = 0.002
ADAPTERS = (b"AGATCGGAAGAGCACACGTCTGAACTCCAGTCA", b"AGATCGGAAGAGCGTCGTGTAGGGAAAGAGTGT")
LETTERS = np.frombuffer(b"ACGT", dtype=np.uint8)
COMPLEMENT = np.zeros(256, dtype=np.uint8)
COMPLEMENT[LETTERS] = LETTERS[::-1]
QUALITY = np.frombuffer(b"I" * 40 + b"F" * 10, dtype=np.uint8)
WRONG = ord("#")


@dataclass(frozen=True)
class Transcriptome:
    """Made-up transcripts.

    Attributes
    ----------
    names, genes
        One per transcript.
    sequence
        All transcripts one after the other, as letters.
    start, length
        Place of each transcript in `sequence`.
    """

    names: list[str]
    genes: list[str]
    sequence: Bytes
    start: Integers
    length: Integers

    def fasta(self) -> str:
        """Transcripts as FASTA, their genes in headers as Ensembl writes them."""
        records = (
            f">{name} cdna gene:{gene} gene_symbol:{gene}\n"
            f"{self.sequence[start : start + length].tobytes().decode()}\n"
            for name, gene, start, length in zip(
                self.names, self.genes, self.start, self.length, strict=True
            )
        )
        return "".join(records)


def make_transcriptome(genes: list[str], *, seed: int) -> Transcriptome:
    """Draw one or two transcripts per gene; the second lacks an inner part of the first."""
    rng = np.random.default_rng([seed, 1])
    names, owners, parts = [], [], []
    for gene in genes:
        first = LETTERS[rng.integers(0, 4, rng.integers(400, 1600))]
        own = [first]
        if rng.random() < 0.4:
            left = rng.integers(100, 200)
            own.append(np.concatenate([first[:left], first[left + rng.integers(60, 120) :]]))
        for number, part in enumerate(own, start=1):
            names.append(f"{gene}-20{number}")
            owners.append(gene)
            parts.append(part)
    length = np.array([len(part) for part in parts])
    start = np.concatenate([[0], np.cumsum(length)[:-1]])
    return Transcriptome(names, owners, np.concatenate(parts), start, length)


def sequence(
    counts: pd.DataFrame, transcriptome: Transcriptome, *, seed: int
) -> Iterator[tuple[str, bytes, bytes]]:
    """Sequence samples in pairs.

    Parameters
    ----------
    counts
        Genes x samples, molecules.
    transcriptome
        Of the same genes.
    seed
        The same seed gives the same bytes for a sample, whatever other samples there are.

    Yields
    ------
    tuple
        Sample, and the two FASTQ files of its pairs, gzip.
    """
    place = {gene: number for number, gene in enumerate(counts.index)}
    owner = np.array([place[gene] for gene in transcriptome.genes])
    first = np.searchsorted(owner, np.arange(len(counts)))
    has_two = np.bincount(owner, minlength=len(counts)) == 2
    for sample in counts:
        rng = np.random.default_rng([seed, *sample.encode()])
        seen = rng.binomial(counts[sample].to_numpy(), SEQUENCED_SHARE)
        gene = rng.permutation(np.repeat(np.arange(len(counts)), seen))
        second = has_two[gene] & (rng.random(len(gene)) >= SHARE_OF_FIRST)
        yield sample, *_pairs(first[gene] + second, transcriptome, rng)


def _pairs(
    transcript: Integers, transcriptome: Transcriptome, rng: np.random.Generator
) -> tuple[bytes, bytes]:
    """FASTQ of one fragment per entry of `transcript`, read from both ends."""
    start, length = transcriptome.start[transcript], transcriptome.length[transcript]
    drawn = rng.normal(FRAGMENT_MEAN, FRAGMENT_SD, len(transcript)).round()
    fragment = np.clip(drawn, FRAGMENT_MIN, length).astype(int)
    begin = start + (rng.random(len(transcript)) * (length - fragment + 1)).astype(int)
    step = np.arange(READ_LENGTH)
    ends = []
    for mate, adapter in enumerate(ADAPTERS):
        index = begin[:, None] + step if mate == 0 else (begin + fragment - 1)[:, None] - step
        bases = transcriptome.sequence[np.clip(index, 0, len(transcriptome.sequence) - 1)]
        bases = bases if mate == 0 else COMPLEMENT[bases]
        beyond = step - fragment[:, None]
        filled = np.frombuffer(adapter, dtype=np.uint8)[np.clip(beyond, 0, len(adapter) - 1)]
        bases = np.where(beyond >= 0, filled, bases)
        quality = np.tile(QUALITY, (len(transcript), 1))
        wrong = rng.random(bases.shape) < ERROR_RATE
        bases[wrong] = LETTERS[rng.integers(0, 4, wrong.sum())]
        quality[wrong] = WRONG
        ends.append(_fastq(bases, quality, mate=mate + 1))
    return ends[0], ends[1]


def _fastq(bases: Bytes, quality: Bytes, *, mate: int) -> bytes:
    """Records of one width, made as one table of letters."""
    reads = len(bases)
    digits = (np.arange(1, reads + 1)[:, None] // 10 ** np.arange(6, -1, -1)) % 10 + ord("0")
    columns = [
        _repeated(b"@DEMO:1:FLOWCELL:1:1101:", reads),
        digits.astype(np.uint8),
        _repeated(f":1 {mate}:N:0:1\n".encode(), reads),
        bases,
        _repeated(b"\n+\n", reads),
        quality,
        _repeated(b"\n", reads),
    ]
    return packed(np.hstack(columns).tobytes(), level=1)


def _repeated(text: bytes, times: int) -> Bytes:
    return np.tile(np.frombuffer(text, dtype=np.uint8), (times, 1))


def packed(content: bytes, *, level: int) -> bytes:
    """Compress without the time and file name that gzip otherwise writes into its header."""
    buffer = io.BytesIO()
    with gzip.GzipFile("", mode="wb", fileobj=buffer, compresslevel=level, mtime=0) as stream:
        stream.write(content)
    return buffer.getvalue()
