"""Folds and label budgets as every rule after `splits` reads them."""

from pathlib import Path

import pandas as pd

TEXT = dict.fromkeys(("sample", "patient", "label", "budget"), str)


def read_splits(path: Path | str) -> pd.DataFrame:
    """Table of `splits/{target}.tsv`.

    Names, labels and budgets stay text, `NA` too; the draw and the inner fold of test rows, which
    have none, are NaN.
    """
    missing = {"draw": [""], "inner_fold": [""]}
    return pd.read_csv(path, sep="\t", dtype=TEXT, keep_default_na=False, na_values=missing)
