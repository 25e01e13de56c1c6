"""Folds are read as they were written, names that look like numbers, too."""

import numpy as np
import pandas as pd

from dxtransfer.split_tables import read_splits


def test_names_stay_text_and_only_test_rows_have_no_draw_or_inner_fold(tmp_path):
    rows = [
        (1, 1, "test", np.nan, "007", "012", "1", np.nan, ""),
        (1, 1, "train", 1, "1e5", "12", "1.0", 2, "all"),
        (1, 1, "train", 1, "8", "2", "0", 1, "4"),
    ]
    names = ["repeat", "fold", "part", "draw", "sample", "patient", "label", "inner_fold", "budget"]
    table = pd.DataFrame(rows, columns=names)
    table.to_csv(tmp_path / "splits.tsv", sep="\t", index=False)
    found = read_splits(tmp_path / "splits.tsv")
    pd.testing.assert_frame_equal(found, table, check_dtype=False)
    assert found["sample"].tolist() == ["007", "1e5", "8"]
    assert found["draw"].dtype == found["inner_fold"].dtype == float
