"""Splits and predictions of every kind of task, as the workflow writes them."""

import numpy as np
import pandas as pd

from dxtransfer.evidence.survival import AT

NAMES = ["mild", "severe", "well"]


def tables(task, *, patients=40, seed=0):
    """Splits of two repeats and folds, and predictions of an informed and an uninformed model."""
    rng = np.random.default_rng(seed)
    names = [f"p{i:02d}" for i in range(patients)]
    signal = rng.normal(size=patients)
    if task == "multiclass":
        label = np.array(NAMES)[np.digitize(signal, [-0.4, 0.4])]
        outputs = {n: np.where(label == n, 0.5, 0.25) for n in NAMES}
        idle = {n: np.full(patients, 1 / 3) for n in NAMES}
    elif task == "regression":
        label = np.array([repr(float(50 + 10 * s)) for s in signal])
        outputs = {"prediction": 50 + 10 * signal + rng.normal(0, 2, patients)}
        idle = {"prediction": np.full(patients, 50.0)}
    else:
        time = np.exp(-signal) * 10
        label = np.where(rng.random(patients) < 0.7, "event", "censored")
        grid = np.quantile(time, [0.3, 0.6]).tolist()
        outputs = {"risk": signal, **{f"{AT}{t!r}": np.exp(-t / 10 * np.exp(signal)) for t in grid}}
        idle = {"risk": np.zeros(patients), **{f"{AT}{t!r}": np.full(patients, 0.5) for t in grid}}
    splits, predictions = [], []
    for repeat in (1, 2):
        fold_of = rng.permutation(patients) % 2 + 1
        for fold in (1, 2):
            for i, name in enumerate(names):
                test = fold_of[i] == fold
                row = {"repeat": repeat, "fold": fold, "part": "test" if test else "train"}
                row |= {"draw": None if test else 1, "sample": name, "patient": name}
                row |= {"label": label[i], "inner_fold": None if test else 1}
                row |= {"budget": None if test else "all"}
                splits.append(row | ({"time": time[i]} if task == "survival" else {}))
                if test:
                    key = {"repeat": repeat, "fold": fold, "inner_fold": 0, "budget": "all"}
                    key |= {"objective": "none", "draw": 1, "sample": name}
                    for strategy, made in (("linear", outputs), ("logistic_l2", idle)):
                        predictions += [
                            {**key, "strategy": strategy, "output": o, "value": v[i]}
                            for o, v in made.items()
                        ]
    return pd.DataFrame(predictions), pd.DataFrame(splits)
