"""What an h5ad file says of its samples and features, read before the first job."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dxtransfer.sample_tables import SampleTable, sample_table

# every call of Snakemake reads it: a larger one is checked when the cohort is read
MOST_SAMPLES = 20_000
MOST_FEATURES = 100_000


def samples_inside(row: Mapping[str, str]) -> SampleTable | None:
    """Sample table of a cohort whose h5ad file brings its own.

    Parameters
    ----------
    row
        The cohort's row of the sheet.

    Returns
    -------
    SampleTable or None
        None for any other file, and for one that is too large, old or damaged to be read here:
        reading the cohort says so.

    Raises
    ------
    InputError
        As `dxtransfer.sample_tables.read_samples`.
    """
    path = Path(row.get("matrix", ""))
    columns = _read(path, lambda file: _columns(file["obs"]))
    if columns is None:
        return None
    header, cells = list(columns), list(zip(*columns.values(), strict=True))
    named = {k: v for k, v in row.items() if k != "sample_column"}
    rows = {number: list(line) for number, line in enumerate(cells, start=1)}
    return sample_table(named, header, rows, path=str(path))


def features_inside(path: Path) -> list[str]:
    """Names of the features of an h5ad file; none where they are not to be read here."""
    return _read(path, lambda file: _names(file["var"])) or []


def _read(path: Path, part: Callable[[Any], Any]) -> Any:
    if path.suffix != ".h5ad" or not path.is_file():
        return None
    # only where there is such a file
    import h5py

    from dxtransfer.hdf5 import check_hdf5

    check_hdf5(path)
    try:
        with h5py.File(path) as file:
            return part(file)
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError):
        return None


def _names(var: Any) -> list[str]:
    index = var[var.attrs.get("_index", "_index")]
    return _text(index, var) if len(index) <= MOST_FEATURES else []


def _columns(obs: Any) -> dict[str, list[str]] | None:
    """Text of the index, under the name `sample`, and of each column."""
    index = obs.attrs.get("_index", "_index")
    if index not in obs or len(obs[index]) > MOST_SAMPLES:
        return None
    columns = {"sample": _text(obs[index], obs)}
    for name in obs:
        if name in (index, "__categories") or name == "sample":
            continue
        columns[str(name)] = _text(obs[name], obs)
    if len({len(column) for column in columns.values()}) != 1:
        return None
    return columns


def _text(stored: Any, obs: Any) -> list[str]:
    """Cells of a column: categories, masked arrays, texts and numbers."""
    keys = set(stored) if hasattr(stored, "keys") else set()
    if {"codes", "categories"} <= keys:
        categories = _text(stored["categories"], obs)
        return [categories[code] if code >= 0 else "" for code in stored["codes"][()]]
    if {"values", "mask"} <= keys:
        cells = zip(_text(stored["values"], obs), stored["mask"][()], strict=True)
        return ["" if masked else cell for cell, masked in cells]
    if "categories" in stored.attrs:
        categories = _text(obs[stored.attrs["categories"]], obs)
        return [categories[code] if code >= 0 else "" for code in stored[()]]
    return [
        (cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)).strip()
        for cell in stored[()]
    ]
