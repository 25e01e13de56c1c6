"""Probes become genes by a table of their platform, by rules that look at no value."""

import gzip

import pandas as pd
import pytest

from dxtransfer.cohorts.identifiers.harmonise import harmonise
from dxtransfer.cohorts.readers.annotation import read_annotation
from dxtransfer.errors import InputError

GEO = """\
^PLATFORM = GPL1
!Platform_title = an array
#ID = number of the spot
ID\tNAME\tGENE\tGENE_SYMBOL
1\tDarkCorner\t\t
2\tA_24_P66027\t9582\tAPOBEC3B
3\tA_24_P10000\t7157\tTP53
!platform_table_end
"""
AFFYMETRIX = """\
#%netaffx-annotation-netaffx-build=36
"Probe Set ID","GeneChip Array","Gene Symbol","Entrez Gene"
"1007_s_at","U133","DDR1 /// MIR4640","780 /// 100616237"
"1053_at","U133","RFC2","5982"
"117_at","U133","---","---"
"""


@pytest.fixture
def table(tmp_path):
    """Write a text and read it as an annotation: `table(text)`."""

    def read(text, name="annotation.txt"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
        return read_annotation(path)

    return read


def frame(*rows):
    return pd.DataFrame(rows, columns=["probe", "symbol"])


def test_probes_become_symbols_and_doubtful_ones_are_lost_with_the_reason():
    annotation = frame(
        *(("p1", "A1"), ("p2", "A1"), ("p3", ""), ("p4", "B1 /// C1"), ("p5", "D1"), ("p5", "E1")),
        *(("p6", "B1;C1"), ("p7", "B1"), ("p7", "B1"), ("p8", ""), ("p8", "C1")),
    )
    found = harmonise([f"p{i}" for i in range(1, 9)] + ["TP53"], annotation=annotation)
    assert list(found.names) == ["A1", "A1", "", "", "", "", "B1", "C1", "TP53"]
    lost = found.changes[found.changes["action"] == "lost"].set_index("delivered")["reason"]
    assert lost.to_dict() == {
        "p3": "the annotation table gives the probe no gene",
        **dict.fromkeys(("p4", "p5", "p6"), "the probe measures several genes"),
    }
    assert found.kind == "probe"
    assert found.summary["annotated"] == 4
    assert found.summary["merged"] == 2


def test_bare_numbers_and_names_of_a_geo_platform_are_both_its_probes(table):
    annotation = table(GEO, "GPL1.txt.gz")
    assert list(harmonise(["1", "2", "3"], annotation=annotation).names) == ["", "APOBEC3B", "TP53"]
    names = ["DarkCorner", "A_24_P66027", "A_24_P10000"]
    assert list(harmonise(names, annotation=annotation).names) == ["", "APOBEC3B", "TP53"]


def test_the_makers_table_is_read_as_it_is(table):
    found = harmonise(["1007_s_at", "1053_at", "117_at"], annotation=table(AFFYMETRIX))
    assert list(found.names) == ["", "RFC2", ""]


def test_ids_in_the_place_of_symbols_are_canonical_ids(table):
    annotation = table("probe,ensembl_gene_id\np1,ENSG00000141510.18\np2,ENSG00000000003.1\n")
    found = harmonise(["p1", "p2"], annotation=annotation)
    assert list(found.names) == ["ENSG00000141510", "ENSG00000000003"]


def test_a_table_of_another_platform_is_refused():
    with pytest.raises(InputError, match=r"^c, column annotation: .*\(first: p1\).*ILMN_1"):
        harmonise(["ILMN_1", "ILMN_2"], annotation=frame(("p1", "A1")), where="c")


def test_a_table_of_few_of_the_probes_is_refused():
    names = [f"ILMN_{i}" for i in range(100)]
    with pytest.raises(InputError, match="lists 10 of the 100 features, and most names are still"):
        harmonise(names, annotation=frame(*((name, "A1") for name in names[:10])))


def test_a_table_that_gives_no_probe_a_gene_is_refused():
    with pytest.raises(InputError, match="gives no feature one gene of its own"):
        harmonise(["p1", "p2"], annotation=frame(("p1", ""), ("p2", "A1 /// B1")))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("probe\tchromosome\np1\t7\n", "no column with gene symbols; .* there are: probe, chromo"),
        ("probe\tsymbol\np1\t\n", "no column with gene symbols"),
        ("probe\tsymbol\n", "has no rows below its header"),
        ("", "empty, where a table of probes and symbols is expected"),
        ("probe\tsymbol\np1\tA1\tB1\n", "row 2: 3 cells where the first has 2"),
        ("PK\x03\x04", "an Excel or zip file"),
    ],
)
def test_a_file_that_is_no_annotation_is_told_in_one_line(table, text, told):
    with pytest.raises(InputError, match=told):
        table(text)
