"""The scalar mix weighs frozen layers, and its primal form is the mix itself."""

import numpy as np
import pytest
import torch

from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.estimators import Split
from dxtransfer.learn.transfer.scalar_mix import ScalarMix

N, P = 30, 20
SETTINGS = {"epochs": 150, "learning_rate": 0.01, "weight_decay": 0.0}
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, P)).astype(np.float32)


@pytest.fixture(scope="module")
def encoder():
    """Its second layer sees nothing but noise: it cannot tell what the first can."""
    torch.manual_seed(0)
    made = Encoder(network(P, (10, 4))).eval()
    with torch.no_grad():
        made.tail.maps[0].weight.zero_()
    return Pretrained("masked", made, 1.0, None)


@pytest.fixture(scope="module")
def y(encoder):
    first = encoder.encoder.layers(torch.as_tensor(X))[0].detach().numpy()
    return (first[:, 0] > np.median(first[:, 0])).astype(int)


def test_theta_is_a_share_per_layer_and_favours_the_layer_that_knows(encoder, y):
    model = ScalarMix(encoder, SETTINGS, 1).fit(X, y)
    assert model.theta_.shape == (2,)
    np.testing.assert_allclose(model.theta_.sum(), 1)
    assert model.theta_[0] > 0.55


def test_no_step_weighs_layers_equally(encoder, y):
    model = ScalarMix(encoder, {**SETTINGS, "epochs": 0}, 1).fit(X, y)
    np.testing.assert_allclose(model.theta_, [0.5, 0.5])


def test_the_primal_form_equals_the_mix(encoder, y):
    train, test = np.arange(20), np.arange(20, N)
    model = ScalarMix(encoder, SETTINGS, 1)
    mixed = model.predict_grid(X, y, None, [Split(train, test, np.ones(20, dtype=int))])[0]
    primal = model.fit(X[train], y[train]).predict_proba(X[test])
    np.testing.assert_allclose(mixed, primal, atol=1e-5)


def test_sample_weights_do_what_copies_would(encoder, y):
    again = np.r_[np.arange(N), 0:10, 0:5]
    weight = np.bincount(again, minlength=N).astype(float)
    settings = {**SETTINGS, "epochs": 20}
    weighted = ScalarMix(encoder, settings, 1).fit(X, y, sample_weight=weight).predict_proba(X)
    copied = ScalarMix(encoder, settings, 1).fit(X[again], y[again]).predict_proba(X)
    np.testing.assert_allclose(weighted, copied, atol=1e-5)
    plain = ScalarMix(encoder, settings, 1).fit(X, y).predict_proba(X)
    assert np.abs(weighted - plain).max() > 1e-3


def test_the_encoder_stays_as_it_is_and_one_seed_gives_one_result(encoder, y):
    before = {k: v.clone() for k, v in encoder.tensors().items()}
    settings = {**SETTINGS, "epochs": 5}
    one, same, other = (ScalarMix(encoder, settings, s).fit(X, y) for s in (1, 1, 2))
    assert all(torch.equal(v, before[k]) for k, v in encoder.tensors().items())
    np.testing.assert_array_equal(one.predict_proba(X), same.predict_proba(X))
    assert np.abs(one.predict_proba(X) - other.predict_proba(X)).max() > 1e-3
