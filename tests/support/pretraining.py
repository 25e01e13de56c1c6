"""Small sources to learn from: values with labels that show in the first features."""

import numpy as np

from dxtransfer.cohorts.store import Store, write_store
from dxtransfer.learn.pretrain.source import Source

P = 16
SETTINGS = {
    "pca": {"components": 4},
    "network": {"widths": [8, 6], "dropout": 0.1},
    "masked": {"mask_share": 0.3},
    "joint": {"label_weight": 1.0},
    "training": {
        "epochs": 4,
        "batch_size": 16,
        "learning_rate": 0.01,
        "weight_decay": 0.01,
        "patience": 4,
        "validation_share": 0.2,
        "precision": "32-true",
    },
}


def rows(n, *, seed, ill, shift=0.0):
    """Values of a cohort, a diseased sample high in the first features, and its labels."""
    rng = np.random.default_rng(seed)
    y = np.where(np.arange(n) < ill * n, 1, 0)
    factors = rng.normal(size=(n, 3)) * [6, 4, 3]
    X = factors @ np.random.default_rng(9).normal(size=(3, P)) + rng.normal(size=(n, P)) + shift
    X[:, :3] += 4 * y[:, None]
    return X.astype(np.float32), y


def source(folder, cohorts, *, seed=1, unlabelled=()):
    """A store of (values, labels) per cohort; two samples per patient."""
    write_store(
        folder / "store",
        [
            (
                f"c{c}",
                [(X, [f"s{i}" for i in range(len(X))], [f"p{i // 2}" for i in range(len(X))], {})],
            )
            for c, (X, _) in enumerate(cohorts)
        ],
        [f"G{j}" for j in range(P)],
    )
    y = np.concatenate([y for _, y in cohorts]).astype(np.int64)
    for c in unlabelled:
        y[np.repeat(np.arange(len(cohorts)), [len(X) for X, _ in cohorts]) == c] = -1
    return Source(Store(folder / "store"), y, seed)


def three_cohorts(folder):
    sizes = [(40, 0.5), (60, 0.25), (24, 0.5)]
    return source(folder, [rows(n, seed=n, ill=ill, shift=n) for n, ill in sizes])


def of_kind(folder, task, cohorts, *, classes=0):
    """The same values with other outcomes, a row or number per sample of each cohort."""
    X = [rows(n, seed=i, ill=0.5)[0] for i, n in enumerate(map(len, cohorts))]
    stored = source(folder, [(values, np.zeros(len(values))) for values in X])
    return Source(stored.store, np.concatenate(cohorts), 1, task, classes)
