"""RSEM's gene results, one file per sample."""

from pathlib import Path

from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.per_sample import Quantification, read_per_sample

RSEM = Quantification("RSEM", "*.genes.results", "gene_id", "expected_count")


def read_rsem(path: Path) -> Table:
    """Read the expected counts of `{sample}.genes.results` files, or of one such file.

    Raises
    ------
    InputError
        See `read_per_sample`.
    """
    return read_per_sample(RSEM.samples(path), written=RSEM)
