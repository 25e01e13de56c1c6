"""Probe annotation of a cohort: a table that the sheet names, or those that were fetched."""

from pathlib import Path

import pandas as pd

from dxtransfer.cohorts.accessions.place import delivered_path
from dxtransfer.cohorts.readers.annotation import read_annotation


def annotation_of(path: Path | str | None, *, platform: str = "") -> pd.DataFrame | None:
    """Read the annotation of a cohort's probes.

    Parameters
    ----------
    path
        A table, or the manifest of a fetched accession, whose `GPL....annot.tsv` are read together:
        a probe that two platforms give to different genes stands twice, and counts as having none.
        None where there is neither.
    platform
        GPL accession of the one that is read; empty for all.

    Returns
    -------
    pandas.DataFrame or None
        See `dxtransfer.cohorts.readers.annotation.read_annotation`; None where there is no table,
        and for an accession with counts per gene.
    """
    if path is None:
        return None
    place = delivered_path(path)
    if not place.is_dir():
        return read_annotation(place)
    if any(place.glob("*_raw_counts_*")):
        return None
    tables = [
        read_annotation(table) for table in sorted(place.glob(f"{platform or 'GPL*'}.annot.tsv"))
    ]
    return pd.concat(tables, ignore_index=True).drop_duplicates() if tables else None
