"""The elastic net beside an ensemble's dense members."""

import numpy as np
import pytest
import torch

from dxtransfer.learn.baselines.elastic_net import ElasticNet
from dxtransfer.learn.estimators import Split
from dxtransfer.learn.splits import inner_folds
from dxtransfer.learn.transfer import ensemble_target
from dxtransfer.learn.transfer.ensemble_target import EnsembleTarget
from dxtransfer.learn.transfer.registry import make
from dxtransfer.learn.transfer.sparse_part import SHARES, sparse_part

N, P = 100, 400


def cohort(carriers):
    """Noise, and classes that the first few features tell apart."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(N, P))
    signal = X[:, :carriers].sum(axis=1) / carriers**0.5
    return X, (signal + 0.3 * rng.normal(size=N) > 0).astype(np.int64)


def split_of(y, size):
    rows = np.arange(size)
    inner = inner_folds(y[:size].tolist(), [f"p{i}" for i in rows], folds=3)
    return Split(rows, np.arange(size, N), inner)


def part_of(X, y, size, dense):
    net = ElasticNet()
    net.classes_ = np.array([0, 1])
    return sparse_part(net, X, y, split_of(y, size), np.ones(N), dense)


def test_it_joins_where_samples_are_enough_to_choose_features_by():
    X, y = cohort(2)
    assert part_of(X, y, 15, torch.zeros(15, 1).double()) is None
    assert part_of(X, y, 16, torch.zeros(16, 1).double()) is not None


def test_an_inner_fold_that_says_nothing_leaves_it_out():
    X, _ = cohort(2)
    rare = np.zeros(N, dtype=np.int64)
    rare[:2] = 1
    net = ElasticNet()
    net.classes_ = np.array([0, 1])
    split = Split(np.arange(20), np.arange(20, N), np.array([1, 1] + [2, 3] * 9))
    assert sparse_part(net, X, rare, split, np.ones(N), torch.zeros(20, 1).double()) is None


def test_its_share_grows_with_what_it_says_beyond_the_dense_members():
    X, y = cohort(2)
    truth = torch.as_tensor(6.0 * (2 * y[:60, None] - 1))
    shares = [float(part_of(X, y, 60, dense).share) for dense in (truth, 0 * truth, -truth)]
    assert shares == sorted(shares)
    assert shares[0] < np.mean(SHARES)
    assert shares[2] > 0.95 * max(SHARES)


def test_weights_of_samples_say_which_are_judged_by():
    X, y = cohort(2)
    net = ElasticNet()
    net.classes_ = np.array([0, 1])
    first = np.arange(N) < 30
    # Dense members are right about the first half of the samples and wrong about the other.
    dense = torch.as_tensor(np.where(first, 6.0, -1.0) * (2 * y - 1))[:60, None]
    shares = [
        float(sparse_part(net, X, y, split_of(y, 60), np.where(heavy, 100.0, 1.0), dense).share)
        for heavy in (first, ~first)
    ]
    assert shares[0] + 0.1 < shares[1]


def test_classes_weigh_the_same_in_it_where_they_do_in_the_ensemble(monkeypatch):
    X, y = cohort(2)
    rare = np.where(np.arange(N) % 3 == 0, y, 0)
    found = []
    honest = ensemble_target.sparse_part

    def kept(*given):
        found.append(honest(*given))
        return found[-1]

    monkeypatch.setattr(ensemble_target, "sparse_part", kept)
    for balanced in (False, True):
        model = make("ensemble_target", encoder=None, settings={}, seed=1, balanced=balanced)
        model.predict_grid(X, rare, None, [split_of(rare, 70)])
    plain, even = (X @ part.weights[0].numpy() + float(part.bias) for part in found)
    assert plain.mean() < even.mean() - 0.5


@pytest.mark.parametrize(("carriers", "gain"), [(2, 0.03), (P, -0.02)])
def test_few_features_that_tell_classes_apart_are_found_and_many_are_not_lost(
    carriers, gain, monkeypatch
):
    X, y = cohort(carriers)
    split = split_of(y, 70)

    def right():
        (p,) = EnsembleTarget().predict_grid(X, y, None, [split])
        return np.log(p[np.arange(len(p)), y[split.test]]).mean()

    with_net = right()
    monkeypatch.setattr(ensemble_target, "sparse_part", lambda *_: None)
    assert with_net - right() > gain


def test_log_hazards_of_several_folds_are_not_compared():
    X, y = cohort(2)
    outcomes = np.column_stack([np.arange(1.0, N + 1), y])
    net, dense = ElasticNet(task="survival"), torch.zeros(60, 1).double()
    assert sparse_part(net, X, outcomes, split_of(y, 60), np.ones(N), dense) is None
