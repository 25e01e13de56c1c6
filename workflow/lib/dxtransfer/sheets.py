"""The cohort sheet, checked row by row."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema

from dxtransfer.errors import InputError
from dxtransfer.missing_codes import without_codes
from dxtransfer.tables import check_name, located, read_table

PATHS = ("matrix", "samples", "annotation")
# what brings a sample table of its own, as format of a matrix or by its name
OWN_TABLE = {"h5ad", "zarr", "geo", "series_matrix", "soft", "gdc", "maf", "adat", "loom"}
OWN_TABLE_ENDINGS = (".h5ad", ".zarr", ".adat", ".loom", ".maf", ".soft", "_series_matrix.txt")
# of file names, with room for the endings that are added
LONGEST_NAME = 200
# devices of Windows, which network drives may refuse
RESERVED_NAMES = {
    *("con", "prn", "aux", "nul"),
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)),
}
# Where the workflow puts what an accession stands for, relative to the working directory.
ACCESSIONS = "resources/accessions"
ACCESSION = re.compile(r"GSE[1-9]\d*|TCGA-[A-Z0-9]+")
# Meant as an accession, if it is no file.
LIKE_ACCESSION = re.compile(r"(GSE|GSM|GPL|GDS|TCGA)[\s_-]*\w*", re.IGNORECASE)


def read_cohorts(
    path: Path, *, schema: Mapping[str, Any], codes_kept: str = ""
) -> dict[str, dict[str, str]]:
    """Read the cohort sheet.

    Parameters
    ----------
    path
        The sheet. Paths in it are relative to it, absolute, or hold an environment variable.
    schema
        JSON schema of a row.
    codes_kept
        See `dxtransfer.labels.codes_kept`; each row holds it, where there is any.

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
    by_letters: dict[str, str] = {}
    studies: dict[str, str] = {}
    errors: list[str] = []
    for number, cells in rows.items():
        try:
            row = _row(header, cells, path, schema=schema, where=f"{path}, row {number}")
            where = f"{path}, row {number}, column cohort"
            if row["cohort"] in cohorts:
                raise InputError(f"{where}: {row['cohort']!r} stands twice")
            _refuse_file_name(row["cohort"], by_letters, where=where)
        except InputError as error:
            errors.append(str(error))
            continue
        study = studies.setdefault(" ".join(row["study"].lower().split()), row["study"])
        if study != row["study"]:
            errors.append(
                f"{path}, row {number}, column study: {row['study']!r} and {study!r} differ in "
                "case or blanks alone; write one study alike"
            )
        row |= {"codes_kept": codes_kept} if codes_kept else {}
        cohorts[row["cohort"]] = row
    if errors:
        raise InputError("\n".join(_each_once(errors)))
    return cohorts


def _each_once(errors: Sequence[str]) -> list[str]:
    """Errors that differ in their row alone as one, with the number of rows."""
    rows: dict[str, list[str]] = {}
    for error in errors:
        rows.setdefault(re.sub(r", row \d+,", ",", error, count=1), []).append(error)
    return [
        same[0] + f" (and the same in {len(same) - 1} more rows)" * (len(same) > 1)
        for same in rows.values()
    ]


def _row(
    header: Sequence[str],
    cells: Sequence[str],
    path: Path,
    *,
    schema: Mapping[str, Any],
    where: str,
) -> dict[str, str]:
    """One row of the sheet, checked, with the paths and the study filled in."""
    row = {c: v for c, v in zip(header, without_codes(cells), strict=True) if v}
    check_name(row.get("cohort", ""), where=f"{where}, column cohort")
    for error in jsonschema.Draft202012Validator(schema).iter_errors(row):
        raise InputError(f"{where}, {_cell_told(error)}")
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
            f"{where}, column samples: empty; only h5ad, zarr, loom, ADAT, MAF, SOFT and "
            "series matrix files, accessions, and folders of GEO and the GDC bring a table of "
            "their own"
        )
    if "technology" in row and "matrix" in row:
        raise InputError(f"{where}, column technology: only raw reads have one; empty `matrix`")
    row.setdefault("study", row["cohort"])
    return row


def _refuse_file_name(name: str, by_letters: dict[str, str], *, where: str) -> None:
    """Refuse a name that some file systems cannot hold, or take for that of another cohort."""
    if len(name.encode()) > LONGEST_NAME:
        raise InputError(f"{where}: {name[:20]!r}... is longer than {LONGEST_NAME} bytes")
    if name.lower().partition(".")[0] in RESERVED_NAMES:
        raise InputError(f"{where}: {name!r} is a reserved name on some systems; choose another")
    other = by_letters.setdefault(name.lower(), name)
    if other != name:
        raise InputError(
            f"{where}: {name!r} and {other!r} differ in case alone, which some file systems take "
            "for one; choose another name"
        )


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
