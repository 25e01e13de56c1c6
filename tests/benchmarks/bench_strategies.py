"""Strategies over an evaluation grid beside a loop that fits one model after the other.

Both sides go through the same function with the same folds, budgets and settings. The loops are
what one would write without a grid: for the linear probe scikit-learn's logistic regression on the
embedding, its penalty chosen over inner folds; for networks a module, AdamW and a full batch per
step. They are no copies of ours: full fine-tuning steps in other coordinates (see
dxtransfer.learn.transfer.networks). That our grid equals a loop of our own fits is held by a test.
The convex ones are timed over five repeats of five folds, fine-tuning over one fold, all on one
thread. The last figure is the whole grid of the convex strategies, the ensemble and L2 logistic
regression on one target, its source given.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from measure import Row, python, run

SAMPLES, FEATURES, ROUNDS = 60, 5_000, 3

PROGRAM = """
import copy, json, sys, time, warnings
from pathlib import Path
import numpy as np, torch
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from torch import nn
from dxtransfer.cohorts.store import Store, write_store
from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.grid import run_grid
from dxtransfer.learn.linear import PENALTIES
from dxtransfer.learn.pretrain.linear import linear
from dxtransfer.learn.pretrain.source import Source
from dxtransfer.learn.splits import inner_folds, make_splits
from dxtransfer.learn.transfer.registry import make

torch.set_num_threads(1)
warnings.simplefilter("ignore")
samples, features, rounds = map(int, sys.argv[1:])
rng = np.random.default_rng(0)
X = rng.normal(size=(samples, features)).astype(np.float32)
ill = X[:, :40].sum(axis=1) + 5 * rng.normal(size=samples) > 0
X[ill, :40] += 0.5
names = [f"s{i}" for i in range(samples)]
labels = np.where(ill, "ill", "well").tolist()
torch.manual_seed(0)
deep = Encoder(network(features, (128, 64))).eval()
head = (torch.randn(64).double() / 8, torch.zeros(1).double())
encoder = Pretrained("supervised", deep, 1.0, head)
settings = {"epochs": 60, "learning_rate": 0.001, "weight_decay": 0.01}


def splits(repeats):
    return make_splits(
        names, names, labels, repeats=repeats, folds=5, inner_folds=3, draws=1,
        budgets=[4, 8, 16, 32, "all"], seed=1,
    )


def grid(estimator, table):
    start = time.perf_counter()
    run_grid(estimator, X, samples=names, splits=table, classes=["ill", "well"], positive="ill")
    return time.perf_counter() - start


class Loop(BaseEstimator):
    def predict_proba(self, X):
        p = self.probability(torch.as_tensor(X).float())
        return np.column_stack([1 - p, p])


class Probe(Loop):
    def fit(self, X, y):
        Z, self.classes_ = encoder.embed(torch.as_tensor(X).float()).numpy(), np.unique(y)
        folds = inner_folds(y.tolist(), list(range(len(y))), folds=3)
        best = (np.inf, 1.0)
        for penalty in PENALTIES[::-1]:
            loss = 0.0
            for fold in np.unique(folds):
                kept = folds != fold
                if len(np.unique(y[kept])) == 2:
                    p = self.model(penalty, Z).fit(Z[kept], y[kept]).predict_proba(Z[~kept])
                    loss -= np.log(p[np.arange(len(p)), y[~kept]]).sum()
            best = min(best, (loss, penalty), key=lambda pair: pair[0])
        self.fitted = self.model(best[1], Z).fit(Z, y)
        return self

    def model(self, penalty, Z):
        return LogisticRegression(C=1 / (penalty * Z.shape[1]), max_iter=10_000)

    def probability(self, X):
        return self.fitted.predict_proba(encoder.embed(X).numpy())[:, 1]


def trained(module, inputs, y):
    optimiser = torch.optim.AdamW(
        module.parameters(), lr=settings["learning_rate"], weight_decay=settings["weight_decay"]
    )
    target = torch.as_tensor(y, dtype=torch.float32)
    for _ in range(settings["epochs"]):
        optimiser.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(module(inputs), target).backward()
        optimiser.step()
    return module


class Network(Loop):
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.module = trained(self.start(), self.inputs(torch.as_tensor(X).float()), y)
        return self

    def probability(self, X):
        with torch.no_grad():
            return torch.sigmoid(self.module(self.inputs(X))).numpy()


class MixModule(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleList(nn.Linear(width, 32) for width in (128, 64))
        self.readout = nn.Linear(32, 1)
        self.scores = nn.Parameter(torch.zeros(2))

    def forward(self, layers):
        theta = torch.softmax(self.scores, 0)
        return self.readout(sum(t * h(z) for t, h, z in zip(theta, self.heads, layers)))[:, 0]


class Mix(Network):
    def start(self):
        torch.manual_seed(1)
        return MixModule()

    def inputs(self, X):
        with torch.no_grad():
            return [nn.functional.layer_norm(z, z.shape[-1:]) for z in deep.layers(X)]


class TuneModule(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = copy.deepcopy(deep)
        self.readout = nn.Linear(64, 1)
        self.readout.weight.data[0], self.readout.bias.data = head[0].float(), head[1].float()

    def forward(self, X):
        return self.readout(self.encoder(X))[:, 0]


class Tune(Network):
    def start(self):
        return TuneModule()

    def inputs(self, X):
        return X


CONVEX = (
    "logistic_l2", "source_only", "source_prior", "l2_sp", "linear_probe", "ensemble",
    "ensemble_target",
)
whole = splits(5)
fold = whole[(whole["repeat"] == 1) & (whole["fold"] == 1)]
loops = {
    "linear_probe": (Probe(), whole), "scalar_mix": (Mix(), whole), "full_finetune": (Tune(), fold)
}
found = {}
for name, (loop, table) in loops.items():
    ours = make(name, encoder=encoder, settings=settings, seed=1)
    grid(ours, fold)
    ratios = []
    for _ in range(rounds):
        mine, theirs = grid(ours, table), grid(loop, table)
        ratios.append(theirs / mine)
    found[name] = sorted(ratios)[rounds // 2]


def cohort(name):
    ids = [f"{name}{i}" for i in range(samples)]
    values = X[rng.permutation(samples)] + rng.normal(size=X.shape).astype(np.float32)
    return name, iter([(values, ids, ids, {})])


def learnt_source():
    # Three cohorts in which the same features tell the classes apart.
    write_store(Path("store"), map(cohort, "abc"), [f"f{i}" for i in range(features)])
    store = Store(Path("store"))
    telling = store.read(np.arange(store.n))[:, :40].sum(axis=1)
    return linear(Source(store, (telling > np.median(telling)).astype(np.int64), 1), settings={})[0]


source = learnt_source()
start, cpu = time.perf_counter(), time.process_time()
for name in CONVEX:
    of = encoder if name == "linear_probe" else source
    grid(make(name, encoder=of, settings=settings, seed=1), whole)
convex = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
json.dump({"strategies": found, "convex": convex}, open("figures.json", "w"))
"""
# Fits timed, and how many times faster than the loop at least.
BOUNDS = {"linear_probe": (500, 10.0), "scalar_mix": (500, 10.0), "full_finetune": (20, 1.0)}
CONVEX = 180.0


def figures(folder: Path) -> Iterator[Row]:
    """Time of ours over the loop's, and how many times faster that is."""
    run(python(PROGRAM, *map(str, (SAMPLES, FEATURES, ROUNDS))), folder=folder)
    found = json.loads((folder / "figures.json").read_text())
    for name, faster in found["strategies"].items():
        fits, bound = BOUNDS[name]
        what = f"{name}, {fits} fits, {SAMPLES} x {FEATURES}"
        told = "a loop over models"
        yield Row(f"{what}: time", 1 / faster, "x", told, 1 / bound)
        yield Row(f"{what}: times faster", faster, "x", told)
    what = f"convex strategies, ensemble, logistic_l2: 5 x 5 folds, all budgets, {SAMPLES} samples"
    yield Row(what, found["convex"]["seconds"], "s", "the time allowed", CONVEX)
    yield Row(f"{what}: processor time", found["convex"]["cpu"], "s")
