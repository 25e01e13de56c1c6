"""Folders with one file per sample become one matrix, or the file that does not fit is named."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.cohorts.samples import own_table
from dxtransfer.errors import InputError

HEADER = (
    "gene_id\tgene_name\tgene_type\tunstranded\tstranded_first\tstranded_second\ttpm_unstranded"
)
ENDING = "rna_seq.augmented_star_gene_counts.tsv"


def star(first: int, second: int, *, genes: tuple[str, str] = ("ENSG1.5", "ENSG2.3")) -> str:
    summary = "".join(
        f"N_{kind}\t\t\t{i}\t{i}\t{i}\t\n"
        for i, kind in enumerate(("unmapped", "multimapping", "noFeature", "ambiguous"))
    )
    rows = "".join(
        f"{gene}\tA\tprotein_coding\t{count}\t9\t9\t0.5\n"
        for gene, count in zip(genes, (first, second), strict=True)
    )
    return f"# gene-model: GENCODE v36\n{HEADER}\n{summary}{rows}"


def gdc(tmp_path: Path) -> Path:
    (tmp_path / f"f1.{ENDING}").write_text(star(5, 6))
    (tmp_path / "f2").mkdir()
    (tmp_path / f"f2/f2.{ENDING}").write_text(star(7, 8))
    return tmp_path


def samples(tmp_path: Path, text: str) -> Path:
    (tmp_path / "samples.tsv").write_text(text)
    return tmp_path


def refused(path: Path, **settings: str) -> str:
    with pytest.raises(InputError) as caught:
        read_matrix(path, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_gdc_files_become_counts_without_the_summary_rows(tmp_path: Path) -> None:
    adata = read_matrix(gdc(tmp_path))
    assert list(adata.obs_names) == ["f1", "f2"]
    assert list(adata.var_names) == ["ENSG1.5", "ENSG2.3"]
    np.testing.assert_array_equal(adata.X, [[5, 6], [7, 8]])
    assert not adata.uns["own_table"]


def test_the_table_of_a_gdc_folder_names_the_samples(tmp_path: Path) -> None:
    table = f"file_name\tsample\tpatient\tage\nf2.{ENDING}\tT2\tP2\t50\nf1.{ENDING}\tT1\tP1\tNA\n"
    adata = read_matrix(samples(gdc(tmp_path), table))
    assert list(adata.obs_names) == ["T2", "T1"]
    np.testing.assert_array_equal(adata.X, [[7, 8], [5, 6]])
    read = own_table(adata, row={"cohort": "TCGA", "matrix": "TCGA-X"})
    assert [read.patient(sample) for sample in read.rows] == ["P2", "P1"]
    assert read.rows["T1"]["age"] == ""


def test_a_sample_with_two_files_keeps_both(tmp_path: Path) -> None:
    table = f"file_name\tsample\nf1.{ENDING}\tT1\nf2.{ENDING}\tT1\n"
    adata = read_matrix(samples(gdc(tmp_path), table))
    assert list(adata.obs_names) == ["T1_f1", "T1_f2"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"file_name\tsample\nf1.{ENDING}\tT1\n", f"'f2.{ENDING}' of the folder is not in it"),
        (f"file_name\tsample\nf1.{ENDING}\tT1\nf1.{ENDING}\tT2\n", "stands twice"),
        (f"name\tsample\nf1.{ENDING}\tT1\n", "no column 'file_name'"),
        (
            f"file_name\tsample\nf1.{ENDING}\tT1\nf2.{ENDING}\tT2\nf3.{ENDING}\tT3\n",
            f"no file f3.{ENDING}",
        ),
    ],
)
def test_a_table_that_does_not_fit_its_folder_is_refused(
    text: str, told: str, tmp_path: Path
) -> None:
    assert told in refused(samples(gdc(tmp_path), text))


def test_other_genes_are_refused_and_another_order_is_not(tmp_path: Path) -> None:
    folder = gdc(tmp_path)
    (folder / f"f3.{ENDING}").write_text(star(4, 3, genes=("ENSG2.3", "ENSG1.5")))
    np.testing.assert_array_equal(read_matrix(folder).X[-1], [3, 4])
    (folder / f"f3.{ENDING}").write_text(star(4, 3, genes=("ENSG2.3", "ENSG9.1")))
    assert f"f3.{ENDING}: lists other features than f1" in refused(folder)


def test_one_patients_file_is_read_alone(tmp_path: Path) -> None:
    path = tmp_path / f"f1.{ENDING}.gz"
    path.write_bytes(gzip.compress(star(5, 6).encode()))
    adata = read_matrix(path)
    assert list(adata.obs_names) == ["f1"]
    np.testing.assert_array_equal(adata.X, [[5, 6]])


def test_rsem_results_give_expected_counts(tmp_path: Path) -> None:
    header = "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM\n"
    (tmp_path / "s1.genes.results").write_text(header + "G1\tT1,T2\t9\t8\t1.5\t0\t0\n")
    (tmp_path / "s2.genes.results").write_text(header + "G1\tT1,T2\t9\t8\t2.5\t0\t0\n")
    adata = read_matrix(tmp_path)
    assert list(adata.obs_names) == ["s1", "s2"]
    np.testing.assert_array_equal(adata.X, [[1.5], [2.5]])


def test_salmon_folders_keep_transcripts_and_name_samples(tmp_path: Path) -> None:
    for name, count in (("a", 1.5), ("b", 2.5)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "quant.sf").write_text(
            f"Name\tLength\tEffectiveLength\tTPM\tNumReads\nENST1.2\t9\t8\t0\t{count}\n"
        )
    adata = read_matrix(tmp_path)
    assert list(adata.obs_names) == ["a", "b"]
    assert list(adata.var_names) == ["ENST1.2"]
    np.testing.assert_array_equal(adata.X, [[1.5], [2.5]])


def test_kallisto_folders_give_estimated_counts(tmp_path: Path) -> None:
    for name, count in (("a", 1.5), ("b", 2.5)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "abundance.tsv").write_text(
            f"target_id\tlength\teff_length\test_counts\ttpm\nENST1.2\t9\t8\t{count}\t0\n"
        )
    np.testing.assert_array_equal(read_matrix(tmp_path).X, [[1.5], [2.5]])


def test_two_files_of_one_sample_are_refused(tmp_path: Path) -> None:
    for name in ("x/a", "y/a"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "quant.sf").write_text("Name\tNumReads\nT\t1\n")
    assert "the sample 'a' stands twice" in refused(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("unstranded", "counts", "no column 'unstranded'"),
        (
            "ENSG2.3\tA\tprotein_coding\t6",
            "ENSG2.3\tA\tprotein_coding\tsix",
            "row 8, column unstranded: 'six'",
        ),
        (
            "ENSG2.3\tA\tprotein_coding\t6\t9",
            "ENSG2.3\tA\tprotein_coding",
            "row 8: 5 cells where 7",
        ),
    ],
)
def test_a_damaged_file_is_named(old: str, new: str, told: str, tmp_path: Path) -> None:
    folder = gdc(tmp_path)
    (folder / f"f1.{ENDING}").write_text(star(5, 6).replace(old, new, 1))
    assert told in refused(folder)


def test_the_format_of_the_sheet_overrules_the_content(tmp_path: Path) -> None:
    assert "no file *quant.sf of salmon" in refused(gdc(tmp_path), format="salmon")
