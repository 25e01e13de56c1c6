"""Tables that say which gene a probe measures: a laboratory's own, GEO's, the maker's."""

from pathlib import Path

import pandas as pd

from dxtransfer.cohorts.readers.names import as_table, plain, text_lines
from dxtransfer.errors import InputError

# Names of columns as `plain` writes them, the first that has any entry is taken.
SYMBOL_COLUMNS = (
    *("symbolnew", "symbol", "genesymbol", "genesym", "hgncsymbol", "ncbigenesymbol"),
    *("hugogenesymbol", "externalgenename", "ilmngene", "genename", "gene"),
)
# Read where there is no symbol: names that a mapping table turns into symbols.
ID_COLUMNS = ("ensemblgeneid", "ensemblid", "entrezgeneid", "entrezid", "entrezgene", "geneid")
# Besides the first column; platforms number their probes and name them, and matrices have either.
PROBE_COLUMNS = ("probe", "probeid", "probesetid", "probename", "id", "idref", "name")


def read_annotation(path: Path | str) -> pd.DataFrame:
    """Read a probe annotation.

    Parameters
    ----------
    path
        TSV or CSV, plain or gzipped; lines that begin with `^`, `!` or `#` are passed over, as in
        the platform tables of GEO. Probes stand in the first column or one of `PROBE_COLUMNS`,
        symbols in the first of `SYMBOL_COLUMNS` that has any, else ids in one of `ID_COLUMNS`;
        case, blanks and marks in the names of columns do not matter.

    Returns
    -------
    pandas.DataFrame
        Columns probe and symbol, text, no row twice; symbol is empty where no gene is known, and
        holds all genes of a probe as the table separates them.

    Raises
    ------
    InputError
        When the file is no such table, or no column holds genes.
    """
    table = as_table(text_lines(path, what="a table of probes and symbols"), path=path)
    columns = [plain(name) for name in table.columns]
    for wanted in (*SYMBOL_COLUMNS, *ID_COLUMNS):
        if wanted in columns[1:]:
            symbols = table.iloc[:, columns.index(wanted, 1)]
            if (symbols != "").any():
                break
    else:
        there = ", ".join(map(str, table.columns[:8]))
        raise InputError(
            f"{path}: no column with gene symbols; one named symbol or gene_symbol is expected, "
            f"there are: {there}"
        )
    places = {0, *(i for i, name in enumerate(columns) if name in PROBE_COLUMNS)}
    both = pd.concat(
        [pd.DataFrame({"probe": table.iloc[:, i], "symbol": symbols}) for i in sorted(places)]
    )
    return both[both["probe"] != ""].drop_duplicates(ignore_index=True)
