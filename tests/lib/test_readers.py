"""A matrix is read as it was delivered, or refused in one line that says where it is wrong."""

import gzip
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
import scipy.io
from scipy import sparse

from dxtransfer.cohorts.readers.matrix import Table, to_matrix
from dxtransfer.cohorts.readers.registry import FORMATS, read_matrix
from dxtransfer.config import read_schema
from dxtransfer.errors import InputError

TEXT = "gene\t007\t008\nTP53\t1\t2.5\nNA\t3\t\nACTB\tNA\tnan\n"
SAMPLES = ["007", "008"]


def written(tmp_path, text, name="matrix.tsv"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    return path


def refused(path, **settings):
    with pytest.raises(InputError) as caught:
        read_matrix(path, **settings)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


@pytest.mark.parametrize("name", ["matrix.tsv", "matrix.tsv.gz", "matrix.csv", "matrix.txt"])
@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_text_is_read_whatever_its_separator_and_packing(tmp_path, name, separator):
    path = written(tmp_path, TEXT.replace("\t", separator), name)
    adata = read_matrix(path, sample_names=SAMPLES)
    assert list(adata.obs_names) == SAMPLES
    assert adata.X.dtype == np.float32
    np.testing.assert_array_equal(adata.X, [[1, 3, np.nan], [2.5, np.nan, np.nan]])


def test_names_stay_text_even_where_they_look_like_numbers_or_missing_values(tmp_path):
    adata = read_matrix(written(tmp_path, TEXT), sample_names=SAMPLES)
    assert list(adata.obs_names) == ["007", "008"]
    assert list(adata.var_names) == ["TP53", "NA", "ACTB"]


def test_gzip_is_known_by_content_not_by_ending(tmp_path):
    path = tmp_path / "matrix.tsv"
    path.write_bytes(gzip.compress(TEXT.encode()))
    assert read_matrix(path, sample_names=SAMPLES).shape == (2, 3)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path):
    path = tmp_path / "matrix.tsv"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    adata = read_matrix(path, sample_names=SAMPLES)
    assert adata.shape == (2, 3)
    assert list(adata.obs_names) == SAMPLES


def test_a_header_one_cell_short_as_r_writes_it_names_the_values(tmp_path):
    adata = read_matrix(written(tmp_path, "a,b\nG1,1,2\nG2,3,4\n"), sample_names=["a", "b"])
    assert list(adata.obs_names) == ["a", "b"]
    np.testing.assert_array_equal(adata.X, [[1, 3], [2, 4]])


def test_samples_in_rows_and_in_columns_give_the_same_cohort(tmp_path):
    turned = "sample\tG1\tG2\ns1\t1\t3\ns2\t2\t4\n"
    straight = "gene\ts1\ts2\nG1\t1\t2\nG2\t3\t4\n"
    one = read_matrix(written(tmp_path, straight, "a.tsv"), sample_names=["s1", "s2", "s3"])
    other = read_matrix(written(tmp_path, turned, "b.tsv"), sample_names=["s1", "s2", "s3"])
    np.testing.assert_array_equal(one.X, other.X)
    assert list(one.obs_names) == list(other.obs_names)
    assert list(one.var_names) == list(other.var_names)


def test_a_stated_orientation_overrules_what_the_names_say(tmp_path):
    path = written(tmp_path, TEXT)
    adata = read_matrix(path, orientation="genes_in_columns", sample_names=SAMPLES)
    assert list(adata.var_names) == SAMPLES


def test_no_known_sample_on_either_axis_names_the_ids_of_both_sides(tmp_path):
    message = refused(written(tmp_path, TEXT), sample_names=["patient_1"])
    assert "patient_1" in message
    assert "007" in message
    assert "TP53" in message


def test_a_cell_that_is_no_number_is_named_by_row_and_column(tmp_path):
    message = refused(written(tmp_path, "gene\ta\tb\nG1\t1\t2\nG2\t3\tlow\n"))
    assert "row 3 (G2), column b: 'low' is not a number" in message


def test_a_row_of_another_length_is_named(tmp_path):
    message = refused(written(tmp_path, "gene\ta\tb\nG1\t1\t2\nG2\t3\n"))
    assert "row 3: 2 cells where 3 are expected" in message


def test_a_sample_that_stands_twice_is_refused(tmp_path):
    assert "'a' stands twice" in refused(written(tmp_path, "gene\ta\ta\nG1\t1\t2\n"))


def test_a_feature_may_stand_twice(tmp_path):
    adata = read_matrix(written(tmp_path, "gene\ta\tb\nG\t1\t2\nG\t3\t4\n"))
    assert list(adata.var_names) == ["G", "G"]


def test_an_infinite_value_is_refused_by_name(tmp_path):
    message = refused(written(tmp_path, "gene\ta\tb\nG1\t1\t-inf\n"))
    assert "'G1' in sample 'b'" in message


@pytest.mark.parametrize("text", ["", "\n", "gene\ta\tb\n"])
def test_an_empty_file_is_refused(tmp_path, text):
    assert "empty" in refused(written(tmp_path, text))


def test_a_truncated_gzip_is_refused(tmp_path):
    path = tmp_path / "matrix.tsv.gz"
    path.write_bytes(gzip.compress(TEXT.encode() * 100)[:-20])
    assert "truncated" in refused(path)


def test_an_archive_is_refused_with_the_way_out(tmp_path):
    path = tmp_path / "matrix.tsv"
    path.write_bytes(b"PK\x03\x04 rest of an archive")
    assert "unpack it" in refused(path)


def test_a_zero_byte_is_told_with_its_row(tmp_path):
    path = tmp_path / "matrix.tsv"
    path.write_bytes(TEXT.encode() + b"G\t1\0\t2\n")
    assert "row 5: a zero byte" in refused(path)


def test_text_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "matrix.tsv"
    path.write_bytes("gene\ta\nIFN\xb5\t1\n".encode("latin-1"))
    assert "UTF-8" in refused(path)


def test_a_missing_file_and_an_unknown_format_are_refused(tmp_path):
    assert "no such file" in refused(tmp_path / "nowhere.tsv")
    assert "unknown format" in refused(written(tmp_path, TEXT), format="xls")


@pytest.mark.parametrize("with_index", [True, False])
def test_parquet_is_read_with_its_names_in_the_index_or_the_first_text_column(tmp_path, with_index):
    frame = pd.DataFrame(
        {"s1": [1, 3], "s2": [2.5, np.nan]}, index=pd.Index(["G1", "G2"], name="g")
    )
    path = tmp_path / "matrix.parquet"
    (frame if with_index else frame.reset_index()).to_parquet(path)
    adata = read_matrix(path, sample_names=["s1", "s2"])
    np.testing.assert_array_equal(adata.X, [[1, 3], [2.5, np.nan]])
    assert list(adata.var_names) == ["G1", "G2"]


def test_parquet_with_text_among_the_values_names_the_column(tmp_path):
    path = tmp_path / "matrix.parquet"
    pd.DataFrame({"gene": ["G1"], "s1": [1.0], "s2": ["low"]}).to_parquet(path)
    assert "column s2" in refused(path)


@pytest.mark.parametrize("as_sparse", [True, False])
def test_h5ad_is_read_dense_or_sparse(tmp_path, as_sparse):
    values = np.array([[1, 0, 2], [0, 3, 0]])
    path = tmp_path / "matrix.h5ad"
    anndata.AnnData(
        X=sparse.csr_matrix(values, dtype=float) if as_sparse else values.astype(float),
        obs=pd.DataFrame({"diagnosis": ["ill", "well"]}, index=["s1", "s2"]),
        var=pd.DataFrame(index=["G1", "G2", "G3"]),
    ).write_h5ad(path)
    adata = read_matrix(path, sample_names=["s1", "s2"])
    assert sparse.issparse(adata.X) == as_sparse
    assert list(adata.obs["diagnosis"]) == ["ill", "well"]
    np.testing.assert_array_equal(adata.X.toarray() if as_sparse else adata.X, values)
    assert adata.X.dtype == np.float32


@pytest.mark.parametrize("kind", ["csr", "csc", "dense"])
@pytest.mark.parametrize("dtype", ["int64", "float64"])
def test_an_h5ad_of_any_storage_gives_the_same_values(tmp_path, monkeypatch, kind, dtype):
    # blocks of a few values each, so that many of them are put together
    monkeypatch.setattr("dxtransfer.cohorts.readers.h5ad.BLOCK", 64)
    values = np.random.default_rng(1).poisson(0.7, (37, 23)).astype(dtype)
    stored = {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix, "dense": np.asarray}[kind](values)
    path = tmp_path / "matrix.h5ad"
    anndata.AnnData(X=stored).write_h5ad(path)
    adata = read_matrix(path)
    assert adata.X.dtype == np.float32
    assert kind == "dense" or adata.X.format == "csr"
    np.testing.assert_array_equal(adata.X if kind == "dense" else adata.X.toarray(), values)


def test_a_dense_h5ad_is_handed_on_without_a_copy(tmp_path):
    values = np.zeros((3, 2), dtype=np.float32)
    table = Table(values, ["a", "b", "c"], ["G", "H"], natural="genes_in_columns")
    assert np.shares_memory(to_matrix(table, path=tmp_path).X, values)


def test_a_zarr_store_is_read_with_its_own_table(tmp_path):
    path = tmp_path / "matrix.zarr"
    anndata.AnnData(
        X=sparse.csr_matrix([[1.0, 0], [0, 2]]),
        obs=pd.DataFrame({"age": [40, 50]}, index=["s1", "s2"]),
        var=pd.DataFrame(index=["G1", "G2"]),
    ).write_zarr(path)
    adata = read_matrix(path)
    np.testing.assert_array_equal(adata.X.toarray(), [[1, 0], [0, 2]])
    assert list(adata.obs["age"]) == [40, 50]
    assert adata.uns["own_table"]


def test_a_damaged_zarr_store_is_refused(tmp_path):
    (tmp_path / "zarr.json").write_text("{")
    assert "not a whole zarr store" in refused(tmp_path)


def test_a_damaged_h5ad_is_refused(tmp_path):
    path = tmp_path / "matrix.h5ad"
    path.write_bytes(b"\x89HDF\r\n\x1a\n and nothing more")
    assert "not a whole h5ad" in refused(path)


def test_a_10x_folder_is_read_as_cells_by_genes(tmp_path):
    folder = tmp_path / "filtered"
    folder.mkdir()
    with gzip.open(folder / "matrix.mtx.gz", "wb") as handle:
        scipy.io.mmwrite(handle, sparse.coo_matrix(np.array([[5, 0], [0, 7], [1, 1]])))
    with gzip.open(folder / "barcodes.tsv.gz", "wt") as handle:
        handle.write("AAA-1\nCCC-1\n")
    with gzip.open(folder / "features.tsv.gz", "wt") as handle:
        handle.writelines(f"ENSG{i}\tG{i}\tGene Expression\n" for i in range(3))
    adata = read_matrix(folder)
    assert list(adata.obs_names) == ["AAA-1", "CCC-1"]
    assert list(adata.var_names) == ["G0", "G1", "G2"]
    np.testing.assert_array_equal(adata.X.toarray(), [[5, 0, 1], [0, 7, 1]])


def test_an_incomplete_10x_folder_is_refused(tmp_path):
    folder = tmp_path / "filtered"
    folder.mkdir()
    (folder / "barcodes.tsv").write_text("AAA-1\n")
    assert "not a whole 10x folder (no file features or genes)" in refused(folder)


def test_a_folder_of_nothing_known_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing")
    assert "holds nothing known" in refused(tmp_path)


def test_a_folder_of_two_formats_needs_the_sheet_to_choose(tmp_path):
    (tmp_path / "a.genes.results").write_text("")
    (tmp_path / "quant.sf").write_text("")
    assert "several formats (rsem, salmon)" in refused(tmp_path)


def test_a_file_where_the_format_is_a_folder_is_refused(tmp_path):
    assert "a file, where the format zarr is a folder" in refused(
        written(tmp_path, TEXT), format="zarr"
    )


def test_a_platform_is_refused_where_the_format_has_none(tmp_path):
    assert "has no platforms" in refused(written(tmp_path, TEXT), platform="GPL570")


def test_a_10x_hdf5_file_is_read_as_cells_by_genes(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "filtered.h5"
    counts = sparse.csc_matrix(np.array([[5, 0], [0, 7], [1, 1]]))
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        for name in ("data", "indices", "indptr"):
            group[name] = getattr(counts, name)
        group["shape"] = counts.shape
        group["barcodes"] = np.array([b"AAA-1", b"CCC-1"])
        features = group.create_group("features")
        features["id"] = np.array([b"ENSG0", b"ENSG1", b"ENSG2"])
        features["name"] = np.array([b"G0", b"G1", b"G2"])
        features["feature_type"] = np.array([b"Gene Expression"] * 3)
        features["genome"] = np.array([b"GRCh38"] * 3)
    adata = read_matrix(path)
    assert list(adata.var_names) == ["G0", "G1", "G2"]
    np.testing.assert_array_equal(adata.X.toarray(), [[5, 0, 1], [0, 7, 1]])


def test_the_sheet_may_name_every_format_that_is_read():
    schema = read_schema(Path(__file__).parents[2] / "workflow/schemas/cohorts.schema.yaml")
    assert schema["properties"]["format"]["enum"] == list(FORMATS)
