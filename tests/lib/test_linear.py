"""The linear models: penalty chosen inside, one kernel for all fits, weights in primal form."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

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
