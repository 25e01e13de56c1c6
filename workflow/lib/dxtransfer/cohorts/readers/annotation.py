"""Tables that say which gene a probe measures."""

from pathlib import Path

import pandas as pd

from dxtransfer.errors import InputError

SYMBOL_COLUMNS = ("symbol_new", "symbol", "gene_symbol", "gene symbol", "hgnc_symbol", "gene")


def read_annotation(path: Path | str) -> pd.DataFrame:
    """Read a probe annotation.

    Parameters
    ----------
    path
        TSV (.gz): probes in the first column, symbols in the first of `SYMBOL_COLUMNS` that has
        any, whatever its case.

    Returns
    -------
    pandas.DataFrame
        Columns probe and symbol, one row per probe; empty where no symbol is known.

    Raises
    ------
    InputError
        When no column holds symbols.
    """
    table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    by_name = {name.lower(): name for name in table.columns[1:]}
    for wanted in SYMBOL_COLUMNS:
        if wanted in by_name and (table[by_name[wanted]] != "").any():
            symbols = table[by_name[wanted]]
            whole = pd.DataFrame({"probe": table.iloc[:, 0], "symbol": symbols})
            # A probe may stand twice; the row with a symbol says more.
            whole = whole.sort_values("symbol", key=lambda s: s == "", kind="stable")
            return whole.drop_duplicates("probe").sort_index().reset_index(drop=True)
    raise InputError(
        f"{path}: no column with gene symbols; one of {', '.join(SYMBOL_COLUMNS)} is expected"
    )
