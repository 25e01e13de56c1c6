"""Ingest changes no value, types the columns, and says why a sample is left out."""

import anndata
import numpy as np
import pandas as pd
import pytest

from dxtransfer.cohorts.ingest import ingest
from dxtransfer.errors import InputError

COHORT = {"cohort": "berlin", "assay": "rnaseq", "study": "s1"}


def matrix(samples):
    return anndata.AnnData(
        X=np.arange(2 * len(samples), dtype=np.float32).reshape(-1, 2),
        obs=pd.DataFrame(index=samples),
        var=pd.DataFrame(index=["G1", "G2"]),
    )


def table(**columns):
    return pd.DataFrame(columns, index=["s3", "s1", "s2"], dtype=str)


def ingested(samples, columns=("s1", "s2", "s3")):
    return ingest(matrix(list(columns)), samples, cohort=COHORT, checksum="abc")


def test_values_follow_their_samples_into_the_order_of_the_table():
    adata = ingested(table())
    assert list(adata.obs_names) == ["s3", "s1", "s2"]
    np.testing.assert_array_equal(adata.X, [[4, 5], [0, 1], [2, 3]])


def test_missing_patient_is_the_sample_and_missing_site_is_the_cohort():
    adata = ingested(table(patient=["p1", "", "p1"], site=["", "x", ""]))
    assert list(adata.obs["patient"]) == ["p1", "s1", "p1"]
    assert list(adata.obs["site"]) == ["berlin", "x", "berlin"]
    bare = ingested(table())
    assert list(bare.obs["patient"]) == ["s3", "s1", "s2"]
    assert set(bare.obs["site"]) == {"berlin"}


def test_columns_are_numbers_only_where_every_value_is_one():
    obs = ingested(
        table(
            age=["41", "", "3.5"], code=["007", "8", "9"], mixed=["1", "x", ""], blank=["", "", ""]
        )
    ).obs
    np.testing.assert_array_equal(obs["age"], [41, np.nan, 3.5])
    assert list(obs["code"]) == ["007", "8", "9"]
    assert list(obs["mixed"]) == ["1", "x", ""]
    assert list(obs["blank"]) == ["", "", ""]


def test_a_patient_id_that_is_a_number_stays_text():
    assert list(ingested(table(patient=["1", "2", "3"])).obs["patient"]) == ["1", "2", "3"]


def test_a_column_whose_name_is_taken_gets_a_suffix():
    samples = table(patient=["p1", "p2", "p3"], sample=["a", "b", "c"])
    samples.insert(2, "patient", ["q1", "q2", "q3"], allow_duplicates=True)
    obs = ingested(samples).obs
    assert list(obs["patient"]) == ["p1", "p2", "p3"]
    assert list(obs["patient_delivered"]) == ["q1", "q2", "q3"]
    assert list(obs["sample_delivered"]) == ["a", "b", "c"]


def test_whoever_is_left_out_is_named_with_the_reason():
    samples = table(
        patient=["p3", "p1", "p2"], dropped_by_sheet=["row filter: t is 8 weeks", "", ""]
    )
    adata = ingested(samples, columns=["s1", "s3", "extra"])
    assert list(adata.obs_names) == ["s1"]
    assert "dropped_by_sheet" not in adata.obs
    about = adata.uns["dxtransfer"]
    assert about["left_out"].values.tolist() == [
        ["s3", "p3", "row filter: t is 8 weeks"],
        ["s2", "p2", "not in the matrix"],
        ["extra", "", "not in the sample table"],
    ]
    assert about["samples_delivered"] == 4


def test_no_common_sample_names_the_first_ids_of_both():
    with pytest.raises(InputError, match=r"berlin.*s3.*GSM1"):
        ingested(table(), columns=["GSM1", "GSM2"])


def test_nobody_left_tells_why():
    with pytest.raises(InputError, match="row filter"):
        ingested(table(dropped_by_sheet=["row filter: x"] * 3))


def test_a_sample_twice_in_the_table_is_refused():
    samples = pd.DataFrame({"age": ["1", "2"]}, index=["s1", "s1"])
    with pytest.raises(InputError, match="stands twice"):
        ingested(samples)


@pytest.mark.filterwarnings("ignore:Forward slashes:FutureWarning")
def test_the_result_survives_h5ad_with_awkward_columns(tmp_path):
    samples = table(**{"a/b [ng/L]": ["1", "2", ""], "why <b>?": ["x", "", "y"]})
    adata = ingested(samples, columns=["s1", "s2"])
    adata.write_h5ad(tmp_path / "x.h5ad")
    again = anndata.read_h5ad(tmp_path / "x.h5ad")
    assert list(again.obs.columns) == ["patient", "site", "a/b [ng/L]", "why <b>?"]
    assert again.uns["dxtransfer"]["left_out"]["reason"].tolist() == ["not in the matrix"]
    assert again.uns["dxtransfer"]["checksum"] == "abc"
    empty = ingested(table())
    empty.write_h5ad(tmp_path / "y.h5ad")
    assert len(anndata.read_h5ad(tmp_path / "y.h5ad").uns["dxtransfer"]["left_out"]) == 0


def test_a_single_feature_is_refused():
    with pytest.raises(InputError, match=r"berlin.*a single feature \(G1\)"):
        ingest(matrix(["s1"])[:, :1], table(), cohort=COHORT, checksum="")
