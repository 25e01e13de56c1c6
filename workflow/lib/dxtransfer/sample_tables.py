"""The sample table of a cohort: its columns, patients, rows that are kept, and lanes of reads."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dxtransfer.errors import InputError
from dxtransfer.labels import same_value, sex_of
from dxtransfer.lanes import BULK, LANE_COLUMNS, Lane, check_file_name, check_lanes, read_lane
from dxtransfer.missing_codes import without_codes
from dxtransfer.patient_ids import like_patients, patients_of
from dxtransfer.tables import check_name, located, read_table


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
    warnings
        What a person should look at, a line each.
    """

    columns: list[str]
    rows: dict[str, dict[str, str]]
    dropped: dict[str, str]
    patient_column: str
    site_column: str
    lanes: dict[str, list[Lane]] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def kept(self) -> dict[str, dict[str, str]]:
        """Rows that the sheet's `keep` leaves in."""
        return {s: row for s, row in self.rows.items() if s not in self.dropped}

    def cells_by_column(self) -> dict[str, list[str]]:
        """Cells of each column."""
        return {c: [row[c] for row in self.rows.values()] for c in self.columns}

    def patient(self, sample: str) -> str:
        """Patient of a sample; a sample without one is its own patient."""
        return self.rows[sample].get(self.patient_column, "") or sample


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
    _check_slashes(header, path)
    sample_column = _column(row, "sample_column", header, path, default="sample")
    sample_column = sample_column or _first_of_ids(header, list(table.values()))
    patient_column = _column(row, "patient_column", header, path, default="patient")
    site_column = _column(row, "site_column", header, path, default="site")
    sex_column = _column(row, "sex_column", header, path, default="")
    rows: dict[str, dict[str, str]] = {}
    numbers: dict[str, int] = {}
    lanes: dict[str, list[Lane]] = {}
    raw = "matrix" not in row and "fastq_1" in header
    warnings: list[str] = []
    table, more = _without_missing(row, header, table, patient_column, path)
    warnings += more
    for number, cells in table.items():
        values = dict(zip(header, cells, strict=True))
        sample = values.pop(sample_column)
        where = f"{path}, row {number}, column {sample_column}"
        if not sample:
            raise InputError(f"{where}: no sample id")
        check_name(sample, where=where)
        if patient_column:
            at = f"{path}, row {number}, column {patient_column}"
            check_name(values.get(patient_column, ""), where=at)
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
            first = "; the ids are taken from the first column, name another in sample_column" * (
                sample_column == header[0] and not re.match("sample", sample_column, re.IGNORECASE)
            )
            raise InputError(f"{where}: the sample {sample!r} stands twice{first}")
        rows[sample], numbers[sample] = values, number
    check_lanes(lanes, path=path, technology=row.get("technology", BULK))
    columns = [c for c in header if c != sample_column and not (raw and c in LANE_COLUMNS)]
    dropped = _dropped(rows, columns, row.get("keep", ""), path)
    ids = [cells.get(patient_column, "") for cells in rows.values()]
    if len(set(filter(None, ids))) == len(list(filter(None, ids))):
        others = [c for c in columns if c != patient_column]
        warnings += like_patients(rows, others, path=path)
    return SampleTable(
        columns, rows, dropped, patient_column, site_column, lanes, numbers, warnings
    )


def _first_of_ids(header: Sequence[str], table: Sequence[Sequence[str]]) -> str:
    """The first column, or the one that is called `Sample ID` where the first repeats its cells."""
    called = [name for name in header if re.fullmatch(r"samples?[ _.-]?(ids?|names?)?", name, re.I)]
    repeated = len({cells[0] for cells in table}) < len(table)
    return called[0] if repeated and len(called) == 1 else header[0]


def _check_slashes(header: Sequence[str], path: str) -> None:
    """Refuse names of columns that the file format of cohorts takes for folders within folders."""
    for name in header:
        folder = name.rpartition("/")[0]
        inside = bool(folder) and folder in header
        if inside or name in (".", "..") or name.strip("/") != name or "//" in name:
            beside = f" beside the column {folder!r}" * inside
            raise InputError(
                f"{path}: the column {name!r} cannot be stored under this name{beside}; rename it "
                "without '/'"
            )


def _without_missing(
    row: Mapping[str, str],
    header: Sequence[str],
    table: Mapping[int, Sequence[str]],
    patient_column: str,
    path: str,
) -> tuple[dict[int, list[str]], list[str]]:
    """Empty the cells that hold a missing code, those that the task names as a class excepted."""
    column, _, values = row.get("codes_kept", "").partition("\t")
    kept = set(values.split("\t"))
    warnings: list[str] = []
    columns = []
    for name, delivered in zip(header, zip(*table.values(), strict=True), strict=True):
        cells = list(delivered)
        if patient_column and name == patient_column:
            cells, warnings = patients_of(cells, where=f"{path}, column {name}")
        columns.append(without_codes(cells, kept=kept if name == column else ()))
    rows = map(list, zip(*columns, strict=True))
    return dict(zip(table, rows, strict=True)), warnings


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
        column = column.strip()
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
