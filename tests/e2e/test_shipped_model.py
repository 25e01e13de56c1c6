"""The shipped model alone: a fresh process, the bundle and raw values of new patients."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

PROBABILITIES = ["p_disease", "p_healthy", "coverage"]
SOURCES = ("source_a", "source_b", "source_c")


@pytest.fixture
def clinic(finished_study: Path, tmp_path: Path) -> Path:
    """A place that received the bundle, the library and new patients, and nothing else."""
    folder = tmp_path / "clinic"
    study = finished_study / "results/small"
    shutil.copytree(study / "model/target", folder / "bundle")
    shutil.copytree(finished_study / "workflow/lib", folder / "lib")
    for table in ("counts.tsv.gz", "samples.tsv"):
        shutil.copy(finished_study / f"resources/demo/new.{table}", folder)
    return folder


def predicted(clinic: Path, *, matrix: str, samples: str) -> pd.DataFrame:
    """The table that the command line writes in a process of its own."""
    options = {
        "bundle": "bundle",
        "matrix": matrix,
        "samples": samples,
        "assay": "rnaseq",
        "output": "predicted.tsv",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    ran = subprocess.run(
        [sys.executable, "-m", "dxtransfer.cli", "predict", *words],
        cwd=clinic,
        env={**os.environ, "PYTHONPATH": "lib"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return pd.read_csv(clinic / "predicted.tsv", sep="\t", keep_default_na=False)


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Equal in every word, and in every number to 1e-6."""
    words = [column for column in other.columns if column not in PROBABILITIES]
    assert list(one.columns) == list(other.columns)
    pd.testing.assert_frame_equal(one[words], other[words])
    values, expected = (frame[PROBABILITIES].astype(float).to_numpy() for frame in (one, other))
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-6)


def test_a_fresh_process_predicts_the_same_where_the_training_data_never_were(
    finished_study: Path, clinic: Path
) -> None:
    expected = pd.read_csv(
        finished_study / "results/small/predict/target/new.tsv", sep="\t", keep_default_na=False
    )
    assert (expected["status"] == "predicted").all()
    same(predicted(clinic, matrix="new.counts.tsv.gz", samples="new.samples.tsv"), expected)


def test_a_patient_alone_is_predicted_as_among_others(finished_study: Path, clinic: Path) -> None:
    together = pd.read_csv(
        finished_study / "results/small/predict/target/new.tsv", sep="\t", keep_default_na=False
    )
    counts = pd.read_csv(clinic / "new.counts.tsv.gz", sep="\t", index_col=0)
    samples = pd.read_csv(clinic / "new.samples.tsv", sep="\t", dtype=str)
    patient = int((together["p_disease"].astype(float) - 0.5).abs().argmin())
    counts.iloc[:, [patient]].to_csv(clinic / "one.counts.tsv", sep="\t")
    samples.iloc[[patient]].to_csv(clinic / "one.samples.tsv", sep="\t", index=False)
    alone = predicted(clinic, matrix="one.counts.tsv", samples="one.samples.tsv")
    same(alone, together.iloc[[patient]].reset_index(drop=True))


def test_the_bundle_names_no_training_sample_and_no_place(finished_study: Path) -> None:
    study = finished_study / "results/small"
    content = b"\n".join(file.read_bytes() for file in (study / "model/target").iterdir())
    for cohort in ("target", *SOURCES):
        obs = anndata.read_h5ad(study / f"qc/{cohort}.h5ad", backed="r").obs
        for name in [*obs.index, *obs["patient"].astype(str)]:
            assert name.encode() not in content
    assert str(finished_study).encode() not in content


def test_the_bundle_holds_no_training_samples_values(finished_study: Path) -> None:
    study = finished_study / "results/small"
    weights = load_file(study / "model/target/weights.safetensors")
    training = {
        cohort: np.nan_to_num(anndata.read_h5ad(study / f"features/all/{cohort}.h5ad").X)
        for cohort in ("target", *SOURCES)
    }
    n_features = training["target"].shape[1]
    sizes = {len(X) for X in training.values()} | {sum(len(training[c]) for c in SOURCES)}
    vectors = []
    for name, tensor in weights.items():
        assert not sizes & set(tensor.shape), f"{name} has a value for each sample of a cohort"
        for rows in (tensor, tensor.T):
            if rows.shape[-1:] == (n_features,):
                vectors += list(np.atleast_2d(rows))
    assert len(vectors) > 2, "the first layer, the centre and the scale have one value per feature"
    for X in training.values():
        deviations = X - X.mean(axis=0)
        for values in (X, deviations, deviations / np.maximum(X.std(axis=0), 0.01)):
            found = np.corrcoef(np.vstack([values, *vectors]))[: len(values), len(values) :]
            assert np.abs(found).max() < 0.999
