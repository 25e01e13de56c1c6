"""The linear models: penalty chosen inside, one kernel for all fits, weights in primal form."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.util import Surv

from dxtransfer.learn.cox import Cox
from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.estimators import Split
from dxtransfer.learn.linear import DEFAULT_PENALTY, PENALTIES, RidgeModel
from dxtransfer.learn.splits import inner_folds
from dxtransfer.learn.transfer.linear_probe import LinearProbe

N, P = 36, 50


def data(seed=0, noise=2.0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, P)).astype(np.float32)
    return X, (X[:, :3].sum(axis=1) + noise * rng.normal(size=N) > 0).astype(int)


def probe():
    torch.manual_seed(0)
    return LinearProbe(Pretrained("masked", Encoder(network(P, (8, 6))).eval(), 1.7, None))


def by_sklearn(Z, y, penalty, test):
    """Penalty on the weights of a representation scaled by the root of its columns."""
    model = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=1000, solver="newton-cholesky")
    scale = np.sqrt(Z.shape[1])
    return model.fit(Z / scale, y).predict_proba(test / scale)[:, 1]


def chosen_by_hand(Z, y, folds):
    total = dict.fromkeys(PENALTIES, 0.0)
    for penalty in PENALTIES:
        for fold in np.unique(folds):
            out = folds == fold
            p = by_sklearn(Z[~out], y[~out], penalty, Z[out])
            total[penalty] += log_loss(y[out], p, labels=[0, 1], normalize=False)
    return min(PENALTIES, key=total.__getitem__)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("make", [RidgeModel, probe])
def test_a_fit_is_scikit_learn_at_the_penalty_with_the_least_inner_log_loss(make, seed):
    X, y = data(seed)
    groups = [f"p{i // 2}" for i in range(N)]
    model = make()
    Z = model.represent(X).numpy()
    penalty = chosen_by_hand(Z, y, inner_folds(y.tolist(), groups, folds=3))
    found = model.fit(X, y, groups=groups).predict_proba(X)[:, 1]
    np.testing.assert_allclose(found, by_sklearn(Z, y, penalty, Z), atol=1e-5)


def test_without_two_inner_folds_the_penalty_is_the_default():
    X, y = data()
    rows = np.arange(N)
    split = Split(rows[:30], rows[30:], np.ones(30, dtype=int))
    found = RidgeModel().predict_grid(X, y, None, [split])[0][:, 1]
    expected = by_sklearn(X[:30].astype(float), y[:30], DEFAULT_PENALTY, X[30:].astype(float))
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("make", [RidgeModel, probe])
def test_sample_weights_do_what_copies_would(make):
    X, y = data(4)
    groups, again = np.arange(N), np.r_[np.arange(N), 0:10, 0:5]
    weight = np.bincount(again, minlength=N).astype(float)
    weighted = make().fit(X, y, groups=groups, sample_weight=weight).predict_proba(X)
    copied = make().fit(X[again], y[again], groups=groups[again]).predict_proba(X)
    np.testing.assert_allclose(weighted, copied, atol=1e-6)
    assert np.abs(weighted - make().fit(X, y, groups=groups).predict_proba(X)).max() > 1e-3


def test_classes_keep_their_names_and_order():
    X, y = data()
    model = RidgeModel().fit(X, np.where(y == 1, "well", "ill"))
    np.testing.assert_array_equal(model.classes_, ["ill", "well"])
    likelier = np.where(model.predict_proba(X)[:, 1] > 0.5, "well", "ill")
    np.testing.assert_array_equal(model.predict(X), likelier)


@pytest.mark.parametrize("y", [np.zeros(N), np.arange(N) % 3])
def test_anything_but_two_classes_is_refused(y):
    with pytest.raises(ValueError, match="two classes"):
        RidgeModel().fit(data()[0], y)


def test_the_probe_leaves_its_encoder_as_it_is():
    X, y = data()
    model = probe()
    before = {k: v.clone() for k, v in model.encoder.tensors().items()}
    model.fit(X, y)
    assert all(torch.equal(v, before[k]) for k, v in model.encoder.tensors().items())


OUTCOMES = {
    "binary": lambda X: (X[:, 0] > 0).astype(int),
    "multiclass": lambda X: np.digitize(X[:, 0] + X[:, 1], [-0.6, 0.6]),
    "regression": lambda X: 100 + 20 * X[:, 0],
    "survival": lambda X: np.column_stack([np.ceil(np.exp(2 - X[:, 0])), X[:, 3] > -0.8]),
}


def every_task(columns=P):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(N, columns)).astype(np.float32)
    # The first columns carry the signal of all outcomes.
    return X, {task: made(X) for task, made in OUTCOMES.items()}


@pytest.mark.parametrize("columns", [P, 8])
@pytest.mark.parametrize("task", OUTCOMES)
def test_the_grid_of_every_task_equals_the_loop_of_fits_with_weights(task, columns):
    """Fifty columns are solved in the dual, eight in the primal wherever there are more samples."""
    X, outcomes = every_task(columns)
    rng, y = np.random.default_rng(1), outcomes[task]
    weight = rng.uniform(0.2, 2, N)
    splits = []
    for n in (9, 20, 30):
        train = np.sort(rng.permutation(N)[:n])
        left = np.setdiff1d(np.arange(N), train)
        splits.append(Split(train, left, np.arange(n) % 3 + 1))
    balanced = task in ("binary", "multiclass")
    model = RidgeModel(task=task, balanced=balanced)
    together = model.predict_grid(X, y, None, splits, sample_weight=weight)
    for split, found in zip(splits, together, strict=True):
        alone = RidgeModel(task=task, balanced=balanced)
        alone.classes_ = np.unique(y) if balanced else None
        inside = Split(np.arange(len(split.train)), split.train[:0], split.inner)
        given = X[split.train], y[split.train], inside, weight[split.train]
        alone.predictor_ = alone.fit_one(*given)
        asked = X[split.test]
        expected = alone.predict_proba(asked) if balanced else alone.predict(asked)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_ridge_and_cox_choose_the_penalty_with_the_least_loss_held_out():
    X, outcomes = every_task()
    rows, folds = np.arange(N), np.arange(N) % 3
    y = outcomes["regression"]
    Z = X.astype(float) / np.sqrt(P)
    losses = [
        sum(
            (
                (Ridge(alpha=a).fit(Z[folds != k], y[folds != k]).predict(Z) - y)[folds == k] ** 2
            ).sum()
            for k in range(3)
        )
        for a in PENALTIES
    ]
    expected = Ridge(alpha=PENALTIES[int(np.argmin(losses))]).fit(Z, y).predict(Z)
    found = RidgeModel(task="regression").predict_grid(X, y, None, [Split(rows, rows, folds)])[0]
    np.testing.assert_allclose(found, expected, rtol=1e-6)

    time, event = outcomes["survival"].T
    told = Surv.from_arrays(event > 0, time)

    def likelihood(f, kept):
        y = torch.as_tensor(np.column_stack([time, event])[None])
        f = torch.as_tensor(f)[None, :, None]
        return float(Cox(y, torch.as_tensor(kept[None], dtype=torch.float64)).value(f))

    losses = []
    for a in PENALTIES:
        losses.append(0.0)
        for k in range(3):
            kept = folds != k
            model = CoxPHSurvivalAnalysis(alpha=a, ties="efron", tol=1e-13, n_iter=500)
            f = model.fit(Z[kept], told[kept]).predict(Z)
            losses[-1] += likelihood(f, kept | True) - likelihood(f, kept)
    best = CoxPHSurvivalAnalysis(
        alpha=PENALTIES[int(np.argmin(losses))], ties="efron", tol=1e-13, n_iter=500
    )
    found = RidgeModel(task="survival").predict_grid(
        X, outcomes["survival"], None, [Split(rows, rows, folds)]
    )[0]
    expected = best.fit(Z, told).predict(Z)
    np.testing.assert_allclose(found - found.mean(), expected - expected.mean(), atol=1e-6)


@pytest.mark.parametrize("columns", [P, 8])
@pytest.mark.parametrize("task", OUTCOMES)
def test_a_model_shrinks_towards_its_centre(task, columns):
    X, outcomes = every_task(columns)
    outputs = 3 if task == "multiclass" else 1
    towards = torch.as_tensor(np.random.default_rng(0).normal(size=(outputs, columns)))

    class Centred(RidgeModel):
        def centre(self):
            return towards, torch.full((outputs,), 0.3).double()

    y, rows = outcomes[task], np.arange(N)
    model = Centred(task=task)
    grid = model.predict_grid(X, y, None, [Split(rows, rows, rows % 3)])[0]
    alone = Centred(task=task)
    alone.classes_ = model.classes_
    alone.predictor_ = alone.fit_one(X, y, Split(rows, rows[:0], rows % 3), np.ones(N))
    assert (
        np.abs(grid - RidgeModel(task=task).fit(X, y).predictor_.predict(X).reshape(N, -1)).max()
        > 1e-3
    )
    found = alone.predict_proba(X) if model.classes_ is not None else alone.predict(X)
    np.testing.assert_allclose(grid, found, rtol=1e-5, atol=1e-5)


def test_the_heaviest_penalty_leaves_the_centre(monkeypatch):
    X, outcomes = every_task()
    monkeypatch.setattr("dxtransfer.learn.linear.PENALTIES", (1e12,))
    towards = np.random.default_rng(0).normal(size=(1, P))

    class Centred(RidgeModel):
        def centre(self):
            return torch.as_tensor(towards), torch.zeros(1).double()

    found = Centred(task="survival").fit(X, outcomes["survival"]).predict(X)
    np.testing.assert_allclose(found, X @ towards[0], atol=1e-4)


def test_a_task_without_classes_has_no_probabilities():
    X, outcomes = every_task()
    model = RidgeModel(task="regression").fit(X, outcomes["regression"])
    assert not hasattr(model, "predict_proba")
    assert model.predict(X).shape == (N,)
    assert hasattr(RidgeModel(task="multiclass"), "predict_proba")
