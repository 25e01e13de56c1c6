"""Single cells however they are packed: 10x folders, h5ad of any age, loom."""

import gzip
from pathlib import Path

import h5py
import numpy as np
import pytest

from dxtransfer.cohorts.readers.formats import format_of
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

# Layouts: Cell Ranger's "Feature-barcode matrices", STARsolo's manual, GEO's supplementary files
BARCODES = "AAAC-1\nAAAG-1\n"
FEATURES = (
    "ENSG1\tA\tGene Expression\nENSG2\tA\tGene Expression\nENSG3\tCD3\tAntibody Capture\n"
    "574405\t\tGene Expression\n"
)
MATRIX = "%%MatrixMarket matrix coordinate integer general\n%\n4 2 4\n1 1 5\n2 2 6\n3 1 9\n4 2 7\n"


def folder(path: Path, files: dict[str, str]) -> Path:
    path.mkdir()
    for name, text in files.items():
        content = text.encode()
        (path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_matrix(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "names",
    [
        ("barcodes.tsv", "features.tsv", "matrix.mtx"),
        ("barcodes.tsv.gz", "features.tsv.gz", "matrix.mtx"),
        ("barcodes.tsv", "genes.tsv", "matrix.mtx.gz"),
        ("GSM1_barcodes.tsv.gz", "GSM1_genes.tsv.gz", "GSM1_matrix.mtx.gz"),
    ],
)
def test_a_folder_is_read_however_it_is_packed(tmp_path: Path, names: tuple[str, ...]) -> None:
    texts = (BARCODES, FEATURES, MATRIX)
    path = folder(tmp_path / "cells", dict(zip(names, texts, strict=True)))
    adata = read_matrix(path)
    assert list(adata.obs_names) == ["AAAC-1", "AAAG-1"]
    assert list(adata.var_names) == ["A", "A", "574405"]
    np.testing.assert_array_equal(adata.X.toarray(), [[5, 0, 0], [0, 6, 7]])
    assert adata.uns["features_left_out"] == [("CD3", "not gene expression but Antibody Capture")]


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("matrix.mtx", MATRIX.replace("2 2 6", "9 2 6"), "not a whole matrix"),
        ("matrix.mtx", MATRIX.removesuffix("4 2 7\n"), "not a whole matrix"),
        ("barcodes.tsv", BARCODES + "AAAT-1\n", "4 features and 3 cells"),
    ],
)
def test_a_damaged_folder_is_one_line(tmp_path: Path, file: str, text: str, told: str) -> None:
    files = {"barcodes.tsv": BARCODES, "features.tsv": FEATURES, "matrix.mtx": MATRIX}
    assert told in refused(folder(tmp_path / "cells", files | {file: text}))


def test_a_matrix_of_a_cut_download_is_one_line(tmp_path: Path) -> None:
    path = folder(tmp_path / "cells", {"barcodes.tsv": BARCODES, "features.tsv": FEATURES})
    (path / "matrix.mtx.gz").write_bytes(gzip.compress(MATRIX.encode() * 50)[:60])
    assert "not a whole matrix" in refused(path)


def old_h5ad(path: Path) -> Path:
    # Layout: anndata 0.5 and 0.6, tests/data/archives of https://github.com/scverse/anndata
    obs = np.array(
        [(b"c1", 0, 1.5), (b"c2", -1, 2.5)], [("index", "S4"), ("kind", "i1"), ("age", "f4")]
    )
    with h5py.File(path, "w") as file:
        file["X"] = np.array([[1.0, 2, 3], [4, 5, 6]], dtype="f4")
        file["obs"] = obs
        file["var"] = np.array([(b"A", True), (b"B", False), (b"C", True)], "S3,?")
        file["uns/kind_categories"] = np.array([b"T cell"])
    return path


def test_structured_tables_of_old_h5ad_files(tmp_path: Path) -> None:
    adata = read_matrix(old_h5ad(tmp_path / "m.h5ad"))
    assert list(adata.obs_names) == ["c1", "c2"]
    assert list(adata.var_names) == ["A", "B", "C"]
    np.testing.assert_array_equal(adata.X, [[1, 2, 3], [4, 5, 6]])
    assert list(adata.obs["kind"]) == ["T cell", ""]
    assert list(adata.obs["age"]) == [1.5, 2.5]


def test_a_category_that_an_old_h5ad_does_not_name_is_refused(tmp_path: Path) -> None:
    path = old_h5ad(tmp_path / "m.h5ad")
    with h5py.File(path, "a") as file:
        del file["uns/kind_categories"]
        file["uns/kind_categories"] = np.array([], dtype="S3")
    assert "a category that the file does not name" in refused(path)


def loom(path: Path) -> Path:
    # Layout: https://linnarssonlab.org/loompy/format/
    with h5py.File(path, "w") as file:
        file["matrix"] = np.array([[1, 0], [0, 2], [3, 4]])
        file["row_attrs/Gene"] = ["A", "B", "C"]
        file["row_attrs/Accession"] = ["ENSG1", "ENSG2", "ENSG3"]
        file["col_attrs/CellID"] = ["c1", "c2"]
        file["col_attrs/Age"] = ["p7", "p9"]
        file.create_group("layers")
    return path


def test_a_loom_file_is_read_with_the_table_of_its_cells(tmp_path: Path) -> None:
    path = loom(tmp_path / "m.loom")
    assert format_of(path) == "loom"
    adata = read_matrix(path)
    assert list(adata.obs_names) == ["c1", "c2"]
    assert list(adata.var_names) == ["A", "B", "C"]
    np.testing.assert_array_equal(adata.X.toarray(), [[1, 0, 3], [0, 2, 4]])
    assert adata.uns["own_table"]
    assert list(adata.obs["Age"]) == ["p7", "p9"]


def test_a_loom_file_without_names_is_refused(tmp_path: Path) -> None:
    path = loom(tmp_path / "m.loom")
    with h5py.File(path, "a") as file:
        del file["col_attrs/CellID"]
    assert "no attribute that names the cells" in refused(path)
    with h5py.File(loom(path), "a") as file:
        del file["col_attrs/Age"]
        file["col_attrs/Age"] = ["p7"]
    assert "an attribute of the cells" in refused(path)
