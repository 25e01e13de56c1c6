"""The batched solver beside a loop over scikit-learn and scikit-survival.

Both sides start from the matrix and end with the scores of all samples by every fit; fits differ in
their samples and their penalty. The loops run over a part of the fits, `SAMPLED` of them, and their
time is taken in proportion; ours, which is short, is the mean of five. Both run on one thread: with
more, small fits of scikit-learn take many times as long. The loops keep their default tolerance,
which is looser than ours. Rotated means the samples' coordinates in their own span, computed once,
within the time measured: what a loop could do at best.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from measure import Row, python, run

GENES, SAMPLES, FITS, SAMPLED = 12_800, 32, 2_000, 20
ROUNDS = 3

PROGRAM = """
import json, sys, time, warnings
import numpy as np, torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.util import Surv
from threadpoolctl import threadpool_limits
from dxtransfer.learn.cox import Cox
from dxtransfer.learn.dual import solve
from dxtransfer.learn.losses import Logistic, Softmax, Squared

warnings.simplefilter("ignore", ConvergenceWarning)
threadpool_limits(1)
torch.set_num_threads(1)
genes, samples, fits, sampled, rounds = map(int, sys.argv[1:])
rng = np.random.default_rng(0)
X = rng.normal(size=(samples, genes)) / np.sqrt(genes)
signal = X[:, : genes // 8].sum(axis=1) * np.sqrt(8) + rng.normal(size=samples)
binary = (signal > np.median(signal)).astype(int)
three = signal.argsort().argsort() * 3 // samples
time_, event = np.exp(-signal), rng.random(samples) < 0.7
kept = rng.random((fits, samples)) < 0.8
for k in range(3):
    kept[:, np.flatnonzero(three == k)[:2]] = True
penalties = np.tile(np.logspace(-2, 2, 10), fits // 10)
drawn = rng.permutation(fits)[:sampled]
survival = Surv.from_arrays(event, time_)


def rotated():
    u, s, _ = np.linalg.svd(X, full_matrices=False)
    return u * s


def loop(model, y, design, score):
    start = time.perf_counter()
    Z = design()
    once = time.perf_counter() - start
    start = time.perf_counter()
    for i in drawn:
        score(model(penalties[i]).fit(Z[kept[i]], y[kept[i]]), Z)
    return once + (time.perf_counter() - start) * fits / sampled


def ours(loss, y):
    start = time.perf_counter()
    Z, y = torch.as_tensor(X), torch.as_tensor(y, dtype=torch.float64)
    K, weights = Z @ Z.T, torch.as_tensor(kept, dtype=torch.float64)
    alpha, b = solve(K, y, weights, torch.as_tensor(penalties), loss=loss)
    f = K @ alpha + b[:, None]
    return time.perf_counter() - start


def logistic(penalty):
    return LogisticRegression(C=1 / penalty, max_iter=10_000)


def newton(penalty):
    return LogisticRegression(C=1 / penalty, max_iter=10_000, solver="newton-cholesky")


def ridge(penalty):
    return Ridge(alpha=penalty)


def cox(penalty):
    return CoxPHSurvivalAnalysis(alpha=penalty, ties="efron")


def proba(model, Z):
    return model.predict_proba(Z)


def value(model, Z):
    return model.predict(Z)


raw = lambda: X
both = np.column_stack([time_, event])
cases = {
    "logistic": (Logistic, binary, {"the raw matrix": (logistic, binary, raw, proba),
                                    "rotated data": (newton, binary, rotated, proba)}),
    "softmax": (Softmax, np.eye(3)[three], {"rotated data": (newton, three, rotated, proba)}),
    "ridge": (Squared, signal, {"rotated data": (ridge, signal, rotated, value)}),
    "Cox": (Cox, both, {"rotated data": (cox, survival, rotated, value)}),
}
found = {}
ours(Logistic, binary)
for name, (loss, y, loops) in cases.items():
    for design, given in loops.items():
        ratios = []
        for _ in range(rounds):
            mine = sum(ours(loss, y) for _ in range(5)) / 5
            ratios.append(loop(*given) / mine)
        found[f"{name}|{design}"] = sorted(ratios)[len(ratios) // 2]
json.dump(found, open("figures.json", "w"))
"""
# How many times faster at least; the others are told without a bound.
BOUNDS = {"logistic|the raw matrix": 100.0}


def figures(folder: Path) -> Iterator[Row]:
    """Time of ours over the loop's, and how many times faster that is."""
    given = (GENES, SAMPLES, FITS, SAMPLED, ROUNDS)
    run(python(PROGRAM, *map(str, given)), folder=folder)
    for case, times in json.loads((folder / "figures.json").read_text()).items():
        name, design = case.split("|")
        library = "scikit-survival" if name == "Cox" else "scikit-learn"
        told = f"a loop over {library} on {design}"
        what = f"{FITS} {name} fits, {SAMPLES} x {GENES}"
        bound = 1 / BOUNDS[case] if case in BOUNDS else None
        yield Row(f"{what}: time", 1 / times, "x", told, bound)
        yield Row(f"{what}: times faster", times, "x", told)
