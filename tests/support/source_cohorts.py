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


def source(folder, cohorts, *, seed=1, patients=None):
    def chunk(X):
        names = [f"s{i}" for i in range(len(X))]
        return [(X, names, patients or names, {})]

    features = [f"G{j}" for j in range(P)]
    write_store(
        folder / "store", [(f"c{i}", chunk(X)) for i, (X, _) in enumerate(cohorts)], features
    )
    y = np.concatenate([y for _, y in cohorts]).astype(np.int64)
    return Source(Store(folder / "store"), y, seed)
