"""A bundle is whole or refused, needs nothing else, and holds no training sample."""

import json
import shutil

import numpy as np
import pytest
import torch
from grid_study import STRATEGIES
from safetensors.torch import load_file, save_file

from dxtransfer.errors import InputError
from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.transfer.registry import make
from dxtransfer.predict.bundle import FILES, fit_bundle, load_bundle, save_bundle
from dxtransfer.prevalence import rebased

N, P = 30, 25
RNG = np.random.default_rng(0)
X = RNG.normal(8, 2, (N, P)).astype(np.float32)
LABELS = ["ill" if i % 3 == 0 else "well" for i in range(N - 2)] + ["", ""]
X[::3, :4] += 2
X[3, 5] = np.nan
X[:, 9] = np.nan
NEW = RNG.normal(8, 3, (7, P)).astype(np.float32)
SETTINGS = {"classes": ["ill", "well"], "positive": "ill", "min_coverage": 0.5}


def pretrained():
    torch.manual_seed(0)
    head = (torch.randn(6).double(), torch.tensor([0.1]).double())
    return Pretrained("masked", Encoder(network(P, (8, 6))).eval(), 1.4, head)


def bundle_of(name, X=X, labels=LABELS, settings=None):
    tuning = {"epochs": 15, "learning_rate": 0.01, "weight_decay": 0.01, "widths": (8, 6)}
    tuning |= {"rate_ratio": 2.6, "source_penalty": 1.0}
    return fit_bundle(
        make(name, encoder=pretrained(), settings=tuning, seed=1),
        X,
        labels=labels,
        patients=[f"p{i // 2}" for i in range(len(X))],
        vocabulary=[f"G{j}" for j in range(P)],
        settings={**SETTINGS, "strategy": name, **(settings or {})},
    )


@pytest.mark.parametrize(("balanced", "before"), [(False, 10 / 28), (True, 0.5)])
def test_a_stated_prevalence_changes_the_odds_of_each_prediction(tmp_path, balanced, before):
    plain = bundle_of("logistic_l2")
    stated = {"prevalence": 0.05, "balanced": balanced}
    save_bundle(bundle_of("logistic_l2", settings=stated), tmp_path / "stated")
    found = load_bundle(tmp_path / "stated")
    assert found.settings["prevalence"] == 0.05
    assert found.settings["training_prevalence"] == pytest.approx(before)
    expected = rebased(plain.predict(NEW)["p_ill"].astype(float), before=before, after=0.05)
    values = found.predict(NEW)
    np.testing.assert_allclose(values["p_ill"], expected, atol=1e-7)
    np.testing.assert_allclose(values["p_well"], 1 - expected, atol=1e-7)
    np.testing.assert_allclose(found.probability(NEW), expected, atol=1e-7)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles")
    for name in STRATEGIES:
        save_bundle(bundle_of(name), folder / name)
    return folder


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_bundle_predicts_the_same_after_it_was_saved_and_loaded(name, saved):
    before, after = bundle_of(name), load_bundle(saved / name)
    np.testing.assert_allclose(after.probability(NEW), before.probability(NEW), atol=1e-9)
    assert after.vocabulary == before.vocabulary
    assert before.settings.items() <= after.settings.items()


def test_the_bundle_counts_labelled_samples_and_their_patients(saved):
    settings = load_bundle(saved / "logistic_l2").settings
    assert (settings["samples"], settings["patients"]) == (28, 14)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # one feature is measured nowhere
def test_the_bundle_is_the_estimator_fitted_to_the_standardised_labelled_target():
    bundle = bundle_of("logistic_l2")
    known = X[:28].astype(float)
    Z = np.nan_to_num((X - np.nanmean(known, axis=0)) / np.nanstd(known, axis=0))
    y = np.array([int(label == "ill") for label in LABELS[:28]])
    model = make("logistic_l2", encoder=None, settings={}, seed=1)
    model.fit(Z[:28], y, groups=[f"p{i // 2}" for i in range(28)])
    np.testing.assert_allclose(bundle.probability(X), model.predict_proba(Z)[:, 1], atol=1e-6)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(name, saved, tmp_path):
    folder = shutil.copytree(saved / "linear_probe", tmp_path / "bundle")
    (folder / name).unlink()
    with pytest.raises(InputError, match=name):
        load_bundle(folder)


def test_a_changed_weight_or_vocabulary_is_refused(saved, tmp_path):
    folder = shutil.copytree(saved / "linear_probe", tmp_path / "a")
    weights = load_file(folder / "weights.safetensors")
    weights["standardiser.mean"] += 1
    save_file(weights, folder / "weights.safetensors")
    with pytest.raises(InputError, match=r"weights\.safetensors.*changed"):
        load_bundle(folder)
    folder = shutil.copytree(saved / "linear_probe", tmp_path / "b")
    text = (folder / "vocabulary.tsv").read_text()
    (folder / "vocabulary.tsv").write_text(text.replace("G3\nG4\n", "G4\nG3\n"))
    with pytest.raises(InputError, match=r"vocabulary\.tsv.*changed"):
        load_bundle(folder)


def vectors(tensors):
    """Every row, column and flat tensor that a sample could hide in."""
    for name, tensor in tensors.items():
        values = np.atleast_2d(tensor.double().numpy())
        for one in (*values, *values.T):
            yield name, np.where(np.isfinite(one), one, 0)


def alike(one, other):
    if one.shape != other.shape or one.std() == 0 or other.std() == 0:
        return False
    return abs(np.corrcoef(one, other)[0, 1]) > 0.999


@pytest.mark.parametrize("name", STRATEGIES)
def test_no_training_sample_is_in_the_bundle(name, saved):
    bundle = load_bundle(saved / name)
    Z = bundle.standardiser(X)
    forms = [np.nan_to_num(X), Z, *(z.detach().numpy() for z in pretrained().encoder.layers(
        torch.as_tensor(Z)))]  # fmt: skip
    if bundle.predictor.encoder is not None:
        layers = bundle.predictor.encoder.layers(torch.as_tensor(Z))
        forms += [z.detach().numpy() for z in layers]
    # with fewer than a handful of numbers anything is alike
    samples = [row for form in forms for row in form if len(row) > 5]
    tensors = load_file(saved / name / "weights.safetensors")
    assert len(tensors) >= 3
    for where, vector in vectors(tensors):
        assert not any(alike(vector, row) for row in samples), where
    assert all(N not in tensor.shape and 28 not in tensor.shape for tensor in tensors.values())


def test_the_search_for_samples_would_find_one():
    Z = np.nan_to_num(X)
    found = [n for n, v in vectors({"hidden": torch.as_tensor(Z[:5].T * 3 + 1)}) if alike(v, Z[2])]
    assert found == ["hidden"]


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_bundle_is_three_files_of_text_and_safetensors(name, saved):
    assert sorted(path.name for path in (saved / name).iterdir()) == sorted(FILES)
    json.loads((saved / name / "model.json").read_text())
    content = (saved / name / "weights.safetensors").read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert (
        header.keys() - {"__metadata__"} == load_file(saved / name / "weights.safetensors").keys()
    )
