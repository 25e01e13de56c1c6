"""Sample weights, and with them the balance of classes, reach strategies and baselines alike."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from source_cohorts import cohort, cohort_of, source

from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.estimators import Split, balanced_weights
from dxtransfer.learn.grid import run_grid
from dxtransfer.learn.pretrain.linear import linear
from dxtransfer.learn.pretrain.pca import pca
from dxtransfer.learn.splits import make_splits
from dxtransfer.learn.standardiser import Standardiser
from dxtransfer.learn.transfer.registry import make

NETWORK = {"epochs": 10, "learning_rate": 0.02, "weight_decay": 0.01}
LINEAR = ["source_prior", "l2_sp", "ensemble"]
NAMES = [
    *LINEAR,
    "ensemble_target",
    "logistic_l2",
    "elastic_net",
    "linear_probe",
    "scalar_mix",
    "full_finetune",
    "from_scratch",
]


@pytest.fixture(scope="module")
def encoders(tmp_path_factory):
    made = [cohort(n, seed=i) for i, n in enumerate((40, 60, 24))]
    given = source(tmp_path_factory.mktemp("source"), made)
    settings = {"pca": {"components": 4}}
    return linear(given, settings={})[0], pca(given, settings=settings)[0]


@pytest.fixture(scope="module")
def target():
    """One ill in six."""
    X, y = cohort(48, seed=30, ill=1 / 6)
    return Standardiser.fit(X)(X), y


def made(name, encoders, *, balanced=False) -> Pretrained:
    encoder = encoders[0] if name in LINEAR else encoders[1]
    settings = {"widths": [4], **NETWORK} if name == "from_scratch" else dict(NETWORK)
    return make(name, encoder=encoder, settings=settings, seed=1, balanced=balanced)


@pytest.mark.parametrize("name", NAMES)
def test_balanced_classes_are_weighted_samples(name, encoders, target):
    X, y = target
    rows = np.arange(48)
    # The balance of inner folds is their own.
    split = Split(rows[::2], rows[1::2], np.ones(24, dtype=np.int64))
    weight = np.zeros(48)
    weight[::2] = balanced_weights(y[::2], np.ones(24))
    balanced = made(name, encoders, balanced=True).predict_grid(X, y, None, [split])[0]
    weighted = made(name, encoders).predict_grid(X, y, None, [split], weight)[0]
    plain = made(name, encoders).predict_grid(X, y, None, [split])[0]
    np.testing.assert_allclose(balanced, weighted, atol=1e-6)
    assert np.abs(balanced - plain).max() > 0.01
    fitted, unbalanced = (
        made(name, encoders, balanced=b).fit(X[::2], y[::2]).predict_proba(X[1::2])
        for b in (True, False)
    )
    assert np.abs(fitted - unbalanced).max() > 0.01


@pytest.mark.parametrize("task", ["regression", "survival"])
@pytest.mark.parametrize("name", ["ensemble_target", "logistic_l2", "elastic_net"])
def test_weights_reach_fits_of_numbers_and_survival(name, task):
    X, y = cohort_of(task, 30, seed=3)
    Z = Standardiser.fit(X)(X)
    weight = np.ones(30)
    weight[:5] = 2
    one = np.ones(30, dtype=np.int64)
    split = Split(np.arange(30), np.arange(30), one)
    found = make(name, encoder=None, settings={}, seed=1, task=task)
    weighted = found.predict_grid(Z, y, None, [split], weight)[0]
    plain = found.predict_grid(Z, y, None, [split])[0]
    assert np.abs(weighted - plain).max() > 1e-3 * np.std(plain)


def test_trees_are_balanced_too(target):
    X, y = target
    samples = [f"s{i}" for i in range(48)]
    splits = make_splits(
        samples,
        samples,
        ["ill" if label else "well" for label in y],
        repeats=1,
        folds=2,
        inner_folds=2,
        draws=1,
        budgets=["all"],
        seed=1,
    )
    given = {"samples": samples, "splits": splits, "classes": ["well", "ill"], "positive": "ill"}
    forest = RandomForestClassifier(n_estimators=200, max_depth=2, random_state=1)

    def told(**more):
        found = run_grid(forest, X, **given, **more)
        return found.loc[found["output"] == "ill", "value"].mean()

    assert told(balanced=True) > told() + 0.1


@pytest.mark.parametrize("name", NAMES)
def test_a_fit_to_some_samples_takes_their_own_weights(name, encoders, target):
    X, y = target
    rows = np.arange(48)
    split = Split(rows[::2], rows[1::2], rows[:24] % 3 + 1)
    weight = np.linspace(0.2, 3, 48)
    model = made(name, encoders)
    wanted = model.predict_grid(X, y, None, [split], sample_weight=weight)[0][:, 1]
    found = model.fit_one(X, y, split, weight).predict(X[split.test])
    np.testing.assert_allclose(found, wanted, atol=1e-4)
