"""The sample table as a data frame, with the columns that every cohort shares."""

from collections.abc import Mapping

import pandas as pd
from anndata import AnnData

from dxtransfer.errors import InputError
from dxtransfer.sample_tables import SampleTable, sample_table


def sample_frame(table: SampleTable) -> pd.DataFrame:
    """Turn a checked sample table into what `ingest` takes.

    Parameters
    ----------
    table
        See `dxtransfer.sheets.read_samples`.

    Returns
    -------
    pandas.DataFrame
        Indexed by sample, all text: the table's columns, `patient` and `site` where the sheet or
        the table names them, and `dropped_by_sheet`, why the sheet leaves a sample out.
    """
    cells = [[row[c] for c in table.columns] for row in table.rows.values()]
    frame = pd.DataFrame(cells, index=list(table.rows), columns=table.columns, dtype=object)
    for name, column in (("patient", table.patient_column), ("site", table.site_column)):
        if column:
            frame[name] = frame[column]
    frame["dropped_by_sheet"] = [table.dropped.get(sample, "") for sample in frame.index]
    return frame.rename_axis("sample")


def own_table(matrix: AnnData, *, row: Mapping[str, str]) -> SampleTable:
    """Sample table of a matrix that brings its own, such as an h5ad or a series of GEO.

    Parameters
    ----------
    matrix
        As `read_matrix` gives it; `obs` is the table.
    row
        The cohort's row of the sheet; its columns and its `keep` speak of `obs`, and the sample
        id is the index.

    Raises
    ------
    InputError
        When the format brings no table; else as `dxtransfer.sheets.read_samples`.
    """
    if not matrix.uns.get("own_table", True):
        raise InputError(
            f"{row['matrix']}: brings no sample table of its own; name one in the column samples "
            f"of the cohort sheet (cohort {row['cohort']})"
        )
    obs = matrix.obs
    text = obs.astype(str).apply(lambda column: column.str.strip())
    # The index is the sample id, whatever a column of this name holds.
    text.columns = [_free(str(name)) for name in text.columns]
    text.insert(0, "sample", obs.index.astype(str), allow_duplicates=True)
    cells = {number: list(line) for number, line in enumerate(text.to_numpy(), start=1)}
    named = {k: v for k, v in row.items() if k != "sample_column"}
    return sample_table(named, list(text.columns), cells, path=row["matrix"])


def _free(name: str) -> str:
    return "sample_delivered" if name == "sample" else name
