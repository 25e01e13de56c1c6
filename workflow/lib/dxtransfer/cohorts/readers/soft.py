"""GEO's SOFT files: a family of samples, or a single sample."""

import logging
from collections.abc import Iterator
from pathlib import Path

import GEOparse
import numpy as np
import pandas as pd

from dxtransfer.cohorts.readers.content import content_of
from dxtransfer.cohorts.readers.geo_samples import sample_table
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

# GEOparse tells every step on the console
GEOparse.set_verbosity("ERROR")
logger = logging.getLogger(__name__)


def read_soft(path: Path, *, platform: str | None = None) -> Table:
    """Read the column VALUE of each sample of a SOFT file, and what it tells of the samples.

    Features are those that any of the samples lists; a value that a sample lacks is missing.

    Parameters
    ----------
    path
        A family (`GSE..._family.soft`) or a single sample (`GSM...`), plain or gzip.
    platform
        Of a family on several platforms, the one whose samples are read.

    Raises
    ------
    InputError
        For a file without samples or without values (a platform's annotation, a series of
        sequencing), a sample without VALUE or with text there, or several platforms with other
        features.
    """
    samples = {name: _parsed(name, lines, path=path) for name, lines in _samples(path)}
    if platform:
        samples = {
            n: s for n, s in samples.items() if platform in s.metadata.get("platform_id", [])
        }
        if not samples:
            raise InputError(f"{path}: no sample on the platform {platform!r}")
    if not samples:
        raise InputError(
            f"{path}: no samples, only the description of a platform or series; a platform's table "
            "is an annotation: name it, as a table, in the column annotation"
        )
    columns = {name: _values(sample.table, name, path=path) for name, sample in samples.items()}
    kinds = {(s.metadata.get("platform_id") or [""])[0] for s in samples.values()}
    indices = [column.index for column in columns.values()]
    if len(kinds) > 1 and any(not index.equals(indices[0]) for index in indices):
        raise InputError(
            f"{path}: samples on several platforms ({', '.join(sorted(kinds))}) with other "
            "features; choose one in the column platform"
        )
    features = indices[0]
    for index in indices[1:]:
        features = features if index.equals(features) else features.union(index, sort=False)
    values = np.stack([c.reindex(features).to_numpy(np.float32) for c in columns.values()])
    obs = sample_table({name: sample.metadata for name, sample in samples.items()})
    return Table(values, list(samples), list(features), natural="genes_in_columns", obs=obs)


def _samples(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Name and lines of each sample; platforms and series are passed over."""
    text = content_of(path).decode("utf-8", errors="replace")
    if "^SAMPLE" in text and "!sample_table_begin" not in text:
        raise InputError(
            f"{path}: the samples have no tables (those of sequencing have none); name a matrix of "
            "the series' supplementary files"
        )
    for part in text.replace("\r", "").split("\n^"):
        kind, _, rest = part.removeprefix("^").partition("=")
        if kind.strip().upper() != "SAMPLE":
            continue
        name = rest.partition("\n")[0].strip()
        lines = f"^{part}".replace("^^", "^", 1).split("\n")
        if not any(line.lower().startswith("!sample_table_end") for line in lines):
            raise InputError(
                f"{path}: the table of the sample {name!r} lacks its end; fetch the file again"
            )
        yield name, lines


def _parsed(name: str, lines: list[str], *, path: Path) -> GEOparse.GSM:
    try:
        return GEOparse.parse_GSM(lines, name)
    except (GEOparse.DataIncompatibilityException, ValueError) as error:
        told = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path}: the sample {name!r} is damaged ({told})") from None


def _values(table: pd.DataFrame, sample: str, *, path: Path) -> pd.Series:
    """Values by feature."""
    if not {"ID_REF", "VALUE"} <= set(table.columns):
        raise InputError(
            f"{path}: the table of the sample {sample!r} lacks the column ID_REF or VALUE; there "
            f"are: {', '.join(map(str, table.columns)) or 'none'}"
        )
    if not isinstance(table.index, pd.RangeIndex):
        # pandas takes cells that are too many for names of rows, and shifts the others
        raise InputError(f"{path}: the table of the sample {sample!r} has more cells than columns")
    features = table["ID_REF"].astype(str).str.strip()
    twice = features[features.duplicated()]
    if len(twice):
        raise InputError(f"{path}: the sample {sample!r} lists {twice.iloc[0]!r} twice")
    numbers = pd.to_numeric(table["VALUE"], errors="coerce")
    given = table["VALUE"].notna() & ~table["VALUE"].astype(str).str.lower().isin(["null", ""])
    wrong = table["VALUE"][given & numbers.isna()]
    if len(wrong):
        raise InputError(
            f"{path}: the sample {sample!r} has {wrong.iloc[0]!r} as VALUE of "
            f"{features[wrong.index[0]]!r}, which is not a number"
        )
    return pd.Series(numbers.to_numpy(float), index=pd.Index(features))
