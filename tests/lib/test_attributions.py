"""Attributions add up to the score that they explain, and a score that nothing moves has none."""

import numpy as np
import pandas as pd
import pytest
import torch
from source_cohorts import SIGNAL, cohort, source

from dxtransfer.learn.encoders import Architecture, Encoder, Pretrained, network
from dxtransfer.learn.pretrain.registry import OBJECTIVES
from dxtransfer.learn.transfer.registry import make
from dxtransfer.predict.attributions import (
    EXACT,
    GRADIENTS,
    attribute,
    integrated,
    linear_coefficients,
)
from dxtransfer.predict.bundle import fit_bundle
from dxtransfer.predict.explain import explain, training_parts

N, P = 36, 30
RNG = np.random.default_rng(0)
X = RNG.normal(8, 2, (N, P)).astype(np.float32)
X[::3, :4] += 3
X[3, 5] = np.nan
X[:, 9] = np.nan
X[:, 10] = 7.0
VOCABULARY = [f"G{j}" for j in range(P)]
SAMPLES = [f"s{i}" for i in range(N)]
PATIENTS = [f"p{i // 2}" for i in range(N)]
TASKS = {
    "binary": ["ill" if i % 3 == 0 else "well" for i in range(N)],
    "multiclass": ["abc"[i % 3] for i in range(N)],
    "regression": [str(round(float(v), 3)) for v in np.nan_to_num(X[:, 0])],
    "survival": ["event" if i % 3 else "censored" for i in range(N)],
}
CLASSES = {"binary": ["ill", "well"], "multiclass": ["a", "b", "c"]}
TIMES = RNG.exponential(5, N).tolist()
TUNING = {"epochs": 15, "learning_rate": 0.01, "weight_decay": 0.01, "widths": (8, 6)}
TUNING |= {"rate_ratio": 2.6, "source_penalty": 1.0}
LINEAR = ("logistic_l2", "elastic_net", "ensemble_target")
NETWORKS = ("from_scratch", "full_finetune", "gradual_unfreeze", "linear_probe", "scalar_mix")


def pretrained(outputs=1, *, linear=False):
    torch.manual_seed(0)
    head = (torch.randn(outputs, 6).double(), torch.randn(outputs).double())
    shape = Architecture(P, (6,), linear=True) if linear else network(P, (8, 6))
    return Pretrained("masked", Encoder(shape).eval(), 1.4, head)


def estimator(name, task="binary", *, seed=1, linear=False):
    outputs = 3 if task == "multiclass" else 1
    encoder = pretrained(outputs, linear=linear)
    return make(name, encoder=encoder, settings=TUNING, seed=seed, task=task)


def bundle_of(name, task="binary", *, linear=False):
    settings = {"kind": task, "classes": CLASSES.get(task, []), "strategy": name, "seed": 1}
    return fit_bundle(
        estimator(name, task, linear=linear),
        X,
        labels=TASKS[task],
        times=TIMES if task == "survival" else (),
        patients=PATIENTS,
        vocabulary=VOCABULARY,
        settings={**settings, "positive": "ill" if task == "binary" else ""},
    )


def scores_of(bundle):
    found = bundle.predictor.scores(bundle.standardiser(X))
    return found - found.mean(1, keepdims=True) if found.shape[1] > 1 else found


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", LINEAR)
def test_a_linear_model_is_explained_exactly(name, task):
    bundle = bundle_of(name, task)
    found = attribute(bundle.predictor, bundle.standardiser(X))
    assert found.method == EXACT
    sums = found.values.sum(2).T + found.base
    np.testing.assert_allclose(sums, scores_of(bundle), atol=1e-6)
    assert np.ptp(scores_of(bundle)) > 1e-3
    # the baseline is the training mean, so that over the training samples nothing is left
    np.testing.assert_allclose(found.values.mean(1), 0, atol=1e-5)


def test_the_log_odds_that_are_explained_are_those_of_the_probability():
    bundle = bundle_of("logistic_l2")
    found = attribute(bundle.predictor, bundle.standardiser(X))
    logits = (found.values.sum(2) + found.base[:, None])[0]
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), bundle.predict(X)["p_ill"], atol=1e-6)


@pytest.mark.parametrize("name", ["linear_probe", "source_only", "l2_sp"])
def test_a_model_behind_a_linear_encoder_is_one_linear_map(name):
    made = pretrained(linear=True)
    strategy = make(name, encoder=made, settings=TUNING, seed=1)
    if name == "l2_sp":
        made = Pretrained("linear", made.encoder, made.scale, made.head)
        strategy = make(name, encoder=made, settings=TUNING, seed=1)
    settings = {"classes": ["ill", "well"], "positive": "ill", "strategy": name}
    given = {"labels": TASKS["binary"], "patients": PATIENTS, "vocabulary": VOCABULARY}
    bundle = fit_bundle(strategy, X, settings=settings, **given)
    found = attribute(bundle.predictor, bundle.standardiser(X))
    assert (found.method, found.values.shape) == (EXACT, (1, N, P))
    sums = found.values.sum(2).T + found.base
    np.testing.assert_allclose(sums, scores_of(bundle), atol=2e-5)
    assert found.error <= found.tolerance


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_explained_by_integrated_gradients_that_add_up(name):
    bundle = bundle_of(name)
    found = attribute(bundle.predictor, bundle.standardiser(X))
    assert found.method == GRADIENTS
    reach = np.abs(scores_of(bundle) - found.base).max()
    assert found.error <= found.tolerance == pytest.approx(0.01 * reach)


def test_a_network_of_several_classes_has_attributions_that_sum_to_0_over_them():
    bundle = bundle_of("full_finetune", "multiclass")
    found = attribute(bundle.predictor, bundle.standardiser(X))
    assert found.values.shape == (3, N, P)
    np.testing.assert_allclose(found.values.sum(0), 0, atol=1e-9)
    assert found.error <= found.tolerance


def test_integrated_gradients_of_a_linear_network_are_the_exact_attributions():
    bundle = bundle_of("linear_probe", linear=True)
    Z = bundle.standardiser(X)
    exact = attribute(bundle.predictor, Z)
    assert linear_coefficients(bundle.predictor) is not None
    by_captum = integrated(bundle.predictor, Z, outputs=1, steps=8)
    np.testing.assert_allclose(by_captum, exact.values, atol=1e-8)


@pytest.mark.parametrize("name", ["logistic_l2", "full_finetune"])
def test_what_a_sample_or_the_target_does_not_measure_adds_nothing(name):
    bundle = bundle_of(name)
    values = attribute(bundle.predictor, bundle.standardiser(X)).values
    assert (values[:, 3, 5] == 0).all()
    assert (values[:, :, [9, 10]] == 0).all()


def splits(folds=3, repeats=2):
    rows = []
    for repeat in range(1, repeats + 1):
        for i, sample in enumerate(SAMPLES):
            for fold in range(1, folds + 1):
                own = (i // 2 + repeat) % folds + 1 == fold
                part = "test" if own else "train"
                rows.append({"repeat": repeat, "fold": fold, "part": part, "sample": sample})
    return pd.DataFrame(rows)


def explained(name, task="binary", repeats=1):
    return explain(
        bundle_of(name, task),
        X,
        samples=SAMPLES,
        labels=TASKS[task],
        times=TIMES,
        patients=PATIENTS,
        splits=splits(),
        make=lambda seed: estimator(name, task, seed=seed),
        seed=1,
        repeats=repeats,
    )


@pytest.mark.parametrize("task", TASKS)
def test_each_output_has_a_row_for_each_measured_feature(task):
    found = explained("logistic_l2", task)
    outputs = {"binary": ["ill"], "multiclass": ["a", "b", "c"]}
    names = outputs.get(task, ["prediction" if task == "regression" else "risk"])
    table = found.attributions
    assert table["output"].drop_duplicates().tolist() == names
    assert found.record["features"] == P - 2 and found.record["features_not_measured"] == 2
    for _, rows in table.groupby("output"):
        assert set(rows["feature"]) == set(VOCABULARY) - {"G9", "G10"}
        assert rows["rank"].is_monotonic_increasing
        assert rows["mean_absolute"].is_monotonic_decreasing
    np.testing.assert_allclose(table["mean_signed"].abs(), table["mean_absolute"], rtol=1e-9)


def test_the_sign_is_that_of_the_coefficient_and_planted_features_lead():
    bundle, table = bundle_of("logistic_l2"), explained("logistic_l2").attributions
    coefficients = dict(zip(VOCABULARY, linear_coefficients(bundle.predictor)[0], strict=True))
    for row in table.itertuples():
        assert row.sign == ("+" if coefficients[row.feature] > 0 else "-")
    assert set(table["feature"][:4]) == {"G0", "G1", "G2", "G3"}
    planted = table[:4]
    assert (planted["in_top"] == 1).all() and (planted["same_sign"] == 1).all()
    assert (planted["fold_low"] > 0).all()
    assert (table["fold_low"] <= table["fold_high"]).all()


def test_a_refit_sees_its_training_part_alone():
    seen = []

    class Watched:
        def __init__(self, seed):
            self.inside = estimator("logistic_l2", seed=seed)

        def fit(self, Z, y, groups):
            seen.append(set(groups))
            self.inside.fit(Z, y, groups=groups)
            self.predictor_ = self.inside.predictor_

    table = splits()
    explain(
        bundle_of("logistic_l2"),
        X,
        samples=SAMPLES,
        labels=TASKS["binary"],
        times=TIMES,
        patients=PATIENTS,
        splits=table,
        make=Watched,
        seed=1,
        repeats=2,
    )
    patient = dict(zip(SAMPLES, PATIENTS, strict=True))
    training = table[table["part"] == "train"].groupby(["repeat", "fold"])["sample"]
    assert seen == [{patient[sample] for sample in own} for _, own in training]
    assert len(seen) == 6


def test_a_training_part_without_a_class_or_an_event_is_left_out():
    table = pd.DataFrame({"repeat": 1, "fold": [1, 1, 2, 2], "part": "train"})
    table["sample"] = ["a", "b", "b", "c"]
    classes = {"a": "ill", "b": "well", "c": "well", "d": ""}
    assert training_parts(table, classes, repeats=1, kind="binary") == [[0, 1]]
    events = {"a": "event", "b": "censored", "c": "censored"}
    assert training_parts(table, events, repeats=1, kind="survival") == [[0, 1]]
    numbers = {"a": "1", "b": "2", "c": "2.5"}
    assert training_parts(table, numbers, repeats=1, kind="regression") == [[0, 1], [1, 2]]


def test_a_network_is_also_fitted_from_other_seeds():
    found = explained("from_scratch").stability.set_index("over")
    assert found["refits"].to_dict() == {"folds": 3, "seeds": 3}
    # random weights at the start are told apart
    assert found.loc["seeds", "spearman"] < 0.999
    assert "seeds" not in set(explained("logistic_l2").stability["over"])


def test_the_supervised_encoder_fine_tuned_leans_on_what_carries_the_label(tmp_path):
    given = source(tmp_path, [cohort(120, seed=i, effect=2.5) for i in range(3)])
    training = {"epochs": 20, "batch_size": 32, "learning_rate": 0.005, "weight_decay": 0.01}
    training |= {"patience": 20, "validation_share": 0.2, "precision": "32-true"}
    settings = {"network": {"widths": [16, 8], "dropout": 0.1}, "training": training}
    encoder = OBJECTIVES["supervised"](given, settings={**settings, "auxiliary": {}})[0]
    target, y = cohort(40, seed=7, effect=2.5)
    bundle = fit_bundle(
        make("full_finetune", encoder=encoder, settings=TUNING, seed=1),
        target,
        labels=["ill" if one else "well" for one in y],
        patients=[f"p{i}" for i in range(len(y))],
        vocabulary=[f"G{j}" for j in range(target.shape[1])],
        settings={"classes": ["ill", "well"], "positive": "ill", "strategy": "full_finetune"},
    )
    found = attribute(bundle.predictor, bundle.standardiser(target))
    assert found.method == GRADIENTS and found.error <= found.tolerance
    sizes = np.abs(found.values[0]).mean(0)
    assert set(np.argsort(-sizes)[:SIGNAL]) == set(range(SIGNAL))
