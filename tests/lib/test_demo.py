"""The demo is the same for the same seed, small, and a case where transfer helps."""

import gzip

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.demo import SOURCES, make_demo, write_demo


@pytest.fixture(scope="module")
def demo():
    return make_demo(seed=1)


def log_cpm(counts):
    values = counts.to_numpy(float).T
    return np.log2(values / values.sum(axis=1, keepdims=True) * 1e6 + 1)


def is_ill(samples):
    return (samples["diagnosis"] == "disease").to_numpy(int)


def test_the_same_seed_writes_the_same_bytes(tmp_path, demo):
    write_demo(tmp_path / "a", demo)
    write_demo(tmp_path / "b", make_demo(seed=1))
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(names) == len(demo)
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
        assert (tmp_path / "a" / name).stat().st_size < 900_000


def test_another_seed_gives_other_counts(demo):
    assert not demo["target.counts"].equals(make_demo(seed=2)["target.counts"])


def test_cohorts_have_the_promised_sizes_and_columns(demo):
    sizes = {c: 200 for c in SOURCES} | {"target": 48, "new": 12}
    for code, n in sizes.items():
        counts, samples = demo[f"{code}.counts"], demo[f"{code}.samples"]
        assert counts.shape == (1000, n)
        assert list(counts.columns) == list(samples["sample"])
        assert list(samples.columns) == ["sample", "patient", "diagnosis", "age", "sex", "site"]
        assert counts.sum().min() > 10_000
        assert counts.index.is_unique
    assert demo["target.samples"]["patient"].is_unique
    assert demo["source_a.samples"]["patient"].nunique() == 180
    assert sum(name.startswith("MT-") for name in demo["new.counts"].index) == 13


def test_new_patients_come_without_the_labels_that_the_truth_keeps(demo):
    assert set(demo["new.samples"]["diagnosis"]) == {""}
    assert list(demo["truth_new"]["sample"]) == list(demo["new.samples"]["sample"])
    assert demo["truth_new"]["diagnosis"].value_counts().to_dict() == {"disease": 6, "healthy": 6}


def test_the_truth_names_two_disease_programmes_of_forty_genes(demo):
    sizes = demo["truth"]["programme"].value_counts()
    assert sizes["disease_1"] == sizes["disease_2"] == 40
    assert set(demo["truth"]["gene"]) <= set(demo["target.counts"].index)
    assert (demo["truth"]["effect"] != 0).all()


def test_files_are_read_back_by_the_workflows_own_reader(tmp_path, demo):
    write_demo(tmp_path, demo)
    samples = pd.read_csv(tmp_path / "target.samples.tsv", sep="\t", dtype=str)
    adata = read_matrix(tmp_path / "target.counts.tsv.gz", sample_names=list(samples["sample"]))
    np.testing.assert_array_equal(adata.X, demo["target.counts"].to_numpy().T)
    with gzip.open(tmp_path / "target.counts.tsv.gz", "rt") as handle:
        assert handle.readline().startswith("gene\ttarget_s001\t")


def test_the_source_helps_where_the_target_alone_is_too_small(demo):
    X, y = log_cpm(demo["target.counts"]), is_ill(demo["target.samples"])
    alone = []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01)).fit(X[train], y[train])
        alone.append(roc_auc_score(y[test], model.decision_function(X[test])))
    blocks, labels = [], []
    for code in SOURCES:
        values, samples = log_cpm(demo[f"{code}.counts"]), demo[f"{code}.samples"]
        for site in samples["site"].unique():
            here = (samples["site"] == site).to_numpy()
            blocks.append(StandardScaler().fit_transform(values[here]))
            labels.append(is_ill(samples[here]))
    model = LogisticRegression(C=1e-3).fit(np.vstack(blocks), np.concatenate(labels))
    from_source = roc_auc_score(y, model.decision_function(StandardScaler().fit_transform(X)))
    assert 0.65 <= np.mean(alone) <= 0.90
    assert from_source >= 0.85
    assert from_source - np.mean(alone) > 0.05
