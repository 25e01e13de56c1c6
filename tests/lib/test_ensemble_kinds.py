"""Source models and the ensemble for several classes, numbers and survival."""

import json

import numpy as np
import pytest
import torch
from scipy.stats import kendalltau
from sklearn.metrics import roc_auc_score
from sksurv.metrics import concordance_index_censored
from source_cohorts import P, cohort_of, source

from dxtransfer.errors import InputError
from dxtransfer.learn.densities import density
from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.estimators import Split
from dxtransfer.learn.members import members_of
from dxtransfer.learn.pretrain.concordance import chance_variance, concordance
from dxtransfer.learn.pretrain.effects import correlation_effect, mean_effects
from dxtransfer.learn.pretrain.held_out import HeldOut
from dxtransfer.learn.pretrain.labelled import labelled_rows
from dxtransfer.learn.pretrain.linear import linear
from dxtransfer.learn.splits import inner_folds
from dxtransfer.learn.standardiser import Standardiser
from dxtransfer.learn.tasks import TASKS
from dxtransfer.learn.transfer.registry import make

KINDS = ["multiclass", "regression", "survival"]
NAMES = ["source_only", "source_prior", "l2_sp", "ensemble", "ensemble_target"]


@pytest.fixture(scope="module", params=KINDS)
def study(request, tmp_path_factory):
    """Task, what a source of four cohorts taught, and a target of the same disease."""
    task = request.param
    made = [cohort_of(task, n, seed=i) for i, n in enumerate((42, 60, 30, 36))]
    given = source(tmp_path_factory.mktemp(task), made, task=task)
    X, y = cohort_of(task, 48, seed=30)
    return task, given, linear(given, settings={})[0], Standardiser.fit(X)(X), y


def splits(task, y, sizes=(8, 16, 32)):
    rng = np.random.default_rng(0)
    found = []
    for size in sizes:
        train = np.sort(rng.permutation(len(y))[:size])
        strata = TASKS[task].strata(y[train])
        inner = inner_folds(strata.tolist(), [f"p{i}" for i in train], folds=3)
        found.append(Split(train, np.setdiff1d(np.arange(len(y)), train), inner))
    return found


def predicted(model, X):
    return model.predict_proba(X) if model.task == "multiclass" else model.predict(X)


def ranked(task, p, y):
    score = np.log(p + 1e-12) if task == "multiclass" else p[:, None]
    return concordance(score, y, task=task)


@pytest.mark.parametrize("name", NAMES)
def test_the_grid_equals_the_loop_of_fits(study, name):
    task, _, pretrained, X, y = study
    names = np.array([f"p{i}" for i in range(len(y))])
    grid = make(name, encoder=pretrained, settings={}, seed=1, task=task)
    grid.adapt(X)
    chosen = splits(task, y)
    for split, found in zip(chosen, grid.predict_grid(X, y, names, chosen), strict=True):
        one = make(name, encoder=pretrained, settings={}, seed=1, task=task)
        one.adapt(X)
        one.fit(X[split.train], y[split.train], groups=names[split.train])
        close = 2e-6 * (10 if task == "regression" else 1)
        np.testing.assert_allclose(predicted(one, X[split.test]), found, atol=close)


@pytest.mark.parametrize("name", NAMES)
def test_a_patient_alone_equals_the_same_among_others(study, name):
    task, _, pretrained, X, y = study
    model = make(name, encoder=pretrained, settings={}, seed=1, task=task)
    model.adapt(X)
    among = predicted(model.fit(X[::2], y[::2]), X[1::2])
    alone = np.concatenate([predicted(model, x[None]) for x in X[1::2]])
    np.testing.assert_allclose(alone, among, rtol=0, atol=1e-6)


def test_the_score_ranks_a_cohort_that_the_source_never_saw(study):
    task, _, pretrained, X, y = study
    model = make("source_only", encoder=pretrained, settings={}, seed=1, task=task)
    assert ranked(task, predicted(model.fit(X, y), X), y) > 0.7
    assert pretrained.knowledge.holds


def test_numbers_are_predicted_in_their_unit(study):
    task, _, pretrained, X, y = study
    if task != "regression":
        pytest.skip("a number has a unit")
    for name in ("source_only", "l2_sp", "ensemble"):
        model = make(name, encoder=pretrained, settings={}, seed=1, task=task).fit(X, y)
        assert np.abs(model.predict(X) - y).mean() < 0.7 * np.abs(y - y.mean()).mean()


def test_numbers_in_another_unit_give_the_same_predictions_in_it(study):
    task, _, pretrained, X, y = study
    if task != "regression":
        pytest.skip("a number has a unit")
    chosen = splits(task, y)
    for name in ("ensemble", "ensemble_target"):
        model = make(name, encoder=pretrained, settings={}, seed=1, task=task)
        plain = model.predict_grid(X, y, None, chosen)
        moved = model.predict_grid(X, 1000 * y - 7, None, chosen)
        for one, other in zip(plain, moved, strict=True):
            np.testing.assert_allclose(1000 * one - 7, other, rtol=1e-6)


def test_with_few_labels_the_ensemble_is_better_than_without_a_source(study):
    task, _, pretrained, X, y = study
    chosen = splits(task, y, sizes=(8,) * 15)
    found = {}
    for name in ("ensemble", "ensemble_target", "logistic_l2"):
        model = make(name, encoder=pretrained, settings={}, seed=1, task=task)
        model.adapt(X)
        each = model.predict_grid(X, y, None, chosen)
        found[name] = np.mean(
            [ranked(task, p, y[s.test]) for s, p in zip(chosen, each, strict=True)]
        )
    assert found["ensemble"] > found["logistic_l2"] + 0.05
    assert found["ensemble_target"] > found["logistic_l2"] - 0.05


def test_a_source_with_shuffled_outcomes_is_noticed(study, tmp_path):
    task = study[0]
    found = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        made = [cohort_of(task, n, seed=i) for i, n in enumerate((42, 60, 30))]
        shuffled = [(X, rng.permutation(y)) for X, y in made]
        folder = tmp_path / str(seed)
        folder.mkdir()
        found.append(linear(source(folder, shuffled, task=task), settings={})[0].knowledge.holds)
    assert sum(found) <= 1


def test_a_cohort_is_scored_by_models_that_never_saw_it(study):
    """Shuffled outcomes of a cohort leave its own held-out scores as they are."""
    task, given = study[:2]
    data = labelled_rows(given)
    out = data.cohort == 2
    before = HeldOut.of(data).scores[:, out]
    y = given.y.copy()
    rows = np.flatnonzero(given.cohort == 2)
    y[rows] = np.random.default_rng(1).permutation(y[rows])
    other = labelled_rows(type(given)(given.store, y, given.seed, task, given.classes))
    found = HeldOut.of(other).scores[:, out]
    # Numbers are told in the deviation within all cohorts, which a shuffle leaves.
    np.testing.assert_allclose(found, before, rtol=1e-9, atol=1e-12)


def test_a_single_cohort_is_held_out_by_patients(study, tmp_path):
    task = study[0]
    names = [f"p{i % 30}" for i in range(60)]
    given = source(tmp_path, [cohort_of(task, 60, seed=1)], patients=names, task=task)
    held_out = HeldOut.of(labelled_rows(given))
    assert not held_out.by_cohort
    for group in np.unique(held_out.groups):
        inside = {n for n, g in zip(names, held_out.groups, strict=True) if g == group}
        assert not inside & {n for n, g in zip(names, held_out.groups, strict=True) if g != group}
    _, history = linear(given, settings={})
    assert {row["held_out"] for row in history} == {"patients"}


def test_what_was_learnt_survives_writing_and_reading(study):
    found = study[2]
    again = Pretrained.of(found.tensors(), json.loads(json.dumps(found.settings())))
    assert again.settings() == found.settings()
    assert again.unit == found.unit
    for name, tensor in found.tensors().items():
        assert torch.equal(again.tensors()[name], tensor)


def test_a_source_that_tells_nothing_says_so(study, tmp_path):
    task = study[0]
    X, y = cohort_of(task, 20, seed=1)
    if task == "survival":
        y[:, 1] = 0
    with pytest.raises(InputError, match="the objective linear needs a source cohort that holds"):
        linear(source(tmp_path, [(X, y if task == "survival" else y * 0)], task=task), settings={})


def test_concordance_is_auroc_c_index_and_kendalls_tau():
    rng = np.random.default_rng(0)
    score = rng.normal(size=80).round(1)
    binary = rng.integers(0, 2, 80)
    assert concordance(score[:, None], binary, task="binary") == pytest.approx(
        roc_auc_score(binary, score)
    )
    wide, classes = rng.normal(size=(80, 3)), rng.integers(0, 3, 80)
    each = [roc_auc_score(classes == k, wide[:, k]) for k in range(3)]
    assert concordance(wide, classes, task="multiclass") == pytest.approx(np.mean(each))
    number, fine = rng.normal(size=80), rng.normal(size=80)
    tau = kendalltau(fine, number).statistic
    assert concordance(fine[:, None], number, task="regression") == pytest.approx((tau + 1) / 2)
    y = np.column_stack([rng.integers(1, 12, 80), rng.random(80) < 0.6])
    expected = concordance_index_censored(y[:, 1] > 0, y[:, 0], score)[0]
    assert concordance(score[:, None], y, task="survival") == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("task", ["binary", "regression", "survival"])
def test_chance_variance_is_twice_that_of_shuffled_scores(task):
    rng = np.random.default_rng(1)
    y = (np.arange(30) < 9).astype(int) if task == "binary" else cohort_of(task, 30, seed=2)[1]
    drawn = [concordance(rng.normal(size=(30, 1)), y, task=task) for _ in range(4000)]
    assert chance_variance(y, 1, task=task) == pytest.approx(2 * np.var(drawn), rel=0.1)


def test_mean_correlations_are_those_of_a_random_effects_meta_analysis():
    rng = np.random.default_rng(0)
    cohorts = np.repeat([0, 1, 2], [30, 50, 20])
    y = rng.normal(size=100)
    Z = rng.normal(size=(100, 1)) + y[:, None] * np.array([0.1, 1.5, 0.6])[cohorts][:, None]
    each = [np.corrcoef(Z[cohorts == c, 0], y[cohorts == c])[0, 1] for c in range(3)]
    z, v = np.arctanh(each), 1 / (np.array([30, 50, 20]) - 3)
    w = 1 / v
    q = (w * (z - np.average(z, weights=w)) ** 2).sum()
    between = max(0, (q - 2) / (w.sum() - (w**2).sum() / w.sum()))
    assert between > 0
    w = 1 / (v + between)
    known = np.ones((3, 1), dtype=bool)
    mean, error = mean_effects(Z, y, cohorts, known, effect=correlation_effect)
    assert mean[0] == pytest.approx(np.average(z, weights=w))
    assert error[0] == pytest.approx(w.sum() ** -0.5)


@pytest.mark.parametrize("task", KINDS)
def test_the_density_is_higher_the_better_the_scores(task):
    _, y = cohort_of(task, 30, seed=4)
    outcomes = TASKS[task].outcomes(y, 3)
    if task == "survival":
        good = -outcomes[:, :1].log()
    elif task == "regression":
        good = outcomes
    else:
        good = 4 * outcomes
    noise = torch.as_tensor(np.random.default_rng(1).normal(size=good.shape))
    each = torch.stack([good, (good - good.mean(0)) * 0.2 + good.mean(0), noise])
    weights = torch.ones(2, 30).double()
    weights[1, 20:] = 0
    found = density(each.expand(2, *each.shape), outcomes, weights, task=task)
    assert found.shape == (2, 3)
    assert bool((found[:, 0] > found[:, 1]).all() and (found[:, 1] > found[:, 2]).all())
    # Samples that are left out say nothing.
    each = each.clone()
    each[:, 20:] = 100.0
    again = density(each.expand(2, *each.shape), outcomes, weights, task=task)
    torch.testing.assert_close(again[1], found[1])


def test_members_without_source_are_a_part_of_all(study):
    task = study[0]
    alone = members_of(task, source=False)
    assert {m for m in members_of(task) if not m.sees_source} == set(alone)
    assert study[2].knowledge.log_prior.shape[1] == len(members_of(task))
    assert study[3].shape[1] == P


def test_a_number_that_wants_a_weak_penalty_is_told_as_well_as_by_ridge():
    rng = np.random.default_rng(5)
    X = rng.normal(size=(150, 300)).astype(np.float32)
    # A hundred features with a small part each, hardly any noise.
    y = X[:, :100].sum(axis=1) + 0.1 * rng.normal(size=150)
    learnt, errors = np.arange(120), {}
    for name in ("ensemble_target", "logistic_l2"):
        model = make(name, encoder=None, settings={}, seed=1, task="regression")
        model.fit(X[learnt], y[learnt])
        errors[name] = np.abs(model.predict(X[120:]) - y[120:]).mean()
    assert errors["ensemble_target"] < 1.02 * errors["logistic_l2"]
