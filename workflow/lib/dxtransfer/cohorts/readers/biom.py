"""BIOM tables of observations and samples: version 1 (JSON), 2 (HDF5), and QIIME's text.

Format: https://biom-format.org/documentation/biom_format.html
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy import sparse

from dxtransfer.cohorts.readers.content import GZIP_MAGIC
from dxtransfer.cohorts.readers.export_cells import Values, read_cells, sample_ids
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.taxa import read_sequences
from dxtransfer.errors import InputError

# names that no other study shares: sequences and their digests
PRIVATE = re.compile(r"[ACGTN]{50,}|[0-9a-f]{32}|[0-9a-f]{40}|(?:ASV|OTU|denovo|Zotu)_?\d+", re.I)


def read_biom(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read counts; observations are named by their taxonomy where the file has it.

    Raises
    ------
    InputError
        For a damaged file, and where sequences or digests name the observations and the file has
        no taxonomy.
    """
    with path.open("rb") as handle:
        start = handle.read(8)
    if start.startswith(GZIP_MAGIC) or start.lstrip()[:1] not in (b"{", b"\x89"):
        return _of_text(path, sample_names)
    try:
        values, names, samples, taxa = (
            _of_hdf5(path) if start.startswith(b"\x89HDF") else _of_json(path)
        )
    except (OSError, KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: not a whole BIOM file ({reason}); export it again") from None
    return Table(values, _named(names, taxa, path), samples, natural="genes_in_rows")


def _of_text(path: Path, wanted: Sequence[str] | None) -> Table:
    cells = read_cells(
        path, is_header=lambda line: re.match("#? ?(?:OTU|ASV) ?ID\t", line) is not None,
        separators="\t",
    )  # fmt: skip
    last = cells.header[-1].lower()
    described = last in ("taxonomy", "consensus lineage", "consensuslineage", "taxon")
    places = range(1, len(cells.header) - described)
    numbers, rows, names, taxa = [], [], [], []
    for number, row in cells.rows():
        numbers.append(number)
        rows.append([row[place].strip() for place in places])
        names.append(row[0].strip())
        taxa.append(row[-1].strip() if described else "")
    samples = [cells.header[place] for place in places]
    values = Values(path, samples).of(rows, numbers, separator="\t")
    return Table(
        values,
        _named(names, taxa, path),
        sample_ids([samples], wanted=wanted),
        natural="genes_in_rows",
    )


def _named(names: list[str], taxa: list[str], path: Path) -> list[str]:
    if all(taxa):
        return taxa
    if sum(PRIVATE.fullmatch(name) is not None for name in names) > len(names) / 2:
        read_sequences(path)
    return names


def _of_json(path: Path) -> tuple[Any, list[str], list[str], list[str]]:
    content = json.loads(path.read_bytes())
    names = [str(row["id"]).strip() for row in content["rows"]]
    samples = [str(column["id"]).strip() for column in content["columns"]]
    shape = (len(names), len(samples))
    if list(content["shape"]) != list(shape):
        raise ValueError(f"shape {content['shape']} for {shape[0]} rows and {shape[1]} columns")
    if content["matrix_type"] == "dense":
        values = np.array(content["data"], dtype=np.float32).reshape(shape)
    else:
        entries = np.array(content["data"], dtype=np.float64).reshape(-1, 3)
        places = entries[:, :2].astype(np.int64)
        if places.size and (places.min() < 0 or (places.max(axis=0) >= shape).any()):
            raise ValueError("a value outside the table")
        values = np.zeros(shape, dtype=np.float32)
        values[places[:, 0], places[:, 1]] = entries[:, 2]
    taxa = [_taxonomy((row.get("metadata") or {}).get("taxonomy")) for row in content["rows"]]
    return values, names, samples, taxa


def _of_hdf5(path: Path) -> tuple[Any, list[str], list[str], list[str]]:
    with h5py.File(path) as file:
        names = [str(name).strip() for name in file["observation/ids"].asstr()[()]]
        samples = [str(name).strip() for name in file["sample/ids"].asstr()[()]]
        matrix = file["observation/matrix"]
        data, indices = matrix["data"][()], matrix["indices"][()].astype(np.int64)
        pointers = matrix["indptr"][()].astype(np.int64)
        sound = (
            len(pointers) == len(names) + 1
            and pointers[0] == 0
            and pointers[-1] == len(data) == len(indices)
            and (np.diff(pointers) >= 0).all()
            and (not len(indices) or (indices.min() >= 0 and indices.max() < len(samples)))
        )
        if not sound:
            raise ValueError("its indices do not fit its names")
        values = sparse.csr_matrix(
            (data.astype(np.float32), indices, pointers), shape=(len(names), len(samples))
        )
        taxonomy = file.get("observation/metadata/taxonomy")
        taxa = [""] * len(names)
        if taxonomy is not None:
            taxa = [_taxonomy(levels) for levels in taxonomy.asstr()[()]]
    return np.asarray(values.toarray()), names, samples, taxa


def _taxonomy(levels: Any) -> str:
    if levels is None or isinstance(levels, str):
        return (levels or "").strip()
    return "; ".join(str(level).strip() for level in levels if str(level).strip())
