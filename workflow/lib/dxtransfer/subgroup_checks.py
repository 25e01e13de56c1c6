"""Whether the sample table of a target has the columns of the subgroups, before the first job."""

from collections.abc import Mapping
from typing import Any

from dxtransfer.errors import InputError
from dxtransfer.labels import MISSING, number_of
from dxtransfer.sample_tables import SampleTable

# columns that every cohort has after reading, whatever the sheet calls them
ALWAYS = ("patient", "site")


def check_subgroups(
    table: SampleTable, row: Mapping[str, str], subgroups: Mapping[str, Mapping[str, Any]]
) -> None:
    """Check that each subgroup's column is there, and holds numbers where bands are asked for.

    Parameters
    ----------
    table
        The target's sample table.
    row
        Its row of the cohort sheet.
    subgroups
        `evaluation.subgroups` of the configuration.

    Raises
    ------
    InputError
        One line that names the file, and row and column or the subgroup.
    """
    renamed = {table.patient_column, table.site_column}
    columns = [*ALWAYS, *(c for c in table.columns if c not in {*renamed, *ALWAYS})]
    for name, asked in subgroups.items():
        column = asked["column"]
        if column not in columns:
            raise InputError(
                f"{row['samples']}: no column {column!r} (config: evaluation.subgroups.{name}); "
                f"there are: {', '.join(columns)}"
            )
        for sample, cells in table.kept().items():
            value = cells.get(column, "")
            if asked.get("bands") and value not in MISSING and number_of(value) is None:
                raise InputError(
                    f"{row['samples']}, row {table.numbers[sample]}, column {column}: {value!r} is "
                    f"no number; correct it, or leave out evaluation.subgroups.{name}.bands"
                )
