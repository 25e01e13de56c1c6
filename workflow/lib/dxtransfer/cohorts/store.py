"""The streaming store: all source cohorts in one memory map, read in shuffled blocks.

Only numpy and the standard library, so that a GPU node needs nothing more. A store is a folder:

- values.npy: (samples, features) float16, row after row, standardised per cohort, missing = 0;
- measured.npy: (cohorts, features) bool, whether a cohort measures a feature at all;
- cohorts.npy: (samples,) int32, the cohort of a row;
- moments.npz: mean and sd, (cohorts, features) float64, the sd with its floor applied;
- samples.tsv: row, cohort, sample, patient, then every other column that was given, as text;
- store.json: shape, cohorts, features and their checksum.

Rows of one cohort lie together, in the order given. Memory in use does not grow with the number of
samples, neither while writing nor while reading.
"""

import csv
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

# rows, sample ids, patients, other columns
Chunk = tuple[NDArray[np.float32], Sequence[str], Sequence[str], Mapping[str, Sequence[str]]]

# a feature that hardly varies within a cohort must not be blown up by division
SD_FLOOR = 0.01
REWRITE_ROWS = 1024
# rows that are shuffled among each other once their blocks are drawn
SHUFFLED_ROWS = 4096


def write_store(
    path: Path, cohorts: Iterable[tuple[str, Iterable[Chunk]]], features: Sequence[str]
) -> None:
    """Write a store, each cohort centred and scaled by its own mean and sd.

    Parameters
    ----------
    path
        The store's folder; an older one is replaced once the new one is whole.
    cohorts
        Name and chunks of rows of each cohort; every chunk is read once. A chunk is
        (values (n, p) with NaN for missing, n sample ids, n patients, {column: n texts}).
    features
        The p names of the columns.

    Raises
    ------
    ValueError
        For no cohort, a cohort without rows, or a chunk of another width.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    names: list[str] = []
    sizes: list[int] = []
    means, sds, measured = [], [], []
    with (partial / "values.npy").open("wb") as values, (partial / "rows").open("w") as rows:
        _write_header(values, rows=0, width=len(features))
        for name, chunks in cohorts:
            n, mean, sd, has = _write_cohort(
                partial / "scratch", name, chunks, width=len(features), values=values, rows=rows
            )
            names.append(name)
            sizes.append(n)
            means.append(mean)
            sds.append(sd)
            measured.append(has)
        if not names:
            raise ValueError("a store needs at least one cohort")
        _write_header(values, rows=sum(sizes), width=len(features))
    np.save(partial / "measured.npy", np.stack(measured))
    np.save(partial / "cohorts.npy", np.repeat(np.arange(len(names), dtype=np.int32), sizes))
    np.savez(partial / "moments.npz", mean=np.stack(means), sd=np.stack(sds))
    _write_samples(partial)
    about = {
        "shape": [sum(sizes), len(features)],
        "cohorts": names,
        "features": list(features),
        "features_sha256": hashlib.sha256("\n".join(features).encode()).hexdigest(),
    }
    (partial / "store.json").write_text(json.dumps(about, indent=1) + "\n")
    shutil.rmtree(path, ignore_errors=True)
    os.replace(partial, path)


class Store:
    """Reads a store.

    Attributes
    ----------
    n
        Number of samples.
    features
        Names of the columns.
    cohort_names
        Name of each cohort code.
    cohorts
        (n,) cohort code of each row, memory-mapped.
    measured
        (cohorts, features) bool.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        about = json.loads((self.path / "store.json").read_text())
        self.features: list[str] = about["features"]
        self.cohort_names: list[str] = about["cohorts"]
        self._values = np.load(self.path / "values.npy", mmap_mode="r")
        self.n = int(self._values.shape[0])
        self.cohorts: NDArray[np.int32] = np.load(self.path / "cohorts.npy", mmap_mode="r")
        self.measured: NDArray[np.bool_] = np.load(self.path / "measured.npy")

    @cached_property
    def samples(self) -> list[dict[str, str]]:
        """Rows of the sample table, read when first asked for."""
        with (self.path / "samples.tsv").open(newline="") as handle:
            return list(csv.DictReader(handle, delimiter="\t"))

    def read(self, rows: NDArray[np.integer[Any]] | Sequence[int]) -> NDArray[np.float32]:
        """Values of some rows, (len(rows), features) float32."""
        chosen: NDArray[np.float16] = self._values[np.asarray(rows, dtype=np.int64)]
        return chosen.astype(np.float32)

    def batches(
        self,
        rows: NDArray[np.integer[Any]] | Sequence[int],
        *,
        batch_size: int,
        rng: np.random.Generator,
        block: int = 64,
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Yield every row once, in shuffled order and batches.

        Neighbouring rows are read as blocks, since a disk gives them at once; the blocks are
        shuffled, and then the rows among the blocks that are drawn together.

        Parameters
        ----------
        rows
            Which rows of the store.
        batch_size
            Rows per batch; the last may be smaller.
        rng
            Source of the order.
        block
            Rows that are read together.

        Yields
        ------
        tuple
            Row numbers (b,) and values (b, features) float32.
        """
        ordered = np.sort(np.asarray(rows, dtype=np.int64))
        blocks = np.split(ordered, np.arange(block, len(ordered), block))
        drawn = rng.permutation(len(blocks)) if len(ordered) else np.array([], dtype=np.int64)
        together = max(1, max(SHUFFLED_ROWS, batch_size) // block)
        # what does not fill a batch is shuffled among the next rows
        pool = np.array([], dtype=np.int64)
        values = np.empty((0, len(self.features)), dtype=np.float16)
        for start in range(0, len(drawn), together):
            read = [blocks[b] for b in drawn[start : start + together]]
            pool = np.concatenate([pool, *read])
            values = np.concatenate([values, *(self._values[rows] for rows in read)])
            order = rng.permutation(len(pool))
            is_last = start + together >= len(drawn)
            end = len(pool) if is_last else len(pool) - len(pool) % batch_size
            for first in range(0, end, batch_size):
                chosen = order[first : min(first + batch_size, end)]
                yield pool[chosen], values[chosen].astype(np.float32)
            pool, values = pool[order[end:]], values[order[end:]]


def _write_cohort(
    scratch: Path,
    name: str,
    chunks: Iterable[Chunk],
    *,
    width: int,
    values: BinaryIO,
    rows: Any,
) -> tuple[int, NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Append one cohort: a first pass for its moments, a second to standardise.

    Chunks come once, so the first pass keeps them in a scratch file.
    """
    count = np.zeros(width)
    mean = np.zeros(width)
    squares = np.zeros(width)
    n = 0
    with scratch.open("wb") as raw:
        for X, samples, patients, columns in chunks:
            X = np.ascontiguousarray(X, dtype=np.float32)
            if X.ndim != 2 or X.shape[1] != width:
                raise ValueError(f"cohort {name}: a chunk of shape {X.shape}, not (n, {width})")
            raw.write(X.tobytes())
            n += len(X)
            _add_moments(X, count, mean, squares)
            for i, (sample, patient) in enumerate(zip(samples, patients, strict=True)):
                other = {column: str(texts[i]) for column, texts in columns.items()}
                rows.write(json.dumps([name, sample, patient, other]) + "\n")
    if not n:
        raise ValueError(f"cohort {name}: no samples")
    sd = np.maximum(np.sqrt(squares / np.maximum(count, 1)), SD_FLOOR)
    delivered = np.memmap(scratch, dtype=np.float32, mode="r", shape=(n, width))
    for start in range(0, n, REWRITE_ROWS):
        block = (delivered[start : start + REWRITE_ROWS] - mean) / sd
        values.write(np.nan_to_num(block, nan=0.0).astype(np.float16).tobytes())
    del delivered
    scratch.unlink()
    return n, mean, sd, count > 0


def _add_moments(
    X: NDArray[np.float32],
    count: NDArray[np.float64],
    mean: NDArray[np.float64],
    squares: NDArray[np.float64],
) -> None:
    """Update count, mean and sum of squared deviations in place.

    Chan, Golub & LeVeque 1983, The American Statistician 37:242, leaving out missing values.
    """
    there = ~np.isnan(X)
    n = there.sum(axis=0)
    filled = np.where(there, X, 0.0).astype(np.float64)
    its_mean = filled.sum(axis=0) / np.maximum(n, 1)
    its_squares = (np.where(there, filled - its_mean, 0.0) ** 2).sum(axis=0)
    total = count + n
    shift = np.where(n > 0, its_mean - mean, 0.0)
    share = n / np.maximum(total, 1)
    squares += its_squares + shift**2 * count * share
    mean += shift * share
    count += n


def _write_header(values: BinaryIO, *, rows: int, width: int) -> None:
    """Write the .npy header at the start; its length does not depend on the number of rows."""
    values.seek(0)
    np.lib.format.write_array_header_1_0(
        values,
        {
            "descr": np.lib.format.dtype_to_descr(np.dtype(np.float16)),
            "fortran_order": False,
            "shape": (rows, width),
        },
    )


def _write_samples(folder: Path) -> None:
    """Turn the rows noted on the way into samples.tsv, with the columns of all cohorts."""
    noted = folder / "rows"

    def each() -> Iterator[list[Any]]:
        with noted.open() as handle:
            yield from map(json.loads, handle)

    columns = list(dict.fromkeys(column for row in each() for column in row[3]))
    with (folder / "samples.tsv").open("w", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t", lineterminator="\n")
        writer.writerow(["row", "cohort", "sample", "patient", *columns])
        for i, (cohort, sample, patient, other) in enumerate(each()):
            writer.writerow([i, cohort, sample, patient, *(other.get(c, "") for c in columns)])
    noted.unlink()
