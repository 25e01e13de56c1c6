"""Predictions beside the truth: one row per test sample, complete, without doubles."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.evidence.classes import Binary, Classes, Multiclass
from dxtransfer.evidence.efficiency import budget_limit
from dxtransfer.evidence.kinds import SUM_TOLERANCE, Floats, Kind
from dxtransfer.evidence.numbers import Regression
from dxtransfer.evidence.survival import Survival
from dxtransfer.prevalence import rebased

Key = tuple[str, str, str]
Parts = list[tuple[tuple[int, ...], NDArray[np.intp]]]

KEYS = ["objective", "strategy", "budget"]
RUN = [*KEYS, "draw"]
ROW = ["repeat", "fold", "sample"]


@dataclass(frozen=True)
class Scores:
    """Outer predictions in the order of the test rows; complete, without doubles.

    Attributes
    ----------
    kind
        Kind of the task.
    test
        t rows: repeat, fold, sample, patient, label, time for survival.
    truth
        (t, ...).
    runs
        g rows: objective, strategy, budget, draw.
    values
        (g, t, outputs).
    training
        Truth of the training part of each repeat and fold.
    """

    kind: Kind
    test: pd.DataFrame
    truth: Floats
    runs: pd.DataFrame
    values: Floats
    training: dict[tuple[int, ...], Floats]

    def keys(self) -> dict[Key, list[int]]:
        """Rows of ``runs`` (the draws) of each objective, strategy and budget."""
        found: dict[Key, list[int]] = {}
        for row, key in enumerate(self.runs[KEYS].itertuples(index=False, name=None)):
            found.setdefault(key, []).append(row)
        return found

    def at_budget(self, budget: str) -> "Scores":
        """The runs of one label budget."""
        own = (self.runs["budget"] == budget).to_numpy()
        runs = self.runs[own].reset_index(drop=True)
        return replace(self, runs=runs, values=self.values[own])

    def parts(self, by: list[str]) -> Parts:
        """Key and positions of the test rows of each fold, repeat or sample."""
        groups = self.test.groupby(by).indices.items()
        return [(k if isinstance(k, tuple) else (k,), np.asarray(rows)) for k, rows in groups]

    def patients(self) -> NDArray[np.intp]:
        """Number of the patient of each test row, (t,)."""
        return np.unique(self.test["patient"].to_numpy(str), return_inverse=True)[1]

    def priors(self, *, balanced: bool) -> Floats:
        """Share of the positive class that the model of each test row was fitted for, (t,).

        That of the training part of its fold; one half where all classes had the same weight.
        """
        found = np.full(len(self.test), 0.5)
        if not balanced:
            for key, rows in self.parts(["repeat", "fold"]):
                found[rows] = self.kind.prevalence(self.training[key])
        return found

    def rebased(self, prevalence: float, *, balanced: bool) -> "Scores":
        """The same with probabilities made for another prevalence of the positive class.

        Raises
        ------
        ValueError
            For a kind of task other than binary.
        """
        if not isinstance(self.kind, Binary):
            raise ValueError("a prevalence belongs to a binary task")
        values, at = self.values.copy(), self.kind.positive
        before = self.priors(balanced=balanced)
        values[:, :, at] = rebased(values[:, :, at], before=before, after=prevalence)
        values[:, :, 1 - at] = 1 - values[:, :, at]
        return replace(self, values=values)


def kind_of_task(task: str, classes: Sequence[str], positive: str) -> Kind:
    """Kind of a task by its name, with the names of its classes."""
    if task == "binary":
        return Binary(classes, positive)
    if task == "multiclass":
        return Multiclass(classes)
    return Regression() if task == "regression" else Survival()


def _test_rows(splits: pd.DataFrame) -> pd.DataFrame:
    times = ["time"] if "time" in splits else []
    test = splits.loc[splits["part"] == "test", [*ROW, "patient", "label", *times]]
    if test.empty:
        raise ValueError("splits: no test sample")
    if test.isna().any(axis=None):
        row = test[test.isna().any(axis=1)].iloc[0]
        raise ValueError(f"splits: empty cell in the test row {row.to_dict()}")
    kinds = {"repeat": int, "fold": int, "sample": str, "patient": str, "label": str}
    test = test.astype(kinds).sort_values(ROW, ignore_index=True)
    if test.duplicated(ROW).any():
        row = test[test.duplicated(ROW)].iloc[0]
        raise ValueError(f"splits: test sample is listed twice: {_row_name(row)}")
    for column in ("patient", "label", *times):
        several = test.groupby("sample")[column].nunique() > 1
        if several.any():
            raise ValueError(f"splits: sample {several.idxmax()!r} has more than one {column}")
    return test


def _training(splits: pd.DataFrame, kind: Kind) -> dict[tuple[int, ...], Floats]:
    training = splits[splits["part"] == "train"].drop_duplicates(ROW)
    groups = training.groupby(["repeat", "fold"])
    return {(int(r), int(f)): kind.truth(table) for (r, f), table in groups}


def align(predictions: pd.DataFrame, splits: pd.DataFrame, kind: Kind) -> Scores:
    """Put the outer predictions of every run beside the truth.

    Raises
    ------
    ValueError
        When predictions and splits do not match; see `dxtransfer.evidence.evaluate.evaluate`.
    """
    test = _test_rows(splits)
    truth = kind.truth(test)
    kinds = {"objective": str, "strategy": str, "budget": str, "draw": int, "output": str}
    kinds |= {"repeat": int, "fold": int, "sample": str, "value": float}
    outer = predictions.loc[predictions["inner_fold"].astype(int) == 0, list(kinds)].astype(kinds)
    outer = outer.reset_index(drop=True)
    if outer.empty:
        raise ValueError("predictions: no outer prediction (inner_fold 0)")

    def refuse(wrong: NDArray[np.bool_], what: str) -> None:
        if wrong.any():
            row = outer.iloc[int(np.argmax(wrong))]
            value = f"output {row['output']!r}, value {row['value']}"
            raise ValueError(f"predictions: {what}: {_run_name(row)}, {_row_name(row)}, {value}")

    is_class = isinstance(kind, Classes)
    names = kind.outputs(list(outer["output"].unique()))
    output = pd.Index(names).get_indexer(pd.Index(outer["output"]))
    refuse(output < 0, "output is not a class" if is_class else "output is not known")
    told = "value is no probability" if is_class else "value is no number"
    refuse(kind.wrong(outer["value"].to_numpy()), told)
    rows = pd.MultiIndex.from_frame(test[ROW])
    at = rows.get_indexer(pd.MultiIndex.from_frame(outer[ROW]))
    refuse(at < 0, "no such test sample in the splits")
    refuse(outer.duplicated([*RUN, *ROW, "output"]).to_numpy(), "predicted twice")

    runs = outer[RUN].drop_duplicates()
    runs = runs.assign(limit=runs["budget"].map(budget_limit))
    runs = runs.sort_values(["objective", "strategy", "limit", "draw"], ignore_index=True)[RUN]
    run = pd.MultiIndex.from_frame(runs).get_indexer(pd.MultiIndex.from_frame(outer[RUN]))
    values = np.full((len(runs), len(test), len(names)), np.nan)
    values[run, at, output] = outer["value"].to_numpy()
    if np.isnan(values).any():
        g, t, c = np.argwhere(np.isnan(values))[0]
        where = f"{_run_name(runs.iloc[g])}, {_row_name(test.iloc[t])}, output {names[c]!r}"
        raise ValueError(f"predictions: test sample without a prediction: {where}")
    if is_class:
        total = values.sum(axis=2)
        refuse(np.abs(total - 1)[run, at] > SUM_TOLERANCE, "probabilities do not sum to 1")
    return Scores(kind, test, truth, runs, values, _training(splits, kind))


def align_inner(predictions: pd.DataFrame, splits: pd.DataFrame, kind: Binary) -> pd.DataFrame:
    """Inner predictions at all labels, each by a model that did not see the sample.

    Returns
    -------
    pandas.DataFrame
        Columns objective, strategy, repeat, fold, sample, probability (of the positive class),
        positive.

    Raises
    ------
    ValueError
        For a prediction by an inner fold that does not hold the sample out.
    """
    kinds = {"repeat": int, "fold": int, "sample": str, "draw": int, "inner_fold": int}
    positive = kind.classes[kind.positive]
    of_inner = predictions["inner_fold"].astype(int) > 0
    of_inner &= predictions["budget"].astype(str) == "all"
    inner = predictions[of_inner & (predictions["output"] == positive)].astype(kinds)
    training = splits.loc[splits["part"] == "train", [*kinds, "label"]].astype(kinds)
    found = inner.merge(training, on=list(kinds), how="left")
    if found["label"].isna().any():
        row = found[found["label"].isna()].iloc[0]
        where = f"{_row_name(row)}, inner fold {row['inner_fold']}"
        raise ValueError(f"predictions: inner prediction of no sample that is held out: {where}")
    found["positive"] = found["label"] == positive
    found = found.rename(columns={"value": "probability"})
    return found[["objective", "strategy", *ROW, "probability", "positive"]]


def _run_name(row: pd.Series) -> str:
    return f"{row['objective']}.{row['strategy']} budget {row['budget']} draw {row['draw']}"


def _row_name(row: pd.Series) -> str:
    return f"repeat {row['repeat']} fold {row['fold']} sample {row['sample']!r}"
