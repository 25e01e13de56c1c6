"""Counts of the Genomic Data Commons: one STAR file per sample, with or without a sample table."""

import logging
from pathlib import Path

import pandas as pd

from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.per_sample import Quantification, read_per_sample
from dxtransfer.errors import InputError
from dxtransfer.tables import read_table

# Format: https://docs.gdc.cancer.gov/Encyclopedia/pages/Gene_Expression_Quantification/
STAR = Quantification(
    "the GDC's STAR workflow",
    "*.rna_seq.augmented_star_gene_counts.tsv",
    "gene_id",
    "unstranded",
    summary="N_",
)

logger = logging.getLogger(__name__)


def read_gdc(path: Path) -> Table:
    """Read the column `unstranded` of a folder's STAR files, the rows N_unmapped etc. left out.

    A table `samples.tsv` in the folder (file_name or file_id, sample, and any other columns)
    names the samples and becomes the sample table; without it a file's name is the sample. Of a
    sample with several files each file stays, its id appended to the sample's.

    Raises
    ------
    InputError
        Naming the file that is damaged, lists other genes than the first, or that the table
        names twice or not at all.
    """
    files = STAR.samples(path)
    table = path / "samples.tsv"
    if not path.is_dir() or not table.exists():
        return read_per_sample(files, written=STAR)
    obs = _sample_table(table, files)
    paths = {file.name: file for file in files.values()}
    read = read_per_sample({s: paths[n] for s, n in obs["file_name"].items()}, written=STAR)
    return Table(read.values, read.rows, read.columns, natural=read.natural, obs=obs)


def _sample_table(path: Path, files: dict[str, Path]) -> pd.DataFrame:
    """One row per file of the folder, indexed by sample."""
    header, rows = read_table(path)
    frame = pd.DataFrame(list(rows.values()), columns=header, dtype=object)
    for name in ("file_name", "sample"):
        if name not in header:
            raise InputError(f"{path}: no column {name!r}; there are: {', '.join(header)}")
    names = [file.name for file in files.values()]
    told = frame["file_name"]
    twice = told[told.duplicated()]
    if len(twice):
        raise InputError(f"{path}, column file_name: {twice.iloc[0]!r} stands twice")
    unnamed = sorted(set(names) - set(told))
    absent = sorted(set(told) - set(names))
    if unnamed or absent:
        fault = f"{unnamed[0]!r} of the folder is not in it" if unnamed else f"no file {absent[0]}"
        raise InputError(f"{path}, column file_name: {fault}; fetch the folder again")
    repeated = frame["sample"].duplicated(keep=False)
    if repeated.any():
        logger.info("%s: %d files share a sample with another", path, repeated.sum())
        ids = told.str.split(".").str[0].str[:8]
        frame.loc[repeated, "sample"] += "_" + ids[repeated]
    return frame.set_index("sample")
