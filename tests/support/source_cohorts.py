"""Small source cohorts of one disease, as a store."""

import numpy as np

from dxtransfer.cohorts.store import Store, write_store
from dxtransfer.learn.pretrain.source import Source

P = 60
SIGNAL = 6


def cohort(n, *, seed, ill=0.5, effect=1.5, features=P):
    """Samples with correlated features; the first ones are higher in the ill."""
    rng = np.random.default_rng(seed)
    y = (np.arange(n) < ill * n).astype(int)
    loadings = np.random.default_rng(3).normal(size=(4, features))
    X = rng.normal(size=(n, 4)) @ loadings + rng.normal(size=(n, features)) + rng.normal()
    X[:, :SIGNAL] += effect * y[:, None]
    return X.astype(np.float32), y


def cohort_of(task, n, *, seed, features=P):
    """Samples with correlated features, the first ones of which tell an outcome of some kind."""
    X, _ = cohort(n, seed=seed, effect=0.0, features=features)
    rng = np.random.default_rng([seed, 1])
    if task == "multiclass":
        y = np.arange(n) % 3
        X[:, :SIGNAL] += 2.0 * (np.arange(SIGNAL) % 3 == y[:, None])
        return X, y
    severity = rng.normal(size=n)
    X[:, :SIGNAL] += 1.2 * severity[:, None]
    if task == "regression":
        return X, 50 + 10 * severity + 3 * rng.normal(size=n)
    time = np.exp(-1.5 * severity) * rng.exponential(size=n)
    return X, np.column_stack([1 + 20 * time, rng.random(n) < 0.7])


def source(folder, cohorts, *, seed=1, patients=None, task="binary"):
    def chunk(X):
        names = [f"s{i}" for i in range(len(X))]
        return [(X, names, patients or names, {})]

    features = [f"G{j}" for j in range(P)]
    write_store(
        folder / "store", [(f"c{i}", chunk(X)) for i, (X, _) in enumerate(cohorts)], features
    )
    y = np.concatenate([y for _, y in cohorts])
    y = y.astype(np.int64 if task in ("binary", "multiclass") else np.float64)
    return Source(Store(folder / "store"), y, seed, task, 3 if task == "multiclass" else 2)
