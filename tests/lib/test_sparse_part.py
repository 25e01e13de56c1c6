"""The elastic net beside an ensemble's dense members."""

import numpy as np
import pytest
import torch

from dxtransfer.learn.baselines.elastic_net import ElasticNet
from dxtransfer.learn.estimators import Split
from dxtransfer.learn.splits import inner_folds
from dxtransfer.learn.tasks import TASKS
from dxtransfer.learn.transfer import ensemble_target
from dxtransfer.learn.transfer.ensemble_target import EnsembleTarget
from dxtransfer.learn.transfer.registry import make
from dxtransfer.learn.transfer.sparse_part import KINDS, WEIGHTS, sparse_part

N, P = 100, 400
WEIGHT, NOTHING = np.ones(N), torch.zeros(N, 1).double()


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


def part_of(X, y, split, dense=NOTHING, *, weight=WEIGHT, task="binary"):
    """Beside dense members that give a sample the same score in every fit."""
    net = ElasticNet(task=task)
    net.classes_ = np.unique(y) if task in ("binary", "multiclass") else None
    return sparse_part(net, X, y, split, weight, lambda inside: dense.expand(len(inside), N, 1))


@pytest.fixture
def parts(monkeypatch):
    """Every part that an ensemble is given, first to last."""
    found = []
    monkeypatch.setattr(
        ensemble_target,
        "sparse_part",
        lambda *given: found.append(sparse_part(*given)) or found[-1],
    )
    return found


def test_it_joins_where_samples_are_enough_to_choose_features_by():
    X, y = cohort(2)
    assert part_of(X, y, split_of(y, 15)) is None
    assert part_of(X, y, split_of(y, 16)) is not None
    without = np.where(np.arange(N) < 1, 0.0, 1.0)
    assert part_of(X, y, split_of(y, 16), weight=without) is None
    part = part_of(X, y, split_of(y, 17), weight=without)
    assert bool(part.weights.isfinite().all() & part.out_of_fold.isfinite().all())


def test_an_inner_fold_that_says_nothing_leaves_it_out():
    X, _ = cohort(2)
    rare = np.zeros(N, dtype=np.int64)
    rare[:2] = 1
    split = Split(np.arange(20), np.arange(20, N), np.array([1, 1] + [2, 3] * 9))
    assert part_of(X, rare, split) is None


def test_its_share_grows_with_what_it_says_beyond_the_dense_members():
    X, y = cohort(2)
    truth, split = torch.as_tensor(6.0 * (2 * y[:, None] - 1)), split_of(y, 60)
    shares = [float(part_of(X, y, split, dense).share) for dense in (truth, NOTHING, -truth)]
    assert shares == sorted(shares)
    assert shares[0] < np.mean(WEIGHTS)
    assert shares[2] > 0.95 * max(WEIGHTS)


def test_weights_of_samples_say_which_are_judged_by():
    X, y = cohort(2)
    first = np.arange(N) < 30
    # Dense members are right about the first half of the samples and wrong about the other.
    dense = torch.as_tensor(np.where(first, 6.0, -1.0) * (2 * y - 1))[:, None]
    shares = [
        float(part_of(X, y, split_of(y, 60), dense, weight=np.where(heavy, 100.0, 1.0)).share)
        for heavy in (first, ~first)
    ]
    assert shares[0] + 0.1 < shares[1]


def test_patients_with_several_samples_take_nothing_from_it(parts):
    X, y = cohort(2)
    half = N // 2
    X[half:], y[half:] = X[:half], y[:half]
    first = np.r_[:40]
    once = Split(first, np.r_[40:half], inner_folds(y[first].tolist(), first.tolist(), folds=3))
    twice = Split(np.r_[first, half + first], once.test, np.tile(once.inner, 2))
    EnsembleTarget().predict_grid(X, y, None, [once, twice])
    assert parts[0].share > 0.3
    assert parts[1].share > parts[0].share - 0.05


def test_classes_weigh_the_same_in_it_where_they_do_in_the_ensemble(parts):
    X, y = cohort(2)
    rare = np.where(np.arange(N) % 3 == 0, y, 0)
    for balanced in (False, True):
        model = make("ensemble_target", encoder=None, settings={}, seed=1, balanced=balanced)
        model.predict_grid(X, rare, None, [split_of(rare, 70)])
    plain, even = (X @ part.weights[0].numpy() + float(part.bias) for part in parts)
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


@pytest.mark.parametrize("task", TASKS)
def test_two_classes_and_numbers_have_one(task):
    X, y = cohort(2)
    outcomes = {
        "binary": y,
        "multiclass": y + (np.arange(N) % 2),
        "regression": 7.0 * y,
        "survival": np.column_stack([np.arange(1.0, N + 1), y]),
    }
    part = part_of(X, outcomes[task], split_of(y, 60), task=task)
    assert (part is not None) == (task in KINDS)
