"""A mapping table gives every kind of identifier one symbol, where there is no doubt."""

import gzip

import pandas as pd
import pytest

from dxtransfer.cohorts.identifiers.harmonise import harmonise
from dxtransfer.cohorts.identifiers.mapping import GeneMap, gene_map
from dxtransfer.cohorts.readers.mapping import read_mapping
from dxtransfer.errors import InputError

HGNC = """\
hgnc_id\tsymbol\tname\talias_symbol\tprev_symbol\tentrez_id\tensembl_gene_id\tuniprot_ids
HGNC:11998\tTP53\ttumor protein p53\t"p53|LFS1"\t\t7157\tENSG00000141510\tP04637
HGNC:26090\tMARCHF1\tmembrane associated\tRNF190\tMARCH1\t55016\tENSG00000145416\tQ8TCQ1
HGNC:1\tAAA1\tfirst\tSHARED|XB1\tOLD1\t101\tENSG00000000101\tP00001|P00002
HGNC:2\tBBB1\tsecond\tSHARED|AAA1\tOLD2\t102\tENSG00000000102\tP00003
HGNC:3\tCCC1\tthird\t\t\t103\tENSG00000000103\t
"""
GENE = 'gene_id "ENSG00000141510.18"; gene_name "TP53";'
TRANSCRIPT = f'{GENE} transcript_id "ENST00000269305.9";'
GTF = f"""\
#!genome-build GRCh38
1\thavana\tgene\t1\t9\t.\t+\t.\t{GENE}
1\thavana\ttranscript\t1\t9\t.\t+\t.\t{TRANSCRIPT}
1\thavana\texon\t1\t9\t.\t+\t.\t{TRANSCRIPT}
1\thavana\tgene\t1\t9\t.\t+\t.\tgene_id "ENSG00000000103.1";
"""


@pytest.fixture
def table(tmp_path):
    """Write a text and read it as a mapping table: `table(text)`."""

    def read(text, name="mapping.txt"):
        path = tmp_path / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
        return read_mapping(path)

    return read


@pytest.fixture
def genes(table):
    return gene_map(table(HGNC))


def named(genes, *names, **settings):
    found = harmonise(names, mapping=genes, **settings)
    return dict(zip(names, found.names, strict=True))


@pytest.mark.parametrize(
    "names",
    [
        ("TP53", "MARCHF1", "CCC1"),
        ("tp53", "1-Mar", "CCC1"),
        ("P53", "MARCH1", "CCC1"),
        ("LFS1", "RNF190", "LOC103"),
        ("ENSG00000141510.18", "ENSG00000145416", "ENSG00000000103.2_1"),
        ("7157", "55016.0", "103"),
        ("TP53|7157", "?|55016", "OUTDATED|103"),
    ],
)
def test_every_kind_of_identifier_meets_in_the_symbol(genes, names):
    assert list(named(genes, *names).values()) == ["TP53", "MARCHF1", "CCC1"]


def test_a_name_of_two_genes_and_a_symbol_of_another_gene_stay(genes):
    names = named(genes, "SHARED", "AAA1", "BBB1", "TP53")
    assert names == {"SHARED": "SHARED", "AAA1": "AAA1", "BBB1": "BBB1", "TP53": "TP53"}


def test_an_alias_stays_where_the_cohort_has_the_gene_itself(genes):
    assert named(genes, "XB1", "TP53")["XB1"] == "AAA1"
    assert named(genes, "XB1", "AAA1", "TP53")["XB1"] == "XB1"


def test_what_a_table_does_not_know_stays_and_is_counted(genes):
    found = harmonise(["TP53", "CCC1", "NOVEL1", "RP11-1.2"], mapping=genes)
    assert list(found.names) == ["TP53", "CCC1", "NOVEL1", "RP11-1.2"]
    assert (found.summary["mapped"], found.summary["unmapped"], found.summary["lost"]) == (2, 2, 0)


def test_the_id_decides_where_symbol_and_id_differ(genes):
    assert named(genes, "TP53|101", "AAA1|102") == {"TP53|101": "AAA1", "AAA1|102": "BBB1"}


def test_a_protein_group_is_the_one_gene_of_all_that_the_table_knows(genes):
    names = ("P00002;P00001", "A0A024QZX5;P04637-2", "P00001;P00003", "P99999", "Q8TCQ1")
    found = harmonise(names, mapping=genes)
    assert list(found.names) == ["AAA1", "TP53", "", "P99999", "MARCHF1"]
    lost = found.changes[found.changes["action"] == "lost"].values.tolist()
    assert lost == [["P00001;P00003", "", "lost", "the proteins of the group are of several genes"]]


def test_an_id_with_two_symbols_stays(table):
    genes = gene_map(table("symbol\tentrez\nAAA\t1\nBBB\t1\nCCC\t2\n"))
    assert list(named(genes, "1", "2").values()) == ["1", "CCC"]


def test_the_copy_on_y_stays_apart_from_its_gene(genes):
    names = named(genes, "ENSG00000141510.18", "ENSG00000141510.18_PAR_Y", "ENSG00000000103")
    assert list(names.values()) == ["TP53", "ENSG00000141510_PAR_Y", "CCC1"]


def test_kinds_that_name_no_genes_are_left_alone(genes):
    for names in (["s__Escherichia_coli"], ["cg00000029"], ["hsa-miR-21-5p"]):
        found = harmonise(names, mapping=genes)
        assert list(found.names) == names
        assert found.summary["unmapped"] == 0


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([f"ENSG{i:011d}" for i in range(500, 520)], "knows 0 of the 20 Ensembl gene ids"),
        ([f"{i}" for i in range(500, 540, 2)], "knows 0 of the 20 Entrez ids"),
        ([f"XYZ{i}" for i in range(20)] + ["TP53"], "knows 1 of the 21 gene symbols"),
        (["ENST00000269305.9"] * 3, "has no Ensembl transcript ids; name a table that has them"),
    ],
)
def test_a_table_that_knows_almost_nothing_is_refused(genes, names, told):
    with pytest.raises(InputError, match=f"^c: identifiers.mapping {told}"):
        harmonise(names, mapping=genes, where="c")
    harmonise(names, mapping=genes, kind="other")


@pytest.mark.parametrize(
    "names",
    [
        ("P53", "MARCH1", "LOC103", "NOVEL"),
        ("ENSG00000141510.1", "ENSG00000145416", "ENSG00000000103"),
        ("7157", "55016", "103"),
        ("P04637", "Q8TCQ1"),
        ("AAA1", "BBB1"),
    ],
)
def test_the_part_that_a_model_keeps_names_its_features_as_the_whole_does(genes, names, tmp_path):
    vocabulary = ["TP53", "CCC1", "MARCHF1"]
    path = tmp_path / "identifiers.tsv"
    genes.restricted_to(vocabulary).table().to_csv(path, sep="\t", index=False)
    part = GeneMap.from_table(pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False))
    assert set(part.table()["feature"]) == set(vocabulary)
    whole, kept = named(genes, *names), named(part, *names)
    for name in names:
        if whole[name] in vocabulary:
            assert kept[name] == whole[name]
        else:
            assert kept[name] not in vocabulary


def test_a_gtf_leads_from_genes_and_transcripts_and_skips_genes_without_a_name(table):
    read = table(GTF, "genes.gtf.gz")
    assert set(read["symbol"]) == {"TP53"}
    genes = gene_map(read)
    assert named(genes, "ENST00000269305.2") == {"ENST00000269305.2": "TP53"}
    assert genes.ids["ensembl"] == {"ENSG00000141510": "TP53"}


def test_a_gtf_of_exons_alone_is_read(table):
    lines = [line for line in GTF.splitlines() if "\texon\t" in line]
    genes = gene_map(table("\n".join(lines) + "\n"))
    assert genes.ids["transcript"] == {"ENST00000269305": "TP53"}


@pytest.mark.parametrize(
    "text",
    [
        "Gene stable ID,Transcript stable ID,Gene name,NCBI gene (formerly Entrezgene) ID\n"
        "ENSG00000141510,ENST00000269305,TP53,7157\n",
        "ENST00000269305.9\tENSG00000141510.18\tTP53\n",
        "gene_id\tgene_name\tentrezgene\ttranscript_id\n"
        "ENSG00000141510.18\tTP53\t7157.0\tENST00000269305\n",
        "GeneID\tSymbol\tSynonyms\tensg\n7157\tTP53\tp53|LFS1\tENSG00000141510\n",
    ],
)
def test_columns_are_told_by_name_and_form_in_any_order(table, text):
    genes = gene_map(table(text))
    assert genes.ids["ensembl"] == {"ENSG00000141510": "TP53"}
    if "7157" in text:
        assert genes.ids["entrez"] == {"7157": "TP53"}
    if "ENST" in text:
        assert genes.ids["transcript"] == {"ENST00000269305": "TP53"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ensg\tentrez\nENSG00000141510\t7157\n", "has no column of gene symbols; needed are"),
        ("symbol\tlength\nTP53\t100\n", "has no column of ids or aliases beside its symbols"),
        ("symbol\tentrez\n", "has no rows below its header"),
        ("symbol\tentrez\n\t7157\n", "has no column of gene symbols"),
        ("symbol\tentrez\nTP53\t7157\tmore\n", "row 2: 3 cells where the first has 2"),
        ("1\ta\tgene\t1\t9\t.\t+\t.\tID=gene:ENSG1;Name=TP53\n", "GFF3"),
        ('1\ta\tgene\t1\t9\t.\t+\t.\tgene_id "ENSG00000141510"\n', "no column of gene symbols"),
        ("", "empty, where a mapping table is expected"),
        ("PK\x03\x04", "an Excel or zip file, where a mapping table is expected"),
    ],
)
def test_a_file_that_is_no_mapping_table_is_told_in_one_line(table, text, told):
    with pytest.raises(InputError, match=told) as refused:
        table(text)
    assert "\n" not in str(refused.value)
    assert "mapping.txt" in str(refused.value)


def test_a_cut_gzip_file_is_told(tmp_path):
    path = tmp_path / "mapping.tsv.gz"
    path.write_bytes(gzip.compress(HGNC.encode() * 50)[:-30])
    with pytest.raises(InputError, match="truncated or damaged"):
        read_mapping(path)
