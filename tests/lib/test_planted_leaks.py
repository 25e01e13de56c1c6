"""A leak planted through each thing that is fitted in a fold is seen by the checks of `test_grid`.

There every honest model passes them. Here one thing at a time is let see the test part, so that
passing means something. Leaks between cohorts are planted in the tests of the audit.
"""

from dataclasses import replace

import numpy as np
import pytest
import torch
from grid_study import TREES, estimator, grid, seen_features, seen_labels, small_study

from dxtransfer.learn import grid as grid_module
from dxtransfer.learn.baselines.elastic_net import SHARES, ElasticNet
from dxtransfer.learn.estimators import Split
from dxtransfer.learn.linear import PENALTIES, Problems
from dxtransfer.learn.standardiser import Standardiser
from dxtransfer.learn.transfer import ensemble_target

LEARNS = [
    *("logistic_l2", "linear_probe", "elastic_net", *TREES, "ensemble_target"),
    *("from_scratch", "full_finetune", "gradual_unfreeze", "l2_sp", "scalar_mix"),
]


@pytest.fixture(scope="module")
def study():
    return small_study()


@pytest.mark.parametrize("name", LEARNS)
def test_the_model_fitted_to_test_rows_too(name, study, monkeypatch):
    honest = grid_module._fits

    def leaking(*given):
        keys, fits = honest(*given)
        return keys, [_with_test(fit) for fit in fits]

    assert seen_labels(name, study) == 0
    monkeypatch.setattr(grid_module, "_fits", leaking)
    assert seen_labels(name, study) > 1e-3


def _with_test(fit):
    added = np.arange(len(fit.test)) % 3 + 1
    return Split(np.append(fit.train, fit.test), fit.test, np.append(fit.inner, added))


@pytest.mark.parametrize("name", [*LEARNS, "source_only"])
def test_centre_and_scale_of_all_samples(name, study, monkeypatch):
    class OfAll(Standardiser):
        @classmethod
        def fit(cls, X):
            return lambda whole: Standardiser.fit(whole)(whole)

    assert seen_features(name, study)[0] < 1e-6
    monkeypatch.setattr(grid_module, "Standardiser", OfAll)
    assert seen_features(name, study)[0] > 1e-4


@pytest.mark.parametrize("name", ["logistic_l2", "linear_probe"])
def test_the_penalty_that_is_best_on_the_test_part(name, study, monkeypatch):
    def leaking(self, splits):
        grid = torch.tensor(PENALTIES, dtype=torch.float64)
        best = []
        for split in splits:
            inside = self.of([split]).expand(len(grid), -1)
            out = torch.zeros_like(inside)
            out[:, split.test] = 1.0
            loss = self.task.held_out(self.outcomes, self.scores(inside, grid), inside, out)
            best.append(grid[loss.argmin()])
        return torch.stack(best)

    monkeypatch.setattr(Problems, "penalties", leaking)
    assert seen_labels(name, study) > 1e-3


def test_the_penalty_of_an_elastic_net_that_is_best_on_the_test_part(study, monkeypatch):
    honest = ElasticNet.fitted

    def leaking(self, X, y, split, weight):
        loss = []
        for k in range(len(SHARES)):
            monkeypatch.setattr(ElasticNet, "_penalty", lambda *_, k=k: (k, np.empty(0)))
            (beta, b), _ = honest(self, X, y, split, weight)
            f = (X[split.test] @ beta.T + b)[:, 0]
            loss.append(np.logaddexp(0, np.where(y[split.test] == 1, -f, f)).sum())
        best = int(np.argmin(loss))
        monkeypatch.setattr(ElasticNet, "_penalty", lambda *_: (best, np.empty(0)))
        return honest(self, X, y, split, weight)

    monkeypatch.setattr(ElasticNet, "fitted", leaking)
    assert seen_labels("elastic_net", study) > 1e-3


def test_weights_of_the_ensemble_that_are_best_on_all_samples(study, monkeypatch):
    honest = ensemble_target.member_weights

    def leaking(fits, y, given, *rest, **kind):
        return honest(fits, y, torch.ones_like(given), *rest, **kind)

    monkeypatch.setattr(ensemble_target, "member_weights", leaking)
    assert seen_labels("ensemble_target", study) > 1e-3


def test_an_elastic_net_of_the_ensemble_that_is_fitted_to_all_samples(study, monkeypatch):
    honest = ensemble_target.sparse_part

    def leaking(net, X, y, split, weight, dense):
        part = honest(net, X, y, split, weight, dense)
        both, none = np.concatenate([split.train, split.test]), np.zeros(len(split.test))
        whole = Split(both, split.test, np.concatenate([split.inner, none]))
        (beta, b), _ = net.fitted(X, y, whole, weight)
        return part and replace(part, weights=torch.as_tensor(beta), bias=torch.as_tensor(b))

    monkeypatch.setattr(ensemble_target, "sparse_part", leaking)
    assert seen_labels("ensemble_target", study) > 1e-3


def test_likeness_to_the_source_is_judged_on_training_samples_alone(study, monkeypatch):
    X, samples, splits = study
    given = []
    model = estimator("ensemble_target")
    monkeypatch.setattr(type(model), "adapt", lambda self, Z: given.append(Z))
    grid("ensemble_target", study)
    folds = [table for _, table in splits.groupby(["repeat", "fold"])]
    for Z, table in zip(given, folds, strict=True):
        names = table.loc[table["part"] == "train", "sample"].unique()
        known = X[sorted(samples.index(name) for name in names)]
        np.testing.assert_array_equal(Z, Standardiser.fit(known)(known))
