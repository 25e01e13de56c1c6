"""The elastic net attains the optimum of its penalised likelihood, for every task."""

import numpy as np
import pytest
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from dxtransfer.learn.baselines.elastic_net import L1_SHARE, SHARES, ElasticNet
from dxtransfer.learn.estimators import Split
from dxtransfer.learn.tasks import TASKS

N, P = 36, 150
RNG = np.random.default_rng(3)
X = RNG.normal(size=(N, P))
SIGNAL = X[:, :5].sum(axis=1) + RNG.normal(size=N)
WEIGHT = RNG.uniform(0.5, 2, N)
OUTCOMES = {
    "binary": (SIGNAL > 0.5).astype(int),
    "multiclass": np.digitize(SIGNAL, [-1, 1]),
    "regression": 100 * SIGNAL + 1000,
    "survival": np.column_stack([np.exp(-SIGNAL).round(1), RNG.random(N) < 0.7]),
}


def path(task, y, weight=WEIGHT, design=X):
    model = ElasticNet(task=task)
    classes, coded = TASKS[task].coded(y)
    outcomes = TASKS[task].outcomes(coded, 2 if classes is None else len(classes))
    made = model._path(design, outcomes, torch.as_tensor(weight))
    return made, list(made.solved(SHARES))


def slopes(made, beta, b):
    """Slope of the loss along each weight and bias, by automatic differentiation."""
    weights = torch.as_tensor(beta).requires_grad_()
    bias = torch.as_tensor(b).requires_grad_()
    scores = torch.as_tensor(X) @ weights.T + bias
    made.loss.value(scores[None]).sum().backward()
    return weights.grad.numpy(), bias.grad.numpy()


@pytest.mark.parametrize("task", OUTCOMES)
def test_every_model_of_the_path_is_an_optimum(task):
    made, models = path(task, OUTCOMES[task])
    ((none, null),) = made.solved([1.0])
    assert not none.any()
    largest = np.abs(slopes(made, none, null)[0]).max() / L1_SHARE
    for share, (beta, b) in zip(SHARES, models, strict=True):
        slope, of_bias = slopes(made, beta, b)
        penalty = share * largest
        unit = L1_SHARE * penalty
        used = beta != 0
        assert used.any()
        expected = -unit * np.sign(beta[used]) - (1 - L1_SHARE) * penalty * beta[used]
        np.testing.assert_allclose(slope[used], expected, atol=0.04 * unit)
        assert np.abs(slope[~used]).max() <= 1.04 * unit
        if made.loss.intercept:
            assert np.abs(of_bias).max() < 0.04 * unit


@pytest.mark.filterwarnings(f"ignore::{ConvergenceWarning.__module__}.ConvergenceWarning")
def test_probabilities_are_those_of_the_same_penalty_in_scikit_learn():
    y = OUTCOMES["binary"]
    _, models = path("binary", y)
    null = np.average(y, weights=WEIGHT)
    largest = np.abs((WEIGHT * (null - y)) @ X).max() / L1_SHARE
    for share, (beta, b) in list(zip(SHARES, models, strict=True))[::3]:
        reference = LogisticRegression(
            solver="saga", l1_ratio=L1_SHARE, C=1 / (share * largest), tol=1e-7, max_iter=20_000
        ).fit(X, y, sample_weight=WEIGHT)
        found = 1 / (1 + np.exp(-(X @ beta[0] + b[0])))
        np.testing.assert_allclose(found, reference.predict_proba(X)[:, 1], atol=1e-3)


def test_a_class_without_a_training_sample_gets_no_probability():
    y = OUTCOMES["multiclass"]
    model = ElasticNet(task="multiclass")
    rows = np.flatnonzero(y > 0)
    split = Split(rows, np.flatnonzero(y == 0), np.arange(len(rows)) % 3 + 1)
    (found,) = model.predict_grid(X, y, None, [split])
    assert found[:, 0].max() < 1e-6
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert len(np.unique(found[:, 1])) > 1


def test_a_constant_design_gives_the_share_of_the_classes():
    _, models = path("binary", OUTCOMES["binary"], np.ones(N), np.zeros((N, P)))
    beta, b = models[-1]
    assert not beta.any()
    np.testing.assert_allclose(1 / (1 + np.exp(-b)), OUTCOMES["binary"].mean(), atol=1e-6)


def test_the_penalty_is_chosen_over_folds_of_whole_patients():
    """Copies of a patient's sample in another fold would favour the weakest penalty."""
    rng = np.random.default_rng(5)
    noise, y = rng.normal(size=(24, P)), np.arange(24) % 2
    design, labels = np.repeat(noise, 3, axis=0), np.repeat(y, 3)
    patients = np.repeat(np.arange(24), 3)

    def used(groups):
        model = ElasticNet().fit(design, labels, groups=groups)
        return int((model.predictor_.readout[0] != 0).sum())

    assert used(patients) < used(None)


def test_numbers_in_another_unit_give_the_same_predictions_in_it():
    y = OUTCOMES["regression"]
    plain, moved = (ElasticNet(task="regression").fit(X, own).predict(X) for own in (y, 7 * y - 3))
    np.testing.assert_allclose(moved, 7 * plain - 3, rtol=1e-6)


@pytest.mark.parametrize("task", OUTCOMES)
def test_a_sample_of_weight_0_is_as_if_it_were_not_there(task):
    y, kept = OUTCOMES[task], np.arange(N) > 3
    _, models = path(task, y, WEIGHT * kept)
    _, without = path(task, y[kept], WEIGHT[kept], X[kept])
    for (beta, _), (other, _) in zip(models, without, strict=True):
        np.testing.assert_allclose(beta, other, atol=1e-3)


@pytest.mark.parametrize("task", OUTCOMES)
def test_scores_of_samples_left_out_are_those_of_the_inner_folds_at_the_chosen_penalty(task):
    y, unit = OUTCOMES[task], 1.0
    model = ElasticNet(task=task)
    model.classes_, coded = TASKS[task].coded(y)
    if task == "regression":
        mean = np.average(y, weights=WEIGHT)
        unit = np.average((y - mean) ** 2, weights=WEIGHT) ** 0.5
        y = y / unit
    rows, inner = np.arange(N), np.arange(N) % 3
    (beta, _), out_of_fold = model.fitted(X, coded, Split(rows, rows[:0], inner), WEIGHT)
    _, whole = path(task, y)
    (chosen,) = (k for k, (weights, _) in enumerate(whole) if np.allclose(unit * weights, beta))
    for fold in range(3):
        kept = inner != fold
        weights, b = path(task, y[kept], WEIGHT[kept], X[kept])[1][chosen]
        expected = unit * (X[~kept] @ weights.T + b)
        np.testing.assert_allclose(out_of_fold[~kept], expected, rtol=1e-9)
