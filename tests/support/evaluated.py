"""Splits and predictions of a binary task, and their evaluation."""

import numpy as np
import pandas as pd

from dxtransfer.evidence.evaluate import evaluate

SETTINGS = {"classes": ["control", "case"], "positive": "case", "level": 0.9, "seed": 7}
ROWS = ["repeat", "fold", "sample"]
REFERENCE = ("none", "logistic_l2")
PROBE = ("pca", "linear_probe")


def make_splits(*, patients=24, samples=1, repeats=2, folds=3, budgets=(4, 8), draws=1, seed=0):
    """Patients dealt to folds by class; each has one label and ``samples`` samples."""
    rng = np.random.default_rng(seed)
    case = np.arange(patients) % 3 == 0
    rows = []
    for repeat in range(1, repeats + 1):
        fold = np.empty(patients, int)
        for members in (np.flatnonzero(case), np.flatnonzero(~case)):
            fold[rng.permutation(members)] = np.arange(len(members)) % folds + 1
        for f in range(1, folds + 1):
            parts = [("test", np.nan, np.flatnonzero(fold == f))]
            parts += [
                ("train", d + 1, rng.permutation(np.flatnonzero(fold != f))) for d in range(draws)
            ]
            for part, draw, members in parts:
                for place, p in enumerate(members):
                    budget = next((str(b) for b in budgets if place < b), "all")
                    for s in range(samples):
                        rows.append(
                            {
                                "repeat": repeat,
                                "fold": f,
                                "part": part,
                                "draw": draw,
                                "sample": f"p{p:02d}s{s}",
                                "patient": f"p{p:02d}",
                                "label": "case" if case[p] else "control",
                                "inner_fold": np.nan if part == "test" else place % 3 + 1,
                                "budget": np.nan if part == "test" else budget,
                            }
                        )
    return pd.DataFrame(rows)


def predict(splits, score, *, strategy=REFERENCE, budget="all", draw=1):
    """Long predictions of one run: ``score`` gives a test row's probability of a case."""
    test = splits[splits["part"] == "test"]
    p = np.array([score(row) for row in test.itertuples()])
    tables = [
        pd.DataFrame(
            {
                "objective": strategy[0],
                "strategy": strategy[1],
                "repeat": test["repeat"].to_numpy(),
                "fold": test["fold"].to_numpy(),
                "inner_fold": 0,
                "budget": budget,
                "draw": draw,
                "sample": test["sample"].to_numpy(),
                "output": output,
                "value": value,
            }
        )
        for output, value in (("control", 1 - p), ("case", p))
    ]
    return pd.concat(tables, ignore_index=True)


def inner_of(splits, score, *, strategy=REFERENCE):
    """Inner predictions: each training sample by the model of the inner fold that holds it out."""
    training = splits[(splits["part"] == "train") & (splits["draw"] == 1)]
    made = predict(training.assign(part="test"), score, strategy=strategy)
    return made.assign(inner_fold=np.tile(training["inner_fold"].astype(int), 2))


def noisy(seed, *, signal=1.0, digits=2, by="patient"):
    """Scores with ties; the same for all samples of a patient within a repeat."""

    def score(row):
        word = f"{seed} {getattr(row, by)} {row.repeat}".encode()
        noise = np.random.default_rng(list(word)).normal()
        return round(1 / (1 + np.exp(-noise - signal * ((row.label == "case") - 0.4))), digits)

    return score


def run(predictions, splits, *, resamples=200, **settings):
    return evaluate(predictions, splits, resamples=resamples, **{**SETTINGS, **settings})


def pick(table, measure, *, strategy=REFERENCE, budget="all"):
    at = (table["objective"] == strategy[0]) & (table["strategy"] == strategy[1])
    rows = table[at & (table["budget"] == budget) & (table["measure"] == measure)]
    assert len(rows) == 1
    return rows.iloc[0]


def scored(predictions, splits):
    test = splits.loc[splits["part"] == "test", [*ROWS, "patient", "label"]]
    cases = predictions[predictions["output"] == "case"]
    return cases.merge(test, on=ROWS).assign(y=lambda table: table["label"] == "case")


def make_study(splits):
    """Two strategies, two budgets, two draws at the small one, and inner predictions."""
    tables = []
    for number, strategy in enumerate([REFERENCE, ("pca", "linear_probe")]):
        for budget, draw in (("4", 1), ("4", 2), ("all", 1)):
            score = noisy(f"{number} {budget} {draw}", signal=1 + number)
            tables.append(predict(splits, score, strategy=strategy, budget=budget, draw=draw))
    return pd.concat([*tables, inner_of(splits, noisy("inner"))], ignore_index=True)
