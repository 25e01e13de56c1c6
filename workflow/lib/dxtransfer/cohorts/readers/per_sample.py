"""Folders with one table per sample, put together without holding two copies."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from dxtransfer.cohorts.readers.cells import is_number
from dxtransfer.cohorts.readers.content import content_of
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Quantification:
    """What a program writes per sample.

    Attributes
    ----------
    program
        Name, for messages.
    pattern
        Glob of its files' names; the part that `*` stands for, else the folder, names the sample.
    feature, value
        Columns with the features' names and their counts.
    summary
        Prefix of rows that count reads and are no features; empty where there are none.
    """

    program: str
    pattern: str
    feature: str
    value: str
    summary: str = ""

    def files(self, path: Path) -> list[Path]:
        """Its files in a folder and the folders below, in order; the file itself for a file."""
        if path.is_file():
            return [path]
        names = (self.pattern, f"{self.pattern}.gz")
        return sorted(file for name in names for file in path.rglob(name) if file.is_file())

    def samples(self, path: Path) -> dict[str, Path]:
        """Sample to its file.

        Raises
        ------
        InputError
            Where there is no file, or two would name the same sample.
        """
        found: dict[str, Path] = {}
        for file in self.files(path):
            end = self.pattern.removeprefix("*")
            name = file.name.removesuffix(".gz").removesuffix(end).rstrip("._-")
            sample = name or file.parent.name
            if sample in found:
                raise InputError(
                    f"{file}: the sample {sample!r} stands twice (also {found[sample]}); give each "
                    "sample one file"
                )
            found[sample] = file
        if not found:
            raise InputError(f"{path}: no file {self.pattern} of {self.program} in the folder")
        return found


def read_per_sample(samples: Mapping[str, Path], *, written: Quantification) -> Table:
    """Read one column of each sample's file.

    Parameters
    ----------
    samples
        Sample to its file.
    written
        What the files are.

    Returns
    -------
    Table
        Samples x features. Memory is that of the result and one file.

    Raises
    ------
    InputError
        Naming the file that is damaged, lacks a column, or lists other features than the first.
    """
    values: NDArray[np.float32] | None = None
    features: pa.Array = None
    for place, (sample, file) in enumerate(samples.items()):
        names, column = _read(file, written)
        if values is None:
            features = names
            values = np.empty((len(samples), len(names)), dtype=np.float32)
        if names.equals(features):
            values[place] = column
        else:
            values[place] = _aligned(names, column, features, file, next(iter(samples.values())))
        if (place + 1) % 100 == 0:
            logger.info("%d of %d files are read (%s)", place + 1, len(samples), sample)
    assert values is not None
    rows = [name.strip() for name in features.to_pylist()]
    return Table(values, list(samples), rows, natural="genes_in_columns")


def _read(file: Path, written: Quantification) -> tuple[pa.Array, NDArray[np.float64]]:
    content = content_of(file)
    start, end = 0, 0
    while content.startswith(b"#", start) and end >= 0:
        end = content.find(b"\n", start)
        start = end + 1 if end >= 0 else len(content)
    wanted = [written.feature, written.value]
    header = content[start:].partition(b"\n")[0].decode("utf-8", errors="replace").rstrip("\r")
    for name in wanted:
        if name not in header.split("\t"):
            raise InputError(
                f"{file}: no column {name!r}, which {written.program} writes; there are: "
                f"{', '.join(header.split(chr(9))[:8])}"
            )
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(memoryview(content)[start:])),
            parse_options=arrow_csv.ParseOptions(delimiter="\t"),
            convert_options=arrow_csv.ConvertOptions(
                column_types={written.feature: pa.string(), written.value: pa.float64()},
                include_columns=wanted,
                strings_can_be_null=False,
            ),
        ).combine_chunks()
    except pa.ArrowInvalid as error:
        _tell_fault(content[start:], written, above=content.count(b"\n", 0, start), file=file)
        raise InputError(f"{file}: {str(error).splitlines()[0]}") from None
    names, values = table.column(0), table.column(1).to_numpy()
    names = names.chunk(0) if names.num_chunks else pa.array([], pa.string())
    if written.summary:
        # Rows such as N_unmapped count reads, not features; they stand first.
        head = names.slice(0, 8).to_pylist()
        first = sum(name.startswith(written.summary) for name in head)
        names, values = names.slice(first), values[first:]
    if not len(names):
        raise InputError(f"{file}: no rows below the header")
    return names, values


def _tell_fault(content: bytes, written: Quantification, *, above: int, file: Path) -> None:
    """Find the row that stopped the fast reader, and name it."""
    lines = content.decode("utf-8", errors="replace").splitlines()
    header = lines[0].split("\t")
    place = header.index(written.value)
    for number, line in enumerate(lines[1:], start=above + 2):
        cells = line.split("\t")
        if len(cells) != len(header):
            raise InputError(
                f"{file}, row {number}: {len(cells)} cells where {len(header)} are expected"
            )
        if not is_number(cells[place]):
            raise InputError(
                f"{file}, row {number}, column {written.value}: {cells[place]!r} is not a number"
            )


def _aligned(
    names: pa.Array, values: NDArray[np.float64], wanted: pa.Array, file: Path, first: Path
) -> NDArray[np.float64]:
    """Values in the order of the first file's features, where the files list the same ones."""
    index = pd.Index(names.to_pylist())
    reference: Sequence[str] = wanted.to_pylist()
    strange = index.difference(reference)
    lacking = pd.Index(reference).difference(index)
    if len(index) != len(reference) or len(strange) or len(lacking) or not index.is_unique:
        example = (list(strange) or list(lacking) or [index[0]])[0]
        raise InputError(
            f"{file}: lists other features than {first.name} ({len(index)} and {len(reference)}; "
            f"for example {example}); take files of one reference"
        )
    ordered: NDArray[np.float64] = values[index.get_indexer(reference)]
    return ordered
