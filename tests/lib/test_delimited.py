"""Text tables of every habit are read alike, and what is no matrix is told by its name."""

from pathlib import Path

import numpy as np
import pytest
from anndata import AnnData

from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

VALUES = [[1, 3], [2.5, 4]]
PLAIN = "gene\ta\tb\nTP53\t1\t2.5\nACTB\t3\t4\n"
# each file holds the same two samples and genes
SAME = {
    "plain": PLAIN,
    "comment": "# made by a program\n!note\n" + PLAIN,
    "comment at the end": PLAIN + "!series_matrix_table_end\n",
    "title": "Table S1. Expression of all genes\n\n" + PLAIN,
    "title of a spreadsheet": "Table S1,,,\n,,,\ngene,a,b,\nTP53,1,2.5,\nACTB,3,4,\n,,,\n",
    "two titles": "Supplement\tversion 2\nvalues are TPM\n" + PLAIN,
    "header behind a comment mark": "# from a biom file\n#" + PLAIN,
    "decimal comma": PLAIN.replace("\t", ";").replace("2.5", "2,5"),
    "decimal comma and tabs": PLAIN.replace("2.5", "2,5"),
    "quoted": '"gene","a","b"\n"TP53","1","2.5"\n"ACTB","3","4"\n',
    "quoted decimal comma": '"gene";"a";"b"\n"TP53";"1";"2,5"\n"ACTB";"3";"4"\n',
    "blanks": "gene a b\nTP53 1 2.5\nACTB 3 4\n",
    "aligned blanks": "gene    a    b\nTP53    1  2.5\nACTB    3    4\n",
    "R's write.table": '"a" "b"\n"TP53" 1 2.5\n"ACTB" 3 4\n',
    "old Macintosh": PLAIN.replace("\n", "\r"),
    "description beside": "gene\tdescription\ta\tb\nTP53\tguardian\t1\t2.5\nACTB\tcell\t3\t4\n",
    "numbers that describe": (
        "gene_id\tgene_name\tlength\ta\tb\nTP53\tp\t900\t1\t2.5\nACTB\tq\t800\t3\t4\n"
    ),
    "accessions behind": "gene\ta\tb\tGB_ACC\nTP53\t1\t2.5\tNM_1\nACTB\t3\t4\tNM_2\n",
    "row numbers of pandas": ",gene,a,b\n0,TP53,1,2.5\n1,ACTB,3,4\n",
    "featureCounts": (
        "# Program:featureCounts v2\nGeneid\tChr\tStart\tEnd\tStrand\tLength\ta\tb\n"
        "TP53\t17;17\t1;5\t2;6\t-;-\t900\t1\t2.5\nACTB\t7\t3\t4\t+\t800\t3\t4\n"
    ),
    "GCT 1.2": "#1.2\n2\t2\nName\tDescription\ta\tb\nTP53\t5\t1\t2.5\nACTB\tna\t3\t4\n",
    "GCT 1.3": (
        "#1.3\n2\t2\t2\t1\nid\tchip\tscore\ta\tb\nsex\tna\tna\tf\tm\nTP53\tx\t7\t1\t2.5\n"
        "ACTB\ty\t8\t3\t4\n"
    ),
    "Xena": PLAIN.replace("gene", "Ensembl_ID"),
    "Xena's other corner": PLAIN.replace("gene", "sample"),
    "cBioPortal": "Hugo_Symbol\tEntrez_Gene_Id\ta\tb\nTP53\t7157\t1\t2.5\nACTB\t60\t3\t4\n",
}
# what it is: a file that is no matrix
OTHER = {
    "copy-number segments": (
        "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\ns1\t1\t5\t9\t3\t0.1\ns1\t2\t4\t8\t2\t0\n"
    ),
    "gene sets (GMT)": "set1\tabout\tTP53\tACTB\nset2\tabout\tTP53\tACTB\tGAPDH\n",
    "results of a test": "gene\tlogFC\tPValue\tFDR\nTP53\t1.5\t0.01\t0.1\nACTB\t0\t1\t1\n",
    "a sample table": "sample\tage\tsex\ns1\t50\tf\ns2\t60\tm\n",
    "a table of identifiers": "probe\tsymbol\tentrez\n1_at\tTP53\t7157\n2_at\tACTB\t60\n",
    "a table of names": "a\tb\nx\ty\nz\tw\n",
    "a long table": "sample\tgene\tvalue\ns1\tTP53\t1\ns1\tACTB\t2\ns2\tTP53\t3\n".replace(
        "sample", "who"
    ),
    "a list of scores": "7157\tmir-1\t0.5\t0.25\n60\tmir-1\t0.75\t0.5\n",
    "a genome annotation": (
        'chr1\tx\texon\t5\t9\t.\t+\t.\tgene_id "TP53";\n'
        'chr2\tx\texon\t5\t9\t.\t+\t.\tgene_id "A";\n'
    ),
    "genetic variants (VCF)": "##fileformat=VCFv4.2\n#CHROM\tPOS\n1\t5\n",
    "a web page": "<!DOCTYPE html>\n<html>\n",
    "a JSON document": '{"error": "not found"}\n',
    "sequences (FASTA)": ">TP53\nACGT\n",
    "reads (FASTQ)": "@read1\nACGT\n+\nIIII\n",
    "the values of a 10x matrix": "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 5\n",
}
# what is wrong: a file, and words of the line told
WRONG = {
    "header twice": ("gene\ta\tb\n" + PLAIN, "the header stands twice"),
    "header in the middle": (
        PLAIN + "".join(f"G{i}\t1\t2\n" for i in range(70)) + PLAIN,
        "row 74: the header stands twice",
    ),
    "no header": ("TP53\t1.5\t2.5\nACTB\t3.5\t4.5\n", "no header"),
    "columns without names": (
        "\t\t\ta\tb\nTP53\t1\t1\t1\t2\nACTB\t2\t3\t3\t4\n",
        "columns without a name",
    ),
    "text in the middle": ("gene\ta\tnote\tb\nG\t1\tx\t2\nH\t1\ty\t2\n", "column note: holds text"),
    "thousands": ("gene\ta\tb\nG\t1,234\t2\nH\t5\t6\n", "decimals or thousands"),
    "two decimal marks": ("gene\ta\tb\nG\t1,5\t2\nH\t5.5\t6\n", "(1,5) and some a point"),
    "another delimiter": (PLAIN.replace("\t", "|"), "a single cell"),
    "open quote": ('gene\ta\tb\nG\t1\t2\n"H\t3\t4\nK\t5\t6\n', "a quote that opened"),
    "a row cut short, below a title": ("Title\n\n" + PLAIN + "G\t1\n", "row 6: 2 cells"),
    "text after a comment": ("#c\n" + PLAIN + "G\t1\tlow\n", "row 5 (G), column b: 'low'"),
}


def read(folder: Path, text: str) -> AnnData:
    (folder / "matrix.txt").write_text(text, newline="")
    return read_matrix(folder / "matrix.txt")


@pytest.mark.parametrize("case", SAME)
def test_the_same_values_are_read_however_they_are_written(case: str, tmp_path: Path) -> None:
    adata = read(tmp_path, SAME[case])
    assert list(adata.obs_names) == ["a", "b"]
    assert list(adata.var_names) == ["TP53", "ACTB"]
    np.testing.assert_array_equal(adata.X, VALUES)


@pytest.mark.parametrize("case", OTHER)
def test_another_kind_of_table_is_refused_by_its_name(case: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, OTHER[case])
    assert case in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("case", WRONG)
def test_what_is_ambiguous_or_damaged_is_told_in_one_sentence(case: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, WRONG[case][0])
    assert WRONG[case][1] in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_left_out_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="dxtransfer"):
        read(tmp_path, SAME["numbers that describe"])
    assert "left out: gene_name, length" in caplog.text


def test_entrez_ids_in_the_first_column_are_names_and_no_row_numbers(tmp_path: Path) -> None:
    adata = read(tmp_path, "GeneID\ta\tb\n1\t5\t6\n2\t7\t8\n9\t1\t2\n")
    assert list(adata.var_names) == ["1", "2", "9"]


def test_a_group_of_proteins_keeps_its_separators(tmp_path: Path) -> None:
    adata = read(tmp_path, "protein\ta\tb\nP1;P2;P3\t1,5\t2\nQ1;Q2\t3\t4\n")
    assert list(adata.var_names) == ["P1;P2;P3", "Q1;Q2"]
    np.testing.assert_array_equal(adata.X, [[1.5, 3], [2, 4]])


def test_decimal_commas_far_below_the_first_rows_are_found(tmp_path: Path) -> None:
    text = "gene\ta\tb\n" + "".join(f"G{i}\t{i}\t2\n" for i in range(500)) + "H\t0,5\t1\n"
    assert read(tmp_path, text).X[0, -1] == 0.5


def test_one_sample_alone_is_read(tmp_path: Path) -> None:
    adata = read(tmp_path, "gene\tnew\nTP53\t1\nACTB\t2\n")
    assert adata.obs_names.to_list() == ["new"]


def test_beta_values_of_methylation_probes_are_read(tmp_path: Path) -> None:
    adata = read(tmp_path, "ID_REF,s1,s2\ncg00000029,0.45,0.5\ncg00000108,0.9,NA\n")
    assert list(adata.var_names) == ["cg00000029", "cg00000108"]
    np.testing.assert_array_equal(adata.X, np.float32([[0.45, 0.9], [0.5, np.nan]]))
