"""The batched solver gives what scikit-learn gives for each problem by itself."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge

from dxtransfer.learn.cox import Cox
from dxtransfer.learn.dual import Dual, solve
from dxtransfer.learn.losses import BOUND, Logistic, Softmax, Squared
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


def random_problem(number):
    """Sizes, penalties and kinds as they come, the awkward ones among them."""
    rng = np.random.default_rng(number)
    n, p, classes = int(rng.integers(3, 40)), int(rng.integers(1, 60)), int(rng.integers(2, 5))
    classes = min(classes, n - 1)
    Z = rng.normal(size=(n, p)) * 10 ** rng.uniform(-2, 1)
    y = (
        Z @ rng.normal(size=(p, classes)) / np.abs(Z).max() + rng.gumbel(size=(n, classes))
    ).argmax(1)
    match number % 6:
        case 1:  # separable
            y = np.digitize(Z[:, 0], np.quantile(Z[:, 0], np.arange(1, classes) / classes))
        case 2:  # copies of half of the rows, and constant columns
            Z[: n // 2], Z[:, ::3] = Z[n - n // 2 :], 7.0
        case 3:  # nothing to learn from
            Z[:] = 0
    y[:classes] = np.arange(classes)
    weights = rng.uniform(0.1, 3, n) if number % 6 == 4 else np.ones(n)
    return Z, y, weights, classes, float(10 ** rng.uniform(-3, 3))


@pytest.mark.parametrize("block", range(4))
def test_probabilities_equal_scikit_learn_over_200_random_problems(block):
    for number in range(50 * block, 50 * block + 50):
        Z, y, weights, classes, penalty = random_problem(number)
        model = LogisticRegression(
            C=1 / penalty, tol=1e-10, max_iter=10_000, solver="newton-cholesky"
        )
        expected = model.fit(Z, y, sample_weight=weights).predict_proba(Z)
        outcomes = y if classes == 2 else np.eye(classes)[y]
        given = tensor(outcomes), tensor(weights[None]), tensor([penalty])
        loss = Logistic if classes == 2 else Softmax
        alpha, b = solve(tensor(Z) @ tensor(Z).T, *given, loss=loss)
        beta, b_primal = solve_primal(tensor(Z), *given, loss=loss)
        for f in (tensor(Z) @ tensor(Z).T @ alpha[0] + b[0], tensor(Z) @ beta[0] + b_primal[0]):
            p = f.softmax(1).numpy() if classes > 2 else f.sigmoid()[:, 0].numpy()
            wanted = expected if classes > 2 else expected[:, 1]
            np.testing.assert_allclose(p, wanted, atol=1e-6, err_msg=f"problem {number}")


def outcomes_of(loss, n, seed=0):
    rng = np.random.default_rng(seed)
    if loss is Logistic:
        return rng.permutation(np.arange(n) % 2)
    if loss is Softmax:
        return np.eye(3)[rng.permutation(np.arange(n) % 3)]
    if loss is Squared:
        return rng.normal(5, 30, n)
    return np.column_stack([np.ceil(rng.exponential(5, n)), rng.random(n) < 0.7])


LOSSES = [Logistic, Softmax, Squared, Cox]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", [(25, 40), (40, 7)])
def test_with_offsets_and_weights_what_is_found_is_the_minimum(loss, shape):
    """The objective is convex, so its gradient is 0 at the minimum alone."""
    n = shape[0]
    rng = np.random.default_rng(n)
    Z, y = tensor(rng.normal(size=shape)), tensor(outcomes_of(loss, n))
    penalties, weights = tensor([0.01, 1.0, 100.0]), tensor(rng.uniform(0, 2, (3, n)))
    weights[:, ::5] = 0
    outputs = 3 if loss is Softmax else 1
    for offset in (
        tensor(rng.normal(0, 2, (n, outputs))),
        tensor(rng.normal(0, 2, (3, n, outputs))),
    ):
        alpha, b = solve(Z @ Z.T, y, weights, penalties, loss=loss, offset=offset)
        beta, b_primal = solve_primal(Z, y, weights, penalties, loss=loss, offset=offset)
        np.testing.assert_allclose(Z.T @ alpha, beta, atol=1e-6)
        np.testing.assert_allclose(b, b_primal, atol=1e-6)
        theta = beta.clone().requires_grad_()
        intercept = b.clone().requires_grad_()
        wide = y if y.dim() == 2 else y[:, None]
        value = loss(wide.expand(3, *wide.shape), weights).value(
            Z @ theta + intercept[:, None] + offset
        )
        (value + penalties / 2 * (theta**2).sum((1, 2))).sum().backward()
        scale = float(weights.sum(1).max() * wide.abs().max())
        assert theta.grad.abs().max() < 1e-6 * scale
        assert intercept.grad.abs().max() < 1e-6 * scale


@pytest.mark.parametrize("loss", LOSSES)
def test_a_constant_offset_changes_no_weights(loss):
    rng = np.random.default_rng(1)
    Z, y = tensor(rng.normal(size=(20, 30))), tensor(outcomes_of(loss, 20))
    given = Z @ Z.T, y, torch.ones(1, 20).double(), tensor([0.5])
    outputs = 3 if loss is Softmax else 1
    plain, _ = solve(*given, loss=loss)
    moved, _ = solve(*given, loss=loss, offset=torch.full((20, outputs), 1.7).double())
    np.testing.assert_allclose(plain, moved, atol=1e-7)


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize(("n", "p"), [(40, 5), (15, 60), (2, 9)])
def test_squared_loss_equals_ridge_of_scikit_learn(n, p, penalty):
    rng = np.random.default_rng(n)
    Z, y, weights = rng.normal(size=(n, p)), rng.normal(100, 30, n), rng.uniform(0.2, 2, n)
    expected = Ridge(alpha=penalty, solver="svd").fit(Z, y, sample_weight=weights).predict(Z)
    given = tensor(y), tensor(weights[None]), tensor([penalty])
    alpha, b = solve(tensor(Z @ Z.T), *given, loss=Squared)
    beta, b_primal = solve_primal(tensor(Z), *given, loss=Squared)
    np.testing.assert_allclose((Z @ Z.T @ alpha[0].numpy())[:, 0] + float(b), expected, rtol=1e-7)
    np.testing.assert_allclose((Z @ beta[0].numpy())[:, 0] + float(b_primal), expected, rtol=1e-7)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    "case", ["zero kernel", "copies of one row", "two samples", "huge", "tiny"]
)
def test_degenerate_problems_have_finite_solutions(loss, case):
    n = 2 if case == "two samples" else 12
    Z = np.random.default_rng(2).normal(size=(n, 6))
    if case == "zero kernel":
        Z[:] = 0
    if case == "copies of one row":
        Z[:] = Z[0]
    Z = Z * {"huge": 1e3, "tiny": 1e-9}.get(case, 1.0)
    y = tensor(outcomes_of(loss, n))
    weights = torch.ones(len(PENALTIES), n).double()
    alpha, b = solve(tensor(Z @ Z.T), y, weights, tensor(PENALTIES), loss=loss)
    beta, b_primal = solve_primal(tensor(Z), y, weights, tensor(PENALTIES), loss=loss)
    assert all(bool(t.isfinite().all()) for t in (alpha, b, beta, b_primal))
    if case in ("zero kernel", "copies of one row") and loss is Logistic:
        f = tensor(Z @ Z.T) @ alpha + b[:, None]
        np.testing.assert_allclose(torch.sigmoid(f), 0.5, atol=1e-6)


@pytest.mark.parametrize("solver", ["dual", "primal"])
def test_what_is_not_there_is_put_at_the_bound(solver):
    rng = np.random.default_rng(3)
    Z = tensor(rng.normal(size=(12, 5)))
    weights = torch.ones(3, 12).double()
    weights[1, 6:], weights[2] = 0, 0

    def scores(y, loss):
        given = tensor(y), weights, torch.ones(3).double()
        if solver == "dual":
            alpha, b = solve(Z @ Z.T, *given, loss=loss)
            return Z @ Z.T @ alpha + b[:, None]
        beta, b = solve_primal(Z, *given, loss=loss)
        return Z @ beta + b[:, None]

    y = np.arange(12) // 6
    f = scores(y, Logistic)
    assert f[0].abs().max() < 5
    assert (f[1] == -BOUND).all() and (f[2] == 0).all()
    three = np.array([0, 1] * 3 + [2] * 6)
    p = scores(np.eye(3)[three], Softmax).softmax(2)
    # The class that is not there takes no part: the other two are as in a problem of their own.
    weights[0, 6:], kept = 0, np.eye(3)[three][:, :2]
    np.testing.assert_allclose(p[1, :, :2], scores(kept, Softmax).softmax(2)[0], atol=1e-6)
    survival = scores(np.column_stack([np.arange(12.0), np.arange(12) > 5]), Cox)
    assert (survival[1] == 0).all()


def test_memory_and_threads_change_no_result():
    Z, y, _ = problem(25, 40, seed=3, kind="plain")
    weights = np.random.default_rng(0).integers(0, 2, (30, 25)).astype(float)
    weights[:, :2] = 1
    given = tensor(Z @ Z.T), tensor(y), tensor(weights), torch.ones(30).double()
    before = torch.get_num_threads()
    whole = solve(*given)
    torch.set_num_threads(3)
    try:
        cut = solve(*given, memory=1)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    for one, other in zip(whole, cut, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-10)


@pytest.mark.parametrize("loss", [Logistic, Softmax, Cox])
def test_a_start_nearby_saves_steps_and_changes_no_result(loss, monkeypatch):
    rng = np.random.default_rng(4)
    Z = rng.normal(size=(24, 40))
    y = tensor(outcomes_of(loss, 24))
    weights = torch.ones(4, 24).double()
    # One problem lacks a class or half of the samples, one has none at all.
    weights[1] = y[:, 0] if loss is Softmax else tensor(np.arange(24) % 2)
    weights[2] = 0
    rest = y, weights, tensor([0.1, 1.0, 1.0, 10.0])
    start = solve(tensor(Z @ Z.T), *rest, loss=loss)
    moved = Z * rng.uniform(0.8, 1.2, size=40)
    steps = []
    target = Dual.target
    monkeypatch.setattr(Dual, "target", lambda self, *a: steps.append(1) or target(self, *a))

    def solved(start):
        steps.clear()
        return *solve(tensor(moved @ moved.T), *rest, loss=loss, start=start), len(steps)

    alpha, b, cold = solved(None)
    again, again_b, warm = solved(start)
    np.testing.assert_allclose(again, alpha, atol=1e-7)
    np.testing.assert_allclose(again_b, b, atol=1e-7)
    assert warm < cold


@pytest.mark.parametrize("penalty", [0.0, -1.0, float("nan")])
def test_a_penalty_that_is_not_above_zero_is_refused(penalty):
    Z, y, weights = problem(10, 4, seed=1, kind="separable")
    for solver in (by_dual, by_primal):
        with pytest.raises(ValueError, match="above 0"):
            solver(Z, y, weights[None], [penalty])
