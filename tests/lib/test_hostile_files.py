"""Files that attack or are broken end in one true line: no crash, no garbage, no full memory."""

import gzip
import json
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from dxtransfer import memory as machine
from dxtransfer.cohorts.readers import content
from dxtransfer.cohorts.readers.mapping import read_mapping
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

COUNTS = np.array([[5, 0, 1, 0], [0, 7, 0, 2], [3, 0, 0, 9]], dtype=np.float32)
SAMPLES, GENES = ["s1", "s2", "s3"], ["G1", "G2", "G3", "G4"]
BARCODES = "".join(f"{name}\n" for name in SAMPLES)
FEATURES = "".join(f"{name}\t{name}\tGene Expression\n" for name in GENES)


def refused(path: Path, **settings: Any) -> str:
    with pytest.raises(InputError) as caught:
        read_matrix(path, **settings)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return str(caught.value)


def annotated(kind: str) -> anndata.AnnData:
    values = {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix, "dense": np.array}[kind](COUNTS)
    return anndata.AnnData(values, obs=pd.DataFrame(index=SAMPLES), var=pd.DataFrame(index=GENES))


def h5ad(path: Path, kind: str = "csr") -> Path:
    annotated(kind).write_h5ad(path)
    return path


def zarr_store(path: Path, kind: str = "csr") -> Path:
    annotated(kind).write_zarr(path)
    return path


def tenx(path: Path, *, group: str = "matrix") -> Path:
    counts = sparse.csc_matrix(COUNTS.T)
    with h5py.File(path, "w") as file:
        parts = {name: getattr(counts, name) for name in ("data", "indices", "indptr")}
        parts |= {"shape": counts.shape, "barcodes": np.array(SAMPLES, dtype="S")}
        genes = np.array(GENES, dtype="S")
        if group == "matrix":
            kinds = np.array(["Gene Expression"] * 4, dtype="S")
            parts |= {"features/id": genes, "features/name": genes, "features/feature_type": kinds}
        else:
            parts |= {"genes": genes, "gene_names": genes}
        for name, values in parts.items():
            file[f"{group}/{name}"] = values
    return path


def biom(path: Path) -> Path:
    counts = sparse.csr_matrix(COUNTS.T)
    with h5py.File(path, "w") as file:
        text = h5py.string_dtype()
        file.create_dataset("observation/ids", data=GENES, dtype=text)
        file.create_dataset("sample/ids", data=SAMPLES, dtype=text)
        for name in ("data", "indices", "indptr"):
            file[f"observation/matrix/{name}"] = getattr(counts, name)
    return path


def edited(path: Path, name: str, values: Any) -> Path:
    """Replace a dataset of an HDF5 file."""
    with h5py.File(path, "a") as file:
        old = dict(file[name].attrs) if name in file else {}
        if name in file:
            del file[name]
        file[name] = values
        file[name].attrs.update(old)
    return path


SPARSE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "csr": (lambda p: h5ad(p / "m.h5ad"), "X"),
    "csc": (lambda p: h5ad(p / "m.h5ad", "csc"), "X"),
    "tenx": (lambda p: tenx(p / "m.h5"), "matrix"),
    "tenx of version 2": (lambda p: tenx(p / "m.h5", group="hg19"), "hg19"),
    "biom": (lambda p: biom(p / "m.biom"), "observation/matrix"),
}
# what is done to a dataset, and what the message says of it
LIES: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "an index far outside": ("indices", lambda v: np.r_[v[:-1], 10**9], "an index of the sparse"),
    "an index just outside": ("indices", lambda v: np.r_[v[:-1], 4], "an index of the sparse"),
    "a negative index": ("indices", lambda v: np.r_[-1, v[1:]], "an index of the sparse"),
    "indices with decimals": ("indices", lambda v: v + 0.5, "not whole numbers"),
    "too few indices": ("indices", lambda v: v[:-1], "indices"),
    "pointers that decrease": ("indptr", lambda v: np.r_[0, v[2], v[1], v[3:]], "decrease"),
    "a negative pointer": ("indptr", lambda v: np.r_[-8, v[1:]], "go from -8"),
    "a pointer behind the end": (
        "indptr",
        lambda v: np.r_[v[:-1], np.int64(10**12)],
        "go from 0 to 10000",
    ),
    "a pointer too few": ("indptr", lambda v: v[1:], "pointers"),
    "too few values": ("data", lambda v: v[:-1], "indices"),
    "values that are text": ("data", lambda v: v.astype("S"), "not an array of numbers"),
}


@pytest.mark.parametrize("kind", SPARSE)
@pytest.mark.parametrize("lie", LIES)
def test_indices_and_pointers_are_checked_before_use(tmp_path: Path, kind: str, lie: str) -> None:
    write, group = SPARSE[kind]
    path = write(tmp_path)
    assert read_matrix(path).shape == (3, 4)
    member, change, told = LIES[lie]
    with h5py.File(path) as file:
        values = file[f"{group}/{member}"][()]
    assert told in refused(edited(path, f"{group}/{member}", change(values)))


@pytest.mark.parametrize("member", ["indices", "indptr"])
def test_indices_and_pointers_of_zarr_are_checked_before_use(tmp_path: Path, member: str) -> None:
    import zarr

    path = zarr_store(tmp_path / "m.zarr")
    np.testing.assert_array_equal(read_matrix(path).X.toarray(), COUNTS)
    zarr.open_group(str(path))["X"][member][1] = 10**6
    assert "of the sparse matrix" in refused(path)


@pytest.mark.parametrize("kind", ["csr", "dense"])
def test_absent_chunks_of_a_zarr_store_are_not_read_as_zeros(tmp_path: Path, kind: str) -> None:
    path = zarr_store(tmp_path / "m.zarr", kind)
    chunk = {"csr": "X/data/0", "dense": "X/0.0"}[kind]
    (path / chunk).unlink()
    assert f"1 of 1 chunks of {chunk.rpartition('/')[0]} are absent" in refused(path)


def test_labels_of_a_zarr_store_that_are_absent_are_not_the_first_label(tmp_path: Path) -> None:
    adata = annotated("csr")
    adata.obs["site"] = pd.Categorical(["a"] * 3)
    adata.obs["disease"] = pd.Categorical(["ill", "well", "ill"])
    adata.write_zarr(tmp_path / "m.zarr")
    # codes that are all 0 are not written by zarr 3
    (tmp_path / "m.zarr/obs/site/codes/0").unlink(missing_ok=True)
    assert list(read_matrix(tmp_path / "m.zarr").obs["disease"]) == ["ill", "well", "ill"]
    (tmp_path / "m.zarr/obs/disease/codes/0").unlink()
    assert "the values of the column 'disease' of obs are absent" in refused(tmp_path / "m.zarr")


def test_an_hdf5_file_on_which_the_library_loops_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.h5"
    with h5py.File(path, "w") as file:
        file.attrs["title"] = "cells of three patients"
    content = bytearray(path.read_bytes())
    # the size of a text: behind it nothing follows, of which HDF5 never finds the end
    content[content.index(b"GCOL") + 25] = 1
    path.write_bytes(content)
    assert "damaged in its attributes or texts" in refused(path)


@pytest.mark.parametrize("kind", ["csr", "csc", "dense"])
def test_an_infinite_value_is_named_in_sparse_as_in_dense(tmp_path: Path, kind: str) -> None:
    path = h5ad(tmp_path / "m.h5ad", kind)
    with h5py.File(path, "a") as file:
        if kind == "dense":
            file["X"][1, 3] = np.inf
        else:
            file["X/data"][list(file["X/data"]).index(2)] = -np.inf
    assert "the value of 'G4' in sample 's2' is infinite" in refused(path)


def test_an_infinite_value_is_named_in_a_10x_file_and_folder(tmp_path: Path) -> None:
    path = tenx(tmp_path / "m.h5")
    with h5py.File(path) as file:
        values = file["matrix/data"][()]
    values[values == 2] = np.inf
    assert "'G4' in sample 's2' is infinite" in refused(edited(path, "matrix/data", values))
    entries = "1 1 5\n4 2 inf\n"
    assert "'G4' in sample 's2'" in refused(cells(tmp_path / "cells", entries=entries))


# --- sizes that are declared ---------------------------------------------------------------------


@pytest.fixture
def little_memory() -> Iterator[None]:
    """Four GB of addresses: what takes more fails here instead of on the machine."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("kind", ["csr", "csc"])
def test_a_shape_that_obs_and_var_do_not_have_is_refused(tmp_path: Path, kind: str) -> None:
    path = h5ad(tmp_path / "m.h5ad", kind)
    with h5py.File(path, "a") as file:
        file["X"].attrs["shape"] = [10**11, 10**11]
    assert "obs and var name 3 samples and 4 features" in refused(path)
    with h5py.File(path, "a") as file:
        file["X"].attrs["shape"] = [-3, 4]
    assert "not two whole numbers" in refused(path)


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize(
    ("write", "member"),
    [
        (h5ad, "X"), (h5ad, "obs/_index"), (h5ad, "X/data"), (tenx, "matrix/data"),
        (tenx, "matrix/barcodes"), (biom, "observation/ids"), (biom, "sample/ids"),
    ],
)  # fmt: skip
def test_a_dataset_that_the_file_cannot_hold_is_refused(
    tmp_path: Path, write: Callable[[Path], Path], member: str
) -> None:
    path = write(tmp_path / "m.h5")
    with h5py.File(path, "a") as file:
        kind = file[member].dtype if isinstance(file[member], h5py.Dataset) else "f4"
        shape = (10**6, 10**6) if member == "X" else (10**9,)
        del file[member]
        file.create_dataset(member, shape=shape, dtype=kind, chunks=True)
    told = refused(path)
    assert "the file can hold none or few" in told or "obs and var name" in told


def test_what_does_not_fit_into_memory_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = h5ad(tmp_path / "m.h5ad", "dense")
    monkeypatch.setattr(machine, "memory", lambda: 40)
    assert "GB of memory, of which there are" in refused(path)


def test_values_that_lie_in_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(bytes(48))
    path = h5ad(tmp_path / "m.h5ad", "dense")
    with h5py.File(path, "a") as file:
        del file["X"]
        file.create_dataset("X", (3, 4), "f4", external=[(str(tmp_path / "other"), 0, 48)])
    assert "lie in other files" in refused(path)
    with h5py.File(path, "a") as file:
        del file["X"]
        file["X"] = h5py.ExternalLink("other.h5ad", "X")
    assert "a link into another file" in refused(path)


def test_a_table_of_samples_that_is_none_is_refused(tmp_path: Path) -> None:
    for name, values in {"obs": 3, "var": [1.0, 2.0]}.items():
        path = h5ad(tmp_path / f"{name}.h5ad")
        with h5py.File(path, "a") as file:
            del file[name]
            file[name] = values
        assert "is not a table" in refused(path)
    path = h5ad(tmp_path / "m.h5ad")
    with h5py.File(path, "a") as file:
        del file["obs/_index"]
    assert "not a whole h5ad file" in refused(path)
    path = h5ad(tmp_path / "n.h5ad")
    with h5py.File(path, "a") as file:
        file["obs"].attrs["encoding-type"] = "dict"
    assert "not a whole h5ad file" in refused(path)


# --- folders of 10x, text -----------------------------------------------------------------------


def cells(path: Path, *, entries: str = "1 1 5\n2 2 7\n", sizes: str = "4 3 2") -> Path:
    path.mkdir()
    (path / "barcodes.tsv").write_text(BARCODES)
    (path / "features.tsv").write_text(FEATURES)
    header = "%%MatrixMarket matrix coordinate real general\n%\n"
    (path / "matrix.mtx").write_text(f"{header}{sizes}\n{entries}")
    return path


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize(
    ("entries", "sizes", "told"),
    [
        ("1 1 5\n", "4 3 9000000000", "values are declared"),
        ("1 1 5\n", "4 3 2", "not a whole matrix"),
        ("1 1 5\n", "4000000000 3000000000 1", "not a whole matrix|but the other files|GB of"),
        ("1 1 5\n", "400000 3000000 1", "but the other files name"),
        ("5 1 5\n", "4 3 1", "not a whole matrix"),
        ("0 1 5\n", "4 3 1", "not a whole matrix"),
        ("1 1 x\n", "4 3 1", "not a whole matrix"),
        ("1 1 nan\n", "4 3 1", "not a number"),
        ("1 1 5\n", "4 3", "no line with its sizes"),
        ("1 1 5\n", "-4 3 1", "no line with its sizes"),
    ],
)
def test_a_matrix_of_a_10x_folder_that_lies_is_refused(
    tmp_path: Path, entries: str, sizes: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        read_matrix(cells(tmp_path / "cells", entries=entries, sizes=sizes))


def test_a_damaged_member_of_a_10x_folder_is_named(tmp_path: Path) -> None:
    for name in ("barcodes.tsv", "features.tsv", "matrix.mtx"):
        path = cells(tmp_path / name)
        packed = gzip.compress((path / name).read_bytes())
        (path / name).unlink()
        for damaged in (packed[:-12], packed[:20] + b"\xff\xff" + packed[22:]):
            (path / f"{name}.gz").write_bytes(damaged)
            assert f"{name}.gz" in refused(path)


def test_a_matrix_that_unpacks_without_an_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "SMALL", 1 << 16)
    path = cells(tmp_path / "cells", entries="1 1 5\n" + "\n" * (1 << 22) + "2 2 7\n")
    (path / "matrix.mtx.gz").write_bytes(gzip.compress((path / "matrix.mtx").read_bytes()))
    (path / "matrix.mtx").unlink()
    assert "as no table does" in refused(path)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ([[0.5, 1, 3]], "a value outside the table"),
        ([[0, 3, 3]], "a value outside the table"),
        ([[-1, 0, 3]], "a value outside the table"),
        ([[0, 1, 3], [0, 1, 4]], "two values of one observation"),
        ([[0, 1, 10**400]], "not a whole BIOM file"),
    ],
)
def test_a_value_outside_a_biom_table_is_refused(tmp_path: Path, data: Any, told: str) -> None:
    rows, columns = ([{"id": name} for name in names] for names in (GENES, SAMPLES))
    table = {"rows": rows, "columns": columns, "shape": [4, 3], "matrix_type": "sparse"}
    (tmp_path / "m.biom").write_text(json.dumps({**table, "data": data}))
    assert told in refused(tmp_path / "m.biom", format="biom")


def test_brackets_without_an_end_are_refused(tmp_path: Path) -> None:
    (tmp_path / "m.biom").write_text('{"rows":' + "[" * 100_000)
    assert "not a whole BIOM file" in refused(tmp_path / "m.biom", format="biom")


@pytest.mark.parametrize("kind", ["series_matrix", "soft", "delimited", "maf"])
def test_text_that_unpacks_without_an_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(content, "SMALL", 1 << 16)
    monkeypatch.setattr(content, "PIECE", 1 << 14)
    (tmp_path / "m.gz").write_bytes(gzip.compress(b"!Sample_title\n" * (1 << 20)))
    assert "as no table does" in refused(tmp_path / "m.gz", format=kind)
    with pytest.raises(InputError, match="as no table does"):
        read_mapping(tmp_path / "m.gz")


def test_a_cell_without_an_end_is_refused(tmp_path: Path) -> None:
    text = "Hugo_Symbol\tVariant_Classification\tTumor_Sample_Barcode\n" + "A" * 200_000
    (tmp_path / "m.maf").write_text(text)
    assert "not a whole table" in refused(tmp_path / "m.maf")
