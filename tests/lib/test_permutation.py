"""The permutation test deals outcomes to patients, and keeps its level where there is no signal."""

import numpy as np
import pandas as pd
import pytest
from evaluated import PROBE, make_splits, noisy, predict, run
from outcome_tables import NAMES, tables
from scipy.stats import beta
from sklearn.model_selection import StratifiedKFold

from dxtransfer.evidence.classes import Binary, Multiclass
from dxtransfer.evidence.evaluate import evaluate
from dxtransfer.evidence.measures import auroc_under, mean_of_defined
from dxtransfer.evidence.numbers import Regression
from dxtransfer.evidence.permutation import permutation_test, permuted_truths
from dxtransfer.evidence.survival import Survival


def test_patients_exchange_outcomes_and_keep_their_samples_together():
    patient = np.array([0, 0, 1, 2, 2, 2, 3])
    truth = np.array([1, 1, 0, 0, 0, 0, 1.0])
    found = permuted_truths(truth, patient, permutations=300, seed=1)
    for one in found:
        by_patient = [set(one[patient == p]) for p in range(4)]
        assert all(len(own) == 1 for own in by_patient)
        assert sum(own == {1.0} for own in by_patient) == 2
    assert len({tuple(one) for one in found}) == 6


def test_patients_of_several_outcomes_exchange_them_as_a_whole():
    patient = np.array([0, 0, 1, 1, 2, 3])
    truth = np.array([0, 1, 1, 0, 1, 0.0])
    found = {tuple(one) for one in permuted_truths(truth, patient, permutations=200, seed=1)}
    assert found == {(*a, *b) for a in ((0, 1, 1, 0), (1, 0, 0, 1)) for b in ((0, 1), (1, 0))}


def test_times_and_events_stay_together():
    truth = np.array([[1.0, 1], [2, 0], [3, 1]])
    for one in permuted_truths(truth, np.arange(3), permutations=20, seed=0):
        assert sorted(map(tuple, one)) == sorted(map(tuple, truth))


@pytest.mark.parametrize(
    "kind", [Binary(["no", "yes"], "yes"), Multiclass(["a", "b", "c"]), Regression(), Survival()]
)
def test_the_measure_under_permuted_outcomes_is_the_measure(kind):
    rng = np.random.default_rng(0)
    outputs = {"Binary": 2, "Multiclass": 3}.get(type(kind).__name__, 1)
    values = rng.dirichlet(np.ones(outputs), 30) if outputs > 1 else rng.normal(size=(30, 1))
    values = values.round(1)
    truth = rng.integers(0, max(outputs, 2), 30).astype(float)
    if isinstance(kind, Survival):
        truth = np.column_stack([rng.exponential(size=30), truth])
    truths = permuted_truths(truth, np.arange(30), permutations=5, seed=0)
    found = kind.main_under(values, truths)
    one, at = np.ones((1, 30)), kind.measures.index(kind.main)
    for own, value in zip(truths, found, strict=True):
        both = [kind.within_fold(values, own, one, own), kind.over_repeat(values, own, one)]
        assert value == pytest.approx(np.hstack(both)[0, at])


def test_the_p_value_is_one_plus_those_as_good_over_one_plus_all():
    null = np.array([0.5 - 0.1 / np.sqrt(2), 0.5, 0.5, 0.5 + 0.1 / np.sqrt(2)])
    given = {"measure": "auroc", "smaller_is_better": False, "level": 0.9}
    row = permutation_test(0.6, null, **given).iloc[0]
    assert (row["p_value"], row["permutations"], row["null_mean"]) == (0.4, 4, 0.5)
    assert permutation_test(0.61, null, **given)["p_value"].iloc[0] == 0.2
    least = permutation_test(0.4, null, **{**given, "smaller_is_better": True}).iloc[0]
    assert least["p_value"] == 0.4
    assert np.isnan(permutation_test(np.nan, null, **given)["p_value"].iloc[0])
    assert np.isnan(permutation_test(0.6, null * np.nan, **given)["p_value"].iloc[0])


def test_a_signal_has_a_small_p_value_and_a_constant_has_one():
    splits = make_splits(patients=36)
    strong = predict(splits, noisy(1, signal=4.0, digits=6))
    constant = predict(splits, lambda row: 0.3, strategy=PROBE)
    table = run(pd.concat([strong, constant]), splits, permutations=199).permutation
    found = table.set_index("strategy")
    assert found.loc["logistic_l2", "p_value"] == pytest.approx(1 / 200)
    assert found.loc["logistic_l2", "null_high"] < found.loc["logistic_l2", "estimate"]
    assert found.loc["linear_probe", "p_value"] == 1
    assert run(strong, splits).permutation.empty


@pytest.mark.parametrize("task", ["multiclass", "regression", "survival"])
def test_other_kinds_are_tested_in_their_own_direction(task):
    predictions, splits = tables(task)
    found = evaluate(
        predictions,
        splits,
        task=task,
        classes=NAMES,
        resamples=100,
        level=0.9,
        seed=1,
        permutations=99,
    ).permutation.set_index("strategy")
    assert found.loc["linear", "p_value"] == pytest.approx(0.01)
    assert found.loc["logistic_l2", "p_value"] == 1


def p_value_without_signal(seed, *, n=30, genes=100, folds=5):
    """Of a ridge regression (in its dual form) on noise."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n, genes)), np.arange(n) % 2
    kernel = X @ X.T + 100 * np.eye(n)
    truths = permuted_truths(y.astype(float), np.arange(n), permutations=99, seed=seed) > 0
    truths = np.vstack([y[None] > 0, truths])
    found = []
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(X, y):
        fitted = np.linalg.solve(kernel[np.ix_(train, train)], y[train] - y[train].mean())
        found.append(auroc_under(kernel[np.ix_(test, train)] @ fitted, truths[:, test]))
    value, *null = mean_of_defined(np.stack(found))
    table = permutation_test(
        value, np.array(null), measure="auroc", smaller_is_better=False, level=0.95
    )
    return table["p_value"].iloc[0]


def test_without_signal_the_p_value_keeps_its_level():
    found = np.array([p_value_without_signal(seed) for seed in range(200)])
    for level in (0.05, 0.1, 0.2):
        small = (found <= level).sum()
        # lower bound of the share's 99% interval (Clopper and Pearson)
        assert beta.ppf(0.005, max(small, 1), 201 - small) <= level
    assert (found <= 0.2).mean() > 0.1
