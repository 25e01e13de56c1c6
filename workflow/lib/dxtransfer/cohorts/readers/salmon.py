"""Salmon's quantifications, one folder per sample."""

from pathlib import Path

from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.per_sample import Quantification, read_per_sample

SALMON = Quantification("salmon", "*quant.sf", "Name", "NumReads")


def read_salmon(path: Path) -> Table:
    """Read the estimated counts of `{sample}/quant.sf` files; transcripts keep their names.

    Raises
    ------
    InputError
        See `read_per_sample`.
    """
    return read_per_sample(SALMON.samples(path), written=SALMON)
