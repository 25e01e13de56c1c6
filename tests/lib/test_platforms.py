"""Symbols of probes are read from a platform's table, or told to be missing."""

from pathlib import Path

import pytest
from archive import platform_table

from dxtransfer.cohorts.accessions.platforms import probe_symbols


@pytest.mark.parametrize(
    ("header", "cell", "symbol"),
    [
        ("Gene Symbol", "DDR1 /// MIR4640", "DDR1 /// MIR4640"),
        ("Gene Symbol", "DDR1 /// DDR1", "DDR1"),
        ("GENE_SYMBOL", "DDR1", "DDR1"),
        ("ILMN_Gene", "HLA-DRB1", "HLA-DRB1"),
        (
            "gene_assignment",
            "NM_1 // OR4F17 // olfactory // 19p13.3 // 81099 /// ENST1 // OR4F17 // olfactory",
            "OR4F17",
        ),
        ("gene_assignment", "---", ""),
        ("Symbol", "NA", ""),
    ],
)
def test_symbols_are_read_however_a_platform_names_them(
    header: str, cell: str, symbol: str
) -> None:
    table = platform_table("GPL1", f"ID\tname\t{header}", f"p1\tx\t{cell}", "p2\ty\tRFC2 // RFC2")
    if header != "gene_assignment":
        table = table.replace("RFC2 // RFC2", "RFC2")
    assert probe_symbols(table.splitlines()) == {"p1": symbol, "p2": "RFC2"}


def test_a_column_of_entrez_ids_is_no_column_of_symbols() -> None:
    table = platform_table("GPL4133", "ID\tSymbol\tGene Symbol", "1\t780\t", "2\t5982\t")
    assert probe_symbols(table.splitlines()) is None


@pytest.mark.parametrize(
    "text",
    ["", "<html>no such platform</html>", platform_table("GPL1", "ID\tSymbol", "p\tA", end=False)],
    ids=["nothing", "a page", "a table that breaks off"],
)
def test_what_is_no_whole_table_has_no_symbols(text: str) -> None:
    assert probe_symbols(text.splitlines()) is None


@pytest.mark.cohorts
@pytest.mark.parametrize(("file", "probes"), [("GPL4133.txt", 13), ("GPL4134.txt", 13)])
def test_a_real_platform_of_agilent_has_symbols(file: str, probes: int, real_cohorts: Path) -> None:
    path = real_cohorts / "awkward_inputs" / "geoparse" / file
    symbols = probe_symbols(path.read_text().splitlines())
    assert symbols is not None
    assert len(symbols) == probes
