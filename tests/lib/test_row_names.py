"""The column that names the rows is the one that holds identifiers, wherever it stands."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

SAMPLES = ["S01", "S02"]
GENES = ["TP53", "ACTB", "MYC", "KRAS"]
ENSEMBL = [f"ENSG0000014151{i}.7" for i in range(4)]
PLACES = [["chr1", "5", "90"], ["chr1", "100", "190"], ["chr2", "5", "90"], ["chr2", "7", "99"]]


def read(
    folder: Path,
    header: Sequence[str],
    names: Sequence[Sequence[str]],
    samples: Sequence[str] | None = SAMPLES,
    top: str = "",
) -> AnnData:
    rows = [[*row, f"{i}.5", str(10 * i)] for i, row in enumerate(names)]
    text = top + "".join("\t".join(row) + "\n" for row in [[*header, *SAMPLES], *rows])
    (folder / "matrix.txt").write_text(text)
    return read_matrix(folder / "matrix.txt", sample_names=samples)


# header, cells, and the names of the features
FOUND: dict[str, tuple[list[str], list[list[str]], list[str]]] = {
    "a length first": (["Length", "Geneid"], [["900", g] for g in GENES], GENES),
    "a description first": (["description", "symbol"], [["a kinase", g] for g in GENES], GENES),
    "a type first": (["gene_type", "gene_name"], [["coding", g] for g in GENES], GENES),
    "a strand first": (["strand", "ID"], [["+", g] for g in GENES], GENES),
    "chromosomes of no known header first": (["X", "gene"], [["chr1", g] for g in GENES], GENES),
    "a place first": (
        ["chr", "start", "end", "strand", "gene_name"],
        [[*place, "+", g] for place, g in zip(PLACES, GENES, strict=True)],
        GENES,
    ),
    "a place behind a comment mark": (
        ["#chr", "start", "end", "gene_id"],
        [[*place, g] for place, g in zip(PLACES, ENSEMBL, strict=True)],
        ENSEMBL,
    ),
    "stable ids behind symbols that are no better": (
        ["length", "gene", "ensembl"],
        [["9", g, e] for g, e in zip(GENES, ENSEMBL, strict=True)],
        ENSEMBL,
    ),
    "peaks": (["chr", "start", "end"], PLACES, ["{}:{}-{}".format(*place) for place in PLACES]),
    "peaks with a nearest gene": (
        ["Chromosome", "Start", "End", "gene"],
        [[*place, "TP53"] for place in PLACES],
        ["{}:{}-{}".format(*place) for place in PLACES],
    ),
    "a count first": (["No.", "Protein"], [[str(i + 1), g] for i, g in enumerate(GENES)], GENES),
    "symbols before ids stay": (
        ["gene", "ensembl"],
        [[g, e] for g, e in zip(GENES, ENSEMBL, strict=True)],
        GENES,
    ),
    "duplicated symbols before probes stay": (
        ["gene", "note"],
        [["TP53", "a"], ["TP53", "b"], ["MYC", "c"], ["MYC", "d"]],
        ["TP53", "TP53", "MYC", "MYC"],
    ),
    "descriptions of one name": (
        ["gene", "description", "description"],
        [[g, "a", "b"] for g in GENES],
        GENES,
    ),
}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("case", FOUND)
def test_rows_have_the_names_of_the_column_that_identifies(
    case: str, known: bool, tmp_path: Path
) -> None:
    header, cells, names = FOUND[case]
    adata = read(tmp_path, header, cells, SAMPLES if known else None)
    assert list(adata.var_names) == names
    assert list(adata.obs_names) == SAMPLES
    np.testing.assert_array_equal(adata.X[0], [0.5, 1.5, 2.5, 3.5])


def test_a_gct_file_may_count_its_rows_before_their_names(tmp_path: Path) -> None:
    cells = [[str(i), e, g] for i, (e, g) in enumerate(zip(ENSEMBL, GENES, strict=True))]
    adata = read(tmp_path, ["id", "Name", "Description"], cells, top="#1.2\n4\t2\n")
    assert list(adata.var_names) == ENSEMBL


@pytest.mark.parametrize("header", ["chrom", "Length", "start"])
def test_a_column_that_cannot_name_the_rows_is_refused(header: str, tmp_path: Path) -> None:
    cells = [["chr1" if header == "chrom" else str(i)] for i in range(4)]
    with pytest.raises(InputError, match=f"no column names the rows: the first, '{header}'"):
        read(tmp_path, [header], cells)


def test_names_may_stand_behind_the_values(tmp_path: Path) -> None:
    (tmp_path / "m.tsv").write_text("S01\tS02\tgene\n1\t2\tTP53\n3\t4\tMYC\n")
    adata = read_matrix(tmp_path / "m.tsv", sample_names=SAMPLES)
    assert list(adata.var_names) == ["TP53", "MYC"]
    np.testing.assert_array_equal(adata.X, [[1, 3], [2, 4]])


def test_other_columns_do_not_stop_the_reading_where_samples_are_known(tmp_path: Path) -> None:
    text = "gene\tS01\tS02\tscore\tscore\tremark\nTP53\t1\t2\t5\t6\tx\nMYC\t3\t4\t5\t6\ty\n"
    (tmp_path / "m.tsv").write_text(text)
    adata = read_matrix(tmp_path / "m.tsv", sample_names=SAMPLES)
    assert list(adata.obs_names) == SAMPLES
    (tmp_path / "m.tsv").write_text(text.replace("score", "S03"))
    with pytest.raises(InputError, match="'S03' stands twice"):
        read_matrix(tmp_path / "m.tsv", sample_names=[*SAMPLES, "S03"])


@pytest.mark.parametrize("ids", [["101.1", "101.2"], ["1E10", "2E10"], ["7", "8"]])
@pytest.mark.parametrize("corner", ["gene\t", ""])
def test_ids_that_look_like_numbers_are_names_where_the_sample_table_has_them(
    ids: list[str], corner: str, tmp_path: Path
) -> None:
    text = corner + "\t".join(ids) + "\nTP53\t1.5\t2.5\nMYC\t3.5\t4.5\n"
    (tmp_path / "m.tsv").write_text(text)
    adata = read_matrix(tmp_path / "m.tsv", sample_names=ids)
    assert list(adata.obs_names) == ids
    np.testing.assert_array_equal(adata.X, [[1.5, 3.5], [2.5, 4.5]])


@pytest.mark.parametrize("corner", ["sample", ""])
def test_masses_are_names_where_the_rows_are_samples(corner: str, tmp_path: Path) -> None:
    (tmp_path / "m.tsv").write_text(f"{corner}\t100.0371\t101.5\nS01\t1.5\t2\nS02\t3\t4\n")
    adata = read_matrix(tmp_path / "m.tsv", sample_names=SAMPLES)
    assert list(adata.var_names) == ["100.0371", "101.5"]
    assert list(adata.obs_names) == SAMPLES


def test_a_parquet_table_is_named_like_a_text_table(tmp_path: Path) -> None:
    frame = pd.DataFrame({"chr": "chr1", "gene": GENES, "S01": [1, 2, 3, 4], "S02": [5, 6, 7, 8]})
    frame.to_parquet(tmp_path / "m.parquet")
    adata = read_matrix(tmp_path / "m.parquet", sample_names=SAMPLES)
    assert list(adata.var_names) == GENES
    np.testing.assert_array_equal(adata.X, [[1, 2, 3, 4], [5, 6, 7, 8]])
