"""The clinical model and its stack with the omics: fitted on training parts alone."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from dxtransfer.learn.baselines.covariates import covariates
from dxtransfer.learn.baselines.covariates_omics import CovariatesOmics, covariates_omics
from dxtransfer.learn.baselines.logistic_l2 import logistic_l2
from dxtransfer.learn.covariates import covariate_columns
from dxtransfer.learn.estimators import Split
from dxtransfer.learn.grid import run_grid
from dxtransfer.learn.splits import inner_folds, make_splits

SETTINGS = {
    "repeats": 1,
    "folds": 3,
    "inner_folds": 3,
    "draws": 1,
    "budgets": [8, "all"],
    "seed": 1,
}


def told(**columns):
    return pd.DataFrame(columns, index=[f"s{i}" for i in range(len(next(iter(columns.values()))))])


def test_numbers_stay_and_text_becomes_indicators_with_one_for_what_is_missing():
    found = covariate_columns(
        told(age=["50.5", "", "61", "7"], sex=["m", "f", "m", ""], stage=["a", "b", "c", "a"])
    )
    assert list(found) == [
        *("age", "age missing", "sex m", "sex missing"),
        *("stage a", "stage b", "stage c"),
    ]
    np.testing.assert_array_equal(found["age"], [50.5, np.nan, 61, 7])
    np.testing.assert_array_equal(found["age missing"], [0, 1, 0, 0])
    np.testing.assert_array_equal(found["sex m"], [1, 0, 1, np.nan])
    np.testing.assert_array_equal(found["stage b"], [0, 1, 0, 0])


def test_numbers_that_are_ids_are_categories():
    assert list(covariate_columns(told(ward=["01", "02", "03"]))) == [
        "ward 01",
        "ward 02",
        "ward 03",
    ]
    assert list(covariate_columns(told(weight=["0.5", "2", "3"]))) == ["weight"]


def cohort(n=90, *, seed=0, omics=0.0, clinical=1.0, features=40):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    X = rng.normal(size=(n, features + 2))
    X[:, :5] += omics * (2 * y[:, None] - 1)
    X[:, -2] += clinical * (2 * y - 1)
    return X.astype(np.float32), y


def halves(y, train=45):
    rows = np.arange(len(y))
    inner = inner_folds(y[:train], list(rows[:train]), folds=3)
    return Split(rows[:train], rows[train:], inner)


def test_a_missing_value_is_imputed_from_the_training_part_alone():
    """Another value of a test sample changes no other prediction, missing ones included."""
    X, y = cohort(60)
    own = X[:, -2:].astype(float)
    own[5, 0] = own[40, 0] = np.nan
    names = [f"s{i:02d}" for i in range(60)]
    labels = ["ill" if one else "well" for one in y]
    splits = make_splits(names, names, labels, classes=["ill", "well"], **SETTINGS)
    first = splits[(splits["fold"] == 1) & (splits["part"] == "test")]["sample"].tolist()
    given = {"samples": names, "splits": splits, "classes": ["ill", "well"], "positive": "ill"}
    before = run_grid(covariates(seed=1), own, **given)
    other = own.copy()
    other[names.index(first[0])] = [1e3, -1e3]
    after = run_grid(covariates(seed=1), other, **given)
    same = (before["fold"] == 1) & (before["sample"] != first[0])
    pd.testing.assert_frame_equal(before[same], after[same])
    assert not before[~same]["value"].equals(after[~same]["value"])


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "survival"])
def test_the_grid_of_the_stack_equals_the_loop_of_its_fits(task):
    X, y = cohort(60, omics=0.5)
    rng = np.random.default_rng(1)
    outcome = {
        "binary": y,
        "multiclass": np.arange(60) % 3,
        "regression": y + rng.normal(size=60),
        "survival": np.column_stack([rng.exponential(np.exp(-y)), rng.integers(0, 2, 60)]),
    }[task]
    rows = np.arange(60)
    made = CovariatesOmics(2, task=task)
    splits = [
        Split(kept, np.setdiff1d(rows, kept), np.arange(len(kept)) % 3 + 1)
        for kept in (rows[:40], rows[10:], rows[::2])
    ]
    solved = made.predict_grid(X, outcome, None, splits)
    for split, found in zip(splits, solved, strict=True):
        alone = CovariatesOmics(2, task=task)
        alone.classes_ = made.classes_
        predictor = alone.fit_one(X, outcome, split, np.ones(60))
        # a model's primal weights are read in single precision
        one = made._columns(predictor.predict(X[split.test]))
        np.testing.assert_allclose(one, found, atol=2e-5)


def test_the_stack_takes_the_covariate_that_one_penalty_for_all_would_drown():
    figures = []
    for seed in range(8):
        X, y = cohort(400, seed=seed, omics=0.25, clinical=0.7, features=500)
        split = halves(y, 60)
        models = {
            "stack": (covariates_omics(seed=1, columns=2), X),
            "clinical": (covariates(seed=1), X[:, -2:]),
            "omics": (logistic_l2(seed=1), X[:, :-2]),
            "one penalty": (logistic_l2(seed=1), X),
        }
        figures.append(
            {
                name: roc_auc_score(
                    y[split.test], model.predict_grid(own, y, None, [split])[0][:, 1]
                )
                for name, (model, own) in models.items()
            }
        )
    mean = pd.DataFrame(figures).mean()
    assert mean["stack"] > mean[["clinical", "omics", "one penalty"]].max()


def test_a_score_that_goes_against_the_labels_has_no_weight():
    X, y = cohort(40, clinical=1.0)
    made = CovariatesOmics(2)
    made.classes_ = np.array([0, 1])
    crossed = torch.as_tensor(1.0 - 2.0 * y)[:, None]
    found = made._second(crossed, X[:, -2:], y, np.ones(40), np.arange(40) % 3 + 1)
    assert found.of_score.abs().max() == 0
    right = made._second(-crossed, X[:, -2:], y, np.ones(40), np.arange(40) % 3 + 1)
    assert right.of_score[0, 0] > 0.1


def test_the_clinical_model_alone_is_logistic_regression_with_its_penalty():
    X, y = cohort(60)
    own = X[:, -2:].astype(float)
    split = halves(y, 40)
    found = covariates(seed=1).predict_grid(own, y, None, [split])[0][:, 1]
    fits = [
        LogisticRegression(C=1 / (2 * penalty), tol=1e-10, max_iter=10000)
        .fit(own[split.train], y[split.train])
        .predict_proba(own[split.test])[:, 1]
        for penalty in np.logspace(-2, 2, 9)
    ]
    assert min(np.abs(fit - found).max() for fit in fits) < 1e-5
