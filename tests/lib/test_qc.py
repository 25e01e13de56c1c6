"""Every sample that goes has a reason; limits relative to a cohort drop source samples alone."""

import json

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.qc import drop_reasons, qc
from dxtransfer.cohorts.qc_metrics import measure

SETTINGS = {
    "min_library_size": 10_000,
    "min_features_detected": 100,
    "max_missing_share": 0.5,
    "max_mitochondrial_share": 1.0,
    "mad_threshold": 5,
    "min_correlation_mad": 5,
}
N, P = 30, 300


def cohort(values, *, names=None, assay="rnaseq", table=None):
    samples = [f"s{i:02d}" for i in range(len(values))]
    names = names if names is not None else [f"G{i}" for i in range(values.shape[1])]
    matrix = anndata.AnnData(
        X=np.asarray(values, dtype=np.float32),
        obs=pd.DataFrame(index=samples),
        var=pd.DataFrame(index=names),
    )
    table = pd.DataFrame(index=samples) if table is None else table
    about = {"cohort": "c", "assay": assay, "study": "c"}
    return ingest(matrix, table, cohort=about, checksum="x")


def counts(seed=0):
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.ones(P) * 3)
    return rng.poisson(share * rng.lognormal(11, 0.1, (N, 1))).astype(np.float32)


def logs(seed=0):
    rng = np.random.default_rng(seed)
    return (rng.normal(8, 2, P) + rng.normal(0, 0.4, (N, P))).astype(np.float32)


def measured(*blocks, names=None, scale):
    n, p = sum(block.shape[0] for block in blocks), blocks[0].shape[1]
    names = names if names is not None else [f"G{i}" for i in range(p)]
    samples = [f"s{i:02d}" for i in range(n)]
    return measure(blocks, samples=samples, features=names, scale=scale).samples


def rows(result):
    return result.samples.set_index("sample")


def test_a_clean_cohort_stays_whole():
    result = qc(cohort(counts()), settings=SETTINGS, role="source")
    assert set(result.samples["kept"]) == {"yes"}
    assert (result.samples[["reason", "flags"]] == "").all(axis=None)
    assert result.adata.shape == (N, P)
    np.testing.assert_allclose(result.samples["library_size"], counts().sum(axis=1))


@pytest.mark.parametrize("role", ["source", "target", "source,target", "external", "new"])
def test_fixed_limits_drop_in_every_role(role):
    values = counts()
    values[0] = np.round(values[0] / 20)
    values[1, 50:] = 0
    result = qc(cohort(values), settings=SETTINGS, role=role)
    assert rows(result).loc["s00", "kept"] == "no"
    assert "library size" in rows(result).loc["s00", "reason"]
    assert "features detected, fewer than 100" in rows(result).loc["s01", "reason"]
    assert "s00" not in result.adata.obs_names


def test_missing_and_constant_samples_are_dropped_on_any_scale():
    values = logs()
    values[2, : int(0.6 * P)] = np.nan
    values[3] = 7.0
    values[4] = np.nan
    result = qc(cohort(values), settings=SETTINGS, role="target")
    reasons = rows(result)["reason"]
    assert "60% of the values missing, more than 50%" in reasons["s02"]
    assert reasons["s03"] == "all values are the same"
    assert "100% of the values missing" in reasons["s04"]
    assert rows(result).loc["s02", "missing_share"] == pytest.approx(0.6)
    assert rows(result).loc["s02", "features_detected"] == P - int(0.6 * P)
    assert result.samples["library_size"].isna().all()


@pytest.mark.parametrize("role", ["source", "target", "source,target", "external", "new"])
def test_limits_relative_to_the_cohort_drop_source_samples_and_flag_others(role):
    values = logs()
    values[5] = np.random.default_rng(9).permutation(values[5])
    values[6] += 6
    row = rows(qc(cohort(values), settings=SETTINGS, role=role))
    for sample, sign in (("s05", "correlation"), ("s06", "median value")):
        told = row.loc[sample]
        assert told["kept"] == ("no" if role == "source" else "yes")
        assert sign in told["reason" if role == "source" else "flags"]
    assert (row["kept"] == "no").sum() == (2 if role == "source" else 0)


def test_a_shallow_library_is_an_outlier_of_its_cohort():
    values = counts()
    values[7] = np.round(values[7] / 4)
    settings = SETTINGS | {"min_library_size": 10}
    assert (
        "library size"
        in rows(qc(cohort(values), settings=settings, role="new")).loc["s07", "flags"]
    )


def test_a_handful_of_samples_is_not_compared_with_itself():
    values = logs()[:8]
    values[5] = values[5][::-1]
    assert set(qc(cohort(values), settings=SETTINGS, role="source").samples["kept"]) == {"yes"}


def test_the_fixed_limits_judge_a_sample_alone_as_among_others():
    values = counts()
    values[0] = np.round(values[0] / 20)
    together = drop_reasons(measured(values, scale="counts"), settings=SETTINGS)
    alone = [
        drop_reasons(measured(values[i : i + 1], scale="counts"), settings=SETTINGS).iloc[0]
        for i in range(N)
    ]
    assert list(together) == alone
    assert (together != "").sum() == 1


def test_samples_left_out_before_are_listed_with_their_reason():
    samples = [f"s{i:02d}" for i in range(N)] + ["absent"]
    dropped = ["row filter: t is 2"] + [""] * N
    table = pd.DataFrame({"dropped_by_sheet": dropped, "patient": "p"}, index=samples)
    result = qc(cohort(logs(), table=table), settings=SETTINGS, role="target")
    row = rows(result)
    assert len(row) == N + 1 == result.summary["samples_delivered"]
    assert row.loc["s00", "reason"] == "row filter: t is 2"
    assert row.loc["absent", "reason"] == "not in the matrix"
    assert row.loc["absent", "patient"] == "p"
    assert ((row["kept"] == "no") == (row["reason"] != "")).all()


def test_counts_of_one_gene_are_summed_and_logarithms_averaged():
    names = ["1-Mar", "MARCH1"] + [f"G{i}" for i in range(2, P)]
    for values, merged in ((counts(), np.sum), (logs(), np.mean)):
        result = qc(cohort(values, names=names), settings=SETTINGS, role="target")
        assert result.adata.n_vars == P - 1
        np.testing.assert_allclose(
            result.adata[:, "MARCHF1"].X.ravel(), merged(values[:, :2], axis=1), rtol=1e-5
        )


def test_each_change_of_a_name_is_a_row_and_is_counted():
    names = ["1-Mar", "C1orf1", "ENSG00000000003.2", "tp53", "TP53"]
    names += [f"G{i}" for i in range(len(names), P)]
    result = qc(cohort(logs(), names=names), settings=SETTINGS, role="target")
    assert sorted(map(tuple, result.identifiers.to_numpy())) == [
        ("1-Mar", "MARCHF1", "repaired", ""),
        ("C1orf1", "C1ORF1", "upper_cased", ""),
        ("ENSG00000000003.2", "ENSG00000000003", "version_cut", ""),
        ("TP53", "TP53", "merged", ""),
        ("tp53", "TP53", "merged", ""),
        ("tp53", "TP53", "upper_cased", ""),
    ]
    summary = result.summary
    assert (summary["repaired"], summary["version_cut"]) == (1, 1)
    assert (summary["upper_cased"], summary["merged"]) == (2, 2)
    assert (summary["features_delivered"], summary["features_kept"]) == (P, P - 1)
    json.dumps(summary)


def test_probes_become_symbols_and_those_without_are_recorded_as_lost():
    names = [f"probe{i}" for i in range(P)]
    annotation = pd.DataFrame({"probe": names, "symbol": [f"G{i // 2}" for i in range(P)]})
    annotation.loc[0, "symbol"] = ""
    values = logs()
    result = qc(
        cohort(values, names=names), settings=SETTINGS, role="target", annotation=annotation
    )
    assert result.adata.n_vars == P // 2
    np.testing.assert_array_equal(result.adata[:, "G0"].X.ravel(), values[:, 1])
    np.testing.assert_allclose(result.adata[:, "G1"].X.ravel(), values[:, 2:4].mean(axis=1), 1e-6)
    lost = result.identifiers[result.identifiers["action"] == "lost"]
    assert lost.values.tolist() == [
        ["probe0", "", "lost", "the annotation table gives the probe no gene"]
    ]
    assert result.summary["annotated"] == P - 1


def test_a_scale_decided_earlier_is_applied_and_not_detected_again():
    result = qc(cohort(counts()), settings=SETTINGS, role="new", scale="linear")
    assert result.summary["scale"] == "linear"
    assert result.samples["library_size"].isna().all()


def test_sparse_counts_are_judged_as_dense_ones():
    values = counts()
    values[0] = np.round(values[0] / 20)
    values[4] = values[4][::-1]
    dense = cohort(values)
    thin = dense.copy()
    thin.X = sparse.csr_matrix(dense.X)
    for role in ("source", "target"):
        one = qc(dense, settings=SETTINGS, role=role)
        other = qc(thin, settings=SETTINGS, role=role)
        pd.testing.assert_frame_equal(one.samples, other.samples)


def test_a_cohort_of_which_nothing_is_left_still_says_why():
    values = np.round(counts() / 10)
    result = qc(cohort(values), settings=SETTINGS, role="new")
    assert result.adata.n_obs == 0
    assert (result.samples["reason"] != "").all()


def test_the_result_survives_h5ad(tmp_path):
    result = qc(cohort(counts()), settings=SETTINGS, role="target")
    result.adata.write_h5ad(tmp_path / "x.h5ad")
    about = anndata.read_h5ad(tmp_path / "x.h5ad").uns["dxtransfer"]
    assert about["scale"] == "counts"
    assert "left_out" not in about


def test_a_feature_that_the_reader_left_out_is_a_row_with_its_reason(tmp_path):
    adata = cohort(counts())
    adata.uns["dxtransfer"]["features_left_out"] = pd.DataFrame(
        {"feature": ["Total"], "reason": ["a sum of the rows above it"]}, index=["0"]
    )
    adata.write_h5ad(tmp_path / "x.h5ad")
    result = qc(anndata.read_h5ad(tmp_path / "x.h5ad"), settings=SETTINGS, role="target")
    first = result.identifiers.iloc[0].tolist()
    assert first == ["Total", "", "lost", "a sum of the rows above it"]
    assert result.summary["lost"] == 1
    assert result.summary["features_delivered"] == P + 1
