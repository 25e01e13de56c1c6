"""The transcripts that reads are compared with, and the gene of each.

Genes stand in the FASTA's own headers (Ensembl, GENCODE), in a GTF, or in a table of two columns.
"""

import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

import pandas as pd
from Bio.SeqIO.FastaIO import SimpleFastaParser
from Bio.SeqUtils import gc_fraction

from dxtransfer.cohorts.reads.tools import is_gzip, kallisto, run
from dxtransfer.errors import InputError

NUCLEOTIDES = re.compile(r"[ACGTUNRYSWKMBDHV]+", re.IGNORECASE)
MIN_TRANSCRIPTS = 2
COLUMNS = ["transcript", "gene", "symbol", "length", "gc"]


def read_transcripts(fasta: Path) -> pd.DataFrame:
    """Read a FASTA of transcripts, plain or gzip.

    Returns
    -------
    pandas.DataFrame
        One row per transcript in the order of the file: transcript (the header up to the first
        blank, as kallisto names it), gene and symbol (empty where the header has none), length
        (bases), gc (share of G and C, unknown bases left out).

    Raises
    ------
    InputError
        For a file that is no FASTA of nucleotides, a transcript that stands twice, or fewer than
        two transcripts.
    """
    rows, seen = [], set[str]()
    with _opened(fasta) as handle:
        try:
            for title, sequence in SimpleFastaParser(handle):
                name = title.split()[0] if title.split() else ""
                if not name or name in seen:
                    raise InputError(f"{fasta}: the transcript {name!r} stands twice or is empty")
                if not NUCLEOTIDES.fullmatch(sequence):
                    raise InputError(
                        f"{fasta}, transcript {name}: no nucleotides; a FASTA of transcripts "
                        "(cDNA) is needed"
                    )
                seen.add(name)
                gc = gc_fraction(sequence)
                rows.append((name, *_gene_in(title), len(sequence), gc))
        except (ValueError, UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
            raise InputError(f"{fasta}: not a whole FASTA file ({error})") from None
    if len(rows) < MIN_TRANSCRIPTS:
        raise InputError(f"{fasta}: {len(rows)} transcripts; a FASTA of transcripts is needed")
    return pd.DataFrame(rows, columns=COLUMNS)


def with_genes(transcripts: pd.DataFrame, table: Path | None) -> pd.DataFrame:
    """Fill in genes from a GTF or a table of transcript, gene and, if there, symbol.

    A transcript without a gene becomes its own gene.

    Parameters
    ----------
    transcripts
        As `read_transcripts` gives it.
    table
        Plain or gzip; None leaves what the headers say.

    Raises
    ------
    InputError
        For a table that names none of the transcripts.
    """
    whole = transcripts.copy()
    if table is not None:
        known = _read_genes(table)
        found = [known.get(n) or known.get(_unversioned(n)) for n in whole["transcript"]]
        if not any(found):
            raise InputError(
                f"{table}: names none of the reference's transcripts (first: "
                f"{whole['transcript'].iloc[0]}); they must be of one release"
            )
        whole["gene"] = [pair[0] if pair else "" for pair in found]
        whole["symbol"] = [pair[1] if pair else "" for pair in found]
    whole["gene"] = whole["gene"].where(whole["gene"] != "", whole["transcript"])
    return whole


def build_index(fasta: Path, index: Path, *, kmer: int, threads: int = 1) -> None:
    """Make kallisto's index of a FASTA.

    Raises
    ------
    InputError
        With what kallisto says, if it fails.
    """
    command = [kallisto(), "index", "-i", index, "-k", str(kmer), "-t", str(threads), fasta]
    run(command, what=f"{fasta}: indexing")


def _opened(path: Path) -> TextIO:
    return gzip.open(path, "rt") if is_gzip(path) else path.open()


def _gene_in(title: str) -> tuple[str, str]:
    """Gene and symbol in a header: Ensembl's `gene:` and `gene_symbol:`, or GENCODE's bars."""
    bars = title.split("|")
    if len(bars) >= 6:
        return bars[1], bars[5]
    named = dict(re.findall(r"\b(gene|gene_symbol):(\S+)", title))
    return named.get("gene", ""), named.get("gene_symbol", "")


def _unversioned(name: str) -> str:
    return re.sub(r"\.\d+$", "", name.split("|")[0])


def _read_genes(table: Path) -> Mapping[str, tuple[str, str]]:
    """Transcript, with and without version, to gene and symbol."""
    genes: dict[str, tuple[str, str]] = {}
    with _opened(table) as handle:
        try:
            for transcript, gene, symbol in _lines(handle):
                genes[transcript] = genes[_unversioned(transcript)] = (gene, symbol)
        except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
            raise InputError(f"{table}: not a whole text file ({error})") from None
    return genes


def _lines(handle: TextIO) -> Iterator[tuple[str, str, str]]:
    for line in handle:
        cells = line.rstrip("\r\n").split("\t")
        if len(cells) >= 9 and not line.startswith("#"):
            named = dict(re.findall(r'(\w+) "([^"]*)"', cells[8]))
            if "transcript_id" in named and "gene_id" in named:
                versions = [named.get(f"{kind}_version", "") for kind in ("transcript", "gene")]
                names = [named["transcript_id"], named["gene_id"]]
                transcript, gene = (
                    f"{name}.{version}" if version else name
                    for name, version in zip(names, versions, strict=True)
                )
                yield transcript, gene, named.get("gene_name", "")
        elif len(cells) in (2, 3) and all(cells[:2]):
            yield cells[0], cells[1], cells[2] if len(cells) == 3 else ""
