"""GEO's series matrix files: the values of a series on one platform, and its samples."""

import csv
from pathlib import Path

import pandas as pd

from dxtransfer.cohorts.readers.content import content_of
from dxtransfer.cohorts.readers.delimited import parse_delimited
from dxtransfer.cohorts.readers.geo_samples import sample_table
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

# Format: https://www.ncbi.nlm.nih.gov/geo/info/soft.html
BEGIN, END = b"!series_matrix_table_begin", b"!series_matrix_table_end"


def read_series_matrix(path: Path) -> Table:
    """Read the values and the samples of a series matrix file.

    Raises
    ------
    InputError
        For a file without its table, without values (sequencing series have none), or whose table
        and attributes name other samples.
    """
    content = content_of(path)
    obs = samples_of(content, path=path)
    start, end = content.find(BEGIN), content.find(END)
    if start < 0 or end < 0:
        raise InputError(f"{path}: the table of the series matrix lacks its end; fetch it again")
    body = content.find(b"\n", start) + 1
    if len(content[body:end].splitlines()) < 2:
        raise InputError(
            f"{path}: the series matrix holds no values (series of sequencing keep them in "
            "supplementary files); name a matrix of these files, and this file is not needed"
        )
    table = parse_delimited(content[body:end], path=path, above=content.count(b"\n", 0, body))
    strange = [name for name in table.columns if name not in obs.index]
    if strange:
        raise InputError(
            f"{path}: the table has the sample {strange[0]!r}, which the attributes above it lack"
        )
    values = table.values.T
    return Table(
        values, table.columns, table.rows, natural="genes_in_columns", obs=obs.loc[table.columns]
    )


def samples_of(content: bytes, *, path: Path) -> pd.DataFrame:
    """Sample table of a series matrix, indexed by GSM accession.

    Raises
    ------
    InputError
        Where a sample has no accession, or a row of attributes another number of samples.
    """
    above = content.partition(BEGIN)[0].decode("utf-8", errors="replace")
    lines = [line for line in above.splitlines() if line.startswith("!Sample_")]
    rows = list(csv.reader(lines, delimiter="\t"))
    accessions = next((row[1:] for row in rows if row[0] == "!Sample_geo_accession"), [])
    if not accessions:
        raise InputError(f"{path}: no line !Sample_geo_accession, so no samples; fetch it again")
    attributes: dict[str, dict[str, list[str]]] = {sample: {} for sample in accessions}
    for row in rows:
        if len(row) != len(accessions) + 1:
            raise InputError(
                f"{path}, line {row[0]}: {len(row) - 1} values for {len(accessions)} samples"
            )
        name = row[0].removeprefix("!Sample_")
        for sample, value in zip(accessions, row[1:], strict=True):
            attributes[sample].setdefault(name, []).append(value)
    return sample_table(attributes)
