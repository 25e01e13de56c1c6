"""The scalar mix weighs frozen layers, and its primal form is the mix itself."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from dxtransfer.learn import linear
from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.estimators import Split
from dxtransfer.learn.transfer import scalar_mix
from dxtransfer.learn.transfer.scalar_mix import ScalarMix

N, P = 30, 20
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
def deep():
    torch.manual_seed(1)
    return Pretrained("masked", Encoder(network(P, (10, 6, 4))).eval(), 1.0, None)


@pytest.fixture(scope="module")
def y(encoder):
    first = encoder.encoder.layers(torch.as_tensor(X))[0].detach().numpy()
    return (first[:, 0] > np.median(first[:, 0])).astype(int)


def test_theta_is_a_share_per_layer_and_favours_the_layer_that_knows(encoder, y):
    model = ScalarMix(encoder).fit(X, y)
    assert model.theta_.shape == (2,)
    np.testing.assert_allclose(model.theta_.sum(), 1)
    assert model.theta_[0] > 0.8


def test_no_step_weighs_layers_equally(deep, y, monkeypatch):
    monkeypatch.setattr(scalar_mix, "STEPS", 0)
    np.testing.assert_allclose(ScalarMix(deep).fit(X, y).theta_, [1 / 3] * 3)


def test_steps_of_theta_go_down_the_penalised_loss_to_its_minimum_over_theta(deep, y, monkeypatch):
    """Judged by a search over theta, heads and intercept that knows no kernel."""
    monkeypatch.setattr(linear, "PENALTIES", (1.0,))
    layers = [
        torch.nn.functional.layer_norm(z.detach(), z.shape[-1:]).double().numpy()
        / z.shape[1] ** 0.5
        for z in deep.encoder.layers(torch.as_tensor(X))
    ]
    sizes = np.cumsum([z.shape[1] for z in layers])[:-1]

    def objective(values):
        scores, bias, heads = values[:3], values[3], np.split(values[4:], sizes)
        theta = np.exp(scores) / np.exp(scores).sum()
        gamma = 1 / np.sqrt((theta**2).sum())
        parts = zip(theta, layers, heads, strict=True)
        f = gamma * sum(t * z @ v for t, z, v in parts) + bias
        loss = np.logaddexp(0, np.where(y == 1, -f, f)).sum()
        return loss + sum((v**2).sum() for v in heads) / 2

    def reached(steps):
        monkeypatch.setattr(scalar_mix, "STEPS", steps)
        fitted = ScalarMix(deep).fit(X, y)
        rho = fitted.theta_**2 / (fitted.theta_**2).sum()
        # the readout of a layer is sqrt(rho) times its head, over the root of its width
        heads = [
            w.numpy().ravel() * z.shape[1] ** 0.5 / np.sqrt(r)
            for (_, w), r, z in zip(
                sorted(fitted.predictor_.readout.items()), rho, layers, strict=True
            )
        ]
        start = np.log(fitted.theta_)
        return objective(np.concatenate([start, fitted.predictor_.bias, *heads]))

    values = [reached(steps) for steps in (0, 1, 2, 60)]
    assert values == sorted(values, reverse=True)
    width = sum(z.shape[1] for z in layers)
    best = min(
        minimize(objective, np.r_[np.zeros(4), RNG.normal(size=width) / 3], tol=1e-10).fun
        for _ in range(3)
    )
    assert values[-1] == pytest.approx(best, rel=1e-3)
    assert values[0] > best * 1.001


def test_the_primal_form_equals_the_mix(deep, y):
    train, test = np.arange(20), np.arange(20, N)
    model = ScalarMix(deep)
    mixed = model.predict_grid(X, y, None, [Split(train, test, np.arange(20) % 3 + 1)])[0]
    split = Split(np.arange(20), np.arange(0), np.arange(20) % 3 + 1)
    primal = model.fit_one(X[train], y[train], split, np.ones(20)).predict(X[test])
    np.testing.assert_allclose(mixed[:, 1], primal, atol=1e-6)


def test_fits_side_by_side_equal_fits_alone(deep, y):
    rows = [np.arange(6), np.arange(4, 20), np.arange(N), np.arange(0, N, 2)]
    splits = [Split(r, np.setdiff1d(np.arange(N), r), np.arange(len(r)) % 3 + 1) for r in rows]
    model = ScalarMix(deep)
    for one, found in zip(splits, model.predict_grid(X, y, None, splits), strict=True):
        np.testing.assert_allclose(found, model.predict_grid(X, y, None, [one])[0], atol=1e-7)


def test_a_grid_that_does_not_fit_into_memory_at_once_is_the_same(deep, y, monkeypatch):
    splits = [Split(np.arange(i, 20 + i), np.arange(i), np.arange(20) % 3) for i in range(1, 6)]
    whole = ScalarMix(deep).predict_grid(X, y, None, splits)
    monkeypatch.setattr(scalar_mix, "MEMORY", 1)
    parts = ScalarMix(deep).predict_grid(X, y, None, splits)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_sample_weights_do_what_copies_would(deep, y, monkeypatch):
    monkeypatch.setattr(linear, "PENALTIES", (0.1,))
    again = np.r_[np.arange(N), 0:10, 0:5]
    weight = np.bincount(again, minlength=N).astype(float)
    weighted = ScalarMix(deep).fit(X, y, sample_weight=weight)
    copied = ScalarMix(deep).fit(X[again], y[again], groups=again)
    np.testing.assert_allclose(weighted.theta_, copied.theta_, atol=1e-6)
    np.testing.assert_allclose(weighted.predict_proba(X), copied.predict_proba(X), atol=1e-6)
    plain = ScalarMix(deep).fit(X, y).predict_proba(X)
    assert np.abs(weighted.predict_proba(X) - plain).max() > 1e-3


@pytest.mark.parametrize("task", ["multiclass", "regression", "survival"])
def test_theta_is_learnt_for_every_kind_of_outcome(encoder, task):
    first = encoder.encoder.layers(torch.as_tensor(X))[0].detach().numpy()[:, 0]
    outcome = {
        "multiclass": np.digitize(first, np.quantile(first, [1 / 3, 2 / 3])),
        "regression": first,
        "survival": np.column_stack([np.exp(-first), np.ones(N)]),
    }[task]
    model = ScalarMix(encoder, task=task).fit(X, outcome)
    assert model.theta_[0] > 0.6


def test_the_encoder_stays_as_it_is_and_nothing_is_drawn(encoder, y):
    before = {k: v.clone() for k, v in encoder.tensors().items()}
    one, same = (ScalarMix(encoder).fit(X, y).predict_proba(X) for _ in range(2))
    assert all(torch.equal(v, before[k]) for k, v in encoder.tensors().items())
    np.testing.assert_array_equal(one, same)


def test_the_penalty_is_chosen_with_the_mean_of_the_layers_kernels(deep, y):
    model = ScalarMix(deep)
    model.classes_ = np.array([0, 1])
    layers = model._layers(X)
    kernel = model._mixing(layers, y, np.ones(N)).kernel
    torch.testing.assert_close(kernel, torch.stack([z @ z.T for z in layers]).mean(0))
