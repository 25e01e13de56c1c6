"""Leave-one-out scores without fitting again are those of fits without the sample."""

import numpy as np
import pytest
import torch

from dxtransfer.learn.cox import Cox
from dxtransfer.learn.dual import solve
from dxtransfer.learn.leave_one_out import leave_one_out
from dxtransfer.learn.losses import Logistic, Softmax, Squared

PENALTIES = (0.03, 0.3, 3.0)


def tensor(values):
    return torch.as_tensor(np.asarray(values), dtype=torch.float64)


def study(loss, n, *, seed, offset=False):
    """Kernel, outcomes, weights with gaps, penalties and the solver's settings."""
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(n, 60))
    signal = 2 * Z[:, :3] + rng.normal(size=(n, 3))
    if loss is Logistic:
        y = (signal[:, 0] > np.median(signal[:, 0])).astype(int)
    elif loss is Softmax:
        # Ranks, so that each class has a third of the samples.
        y = np.eye(3)[(signal[:, 0].argsort().argsort() * 3) // n]
    elif loss is Squared:
        y = 50 + 10 * signal[:, 0]
    else:
        y = np.column_stack([np.ceil(np.exp(signal[:, 0])), rng.random(n) < 0.7])
    weights = np.ones((len(PENALTIES), n))
    weights[:, ::7] = 0
    weights[1] *= rng.uniform(0.5, 2, n)
    outputs = 3 if loss is Softmax else 1
    settings = {"loss": loss}
    if offset:
        settings["offset"] = tensor(rng.normal(size=(n, outputs)))
    return tensor(Z @ Z.T / 60), tensor(y), tensor(weights), tensor(PENALTIES), settings


def scores(K, y, weights, penalties, settings):
    alpha, b = solve(K, y, weights, penalties, **settings)
    f = K @ alpha + b[:, None]
    return f + settings.get("offset", 0.0), alpha, b


def refitted(K, y, weights, penalties, settings):
    found, _, _ = scores(K, y, weights, penalties, settings)
    for i in range(len(K)):
        without = weights.clone()
        without[:, i] = 0
        kept = weights[:, i] > 0
        found[kept, i] = scores(K, y, without, penalties, settings)[0][kept, i]
    return found


@pytest.mark.parametrize("offset", [False, True])
def test_squared_loss_is_exact(offset):
    given = study(Squared, 20, seed=1, offset=offset)
    f, alpha, b = scores(*given)
    found = leave_one_out(*given[:4], alpha, b, **given[4])
    np.testing.assert_allclose(found, refitted(*given), rtol=1e-8)
    assert (found - f).abs().max() > 1


@pytest.mark.parametrize("offset", [False, True])
@pytest.mark.parametrize("loss", [Logistic, Softmax])
def test_classes_are_as_refits_give_them_to_a_small_part_of_the_change(loss, offset):
    given = study(loss, 30, seed=2, offset=offset)
    f, alpha, b = scores(*given)
    found, expected = leave_one_out(*given[:4], alpha, b, **given[4]), refitted(*given)

    def p(f):
        return f.softmax(2) if loss is Softmax else f.sigmoid()

    for i in range(len(PENALTIES)):
        error = (p(found[i : i + 1]) - p(expected[i : i + 1])).abs()
        change = (p(f[i : i + 1]) - p(expected[i : i + 1])).abs()
        assert error.max() < 0.06
        assert error.mean() < 0.05 * change.mean()


def test_a_survival_score_is_that_of_a_fit_without_the_sample():
    given = study(Cox, 15, seed=3)
    _, alpha, b = scores(*given)
    found = leave_one_out(*given[:4], alpha, b, **given[4])
    np.testing.assert_allclose(found, refitted(*given), atol=1e-8)


@pytest.mark.parametrize("loss", [Logistic, Softmax, Squared])
def test_samples_left_out_anyway_keep_their_score(loss):
    given = study(loss, 21, seed=4)
    f, alpha, b = scores(*given)
    found = leave_one_out(*given[:4], alpha, b, **given[4])
    assert torch.equal(found[:, ::7], f[:, ::7])


@pytest.mark.parametrize("loss", [Logistic, Softmax, Squared])
def test_awkward_fits_give_finite_scores(loss):
    K, y, weights, penalties, settings = study(loss, 21, seed=5)
    weights[0, 2:] = 0
    weights[1] = (y.sum(1) > 0) * (y[:, 0] > 0) if loss is Softmax else weights[1] * (y > 0)
    for kernel in (K, torch.zeros_like(K), 1e6 * K):
        _, alpha, b = scores(kernel, y, weights, penalties, settings)
        found = leave_one_out(kernel, y, weights, penalties, alpha, b, **settings)
        assert bool(found.isfinite().all())
