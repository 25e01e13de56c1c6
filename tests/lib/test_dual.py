"""The batched solver gives what scikit-learn gives for each problem by itself."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from dxtransfer.learn.dual import solve
from dxtransfer.learn.primal import solve_primal

PENALTIES = (1e-4, 0.03, 1.0, 30.0, 1e4)


def tensor(values):
    return torch.as_tensor(np.asarray(values), dtype=torch.float64)


def problem(n, p, *, seed, kind):
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(n, p))
    y = (Z @ rng.normal(size=p) + rng.normal(size=n) * 2 > 0).astype(int)
    weights = np.ones(n)
    if kind == "separable":
        y = (Z[:, 0] > 0).astype(int)
    if kind == "weighted":
        weights = rng.uniform(0.1, 3, n)
    if kind == "duplicated":
        Z[n // 2 : 2 * (n // 2)], y[n // 2 : 2 * (n // 2)] = Z[: n // 2], y[: n // 2]
    y[:2] = 0, 1
    return Z, y, weights


def by_sklearn(Z, y, weights, penalty):
    model = LogisticRegression(C=1 / penalty, tol=1e-11, max_iter=5000, solver="newton-cholesky")
    return model.fit(Z, y, sample_weight=weights).predict_proba(Z)[:, 1]


def by_dual(Z, y, weights, penalties):
    K = tensor(Z) @ tensor(Z).T
    alpha, b = solve(K, tensor(y), tensor(weights), tensor(penalties))
    return torch.sigmoid(K @ alpha + b[:, None])[..., 0].numpy()


def by_primal(Z, y, weights, penalties):
    beta, b = solve_primal(tensor(Z), tensor(y), tensor(weights), tensor(penalties))
    return torch.sigmoid(tensor(Z) @ beta + b[:, None])[..., 0].numpy()


@pytest.mark.parametrize("kind", ["plain", "separable", "weighted", "duplicated"])
@pytest.mark.parametrize(("n", "p"), [(40, 5), (15, 60), (30, 30), (6, 200)])
def test_dual_and_primal_equal_scikit_learn_at_every_penalty(kind, n, p):
    Z, y, weights = problem(n, p, seed=n + p, kind=kind)
    repeated = np.tile(weights, (len(PENALTIES), 1))
    dual, primal = (solver(Z, y, repeated, PENALTIES) for solver in (by_dual, by_primal))
    for i, penalty in enumerate(PENALTIES):
        expected = by_sklearn(Z, y, weights, penalty)
        np.testing.assert_allclose(dual[i], expected, atol=1e-6)
        np.testing.assert_allclose(primal[i], expected, atol=1e-6)


def test_a_weight_of_zero_leaves_a_sample_out_and_yet_predicts_it():
    Z, y, weights = problem(30, 50, seed=1, kind="plain")
    weights[20:] = 0
    found = by_dual(Z, y, weights[None], [0.5])[0]
    model = LogisticRegression(C=2, tol=1e-11, max_iter=5000, solver="newton-cholesky")
    model.fit(Z[:20], y[:20])
    np.testing.assert_allclose(found, model.predict_proba(Z)[:, 1], atol=1e-6)


def test_a_weight_of_two_is_two_copies():
    Z, y, weights = problem(20, 8, seed=2, kind="plain")
    weights[:5] = 2
    copied = np.concatenate([Z, Z[:5]]), np.concatenate([y, y[:5]])
    for solver in (by_dual, by_primal):
        weighted = solver(Z, y, weights[None], [0.3])[0]
        np.testing.assert_allclose(weighted, solver(*copied, np.ones((1, 25)), [0.3])[0, :20])


def test_a_problem_does_not_depend_on_which_others_are_solved_beside_it():
    Z, y, _ = problem(25, 40, seed=3, kind="plain")
    weights = np.random.default_rng(0).integers(0, 2, (6, 25)).astype(float)
    weights[:, :2] = 1
    penalties = np.array([1e-3, 1, 1e3, 0.1, 10, 100])
    together = by_dual(Z, y, weights, penalties)
    for i in range(6):
        alone = by_dual(Z, y, weights[i : i + 1], penalties[i : i + 1])[0]
        np.testing.assert_allclose(together[i], alone, atol=1e-9)


def test_the_intercept_is_not_penalised():
    y = np.array([1] * 9 + [0] * 3)
    Z = np.random.default_rng(4).normal(size=(12, 5))
    for solver in (by_dual, by_primal):
        np.testing.assert_allclose(solver(Z, y, np.ones((1, 12)), [1e9])[0], 0.75, atol=1e-6)
