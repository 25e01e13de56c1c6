"""A folder with what GEO has of a series: series matrices, SOFT files, NCBI's counts."""

import logging
import re
from pathlib import Path

import numpy as np
import pandas as pd

from dxtransfer.cohorts.readers.content import content_of
from dxtransfer.cohorts.readers.delimited import read_delimited
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.series_matrix import read_series_matrix, samples_of
from dxtransfer.cohorts.readers.soft import read_soft
from dxtransfer.errors import InputError

logger = logging.getLogger(__name__)


def read_geo(path: Path, *, platform: str | None = None) -> Table:
    """Read a series from its folder.

    NCBI's counts (`*_raw_counts_*.tsv.gz`, Entrez ids), where there are any, are taken before
    series matrices, and these before a family's SOFT file. The samples are those of the series
    matrices, or of the SOFT file.

    Parameters
    ----------
    path
        The folder.
    platform
        GPL accession of the platform to read, where the series has several.

    Raises
    ------
    InputError
        Without any of these files, or with several platforms of other features where none is
        chosen.
    """
    matrices = _found(path, "*_series_matrix.txt")
    soft = _found(path, "*.soft")
    counts = _found(path, "*_raw_counts_*.tsv")
    if platform and len(matrices) > 1:
        # One file per platform; a series on one platform has a file without its name.
        matrices = [file for file in matrices if f"-{platform}_" in file.name]
        if not matrices:
            raise InputError(f"{path}: no series matrix of the platform {platform!r}")
    if counts:
        return _counts(counts, matrices, path=path)
    if matrices:
        return _joined([read_series_matrix(file) for file in matrices], matrices)
    if len(soft) == 1:
        return read_soft(soft[0], platform=platform)
    raise InputError(f"{path}: no series matrix and no single SOFT file in the folder")


def _found(path: Path, pattern: str) -> list[Path]:
    return sorted([*path.glob(pattern), *path.glob(f"{pattern}.gz")])


def _counts(files: list[Path], matrices: list[Path], *, path: Path) -> Table:
    """NCBI's counts with the samples of the series matrices that they belong to."""
    if len(files) > 1:
        raise InputError(
            f"{path}: several files of counts ({', '.join(file.name for file in files)}); leave "
            "the one to use"
        )
    table = read_delimited(files[0])
    obs = pd.concat(
        [samples_of(content_of(file), path=file) for file in matrices]
        or [pd.DataFrame(index=table.columns)]
    )
    samples = [name for name in table.columns if name in obs.index]
    if not samples:
        raise InputError(
            f"{files[0]}: no sample of the counts (first: {table.columns[0]}) is in a series matrix"
        )
    logger.info("%s: counts of %d of the series' %d samples", path, len(samples), len(obs))
    values = table.values[:, [table.columns.index(name) for name in samples]].T
    return Table(values, samples, table.rows, natural="genes_in_columns", obs=obs.loc[samples])


def _joined(tables: list[Table], files: list[Path]) -> Table:
    """Samples of all platforms below each other, where the platforms measure the same."""
    first = tables[0]
    for table, file in zip(tables, files, strict=True):
        if table.columns != first.columns:
            platforms = [re.sub(r"^[^-]*-?|_series.*$", "", each.name) for each in files]
            raise InputError(
                f"{file}: other features than {files[0].name}; choose one of the platforms "
                f"({', '.join(platforms)}) in the column platform"
            )
    if len(tables) == 1:
        return first
    values = np.concatenate([table.values for table in tables])
    rows = [name for table in tables for name in table.rows]
    obs = pd.concat([table.obs for table in tables]).fillna("")
    return Table(values, rows, first.columns, natural="genes_in_columns", obs=obs)
