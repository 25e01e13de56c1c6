"""The evaluation grid: one learner over all repeats, folds, label budgets and draws."""

import logging
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from dxtransfer.errors import InputError
from dxtransfer.labels import EVENT
from dxtransfer.learn.estimators import (
    Array,
    Floats,
    Ints,
    Split,
    TransferEstimator,
    balanced_weights,
)
from dxtransfer.learn.standardiser import Standardiser
from dxtransfer.learn.survival import horizons, survival_function
from dxtransfer.learn.tasks import TASKS

logger = logging.getLogger("dxtransfer")
COLUMNS = ["repeat", "fold", "inner_fold", "budget", "draw", "sample", "output", "value"]
# Name of the first output of a task without classes. The survival function follows its own.
OUTPUTS = {"regression": "prediction", "survival": "risk"}
SURVIVAL = "survival at "


def run_grid(
    estimator: Any,
    X: Floats,
    *,
    samples: Sequence[str],
    splits: pd.DataFrame,
    classes: Sequence[str] = (),
    positive: str = "",
    task: str = "binary",
    name: str = "",
    balanced: bool = False,
    weights: list[pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Predict every outer test fold at every label budget, and every inner fold of all labels.

    Parameters
    ----------
    estimator
        One for the task; one with `predict_grid` solves a fold's fits together, any other is
        cloned and fitted in a loop. For survival, a loop's outcomes are a structured array of
        `event` and `time`, as scikit-survival has them, and `predict_survival_function` is asked
        where there is one; all others get Breslow's survival function of their training part.
    X
        (samples, features), NaN for missing values.
    samples
        Names of the rows of `X`.
    splits
        See `dxtransfer.learn.splits.make_splits`. Outcomes are read from its labels and times.
    classes
        Names of all classes, for a task that has them.
    positive
        The class whose probability comes first, for a binary task.
    task
        A key of `dxtransfer.learn.tasks.TASKS`.
    name
        What is evaluated, for the progress lines.
    balanced
        Whether classes weigh the same in each fit of an estimator without `predict_grid`, if its
        `fit` takes `sample_weight`; the others know it themselves.
    weights
        Where an ensemble's are added, a table per fold: repeat, fold, inner_fold, budget, draw, the
        share of each of its parts, and why the source has no part, if so.

    Returns
    -------
    pandas.DataFrame
        The columns of `COLUMNS`: for each prediction a row per class with its probability, or one
        row of `OUTPUTS`; for survival also the survival function of outer predictions at the
        deciles of the events, a row `survival at {time}` each. Sorted by output.

    Raises
    ------
    InputError
        Where nothing can be learnt in any fold: a single class, or no event.
    """
    row = {sample: i for i, sample in enumerate(samples)}
    labelled = splits.drop_duplicates("sample").set_index("sample")
    names = _outputs(task, classes, positive)
    y = _coded(labelled, row, names, task=task)
    times = horizons(y) if task == "survival" else []
    groups = np.array([labelled["patient"].get(s, s) for s in samples], dtype=object)
    parts = []
    folds = list(splits.groupby(["repeat", "fold"]))
    told = time.monotonic()
    for number, ((repeat, fold), table) in enumerate(folds, start=1):
        training = table[table["part"] == "train"]
        test = np.array([row[s] for s in table.loc[table["part"] == "test", "sample"]])
        known = np.array(sorted({row[s] for s in training["sample"]}))
        Z = Standardiser.fit(X[known])(X)
        keys, fits = _fits(training, test, row, y, task)
        if isinstance(estimator, TransferEstimator):
            estimator.adapt(Z[known])
        if fits:
            outer = [key["inner_fold"] == 0 for key in keys]
            if task == "survival":
                solved = _survival(estimator, Z, y, groups, fits, outer=outer, times=times)
            else:
                count = len(names)
                solved = _predicted(
                    estimator, Z, y, groups, fits, task=task, outputs=count, balanced=balanced
                )
            if weights is not None:
                shares = pd.DataFrame(estimator.shares_.numpy(), columns=list(estimator.parts))
                table = pd.concat([pd.DataFrame(keys), shares], axis=1)
                why = estimator.without_source
                weights.append(table.assign(repeat=repeat, fold=fold, without_source=why))
            part = _table(keys, fits, solved, samples)
            parts.append(part.assign(repeat=repeat, fold=fold))
        if name and (time.monotonic() - told > 5 or number == len(folds)):
            told = time.monotonic()
            logger.info("%s: fold %d of %d", name, number, len(folds))
    if not parts:
        raise InputError("no fold has a training part that something can be learnt from")
    return _long(pd.concat(parts, ignore_index=True), names + [f"{SURVIVAL}{t!r}" for t in times])


def _coded(
    labelled: pd.DataFrame, row: dict[str, int], names: Sequence[str], *, task: str
) -> Array:
    """Coded outcomes of all rows; -1 or NaN for those that the splits do not name."""
    at = [row[str(sample)] for sample in labelled.index]
    if TASKS[task].classifies:
        y = np.full(len(row), -1)
        y[at] = [names.index(label) for label in labelled["label"]]
    elif task == "regression":
        y = np.full(len(row), np.nan)
        y[at] = labelled["label"].astype(float)
    else:
        y = np.full((len(row), 2), np.nan)
        y[at, 0], y[at, 1] = labelled["time"].astype(float), labelled["label"] == EVENT
    return y


def _outputs(task: str, classes: Sequence[str], positive: str) -> list[str]:
    """Names of the outputs, classes in the order of their codes."""
    if not TASKS[task].classifies:
        return [OUTPUTS[task]]
    if task == "binary":
        return [name for name in classes if name != positive] + [positive]
    return list(classes)


def _fits(
    training: pd.DataFrame, test: Ints, row: dict[str, int], y: Array, task: str
) -> tuple[list[dict[str, Any]], list[Split]]:
    """Fits of one fold at every budget and draw, and those of its inner folds with all labels."""
    keys: list[dict[str, Any]] = []
    fits: list[Split] = []
    # A sample belongs to its own budget and to all larger ones.
    order = [*sorted({b for b in training["budget"] if b != "all"}, key=int), "all"]
    known = training["sample"].map(row).to_numpy()
    since = training["budget"].map(order.index).to_numpy()
    folds, draws = (training[name].to_numpy(dtype=np.int64) for name in ("inner_fold", "draw"))
    for draw in np.unique(draws):
        for i, budget in enumerate(order if draw == 1 else order[:-1]):
            drawn = (draws == draw) & (since <= i)
            rows, inner = known[drawn], folds[drawn]
            held = np.unique(inner).tolist() if budget == "all" else []
            for held_out in [0, *held]:
                kept = inner != held_out
                split = Split(rows[kept], test if held_out == 0 else rows[~kept], inner[kept])
                if TASKS[task].enough(y[split.train]):
                    keys.append({"inner_fold": held_out, "budget": budget, "draw": int(draw)})
                    fits.append(split)
    return keys, fits


def _predicted(
    estimator: Any,
    Z: Floats,
    y: Array,
    groups: Array,
    fits: Sequence[Split],
    *,
    task: str,
    outputs: int,
    balanced: bool = False,
) -> list[Floats]:
    """Predictions of each fit's test rows, (samples, outputs)."""
    if hasattr(estimator, "predict_grid"):
        known = np.unique(np.concatenate([np.concatenate([f.train, f.test]) for f in fits]))
        local = {int(i): j for j, i in enumerate(known)}
        moved = [Split(_local(f.train, local), _local(f.test, local), f.inner) for f in fits]
        solved = estimator.predict_grid(Z[known], y[known], groups[known], moved)
        classes = estimator.classes_
        return [_ordered(p, classes, outputs) for p in solved]
    # In float32 some of scikit-learn's probabilities do not sum to 1.
    Z = Z.astype(np.float64)
    found = []
    weighed = balanced and has_fit_parameter(estimator, "sample_weight")
    for f in fits:
        own = {"sample_weight": balanced_weights(y[f.train], np.ones(len(f.train)))}
        model = clone(estimator).fit(Z[f.train], y[f.train], **(own if weighed else {}))
        if TASKS[task].classifies:
            found.append(_ordered(model.predict_proba(Z[f.test]), model.classes_, outputs))
        else:
            found.append(_ordered(model.predict(Z[f.test]), None, outputs))
    return found


def _survival(
    estimator: Any,
    Z: Floats,
    y: Array,
    groups: Array,
    fits: Sequence[Split],
    *,
    outer: Sequence[bool],
    times: Sequence[float],
) -> list[Floats]:
    """Risk, and survival at `times` for outer fits, (samples, 1 + times); NaN for inner ones."""
    if hasattr(estimator, "predict_grid"):
        # Breslow's estimate needs the scores of the training part, too.
        asked = [
            Split(f.train, np.concatenate([f.test, f.train]), f.inner) if is_outer else f
            for f, is_outer in zip(fits, outer, strict=True)
        ]
        solved = _predicted(estimator, Z, y, groups, asked, task="survival", outputs=1)
        pairs = [(p[: len(f.test)], p[len(f.test) :]) for p, f in zip(solved, fits, strict=True)]
        curves = [
            survival_function(test[:, 0], train[:, 0], y[f.train], times) if is_outer else None
            for (test, train), f, is_outer in zip(pairs, fits, outer, strict=True)
        ]
        return [_joined(pair[0], c, times) for pair, c in zip(pairs, curves, strict=True)]
    Z = Z.astype(np.float64)
    structured = np.array(
        [(bool(event), time) for time, event in np.nan_to_num(y)],
        dtype=[("event", bool), ("time", float)],
    )
    found = []
    for f, is_outer in zip(fits, outer, strict=True):
        model = clone(estimator).fit(Z[f.train], structured[f.train])
        risk = np.asarray(model.predict(Z[f.test])).reshape(-1, 1)
        curve = None
        if is_outer and hasattr(model, "predict_survival_function"):
            steps = model.predict_survival_function(Z[f.test], return_array=True)
            at = np.searchsorted(model.unique_times_, times, side="right")
            curve = np.column_stack([np.ones(len(steps)), steps])[:, at]
        elif is_outer:
            own = np.asarray(model.predict(Z[f.train]))
            curve = survival_function(risk[:, 0], own, y[f.train], times)
        found.append(_joined(risk, curve, times))
    return found


def _joined(risk: Floats, curve: Floats | None, times: Sequence[float]) -> Floats:
    whole = np.full((len(risk), len(times)), np.nan) if curve is None else curve
    return np.concatenate([risk, whole], axis=1)


def _ordered(predicted: Floats, classes: Array | None, outputs: int) -> Floats:
    """One column per output; a class that a model has not seen has the probability 0."""
    if classes is None:
        return np.asarray(predicted).reshape(-1, 1)
    whole = np.zeros((len(predicted), outputs))
    whole[:, classes.astype(int)] = predicted
    return whole


def _local(rows: Ints, local: dict[int, int]) -> Ints:
    return np.array([local[int(i)] for i in rows], dtype=np.int64)


def _table(
    keys: Sequence[dict[str, Any]],
    fits: Sequence[Split],
    solved: Sequence[Floats],
    samples: Sequence[str],
) -> pd.DataFrame:
    """One row per fit and sample, outputs in numbered columns."""
    lengths = [len(fit.test) for fit in fits]
    columns = {name: np.repeat([key[name] for key in keys], lengths) for name in keys[0]}
    tested = np.concatenate([fit.test for fit in fits])
    told = pd.DataFrame({**columns, "sample": np.array(samples, dtype=object)[tested]})
    return pd.concat([told, pd.DataFrame(np.concatenate(solved))], axis=1)


def _long(wide: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    keys = ["repeat", "fold", "inner_fold", "draw", "budget", "sample"]
    table = wide.melt(keys, list(range(len(names))), var_name="output", value_name="value")
    table["output"] = np.array(names, dtype=object)[table["output"].to_numpy(dtype=int)]
    # an inner prediction has no survival function
    table = table.dropna(subset="value").copy()
    whole = ["repeat", "fold", "inner_fold", "draw"]
    table[whole] = table[whole].astype("int32")
    table["value"] = table["value"].astype("float64")
    return table.sort_values([*keys, "output"], ignore_index=True)[COLUMNS]
