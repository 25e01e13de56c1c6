"""Mapping tables: HGNC's complete set, a GTF, BioMart's export or a laboratory's own table.

The format is told by the content: nine columns with `gene_id "..."` are a GTF; a table whose first
row holds an Ensembl id has no header (such as the transcripts-to-genes table of kallisto); all else
has one.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from dxtransfer.cohorts.identifiers.forms import ensembl_form
from dxtransfer.cohorts.identifiers.kinds import kind_of
from dxtransfer.cohorts.readers.names import COMMENTS, as_table, plain, text_lines
from dxtransfer.errors import InputError

# Meaning of a column to its names as `plain` writes them: HGNC's, BioMart's, NCBI's and others.
COLUMNS = {
    "symbol": (
        *("symbol", "approvedsymbol", "genesymbol", "hgncsymbol", "genename", "externalgenename"),
    ),
    "ensembl": ("ensemblgeneid", "ensg", "ensembl", "ensemblid", "genestableid", "geneid"),
    "transcript": ("ensembltranscriptid", "enst", "transcriptstableid", "transcriptid"),
    "entrez": (
        *("entrezid", "entrez", "entrezgeneid", "entrezgene", "ncbigeneid", "ncbigene"),
        *("ncbigeneformerlyentrezgeneid", "geneid"),
    ),
    "uniprot": ("uniprotids", "uniprotid", "uniprot", "uniprotkbswissprotid", "uniprotswissprot"),
    "alias": ("aliassymbol", "aliassymbols", "alias", "aliases", "synonyms"),
    "previous": ("prevsymbol", "previoussymbols", "previoussymbol"),
}
# `gene_id` is NCBI's number in one table and Ensembl's id in another
FORMS = {"ensembl": r"(?i)ENS[\w.]+", "entrez": r"\d+(?:\.0)?", "transcript": r"(?i)ENS[\w.]+"}
SEPARATORS = re.compile(r"\s*[|;,]\s*")
ATTRIBUTE = re.compile(r'(gene_id|gene_name|transcript_id|gene) "([^"]*)"')
WHOLE = ("gene", "transcript")
WHAT = "a mapping table"


def read_mapping(path: Path | str) -> pd.DataFrame:
    """Read a mapping table.

    Parameters
    ----------
    path
        Text, plain or gzipped.

    Returns
    -------
    pandas.DataFrame
        Column symbol and at least one of the others of `COLUMNS`, as text without a row twice;
        several names in a cell are separated by `|`.

    Raises
    ------
    InputError
        For a file that is no such table: no column of symbols, nothing that leads to one, no
        symbol at all, GFF3.
    """
    body = next((line for line in text_lines(path, what=WHAT) if not line.startswith(COMMENTS)), "")
    lines, last = text_lines(path, what=WHAT), body.split("\t")[8:9]
    if last and re.search(r"(?:^|;)\s*(?:ID|Parent)=", last[0]):
        raise InputError(f"{path}: GFF3, of which names differ by maker; name the GTF instead")
    if last and ATTRIBUTE.search(last[0]):
        table = _gtf(lines)
    elif any(ensembl_form(cell.strip()) for cell in re.split(r"[\t,;]", body)):
        table = _without_header(as_table(lines, path=path, header=False))
    else:
        table = _with_header(as_table(lines, path=path))
    if "symbol" not in table or len(table.columns) < 2:
        lacking = "gene symbols" if "symbol" not in table else "ids or aliases beside its symbols"
        raise InputError(
            f"{path}: the mapping table has no column of {lacking}; needed are symbol and one of "
            "ensembl_gene_id, entrez_id, transcript_id, uniprot_ids, alias_symbol, or a GTF with "
            "gene_name"
        )
    table = table[table["symbol"] != ""].drop_duplicates(ignore_index=True)
    if table.empty:
        raise InputError(f"{path}: the mapping table has no gene symbol in any row")
    return table


def _gtf(lines: Iterable[str]) -> pd.DataFrame:
    """Genes and transcripts of a GTF."""
    rows: dict[tuple[str, str, str], None] = {}
    has_transcripts = False
    for line in lines:
        cells = line.split("\t")
        # exons and the like only repeat what their transcript says, where it has a line of its own
        whole = len(cells) == 9 and (cells[2] in WHOLE or not has_transcripts)
        if whole and not line.startswith("#"):
            has_transcripts |= cells[2] == "transcript"
            found = dict(ATTRIBUTE.findall(cells[8]))
            name = found.get("gene_name") or found.get("gene", "")
            rows[found.get("gene_id", ""), found.get("transcript_id", ""), name] = None
    table = pd.DataFrame(list(rows), columns=["ensembl", "transcript", "symbol"], dtype=object)
    for column in ("symbol", "transcript"):
        if not (table[column] != "").any():
            del table[column]
    return table


def _without_header(cells: pd.DataFrame) -> pd.DataFrame:
    """Columns by the kind of their first entries."""
    table = pd.DataFrame(index=cells.index)
    for name in cells:
        kinds = [kind_of(cell) for cell in cells[name].head(100) if cell]
        kind = max(set(kinds), key=kinds.count) if kinds else ""
        if kind in COLUMNS and kind not in table:
            table[kind] = cells[name]
    return table


def _with_header(cells: pd.DataFrame) -> pd.DataFrame:
    """Columns by their names, checked by their form where one name has two meanings."""
    by_name: dict[str, int] = {}
    for i, name in enumerate(cells.columns):
        by_name.setdefault(plain(name), i)
    table = pd.DataFrame(index=cells.index)
    for meaning, names in COLUMNS.items():
        for name in names:
            if name not in by_name:
                continue
            column = cells.iloc[:, by_name[name]]
            given = column[column != ""]
            form = FORMS.get(meaning, r".*")
            if len(given) and given.str.fullmatch(form).mean() > 0.5:
                table[meaning] = column
                break
    for meaning in ("uniprot", "alias", "previous"):
        if meaning in table:
            table[meaning] = table[meaning].str.replace(SEPARATORS, "|", regex=True)
    return table
