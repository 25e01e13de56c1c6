"""A sample from raw reads to counts per transcript, beside kallisto quant alone on the same files.

Ours also reads both files for the checks and trims them, which kallisto alone leaves out. The
reads are the demo's, drawn from more molecules: DXTRANSFER_BENCH_PAIRS of them, 500,000 where it
is not set.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from measure import Row, python, side_by_side

from dxtransfer.cohorts.reads.reference import build_index
from dxtransfer.demo_reads import SEQUENCED_SHARE, make_transcriptome, sequence

TIME = 4.0
OURS = """
from pathlib import Path
from dxtransfer.cohorts.reads.quantify import quantify
settings = dict(adapter_1="AGATCGGAAGAGC", adapter_2="AGATCGGAAGAGC", quality_cutoff=20,
                min_length=31, fragment_length=200, fragment_sd=20)
quantify([["s_1.fastq.gz", "s_2.fastq.gz"]], Path("ours.tsv"), sample="s",
         index=Path("t.idx"), settings=settings, scratch=Path("."))
"""
PLAIN = """
import subprocess
from dxtransfer.cohorts.reads.tools import kallisto
subprocess.run([kallisto(), "quant", "--plaintext", "-i", "t.idx", "-o", "plain",
                "s_1.fastq.gz", "s_2.fastq.gz"], check=True, capture_output=True)
"""


def figures(folder: Path) -> Iterator[Row]:
    """Wall time of our chain over that of kallisto quant alone, one thread each."""
    pairs = int(os.environ.get("DXTRANSFER_BENCH_PAIRS", "500000"))
    genes = [f"GENE{i:04d}" for i in range(1000)]
    transcriptome = make_transcriptome(genes, seed=1)
    share = np.random.default_rng(1).dirichlet(np.ones(len(genes)))
    molecules = np.random.default_rng(2).poisson(share * pairs / SEQUENCED_SHARE)
    counts = pd.DataFrame({"s": molecules}, index=genes)
    ((_, *mates),) = sequence(counts, transcriptome, seed=1)
    for number, mate in enumerate(mates, start=1):
        (folder / f"s_{number}.fastq.gz").write_bytes(mate)
    (folder / "t.fa").write_text(transcriptome.fasta())
    build_index(folder / "t.fa", folder / "t.idx", kmer=31)
    time, _ = side_by_side(python(OURS), python(PLAIN), folder=folder, rounds=3)
    about = f"one sample of {pairs:,} pairs from FASTQ to counts: time"
    yield Row(about, time, "x", "kallisto quant alone", TIME)
