"""The sample table as a data frame, with the columns that every cohort shares."""

import pandas as pd

from dxtransfer.sheets import SampleTable


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
