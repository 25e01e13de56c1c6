"""How well each strategy predicts the target's outcomes, from predictions and splits alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.evidence.calibration import COLUMNS as CALIBRATION_COLUMNS
from dxtransfer.evidence.classes import Binary, Classes, Multiclass
from dxtransfer.evidence.efficiency import budget_limit, label_efficiency
from dxtransfer.evidence.intervals import patient_weights, percentile_interval
from dxtransfer.evidence.kinds import CONFUSION_COLUMNS, CURVE_COLUMNS, SUM_TOLERANCE, Floats, Kind
from dxtransfer.evidence.measures import mean_of_defined
from dxtransfer.evidence.numbers import Regression
from dxtransfer.evidence.survival import Survival

Key = tuple[str, str, str]
Parts = list[tuple[tuple[int, ...], NDArray[np.intp]]]

KEYS = ["objective", "strategy", "budget"]
RUN = [*KEYS, "draw"]
ROW = ["repeat", "fold", "sample"]


@dataclass(frozen=True)
class Evaluation:
    """The tables of one target, each with ``objective`` and ``strategy`` in front."""

    metrics: pd.DataFrame
    comparisons: pd.DataFrame
    label_efficiency: pd.DataFrame
    calibration: pd.DataFrame
    confusion: pd.DataFrame
    curves: pd.DataFrame


@dataclass(frozen=True)
class _Scores:
    """Outer predictions in the order of the test rows; complete, without doubles."""

    kind: Kind
    test: pd.DataFrame  # t rows: repeat, fold, sample, patient, label, time for survival
    truth: Floats  # (t, ...)
    runs: pd.DataFrame  # g rows: objective, strategy, budget, draw
    values: Floats  # (g, t, outputs)
    training: dict[tuple[int, ...], Floats]  # truth of the training part of each repeat and fold

    def keys(self) -> dict[Key, list[int]]:
        """Rows of ``runs`` (the draws) of each objective, strategy and budget."""
        found: dict[Key, list[int]] = {}
        for row, key in enumerate(self.runs[KEYS].itertuples(index=False, name=None)):
            found.setdefault(key, []).append(row)
        return found

    def parts(self, by: list[str]) -> Parts:
        """Key and positions of the test rows of each fold, repeat or sample."""
        groups = self.test.groupby(by).indices.items()
        return [(k if isinstance(k, tuple) else (k,), np.asarray(rows)) for k, rows in groups]


def evaluate(
    predictions: pd.DataFrame,
    splits: pd.DataFrame,
    *,
    task: str = "binary",
    classes: Sequence[str] = (),
    positive: str = "",
    reference: str = "logistic_l2",
    resamples: int,
    level: float,
    seed: int,
) -> Evaluation:
    """Score every strategy at every label budget, and compare it with the reference.

    Measures of ranks (AUROC, average precision, Spearman's correlation, and all of survival)
    compare samples within a fold only, since scores of different models are on different scales,
    and are averaged over the folds in which they are defined, over draws and over repeats. The
    other measures are taken over all test samples of a repeat and draw, at threshold 0.5 where
    one is needed, and averaged over draws and repeats.

    Intervals are percentile intervals of a bootstrap over patients; all strategies see the same
    resamples, so differences are paired. A resample that leaves a fold without a class skips that
    fold. The models are not trained again: the variance of training, of the partition and of
    seeds is left out, so the intervals are too narrow as statements on a method rather than on
    these fitted models (Nadeau & Bengio 2003; see ``percentile_interval``).

    Parameters
    ----------
    predictions
        Long table: objective, strategy, repeat, fold, inner_fold, budget, draw, sample, output,
        value. Only rows with inner_fold 0 are scored.
    splits
        Table: repeat, fold, part, draw, sample, patient, label, inner_fold, budget, and time for
        survival.
    task
        Kind of the task.
    classes, positive
        Names of the classes in order, and of two the one that is to be detected.
    reference
        Name of the strategy that all others are compared with, at the same budget.
    resamples, level, seed
        Of the bootstrap: number of resamples, confidence level in (0, 1), random seed.

    Raises
    ------
    ValueError
        When predictions and splits do not match (a prediction without a test sample, a test
        sample without a prediction, a double, a value that is no prediction, probabilities that
        do not sum to 1), or the reference is absent; the message names the first offender.
    """
    kind = _kind(task, classes, positive)
    scores = _align(predictions, splits, kind)
    keys = scores.keys()
    base = _reference(keys, reference)
    resampled = _resample(scores, resamples=resamples, seed=seed)
    metrics = _metrics(scores, resampled, level)
    comparisons = _comparisons(kind, resampled, base, level)
    full = {key[:2]: runs for key, runs in keys.items() if key[2] == "all"}

    def each(table: Callable[[Floats], pd.DataFrame], columns: list[str]) -> pd.DataFrame:
        return _stack({key: table(scores.values[runs]) for key, runs in full.items()}, columns)

    folds, repeats, samples = (
        [rows for _, rows in scores.parts(by)]
        for by in (["repeat", "fold"], ["repeat"], ["sample"])
    )
    first = np.array([rows[0] for rows in samples])

    def calibration(values: Floats) -> pd.DataFrame:
        means = np.stack([values[:, rows].mean(axis=(0, 1)) for rows in samples])
        return kind.calibration(means, scores.truth[first], level=level)

    return Evaluation(
        metrics=metrics,
        comparisons=comparisons,
        label_efficiency=label_efficiency(metrics, comparisons, splits, kind.efficiency),
        calibration=each(calibration, CALIBRATION_COLUMNS),
        confusion=each(lambda v: kind.confusion(v, scores.truth, repeats), CONFUSION_COLUMNS),
        curves=each(lambda v: kind.curves(v, scores.truth, folds, samples), CURVE_COLUMNS),
    )


def _kind(task: str, classes: Sequence[str], positive: str) -> Kind:
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


def _align(predictions: pd.DataFrame, splits: pd.DataFrame, kind: Kind) -> _Scores:
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
    return _Scores(kind, test, truth, runs, values, _training(splits, kind))


def _reference(keys: dict[Key, list[int]], strategy: str) -> tuple[str, str]:
    found = {key[:2] for key in keys if key[1] == strategy}
    if len(found) != 1:
        raise ValueError(f"predictions: {len(found)} strategies named {strategy!r}, need one")
    base = found.pop()
    for objective, other, budget in keys:
        if (*base, budget) not in keys:
            name = f"{objective}.{other}"
            raise ValueError(f"predictions: {name} has budget {budget}, the reference has not")
    return base


def _resample(scores: _Scores, *, resamples: int, seed: int) -> dict[Key, Floats]:
    """Each measure of each key: shape ``(1 + resamples, measures)``, the estimate first."""
    patients, patient = np.unique(scores.test["patient"].to_numpy(str), return_inverse=True)
    weights = patient_weights(len(patients), resamples=resamples, seed=seed)
    kind, values, truth = scores.kind, scores.values, scores.truth
    folds, repeats = scores.parts(["repeat", "fold"]), scores.parts(["repeat"])

    def within(run: int, key: tuple[int, ...], rows: NDArray[np.intp]) -> Floats:
        own, training = weights[:, patient[rows]], scores.training.get(key, truth[:0])
        return kind.within_fold(values[run, rows], truth[rows], own, training)

    def whole(run: int, key: tuple[int, ...], rows: NDArray[np.intp]) -> Floats:
        return kind.over_repeat(values[run, rows], truth[rows], weights[:, patient[rows]])

    return {
        key: np.hstack(
            [
                mean_of_defined(
                    np.stack([measure(run, *part) for run, part in product(runs, parts)])
                )
                for measure, parts in ((within, folds), (whole, repeats))
            ]
        )
        for key, runs in scores.keys().items()
    }


def _metrics(scores: _Scores, resampled: dict[Key, Floats], level: float) -> pd.DataFrame:
    table = pd.concat(
        [
            _estimates(scores.kind, key, values, level, "estimate")
            for key, values in resampled.items()
        ],
        ignore_index=True,
    )
    samples = scores.test.drop_duplicates("sample")
    prevalence = scores.kind.prevalence(scores.truth[samples.index])
    return table.assign(
        patients=samples["patient"].nunique(), samples=len(samples), prevalence=prevalence
    )


def _comparisons(
    kind: Kind, resampled: dict[Key, Floats], base: tuple[str, str], level: float
) -> pd.DataFrame:
    tables = [
        _estimates(kind, key, values - resampled[(*base, key[2])], level, "difference")
        for key, values in resampled.items()
        if key[:2] != base
    ]
    columns = [*KEYS, "measure", "difference", "low", "high"]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    table.insert(2, "reference", ".".join(base))
    return table


def _estimates(kind: Kind, key: Key, values: Floats, level: float, name: str) -> pd.DataFrame:
    low, high = percentile_interval(values[1:], level=level)
    columns = {"measure": kind.measures, name: values[0], "low": low, "high": high}
    return pd.DataFrame({**dict(zip(KEYS, key, strict=True)), **columns})


def _stack(tables: dict[tuple[str, str], pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame(columns=["objective", "strategy", *columns])
    stacked = pd.concat(tables, names=["objective", "strategy", "row"]).reset_index()
    return stacked[["objective", "strategy", *columns]]


def _run_name(row: pd.Series) -> str:
    return f"{row['objective']}.{row['strategy']} budget {row['budget']} draw {row['draw']}"


def _row_name(row: pd.Series) -> str:
    return f"repeat {row['repeat']} fold {row['fold']} sample {row['sample']!r}"
