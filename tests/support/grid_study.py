"""A small study and the grid of any strategy over it, with what a test part may never change."""

import numpy as np
import torch

from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.grid import run_grid
from dxtransfer.learn.splits import make_splits
from dxtransfer.learn.transfer.registry import make

STRATEGIES = [
    "source_only",
    "from_scratch",
    "linear_probe",
    "full_finetune",
    "gradual_unfreeze",
    "l2_sp",
    "scalar_mix",
    "logistic_l2",
    "elastic_net",
]
OWN = "sklearn.naive_bayes.GaussianNB"
TREES = ("random_forest", "gradient_boosting")
N, P = 31, 40
CLASSES = ["ill", "well"]
KEYS = ["repeat", "fold", "inner_fold", "budget", "draw", "sample"]
OTHER = {"ill": "well", "well": "ill"}


def estimator(name):
    torch.manual_seed(0)
    head = (torch.randn(6).double(), torch.tensor([0.1]).double())
    encoder = Pretrained("masked", Encoder(network(P, (8, 6))).eval(), 1.4, head)
    tuning = {"epochs": 5, "learning_rate": 0.01, "weight_decay": 0.01, "widths": (8, 6)}
    tuning |= {"rate_ratio": 2.6, "source_penalty": 1.0}
    made = make(name, encoder=encoder, settings=tuning, seed=2)
    # the promises hold for a forest of any size
    return made.set_params(n_estimators=5) if name in TREES else made


def small_study():
    """Values with gaps; 27 samples of 24 patients are labelled, the last 4 samples are not."""
    rng = np.random.default_rng(0)
    samples = [f"s{i:02d}" for i in rng.permutation(N)]
    ill = np.arange(N) % 5 < 2
    X = rng.normal(9, 2, (N, P)).astype(np.float32)
    X[ill, :4] += 2
    X[rng.random(X.shape) < 0.05] = np.nan
    X[:, 7] = np.nan
    patients = [f"p{i % 24}" if i < 24 else f"p{(i - 24) * 5}" for i in range(27)]
    splits = make_splits(
        samples[:27],
        patients,
        ["ill" if ill[int(p[1:])] else "well" for p in patients],
        repeats=1,
        folds=3,
        inner_folds=3,
        draws=2,
        budgets=[4, 8, "all"],
        seed=1,
    )
    return X, samples, splits


def grid(name, study):
    X, samples, splits = study
    return run_grid(
        estimator(name), X, samples=samples, splits=splits, classes=CLASSES, positive="ill"
    )


def positive(table):
    return table[table["output"] == "ill"].set_index(KEYS)["value"].sort_index()


def seen_labels(name, study):
    """Largest change of a prediction when the labels of the first fold's test part are swapped."""
    X, samples, splits = study
    one = splits[splits["fold"] == 1].copy()
    before = positive(grid(name, (X, samples, one)))
    is_test = one["part"] == "test"
    one.loc[is_test, "label"] = one.loc[is_test, "label"].map(OTHER)
    return float(np.abs(positive(grid(name, (X, samples, one))) - before).max())


def seen_features(name, study):
    """Largest change of other and of own predictions when one test sample's values change."""
    X, samples, splits = study
    one = splits[splits["fold"] == 1]
    changed = one.loc[one["part"] == "test", "sample"].iloc[0]
    moved = X.copy()
    moved[samples.index(changed)] = np.random.default_rng(5).normal(20, 9, P)
    before, after = (positive(grid(name, (values, samples, one))) for values in (X, moved))
    is_changed = before.index.get_level_values("sample") == changed
    change = (after - before).abs()
    return float(change[~is_changed].max()), float(change[is_changed].max())
