"""Labels and patients inside an h5ad file are checked before the first job."""

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest

from dxtransfer.cohorts.h5ad_features import check_features
from dxtransfer.errors import InputError, all_of
from dxtransfer.h5ad_samples import samples_inside
from dxtransfer.label_checks import check_cells, check_labels
from dxtransfer.sample_tables import SampleTable

TASK = {
    "kind": "binary",
    "label": "state",
    "classes": {"ill": ["TB"], "well": ["no"]},
    "exclude": [],
    "event_values": [],
}


def row(folder, obs, **more):
    adata = anndata.AnnData(np.ones((len(obs), 3), dtype=np.float32), obs=obs)
    adata.write_h5ad(folder / "x.h5ad")
    return {
        "cohort": "c",
        "role": "target",
        "assay": "rnaseq",
        "matrix": str(folder / "x.h5ad"),
        **more,
    }


def obs(n=6, **columns):
    table = {"state": ["TB", "no"] * (n // 2), "age": np.arange(n) + 0.5, **columns}
    return pd.DataFrame(table, index=[f"s{i}" for i in range(n)])


def test_categories_numbers_and_missing_cells_are_read_as_text(tmp_path):
    kinds = obs(
        state=pd.Categorical(["TB", "no", None, "TB", "no", "no"]),
        old=pd.array([True, None, False, True, True, None], dtype="boolean"),
        note=["a", "b", "NA", "d", "e", "f"],
    )
    table = samples_inside(row(tmp_path, kinds))
    assert list(table.rows) == [f"s{i}" for i in range(6)]
    assert table.rows["s2"] == {"state": "", "age": "2.5", "old": "False", "note": ""}
    assert table.rows["s1"]["old"] == ""


def test_a_label_of_no_class_inside_is_an_error(tmp_path):
    given = row(tmp_path, obs(state=["TB", "no", "TB", "maybe", "no", "no"]))
    table = samples_inside(given)
    with pytest.raises(InputError, match="'maybe' is neither in"):
        check_labels(table, {"samples": given["matrix"], **given}, TASK)


def test_cells_without_patients_are_an_error_where_they_are_judged(tmp_path):
    cells = obs(600)
    given = {"samples": "x", **row(tmp_path, cells, assay="single_cell")}
    table = samples_inside(given)
    with pytest.raises(InputError, match="600 single cells without a column of patients"):
        check_cells(table, given)
    check_cells(table, {**given, "role": "source"})
    check_cells(table, {**given, "assay": "rnaseq"})
    with_donors = row(
        tmp_path, cells.assign(donor="d"), assay="single_cell", patient_column="donor"
    )
    check_cells(samples_inside(with_donors), {"samples": "x", **with_donors})


def test_barcodes_of_few_cells_are_cells():
    names = ["AAACCTGAGAAACCAT-1", "P1_TTTGTCATCACATAGC", "S3"]
    table = SampleTable(["state"], {name: {"state": "TB"} for name in names}, {}, "", "")
    given = {"samples": "x", "role": "target", "assay": "single_cell", "matrix": "m"}
    with pytest.raises(InputError, match="3 single cells"):
        check_cells(table, given)


def test_what_cannot_be_read_here_is_left_to_the_reader(tmp_path):
    (tmp_path / "x.h5ad").write_bytes(b"no file of this kind")
    assert samples_inside({"matrix": str(tmp_path / "x.h5ad")}) is None
    with h5py.File(tmp_path / "y.h5ad", "w") as file:
        file["obs"] = np.zeros(3, dtype=[("index", "S3"), ("state", "S2")])
    assert samples_inside({"matrix": str(tmp_path / "y.h5ad")}) is None
    assert samples_inside({"matrix": str(tmp_path / "z.h5ad")}) is None
    assert samples_inside({"cohort": "reads"}) is None


def named(folder, names, **more):
    given = row(folder, obs(), **more)
    adata = anndata.AnnData(np.ones((2, len(names)), dtype=np.float32))
    adata.var_names = names
    adata.write_h5ad(given["matrix"])
    return given


def test_probes_inside_need_a_table_of_genes(tmp_path):
    probes = [f"{n}_at" for n in range(1000, 1030)]
    with pytest.raises(InputError, match=r"look like Affymetrix probe ids \(1000_at\)"):
        check_features([named(tmp_path, probes)])
    check_features([named(tmp_path, probes, annotation="genes.tsv")])
    check_features([named(tmp_path, probes, feature_id="other")])
    check_features([named(tmp_path, [f"MIR{n}A" for n in range(30)])])


def test_names_inside_that_contradict_the_sheet_are_an_error(tmp_path):
    ensembl = named(tmp_path, [f"ENSG{n:011d}" for n in range(30)], feature_id="symbol")
    with pytest.raises(InputError, match="column feature_id: it says symbol"):
        check_features([ensembl])


def test_errors_of_several_checks_are_listed_together():
    def refuse(text):
        raise InputError(text)

    with pytest.raises(InputError) as caught:
        all_of(lambda: 1, lambda: refuse("one"), lambda: refuse("two\none"))
    assert str(caught.value) == "one\ntwo"
    assert all_of(lambda: 1, lambda: 2) == [1, 2]
