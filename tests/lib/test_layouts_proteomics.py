"""Protein groups as MaxQuant, DIA-NN, Spectronaut and FragPipe export them."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from dxtransfer.cohorts.readers.formats import format_of
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

NAN = np.nan

# Layout: tables.pdf of MaxQuant, proteinGroups (columns of MaxQuant 1.6 to 2.x), as in
# https://github.com/MannLabs/alphapeptstats/tree/main/testfiles/maxquant
MAXQUANT = [
    "Protein IDs\tMajority protein IDs\tFasta headers\tIntensity\tIntensity A\tIntensity B\t"
    "iBAQ peptides\tiBAQ\tiBAQ A\tiBAQ B\tLFQ intensity A\tLFQ intensity B\t"
    "Only identified by site\tReverse\tPotential contaminant\tid",
    "P04637;Q00987\tP04637\tprotein, one\t30\t10\t20\t4\t9\t4\t5\t1100\t0\t\t\t\t0",
    "P38398\tP38398\t\t30\t10\t20\t4\t9\t4\t5\t1200\t2.5E3\t\t\t\t1",
    "Q9Y6K9\tQ9Y6K9\t\t30\t10\t20\t4\t9\t4\t5\t0\t2600\t\t\t\t2",
    "REV__Q1\tREV__Q1\t\t3\t1\t2\t4\t9\t4\t5\t7\t7\t\t+\t\t3",
    "P02769\tP02769\t\t3\t1\t2\t4\t9\t4\t5\t7\t7\t\t\t+\t4",
    "P00533\tP00533\t\t3\t1\t2\t4\t9\t4\t5\t7\t7\t+\t\t\t5",
]

# Layout: README of DIA-NN, "Output" (main matrices); a file of it is
# https://github.com/MannLabs/alphapeptstats/tree/main/testfiles/diann
DIANN = [
    "Protein.Group\tProtein.Ids\tProtein.Names\tGenes\tFirst.Protein.Description\t"
    "D:\\runs\\2020-01_A.raw\tD:\\runs\\2020-01_B.raw",
    "P04637;Q00987\tP04637\tP53_HUMAN\tTP53\tCellular tumor antigen p53\t12.5\t8e3",
    "P38398\tP38398\tBRCA1_HUMAN\tBRCA1\t\t7\t",
    "Cont_P02769\tP02769\tALBU\tALB\t\t7\t8",
]

# Layout: manual of Spectronaut, pivot report ("Run Pivot Report"); as read by
# https://github.com/MannLabs/alphapeptstats (testfiles/spectronaut)
SPECTRONAUT = [
    "PG.ProteinGroups\tPG.Genes\t[1] run_A.raw.PG.Quantity\t[2] run_B.raw.PG.Quantity\t"
    "[1] run_A.raw.PG.IBAQ\t[2] run_B.raw.PG.IBAQ",
    "P04637;Q00987\tTP53\t100,5\tFiltered\t1,5\t2,5",
    "P38398\tBRCA1\tNaN\t200,25\t1,5\t2,5",
]

# Layout: https://fragpipe.nesvilab.org/docs/tutorial_fragpipe_outputs.html#combined_proteintsv
FRAGPIPE = [
    "Protein\tProtein ID\tEntry Name\tGene\tProtein Length\tOrganism\tDescription\t"
    "Combined Total Peptides\tA Spectral Count\tB Spectral Count\tA Intensity\tB Intensity\t"
    "A MaxLFQ Intensity\tB MaxLFQ Intensity\tIndistinguishable Proteins",
    "sp|P04637|P53_HUMAN\tP04637\tP53_HUMAN\tTP53\t393\tHomo sapiens\tp53\t9\t1\t2\t5\t6\t50\t0\t",
    "sp|P38398|BRCA1_HUMAN\tP38398\tBRCA1_HUMAN\tBRCA1\t9\tHomo sapiens\t\t9\t1\t2\t5\t6\t70\t80\t",
    "contam_sp|P02769|ALBU_BOVIN\tP02769\tALBU_BOVIN\tALB\t9\tBos taurus\t\t9\t1\t2\t5\t6\t7\t8\t",
]


def written(folder: Path, lines: list[str], name: str = "m.tsv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_matrix(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("lines", "layout", "samples", "features", "values"),
    [
        (MAXQUANT, "maxquant", ["A", "B"], ["P04637", "P38398", "Q9Y6K9"],
         [[1100, 1200, NAN], [NAN, 2500, 2600]]),
        (DIANN, "diann", ["2020-01_A", "2020-01_B"], ["P04637;Q00987", "P38398"],
         [[12.5, 7], [8000, NAN]]),
        (SPECTRONAUT, "spectronaut", ["run_A", "run_B"], ["P04637;Q00987", "P38398"],
         [[100.5, NAN], [NAN, 200.25]]),
        (FRAGPIPE, "fragpipe", ["A", "B"], ["P04637", "P38398"], [[50, 70], [NAN, 80]]),
    ],
)  # fmt: skip
def test_each_layout_is_told_and_read(
    tmp_path: Path,
    lines: list[str],
    layout: str,
    samples: list[str],
    features: list[str],
    values: list[list[float]],
) -> None:
    path = written(tmp_path, lines)
    assert format_of(path) == layout
    adata = read_matrix(path)
    assert list(adata.obs_names) == samples
    assert list(adata.var_names) == features
    np.testing.assert_array_equal(adata.X, np.array(values, dtype=np.float32))
    packed = tmp_path / "m.tsv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    np.testing.assert_array_equal(read_matrix(packed).X, adata.X)


def test_rows_that_are_no_proteins_of_the_sample_are_listed_with_the_reason(tmp_path: Path) -> None:
    reasons = dict(read_matrix(written(tmp_path, MAXQUANT)).uns["features_left_out"])
    assert reasons == {
        "REV__Q1": "MaxQuant marks the row: Reverse",
        "P02769": "MaxQuant marks the row: Potential contaminant",
        "P00533": "MaxQuant marks the row: Only identified by site",
    }
    for lines, name in ((DIANN, "Cont_P02769"), (FRAGPIPE, "P02769")):
        left_out = read_matrix(written(tmp_path, lines)).uns["features_left_out"]
        assert left_out == [(name, "a contaminant of the search")]


def test_the_sample_table_may_name_columns_in_full(tmp_path: Path) -> None:
    path = written(tmp_path, MAXQUANT)
    whole = read_matrix(path, sample_names=["LFQ intensity A", "LFQ intensity B"])
    assert list(whole.obs_names) == ["LFQ intensity A", "LFQ intensity B"]
    other = read_matrix(path, sample_names=["Intensity A", "Intensity B"])
    np.testing.assert_array_equal(other.X, [[10, 10, 10], [20, 20, 20]])
    runs = read_matrix(written(tmp_path, DIANN), sample_names=["D:\\runs\\2020-01_B.raw"])
    assert list(runs.obs_names) == ["D:\\runs\\2020-01_A.raw", "D:\\runs\\2020-01_B.raw"]


def test_maxquant_without_lfq_gives_ibaq(tmp_path: Path) -> None:
    lines = [line.replace("LFQ intensity ", "Peptides ") for line in MAXQUANT]
    np.testing.assert_array_equal(read_matrix(written(tmp_path, lines)).X[0], [4, 4, 4])


def test_matrices_of_precursors_are_refused_by_name(tmp_path: Path) -> None:
    precursors = [DIANN[0].replace("First.", "Precursor.Id\tFirst."), "\t".join("abcdefgh")]
    assert "report.pg_matrix.tsv" in refused(written(tmp_path, precursors))
    parts = [f"{line}\tx" for line in SPECTRONAUT]
    parts[0] = parts[0].removesuffix("x") + "EG.PrecursorId"
    assert "PG.ProteinGroups" in refused(written(tmp_path, parts))


def test_rows_whose_empty_ends_are_cut_are_filled_up(tmp_path: Path) -> None:
    rows = [
        f"P{i}\tP{i}\tP_{i}\tG{i}\t\t" + "7" * (i % 3 < 2) + "\t8" * (i % 3 > 0) for i in range(30)
    ]
    adata = read_matrix(written(tmp_path, [DIANN[0], *rows]))
    np.testing.assert_array_equal(adata.X[1], [8 if i % 3 else NAN for i in range(30)])


def test_a_single_short_row_may_have_lost_a_cell_in_its_middle(tmp_path: Path) -> None:
    for lines in (MAXQUANT, DIANN):
        short = [*lines[:2], lines[2].rpartition("\t")[0], lines[3]]
        assert "cells where" in refused(written(tmp_path, short))


def test_faults_are_named_by_row_and_column(tmp_path: Path) -> None:
    wrong = [*MAXQUANT[:2], MAXQUANT[2].replace("2.5E3", "high")]
    assert "row 3, column LFQ intensity B: 'high' is not a number" in refused(
        written(tmp_path, wrong)
    )
    long = [*MAXQUANT[:2], MAXQUANT[2] + "\t9\t9"]
    assert "row 3: 18 cells where the header names 16" in refused(written(tmp_path, long))
    torn = tmp_path / "torn.tsv"
    torn.write_text("\n".join(MAXQUANT[:3])[:-12])
    assert "row 3: the file ends within this row" in refused(torn)
    quoted = [DIANN[0], DIANN[1].replace("Cellular", '"Cellular'), DIANN[2]]
    assert "a quote is opened and not closed" in refused(written(tmp_path, quoted))
    grouped = [line.replace("100,5", "100,500").replace("0,25", "0,250") for line in SPECTRONAUT]
    assert "decimals or thousands" in refused(written(tmp_path, grouped))


def test_a_table_without_values_of_samples_says_what_is_expected(tmp_path: Path) -> None:
    lines = ["Protein IDs\tMajority protein IDs\tIntensity", "P1\tP1\t5"]
    assert "no column of values for a sample" in refused(written(tmp_path, lines))
