"""The demo is the same for the same seed, small, and a case where transfer helps."""

import gzip
from pathlib import Path

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
from dxtransfer.demo_reads import make_transcriptome, sequence
from dxtransfer.gene_sets import read_gene_sets

CONFIG = Path(__file__).parents[2] / "config" / "demo"


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
    assert len(names) == len(demo) + 1  # and the gene sets
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


def test_the_null_tables_deal_the_same_diagnoses_to_other_patients(demo):
    for code in SOURCES:
        real, null = demo[f"{code}.samples"], demo[f"{code}.null.samples"]
        assert list(null) == list(real)
        assert null.drop(columns="diagnosis").equals(real.drop(columns="diagnosis"))
        assert (null.groupby("patient")["diagnosis"].nunique() == 1).all()
        counts = [t.drop_duplicates("patient")["diagnosis"].value_counts() for t in (real, null)]
        assert counts[0].to_dict() == counts[1].to_dict()
        same = (real["diagnosis"] == null["diagnosis"]).mean()
        # one in two by chance
        assert 0.35 < same < 0.65


def test_the_gene_sets_are_the_programmes_and_random_genes(demo, tmp_path):
    write_demo(tmp_path, demo)
    sets = read_gene_sets(tmp_path / "programmes.gmt")
    truth = demo["truth"].groupby("programme")["gene"].apply(set).to_dict()
    assert {name: set(genes) for name, genes in sets.items() if name in truth} == truth
    decoys = [set(genes) for name, genes in sets.items() if name not in truth]
    assert len(decoys) == 20 and all(len(own) == 40 for own in decoys)
    ill = truth["disease_1"] | truth["disease_2"]
    # drawn from all genes, of which these are 8 in 100
    assert 0.04 < sum(len(own & ill) for own in decoys) / 800 < 0.12


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


@pytest.mark.parametrize("code", ["target", "new"])
def test_the_sample_tables_beside_the_cohort_sheet_are_those_of_the_generator(code, demo):
    delivered = pd.read_csv(CONFIG / f"{code}.tsv", sep="\t", dtype=str, keep_default_na=False)
    expected = demo[f"{code}.samples"].astype(str)
    pd.testing.assert_frame_equal(delivered[expected.columns], expected)
    for mate in (1, 2):
        files = [f"../../resources/demo/reads/{s}_{mate}.fastq.gz" for s in expected["sample"]]
        assert list(delivered[f"fastq_{mate}"]) == files


def test_a_sample_has_the_same_reads_whatever_is_sequenced_with_it(demo):
    counts = demo["new.counts"]
    transcriptome = make_transcriptome(list(counts.index), seed=1)
    among = dict((s, files) for s, *files in sequence(counts.iloc[:, :3], transcriptome, seed=1))
    alone = dict((s, files) for s, *files in sequence(counts.iloc[:, [1]], transcriptome, seed=1))
    assert alone["new_s002"] == among["new_s002"]
    assert among["new_s001"] != among["new_s002"]


def test_reads_are_pairs_of_the_made_up_transcripts_at_a_sixth_of_the_depth(demo):
    counts = demo["new.counts"].iloc[:, [0]]
    transcriptome = make_transcriptome(list(counts.index), seed=1)
    assert set(transcriptome.genes) == set(counts.index)
    assert len(transcriptome.names) > len(counts)
    (_, *files) = next(sequence(counts, transcriptome, seed=1))
    lines = [gzip.decompress(file).decode().splitlines() for file in files]
    pairs = counts.to_numpy().sum() / 6
    assert all(abs(len(one) / 4 - pairs) < 0.05 * pairs for one in lines)
    assert {one[0].split()[1][0] for one in lines} == {"1", "2"}
    assert [line.split()[0] for line in lines[0][::4]] == [x.split()[0] for x in lines[1][::4]]
    whole = transcriptome.sequence.tobytes().decode()
    found = [read in whole for read in lines[0][1::4]]
    # one base in 500 is wrong, and a few fragments are shorter than a read
    assert 0.8 < np.mean(found) < 0.99
