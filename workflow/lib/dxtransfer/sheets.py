"""The cohort sheet and the sample tables: read as text, checked row by row.

Everything is read as text, so that `007` stays `007`. An empty cell, `NA` and `nan` are missing.
Neither pandas nor numpy is used, since every Snakemake call reads the sheets.
"""

import csv
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema

from dxtransfer.errors import InputError
from dxtransfer.labels import same_value, sex_of
from dxtransfer.lanes import BULK, LANE_COLUMNS, Lane, check_file_name, check_lanes, read_lane

MISSING = {"", "na", "nan"}
PATHS = ("matrix", "samples", "annotation")
# what brings a sample table of its own, as format of a matrix or by its name
OWN_TABLE = {"h5ad", "zarr", "geo", "series_matrix", "soft", "gdc", "maf"}
OWN_TABLE_ENDINGS = (".h5ad", ".zarr", ".maf", ".soft", "_series_matrix.txt")
# Where the workflow puts what an accession stands for, relative to the working directory.
ACCESSIONS = "resources/accessions"
ACCESSION = re.compile(r"GSE[1-9]\d*|TCGA-[A-Z0-9]+")
# Meant as an accession, if it is no file.
LIKE_ACCESSION = re.compile(r"(GSE|GSM|GPL|GDS|TCGA)[\s_-]*\w*", re.IGNORECASE)
DAMAGED = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+|\d+\.0+")


@dataclass(frozen=True)
class SampleTable:
    """A sample table as text.

    Attributes
    ----------
    columns
        Column names other than the sample id.
    rows
        Sample id to its cells by column, in the order of the file; missing cells are empty.
    dropped
        Sample id to the reason for which the sheet's `keep` leaves it out.
    patient_column, site_column
        Where patient and site stand; empty where there is no such column.
    lanes
        Sample to its lanes, for cohorts of raw reads; the columns of lanes are not in `columns`.
    numbers
        Sample to its row in the file, the last where it has several.
    """

    columns: list[str]
    rows: dict[str, dict[str, str]]
    dropped: dict[str, str]
    patient_column: str
    site_column: str
    lanes: dict[str, list[Lane]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    def kept(self) -> dict[str, dict[str, str]]:
        """Rows that the sheet's `keep` leaves in."""
        return {s: row for s, row in self.rows.items() if s not in self.dropped}

    def patient(self, sample: str) -> str:
        """Patient of a sample; a sample without one is its own patient."""
        return self.rows[sample].get(self.patient_column, "") or sample


def read_table(path: Path) -> tuple[list[str], dict[int, list[str]]]:
    """Header and rows of a delimited text file by row number, cells stripped, missing ones empty.

    Raises
    ------
    InputError
        For a file that is not text, has no rows, or has a row with another number of cells.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{path}: a folder, where a table is expected") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not UTF-8 text; save the table as UTF-8") from None
    lines = text.splitlines()
    if len(lines) < 2:
        raise InputError(f"{path}: has no rows below its header")
    separator = max("\t,;", key=lines[0].count)
    header, *body = csv.reader(lines, delimiter=separator)
    header = [name.strip() for name in header]
    rows = {}
    for number, cells in enumerate(body, start=2):
        if not any(cells):
            continue
        if len(cells) != len(header):
            raise InputError(
                f"{path}, row {number}: {len(cells)} cells where the header has {len(header)}"
            )
        rows[number] = ["" if c.strip().lower() in MISSING else c.strip() for c in cells]
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(f"{path}: the column {twice[0]!r} stands twice in the header")
    return header, rows


def read_cohorts(path: Path, *, schema: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Read the cohort sheet.

    Parameters
    ----------
    path
        The sheet. Paths in it are relative to it, absolute, or hold an environment variable.
    schema
        JSON schema of a row.

    Returns
    -------
    dict
        Cohort name to its row, missing cells left out; `study` is filled with the cohort's name.
        Where `matrix` is an accession, `accession` holds it and `matrix` the folder that it is
        fetched into.

    Raises
    ------
    InputError
        Naming file, row and column.
    """
    header, rows = read_table(path)
    known = schema["properties"]
    for column in header:
        if column not in known:
            raise InputError(f"{path}: unknown column {column!r}; known: {', '.join(known)}")
    cohorts: dict[str, dict[str, str]] = {}
    for number, cells in rows.items():
        row = {c: v for c, v in zip(header, cells, strict=True) if v}
        where = f"{path}, row {number}"
        _check_name(row.get("cohort", ""), where=f"{where}, column cohort")
        for error in jsonschema.Draft202012Validator(schema).iter_errors(row):
            raise InputError(f"{where}, {_cell_told(error)}")
        if row["cohort"] in cohorts:
            raise InputError(f"{where}, column cohort: {row['cohort']!r} stands twice")
        if _is_accession(row.get("matrix", ""), path, where=f"{where}, column matrix"):
            _must_fit_accession(row, where=where)
            row["accession"] = row["matrix"]
        for column in PATHS:
            if column in row:
                row[column] = located(row[column], path, where=f"{where}, column {column}")
        if "accession" in row:
            row["matrix"] = f"{ACCESSIONS}/{row['accession']}"
        elif row.get("feature_id") == "probe" and "annotation" not in row:
            raise InputError(
                f"{where}, column annotation: empty; probes (column feature_id) need a table of "
                "probes and symbols, or set feature_id to other to take them as they stand"
            )
        if "samples" not in row and not _brings_samples(row):
            raise InputError(
                f"{where}, column samples: empty; only h5ad, zarr, MAF, SOFT and series matrix "
                "files, accessions, and folders of GEO and the GDC bring a table of their own"
            )
        if "technology" in row and "matrix" in row:
            raise InputError(f"{where}, column technology: only raw reads have one; empty `matrix`")
        row.setdefault("study", row["cohort"])
        cohorts[row["cohort"]] = row
    return cohorts


def _brings_samples(row: Mapping[str, str]) -> bool:
    """Whether a matrix may bring its own sample table; what a folder holds is seen at ingest."""
    path = Path(row.get("matrix", "raw reads"))
    if "format" in row:
        return row["format"] in OWN_TABLE
    ended = path.name.removesuffix(".gz").endswith(OWN_TABLE_ENDINGS)
    return ended or ACCESSION.fullmatch(path.name) is not None or path.is_dir()


def _cell_told(error: jsonschema.ValidationError) -> str:
    if error.validator == "required":
        return f"column {next(c for c in error.validator_value if c not in error.instance)}: empty"
    if error.validator == "pattern" and error.path[0] == "platform":
        return f"column platform: {error.instance!r} is no platform of GEO; write it as GPL570"
    if error.validator == "pattern":
        return (
            f"column {error.path[0]}: {error.instance!r} is no name for files; use letters, "
            "digits, '_', '.' and '-', a letter or digit first"
        )
    if error.validator == "not":
        return f"column {error.path[0]}: {error.instance!r} is a reserved name"
    return f"column {error.path[0]}: {error.message}"


def _check_name(name: str, *, where: str) -> None:
    if DAMAGED.fullmatch(name):
        raise InputError(
            f"{where}: {name!r} looks like a name that a spreadsheet turned into a number; "
            "restore it and format the column as text"
        )


def _is_accession(value: str, sheet: Path, *, where: str) -> bool:
    if ACCESSION.fullmatch(value):
        return True
    if LIKE_ACCESSION.fullmatch(value) and not (sheet.parent / value).exists():
        raise InputError(
            f"{where}: {value!r} is no file, and no accession of a GEO series (GSE12345) or of a "
            "TCGA project (TCGA-BRCA)"
        )
    return False


def _must_fit_accession(row: Mapping[str, str], *, where: str) -> None:
    for column in ("orientation", "format"):
        if column in row:
            raise InputError(
                f"{where}, column {column}: {row[column]!r} for the accession {row['matrix']}, "
                "whose files are read as GEO or the GDC writes them; leave it empty"
            )


def located(value: str, table: Path, *, where: str) -> str:
    """Path of a cell: relative to its table, absolute, or with environment variables.

    Parameters
    ----------
    value
        The cell.
    table
        The file that it stands in.
    where
        The cell's place, for messages.

    Raises
    ------
    InputError
        For an environment variable that is not set.
    """
    for variable in re.findall(r"\$\{?(\w+)\}?", value):
        if not os.environ.get(variable):
            raise InputError(f"{where}: the environment variable {variable} is not set")
    expanded = os.path.expandvars(value)
    located = os.path.normpath(table.parent / expanded)
    # Inside the working directory a relative name, as Snakemake's rules write it.
    relative = os.path.relpath(located)
    return located if os.path.isabs(expanded) or relative.startswith("..") else relative


def read_samples(row: Mapping[str, str]) -> SampleTable:
    """Read and check the sample table of a cohort.

    Parameters
    ----------
    row
        The cohort's row of the sheet; `samples` names the table.

    Raises
    ------
    InputError
        Naming file, row and column: a column that is not there, a duplicate or damaged sample or
        patient id, a `keep` that keeps nothing.
    """
    return sample_table(row, *read_table(Path(row["samples"])), path=row["samples"])


def sample_table(
    row: Mapping[str, str], header: Sequence[str], table: Mapping[int, Sequence[str]], *, path: str
) -> SampleTable:
    """Check the cells of a sample table, wherever they were read; see `read_samples`."""
    sample_column = _column(row, "sample_column", header, path, default="sample") or header[0]
    patient_column = _column(row, "patient_column", header, path, default="patient")
    site_column = _column(row, "site_column", header, path, default="site")
    sex_column = _column(row, "sex_column", header, path, default="")
    rows: dict[str, dict[str, str]] = {}
    numbers: dict[str, int] = {}
    lanes: dict[str, list[Lane]] = {}
    raw = "matrix" not in row and "fastq_1" in header
    for number, cells in table.items():
        values = dict(zip(header, cells, strict=True))
        sample = values.pop(sample_column)
        where = f"{path}, row {number}, column {sample_column}"
        if not sample:
            raise InputError(f"{where}: no sample id")
        _check_name(sample, where=where)
        if patient_column:
            at = f"{path}, row {number}, column {patient_column}"
            _check_name(values.get(patient_column, ""), where=at)
        if sex_column and sex_of(values.get(sex_column, sample)) is None:
            raise InputError(
                f"{path}, row {number}, column {sex_column}: "
                f"{values.get(sex_column, sample)!r} is no sex; write female, male, or nothing"
            )
        if raw:
            check_file_name(sample, where=where)
            lane = _lane(values, path, number, of_sample=len(lanes.get(sample, [])))
            lanes.setdefault(sample, []).append(lane)
            values = {c: v for c, v in values.items() if c not in LANE_COLUMNS}
            _check_agree(values, rows.get(sample, values), f"{path}, row {number}", sample)
        elif sample in rows:
            raise InputError(f"{where}: the sample {sample!r} stands twice")
        rows[sample], numbers[sample] = values, number
    check_lanes(lanes, path=path, technology=row.get("technology", BULK))
    columns = [c for c in header if c != sample_column and not (raw and c in LANE_COLUMNS)]
    dropped = _dropped(rows, columns, row.get("keep", ""), path)
    return SampleTable(columns, rows, dropped, patient_column, site_column, lanes, numbers)


def _lane(values: Mapping[str, str], path: str, number: int, *, of_sample: int) -> Lane:
    return read_lane(
        values,
        number=number,
        of_sample=of_sample,
        where=f"{path}, row {number}",
        locate=lambda cell, where: located(cell, Path(path), where=where),
    )


def _check_agree(
    values: Mapping[str, str], before: Mapping[str, str], where: str, sample: str
) -> None:
    """Rows of one sample differ in nothing but its lanes."""
    for column, value in values.items():
        if value != before[column]:
            raise InputError(
                f"{where}, column {column}: {value!r}, where an earlier row of the sample "
                f"{sample!r} has {before[column]!r}; rows of one sample differ in lane and files "
                "only"
            )


def _column(
    row: Mapping[str, str], key: str, header: Sequence[str], path: str, *, default: str
) -> str:
    name = row.get(key, "")
    if name and name not in header:
        raise InputError(
            f"{path}: no column {name!r}, which the cohort sheet names as {key}; "
            f"there are: {', '.join(header)}"
        )
    return name or (default if default in header else "")


def _dropped(
    rows: Mapping[str, Mapping[str, str]], columns: Iterable[str], keep: str, path: str
) -> dict[str, str]:
    dropped: dict[str, str] = {}
    for condition in filter(None, (part.strip() for part in keep.split(";"))):
        column, equals, alternatives = condition.partition("=")
        if not equals or column not in columns:
            raise InputError(
                f"{path}: the cohort sheet's keep {condition!r} does not name a column and '='; "
                f"there are: {', '.join(columns)}"
            )
        wanted = [value.strip() for value in alternatives.split(",")]
        for sample, values in rows.items():
            if not any(same_value(values[column], value) for value in wanted):
                told = values[column] or "empty"
                dropped.setdefault(sample, f"row filter: {column} is {told}")
    if len(dropped) == len(rows):
        raise InputError(f"{path}: the cohort sheet's keep {keep!r} leaves no sample")
    return dropped
