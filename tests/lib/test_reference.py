"""Transcripts are mapped to genes by headers, GTF or table, and a wrong reference is told."""

import gzip

import pytest

from dxtransfer.cohorts.reads.ensembl import bsd_sum
from dxtransfer.cohorts.reads.reference import read_transcripts, with_genes
from dxtransfer.errors import InputError
from dxtransfer.files import checked_sum
from dxtransfer.study import Study, reference_files

ENSEMBL = ">ENST01.2 cdna chromosome:1:1:9 gene:ENSG1.5 gene_biotype:x gene_symbol:ABC\n"
GENCODE = ">ENST02.1|ENSG2.1|-|-|DEF-201|DEF|9|lncRNA|\n"
GTF = (
    "#!genome-build X\n"
    '1\thavana\tgene\t1\t9\t.\t+\t.\tgene_id "G1"; gene_version "3";\n'
    '1\thavana\ttranscript\t1\t9\t.\t+\t.\tgene_id "G1"; gene_version "3"; '
    'transcript_id "T1"; transcript_version "2"; gene_name "ABC";\n'
)


def fasta(folder, text):
    path = folder / "transcripts.fa.gz"
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_genes_lengths_and_gc_are_read_from_headers(tmp_path):
    table = read_transcripts(fasta(tmp_path, f"{ENSEMBL}GGCC\nAATT\n{GENCODE}GNNA\n"))
    assert table.to_dict("list") == {
        "transcript": ["ENST01.2", "ENST02.1|ENSG2.1|-|-|DEF-201|DEF|9|lncRNA|"],
        "gene": ["ENSG1.5", "ENSG2.1"],
        "symbol": ["ABC", "DEF"],
        "length": [8, 4],
        "gc": [0.5, 0.5],
    }


@pytest.mark.parametrize("name", ["T1.2", "T1"])
@pytest.mark.parametrize("table", [GTF, "transcript\tgene\nT1.2\tG1.3\tABC\n", "T1\tG1.3\tABC\n"])
def test_a_gtf_or_a_table_names_the_genes_whatever_the_version(name, table, tmp_path):
    transcripts = read_transcripts(fasta(tmp_path, f">{name}\nACGT\n>T9\nACGT\n"))
    (tmp_path / "genes").write_text(table)
    whole = with_genes(transcripts, tmp_path / "genes")
    # T9 is in no table and becomes its own gene
    assert list(whole["gene"]) == ["G1.3", "T9"]
    assert list(whole["symbol"]) == ["ABC", ""]


def test_without_genes_each_transcript_is_its_own(tmp_path):
    transcripts = read_transcripts(fasta(tmp_path, ">T1\nACGT\n>T2\nACGT\n"))
    assert list(with_genes(transcripts, None)["gene"]) == ["T1", "T2"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "0 transcripts"),
        (">T1\nACGT\n", "1 transcripts"),
        (">T1\nACGT\n>T1\nACGT\n", "'T1' stands twice"),
        (">P1\nMKVLA\n>P2\nMEEP\n", "transcript P1: no nucleotides"),
        ("gene\ts1\n", "not a whole FASTA file|0 transcripts"),
    ],
)
def test_what_is_no_reference_is_refused(text, told, tmp_path):
    with pytest.raises(InputError, match=told):
        read_transcripts(fasta(tmp_path, text))


def test_a_table_of_another_release_is_refused(tmp_path):
    transcripts = read_transcripts(fasta(tmp_path, ">T1\nACGT\n>T2\nACGT\n"))
    (tmp_path / "genes").write_text("X1\tG1\n")
    with pytest.raises(InputError, match="names none of the reference's transcripts"):
        with_genes(transcripts, tmp_path / "genes")


def test_the_checksum_of_the_reference_is_told_and_compared(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    digits = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert checked_sum(file, expected=f"sha256:{digits}") == f"sha256:{digits}"
    with pytest.raises(InputError, match=r"its checksum is sha256:ba78.* is expected"):
        checked_sum(file, expected="sha256:" + "0" * 64)


def test_ensembls_checksum_is_that_of_the_program_sum(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(b"hello\n" * 1000)
    # coreutils: sum x
    assert bsd_sum(file) == (20595, 6)


def test_a_release_of_ensembl_is_a_downloaded_resource(tmp_path):
    reads = {"reference": "ensembl:112", "species": "homo_sapiens", "transcripts_to_genes": ""}
    files = reference_files({"reads": reads}, Study({}), made=())
    assert files == {"transcripts": "resources/reference/homo_sapiens.112.cdna.fa.gz"}
