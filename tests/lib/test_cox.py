"""The partial likelihood is its formula, with ties, and fits equal scikit-survival's."""

import numpy as np
import pytest
import torch
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.util import Surv
from torch.autograd.functional import hessian, jacobian

from dxtransfer.learn.cox import Cox, baseline_hazard
from dxtransfer.learn.dual import solve
from dxtransfer.learn.primal import solve_primal


def tensor(values):
    return torch.as_tensor(np.asarray(values), dtype=torch.float64)


def patients(n, *, seed, ties, events=0.7):
    rng = np.random.default_rng(seed)
    time = rng.exponential(6, n)
    event = rng.random(n) < events
    event[0] = True
    return np.ceil(time / 2) if ties else time, event


def by_the_formula(f, time, event, weights):
    """Efron's negative log partial likelihood, one term at a time."""
    total = torch.zeros((), dtype=torch.float64)
    risk = weights * f.exp()
    for t in np.unique(time[event & (weights.numpy() > 0)]):
        tied = torch.as_tensor((time == t) & event) & (weights > 0)
        d = int(tied.sum())
        at_risk = risk[torch.as_tensor(time >= t)].sum()
        total = total - (weights * f)[tied].sum()
        for j in range(d):
            total = total + weights[tied].mean() * (at_risk - j / d * risk[tied].sum()).log()
    return total


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_value_and_derivatives_are_those_of_efrons_formula(ties, weighted):
    n = 18
    rng = np.random.default_rng(5)
    time, event = patients(n, seed=1, ties=ties)
    weights = tensor(rng.uniform(0.3, 2, n) if weighted else np.ones(n))
    weights[[3, 11]] = 0
    f = tensor(rng.normal(size=n) * 2)
    loss = Cox(tensor(np.column_stack([time, event]))[None], weights[None])

    def formula(f):
        return by_the_formula(f, time, event, weights)

    at = f[None, :, None]
    np.testing.assert_allclose(loss.value(at)[0], formula(f), rtol=1e-12)
    gradient = jacobian(formula, f)
    np.testing.assert_allclose(loss.gradient(at)[0, :, 0], gradient, atol=1e-12)
    second = hessian(formula, f)
    M = tensor(rng.normal(size=(1, n, 5)))
    np.testing.assert_allclose(loss.product(at, M, 0)[0, :, 0], second @ M[0], atol=1e-12)


@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize(("n", "p"), [(60, 6), (25, 40), (5, 12)])
def test_a_fit_equals_scikit_survival(n, p, ties):
    rng = np.random.default_rng(n)
    Z = rng.normal(size=(n, p))
    time, event = patients(n, seed=n, ties=ties)
    y = tensor(np.column_stack([time, event]))
    for penalty in (0.1, 1.0, 30.0):
        model = CoxPHSurvivalAnalysis(alpha=penalty, ties="efron", tol=1e-14, n_iter=1000)
        model.fit(Z, Surv.from_arrays(event, time))
        given = y, torch.ones(1, n).double(), tensor([penalty])
        alpha, b = solve(tensor(Z @ Z.T), *given, loss=Cox)
        beta, _ = solve_primal(tensor(Z), *given, loss=Cox)
        np.testing.assert_allclose(Z.T @ alpha[0, :, 0].numpy(), model.coef_, atol=1e-6)
        np.testing.assert_allclose(beta[0, :, 0], model.coef_, atol=1e-6)
        assert float(b) == 0


def test_the_baseline_hazard_equals_scikit_survival():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(40, 3))
    time, event = patients(40, seed=2, ties=True)
    model = CoxPHSurvivalAnalysis(alpha=1.0, ties="efron", tol=1e-14, n_iter=1000)
    model.fit(Z, Surv.from_arrays(event, time))
    f = tensor(Z @ model.coef_)
    f = f - f.mean()
    expected = model.cum_baseline_hazard_
    y = tensor(np.column_stack([time, event]))
    ours = baseline_hazard(f, y, torch.ones(40).double(), tensor(expected.x))
    shift = np.exp(float(tensor(Z @ model.coef_).mean()))
    ratio = ours.numpy()[expected.y > 0] / expected.y[expected.y > 0]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-9)
    assert ratio[0] == pytest.approx(shift, rel=1e-9) or ratio[0] == pytest.approx(1, rel=1e-9)


def test_scores_far_apart_lose_no_small_risk_set():
    """Late samples of tiny risk still have a gradient that is exact relative to its size."""
    time, event = np.arange(1.0, 9), np.ones(8, dtype=bool)
    f = tensor([200.0, -200, 150, -150, 0, 30, -30, 5])
    loss = Cox(tensor(np.column_stack([time, event]))[None], torch.ones(1, 8).double())
    at = f[None, :, None]
    weights = torch.ones(8).double()
    gradient = jacobian(lambda f: by_the_formula(f, time, event, weights), f)
    np.testing.assert_allclose(loss.gradient(at)[0, :, 0], gradient, rtol=1e-8, atol=1e-12)


def test_without_events_nothing_is_learnt():
    Z = tensor(np.random.default_rng(0).normal(size=(9, 4)))
    y = tensor(np.column_stack([np.arange(9.0), np.zeros(9)]))
    alpha, b = solve(Z @ Z.T, y, torch.ones(1, 9).double(), torch.ones(1).double(), loss=Cox)
    assert (alpha == 0).all()
    assert (b == 0).all()
