"""The ensemble and its linear members: fits of the grid, weights that notice a useless source."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score
from source_cohorts import P, cohort, source

from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.estimators import Split
from dxtransfer.learn.members import (
    ALL,
    IMPORTANT,
    fit_members,
    member_weights,
    members_of,
)
from dxtransfer.learn.pretrain.linear import linear
from dxtransfer.learn.splits import inner_folds
from dxtransfer.learn.standardiser import Standardiser
from dxtransfer.learn.transfer import ensemble_target
from dxtransfer.learn.transfer.ensemble import Ensemble
from dxtransfer.learn.transfer.ensemble_target import EnsembleTarget
from dxtransfer.learn.transfer.registry import make
from dxtransfer.learn.transfer.sparse_part import SparsePart

MEMBERS = members_of("binary")
TARGET_ONLY = members_of("binary", source=False)
NAMES = ["source_only", "source_prior", "l2_sp", "ensemble", "ensemble_target"]


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory):
    made = [cohort(n, seed=i) for i, n in enumerate((40, 60, 24, 36))]
    return linear(source(tmp_path_factory.mktemp("source"), made), settings={})[0]


@pytest.fixture(scope="module")
def target():
    X, y = cohort(48, seed=30)
    return Standardiser.fit(X)(X), y


def splits(y, sizes=(4, 8, 16, 32)):
    rng = np.random.default_rng(0)
    found = []
    for size in sizes:
        order = np.concatenate([rng.permutation(np.flatnonzero(y == k)) for k in (0, 1)])
        half = len(y) // 2
        train = np.concatenate([order[: size // 2], order[half : half + size // 2]])
        test = np.setdiff1d(np.arange(len(y)), train)
        inner = inner_folds(y[train].tolist(), [f"p{i}" for i in train], folds=3)
        found.append(Split(train, test, inner))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_grid_equals_the_loop_of_fits(pretrained, target, name):
    X, y = target
    names = np.array([f"p{i}" for i in range(len(y))])
    grid = make(name, encoder=pretrained, settings={}, seed=1)
    grid.adapt(X)
    chosen = splits(y)
    for split, found in zip(chosen, grid.predict_grid(X, y, names, chosen), strict=True):
        one = make(name, encoder=pretrained, settings={}, seed=1)
        one.adapt(X)
        one.fit(X[split.train], y[split.train], groups=names[split.train])
        np.testing.assert_allclose(one.predict_proba(X[split.test]), found, atol=2e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_patient_alone_equals_the_same_among_others(pretrained, target, name):
    X, y = target
    model = make(name, encoder=pretrained, settings={}, seed=1)
    model.adapt(X)
    among = model.fit(X[::2], y[::2]).predict_proba(X[1::2])
    alone = np.concatenate([model.predict_proba(x[None]) for x in X[1::2]])
    np.testing.assert_allclose(alone, among, rtol=0, atol=1e-6)


def test_source_prior_penalises_a_feature_by_the_inverse_of_its_importance(pretrained, target):
    X, y = target
    model = make("source_prior", encoder=pretrained, settings={}, seed=1).fit(X, y)
    weights = model.predictor_.readout[0].numpy().ravel()
    q = pretrained.knowledge.importance.numpy()
    f = model.predictor_.scores(X).ravel()
    gradient = X.T @ (1 / (1 + np.exp(-f)) - y)
    rates = -gradient * q / (P * weights)
    np.testing.assert_allclose(rates, np.median(rates), rtol=1e-3)


def test_l2_sp_minimises_the_distance_to_the_source(pretrained, target):
    X, y = target
    model = make("l2_sp", encoder=pretrained, settings={}, seed=1)
    centre = model.centre()[0].numpy().ravel()
    found = model.fit(X, y).predictor_
    weights, b = found.readout[0].numpy().ravel(), found.bias[0]
    f = X @ weights + b
    gradient = X.T @ (1 / (1 + np.exp(-f)) - y)
    rate = np.median(-gradient / (P * (weights - centre)))

    def loss(beta):
        f = X @ beta[:-1] + beta[-1]
        penalty = rate * P / 2 * ((beta[:-1] - centre) ** 2).sum()
        return (np.logaddexp(0, f) - y * f).sum() + penalty

    def slope(beta):
        r = 1 / (1 + np.exp(-(X @ beta[:-1] + beta[-1]))) - y
        return np.append(X.T @ r + rate * P * (beta[:-1] - centre), r.sum())

    best = minimize(loss, np.append(centre, 0.0), jac=slope, method="BFGS", tol=1e-8)
    np.testing.assert_allclose(weights, best.x[:-1], atol=1e-4)


def test_l2_sp_with_few_labels_is_close_to_the_source(pretrained, target):
    X, y = target
    few = splits(y)[0].train
    centre = make("l2_sp", encoder=pretrained, settings={}, seed=1).centre()[0].numpy().ravel()
    model = make("l2_sp", encoder=pretrained, settings={}, seed=1).fit(X[few], y[few])
    assert np.corrcoef(model.predictor_.readout[0].numpy().ravel(), centre)[0, 1] > 0.9


def test_a_members_left_out_score_is_close_to_that_of_the_fit_without_the_sample(target):
    X, y = target
    rows = splits(y)[3].train
    Z = torch.as_tensor(X[rows], dtype=torch.float64)
    outcome, n = torch.as_tensor(y[rows, None], dtype=torch.float64), len(rows)
    score = Z[:, :3].sum(1, keepdim=True)
    kernels = {ALL: Z @ Z.T / P, IMPORTANT: Z[:, :6] @ Z[:, :6].T / P}
    whole = fit_members(kernels, score, outcome, torch.ones(1, n).double(), MEMBERS)
    without = fit_members(kernels, score, outcome, (1 - torch.eye(n)).double(), MEMBERS)
    exact = without.scores[..., 0].diagonal(dim1=0, dim2=2)
    close = torch.sigmoid(whole.left_out[0, ..., 0]) - torch.sigmoid(exact)
    assert close.abs().mean() < 0.01


def test_weights_are_a_distribution_and_four_labels_hardly_move_the_prior(target):
    X, y = target
    Z = torch.as_tensor(X, dtype=torch.float64)
    outcome = torch.as_tensor(y[:, None], dtype=torch.float64)
    kernels = {ALL: Z @ Z.T / P, IMPORTANT: Z @ Z.T / P}
    given = torch.zeros(4, len(y), dtype=torch.float64)
    for i, split in enumerate(splits(y)):
        given[i, split.train] = 1
    # A score that is wrong throughout.
    score = 0.5 * (1 - 2 * outcome)
    fits = fit_members(kernels, score, outcome, given, MEMBERS)
    flat = torch.zeros(4, len(MEMBERS), dtype=torch.float64)
    weights = member_weights(fits, outcome, given, flat)
    assert bool((weights >= 0).all())
    torch.testing.assert_close(weights.sum(1), torch.ones(4).double())
    wrong = weights[:, [member.share > 0 for member in MEMBERS]].sum(1)
    assert wrong[0] > 0.4
    assert wrong[3] < 0.1


def test_with_few_labels_the_ensemble_is_better_than_without_a_source(pretrained, target):
    X, y = target
    chosen = splits(y, sizes=(4,) * 20)
    found = {}
    for name in ("ensemble", "ensemble_target", "logistic_l2"):
        model = make(name, encoder=pretrained, settings={}, seed=1)
        model.adapt(X)
        each = model.predict_grid(X, y, None, chosen)
        found[name] = np.mean(
            [roc_auc_score(y[s.test], p[:, 1]) for s, p in zip(chosen, each, strict=True)]
        )
    assert found["ensemble"] > found["logistic_l2"] + 0.05
    assert abs(found["ensemble_target"] - found["logistic_l2"]) < 0.03


def unrelated(X):
    """The same values with each feature's samples in another order: nothing varies together."""
    rng = np.random.default_rng(5)
    return np.stack([rng.permutation(column) for column in X.T], axis=1)


def test_a_target_unlike_the_source_goes_without_it(pretrained, target):
    X, y = target
    other = unrelated(X)
    model = Ensemble(pretrained)
    model.adapt(X)
    assert not model.without_source
    model.adapt(other)
    assert "vary together" in model.without_source
    chosen = splits(y)
    found = model.predict_grid(other, y, None, chosen)
    for one, alone in zip(
        found, EnsembleTarget().predict_grid(other, y, None, chosen), strict=True
    ):
        np.testing.assert_array_equal(one, alone)
    np.testing.assert_array_equal(model.shares_, [[0, 0, 1]] * len(chosen))


def test_a_source_no_better_than_chance_is_not_used(target, tmp_path):
    rng = np.random.default_rng(0)
    made = [cohort(40, seed=i) for i in range(3)]
    shuffled = [(X, rng.permutation(y)) for X, y in made]
    found, _ = linear(source(tmp_path, shuffled), settings={})
    X, y = target
    model = Ensemble(found)
    model.adapt(X)
    assert "chance" in model.without_source
    assert model.members() == TARGET_ONLY
    alone = EnsembleTarget().fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(model.fit(X, y).predict_proba(X), alone)


def test_shares_sum_to_one_and_the_source_counts_for_less_with_more_labels(pretrained, target):
    X, y = target
    model = Ensemble(pretrained)
    model.adapt(X)
    model.predict_grid(X, y, None, splits(y))
    torch.testing.assert_close(model.shares_.sum(1), torch.ones(4).double())
    assert model.shares_[0, 0] > 0.5


def test_an_elastic_net_counts_as_the_target_alone(pretrained, target, monkeypatch):
    X, y = target
    chosen = splits(y, sizes=(32,))

    def shares(share, left_out):
        part = SparsePart(share, torch.zeros(1, P).double(), torch.zeros(1).double(), left_out)
        monkeypatch.setattr(ensemble_target, "sparse_part", lambda *_: part)
        model = Ensemble(pretrained)
        model.adapt(X)
        model.predict_grid(X, y, None, chosen)
        return model.shares_[0]

    flat, other = torch.ones(32, 1).double(), torch.linspace(-3, 3, 32)[:, None].double()
    without = shares(0.0, flat)
    torch.testing.assert_close(shares(0.5, flat), without)
    assert shares(0.5, other)[0] < without[0]
    torch.testing.assert_close(shares(1.0, other), torch.tensor([0.0, 0.0, 1.0]).double())


def test_no_label_of_a_test_sample_is_seen(pretrained, target):
    X, y = target
    chosen = splits(y)
    swapped = y.copy()
    common = np.setdiff1d(np.arange(len(y)), np.concatenate([s.train for s in chosen]))
    assert len(common)
    swapped[common] = 1 - swapped[common]
    model = Ensemble(pretrained)
    model.adapt(X)
    before, after = (model.predict_grid(X, labels, None, chosen) for labels in (y, swapped))
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["source_prior", "ensemble"])
def test_another_objective_is_refused(target, name):
    other = Pretrained("masked", Encoder(network(P, (4,))).eval(), 1.0, None)
    X, y = target
    with pytest.raises(ValueError, match="objective linear"):
        make(name, encoder=other, settings={}, seed=1).fit(X, y)
