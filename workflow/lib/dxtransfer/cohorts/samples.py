"""The sample table as a data frame, with the columns that every cohort shares."""

from collections.abc import Mapping

import pandas as pd

from dxtransfer.sheets import MISSING, SampleTable, sample_table


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
    frame = pd.DataFrame.from_dict(table.rows, orient="index", columns=table.columns)
    for name, column in (("patient", table.patient_column), ("site", table.site_column)):
        if column:
            frame[name] = frame[column]
    frame["dropped_by_sheet"] = [table.dropped.get(sample, "") for sample in frame.index]
    return frame.rename_axis("sample")


def own_table(obs: pd.DataFrame, *, row: Mapping[str, str]) -> SampleTable:
    """Sample table of a matrix that brings its own, such as an h5ad.

    Parameters
    ----------
    obs
        Indexed by sample.
    row
        The cohort's row of the sheet; its columns and its `keep` speak of `obs`, and the sample
        id is the index.

    Raises
    ------
    InputError
        As `dxtransfer.sheets.read_samples`.
    """
    text = obs.astype(str).apply(lambda column: column.str.strip())
    text = text.mask(text.apply(lambda column: column.str.lower().isin(MISSING)), "")
    text.insert(0, "sample", obs.index.astype(str), allow_duplicates=True)
    cells = {number: list(line) for number, line in enumerate(text.to_numpy(), start=1)}
    header = [str(name) for name in text.columns]
    named = {k: v for k, v in row.items() if k != "sample_column"}
    return sample_table(named, header, cells, path=row["matrix"])
