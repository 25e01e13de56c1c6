"""kallisto's quantifications, one folder per sample."""

from pathlib import Path

from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.per_sample import Quantification, read_per_sample

KALLISTO = Quantification("kallisto", "*abundance.tsv", "target_id", "est_counts")


def read_kallisto(path: Path) -> Table:
    """Read the estimated counts of `{sample}/abundance.tsv` files; transcripts keep their names.

    Raises
    ------
    InputError
        See `read_per_sample`.
    """
    return read_per_sample(KALLISTO.samples(path), written=KALLISTO)
