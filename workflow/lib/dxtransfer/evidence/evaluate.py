"""How well each strategy predicts the target's diagnosis, from predictions and splits alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.evidence import measures
from dxtransfer.evidence.calibration import COLUMNS as CALIBRATION_COLUMNS
from dxtransfer.evidence.calibration import calibration_bins
from dxtransfer.evidence.efficiency import budget_limit, label_efficiency
from dxtransfer.evidence.intervals import patient_weights, percentile_interval

Floats = NDArray[np.float64]
Key = tuple[str, str, str]

KEYS = ["objective", "strategy", "budget"]
RUN = [*KEYS, "draw"]
ROW = ["repeat", "fold", "sample"]
# Float32 softmax is off by some 1e-7; a wrong normalisation by far more.
SUM_TOLERANCE = 1e-5


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

    test: pd.DataFrame  # t rows: repeat, fold, sample, patient, label
    positive: NDArray[np.bool_]  # (t,)
    runs: pd.DataFrame  # g rows: objective, strategy, budget, draw
    probability: Floats  # (g, t), of the positive class

    def keys(self) -> dict[Key, list[int]]:
        """Rows of ``runs`` (the draws) of each objective, strategy and budget."""
        found: dict[Key, list[int]] = {}
        for row, key in enumerate(self.runs[KEYS].itertuples(index=False, name=None)):
            found.setdefault(key, []).append(row)
        return found

    def parts(self, by: list[str]) -> list[NDArray[np.intp]]:
        """Positions of the test rows of each fold or repeat."""
        return [np.asarray(rows) for rows in self.test.groupby(by).indices.values()]


def evaluate(
    predictions: pd.DataFrame,
    splits: pd.DataFrame,
    *,
    classes: Sequence[str],
    positive: str,
    reference: str = "logistic_l2",
    resamples: int,
    level: float,
    seed: int,
) -> Evaluation:
    """Score every strategy at every label budget, and compare it with the reference.

    AUROC and average precision compare samples within a fold only, since scores of different
    models are on different scales, and are averaged over the folds that have both classes, over
    draws and over repeats. The other measures are taken over all test samples of a repeat and
    draw, at threshold 0.5 where one is needed, and averaged over draws and repeats.

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
        Table: repeat, fold, part, draw, sample, patient, label, inner_fold, budget.
    classes, positive
        The two class names in order, and the one that is to be detected.
    reference
        Name of the strategy that all others are compared with, at the same budget.
    resamples, level, seed
        Of the bootstrap: number of resamples, confidence level in (0, 1), random seed.

    Raises
    ------
    ValueError
        When predictions and splits do not match (a prediction without a test sample, a test
        sample without a prediction, a double, a value that is no probability, a pair that does
        not sum to 1), or the reference is absent; the message names the first offender.
    """
    names = [str(name) for name in classes]
    if len(set(names)) != 2 or len(names) != 2 or positive not in names:
        raise ValueError(f"need two classes, one of them {positive!r}, got {names}")
    scores = _align(predictions, _test_rows(splits, names), names, positive)
    keys = scores.keys()
    base = _reference(keys, reference)
    resampled = _resample(scores, resamples=resamples, seed=seed)
    metrics = _metrics(scores, resampled, level)
    comparisons = _comparisons(resampled, base, level)
    full = {key[:2]: runs for key, runs in keys.items() if key[2] == "all"}

    def each(table: Callable[[Floats], pd.DataFrame], columns: list[str]) -> pd.DataFrame:
        return _stack({key: table(scores.probability[runs]) for key, runs in full.items()}, columns)

    return Evaluation(
        metrics=metrics,
        comparisons=comparisons,
        label_efficiency=label_efficiency(metrics, comparisons, splits),
        calibration=each(
            lambda probability: _calibration(scores, probability, level),
            CALIBRATION_COLUMNS,
        ),
        confusion=each(
            lambda probability: _confusion(scores, probability, names, positive),
            ["actual", "predicted", "samples", "share"],
        ),
        curves=each(lambda probability: _curves(scores, probability), ["curve", "x", "y"]),
    )


def _test_rows(splits: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    test = splits.loc[splits["part"] == "test", [*ROW, "patient", "label"]]
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
    for column in ("patient", "label"):
        several = test.groupby("sample")[column].nunique() > 1
        if several.any():
            raise ValueError(f"splits: sample {several.idxmax()!r} has more than one {column}")
    unknown = test.loc[~test["label"].isin(classes)]
    if len(unknown):
        row = unknown.iloc[0]
        raise ValueError(f"splits: label {row['label']!r} of sample {row['sample']!r} is no class")
    return test


def _align(
    predictions: pd.DataFrame, test: pd.DataFrame, classes: list[str], positive: str
) -> _Scores:
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

    output = pd.Index(classes).get_indexer(pd.Index(outer["output"]))
    refuse(output < 0, "output is not a class")
    refuse(~outer["value"].between(0, 1).to_numpy(), "value is no probability")
    rows = pd.MultiIndex.from_frame(test[ROW])
    at = rows.get_indexer(pd.MultiIndex.from_frame(outer[ROW]))
    refuse(at < 0, "no such test sample in the splits")
    refuse(outer.duplicated([*RUN, *ROW, "output"]).to_numpy(), "predicted twice")

    runs = outer[RUN].drop_duplicates()
    runs = runs.assign(limit=runs["budget"].map(budget_limit))
    runs = runs.sort_values(["objective", "strategy", "limit", "draw"], ignore_index=True)[RUN]
    run = pd.MultiIndex.from_frame(runs).get_indexer(pd.MultiIndex.from_frame(outer[RUN]))
    value = np.full((len(runs), len(test), 2), np.nan)
    value[run, at, output] = outer["value"].to_numpy()
    if np.isnan(value).any():
        g, t, c = np.argwhere(np.isnan(value))[0]
        where = f"{_run_name(runs.iloc[g])}, {_row_name(test.iloc[t])}, output {classes[c]!r}"
        raise ValueError(f"predictions: test sample without a prediction: {where}")
    total = value.sum(axis=2)
    refuse(np.abs(total - 1)[run, at] > SUM_TOLERANCE, "probabilities do not sum to 1")
    truth = (test["label"] == positive).to_numpy()
    return _Scores(test, truth, runs, np.ascontiguousarray(value[:, :, classes.index(positive)]))


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
    folds = [(rows, weights[:, patient[rows]]) for rows in scores.parts(["repeat", "fold"])]
    repeats = [(rows, weights[:, patient[rows]]) for rows in scores.parts(["repeat"])]

    def ranking(run: int, rows: NDArray[np.intp], weight: Floats) -> Floats:
        problem = scores.probability[run, rows], scores.positive[rows], weight
        return np.stack([measures.auroc(*problem), measures.average_precision(*problem)], axis=1)

    def others(run: int, rows: NDArray[np.intp], weight: Floats) -> Floats:
        values = measures.per_repeat_measures(
            scores.probability[run, rows], scores.positive[rows], weight
        )
        return np.stack([values[name] for name in measures.PER_REPEAT], axis=1)

    return {
        key: np.hstack(
            [
                measures.mean_of_defined(
                    np.stack([measure(run, *part) for run, part in product(runs, parts)])
                )
                for measure, parts in ((ranking, folds), (others, repeats))
            ]
        )
        for key, runs in scores.keys().items()
    }


def _metrics(scores: _Scores, resampled: dict[Key, Floats], level: float) -> pd.DataFrame:
    table = pd.concat(
        [_estimates(key, values, level, "estimate") for key, values in resampled.items()],
        ignore_index=True,
    )
    samples = scores.test.drop_duplicates("sample")
    prevalence = float(scores.positive[samples.index].mean())
    return table.assign(
        patients=samples["patient"].nunique(), samples=len(samples), prevalence=prevalence
    )


def _comparisons(resampled: dict[Key, Floats], base: tuple[str, str], level: float) -> pd.DataFrame:
    tables = [
        _estimates(key, values - resampled[(*base, key[2])], level, "difference")
        for key, values in resampled.items()
        if key[:2] != base
    ]
    columns = [*KEYS, "measure", "difference", "low", "high"]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    table.insert(2, "reference", ".".join(base))
    return table


def _estimates(key: Key, values: Floats, level: float, name: str) -> pd.DataFrame:
    low, high = percentile_interval(values[1:], level=level)
    columns = {"measure": measures.MEASURES, name: values[0], "low": low, "high": high}
    return pd.DataFrame({**dict(zip(KEYS, key, strict=True)), **columns})


def _calibration(scores: _Scores, probability: Floats, level: float) -> pd.DataFrame:
    by_sample = scores.test.assign(p=probability.mean(axis=0), y=scores.positive).groupby("sample")
    return calibration_bins(
        by_sample["p"].mean().to_numpy(), by_sample["y"].first().to_numpy(), level=level
    )


def _confusion(
    scores: _Scores, probability: Floats, classes: list[str], positive: str
) -> pd.DataFrame:
    counts = [
        measures.confusion(run[rows], scores.positive[rows], np.ones((1, len(rows))))
        for run, rows in product(probability, scores.parts(["repeat"]))
    ]
    cell = {(True, True): "tp", (True, False): "fn", (False, True): "fp", (False, False): "tn"}
    pairs = list(product(classes, classes))
    table = pd.DataFrame(pairs, columns=["actual", "predicted"])
    cells = [cell[actual == positive, predicted == positive] for actual, predicted in pairs]
    table["samples"] = [np.mean([count[name] for count in counts]) for name in cells]
    table["share"] = table["samples"] / table.groupby("actual")["samples"].transform("sum")
    return table


def _curves(scores: _Scores, probability: Floats) -> pd.DataFrame:
    parts = list(product(probability, scores.parts(["repeat", "fold"])))
    tables = []
    for name, curve in (("roc", measures.roc), ("pr", measures.precision_recall)):
        y = measures.mean_of_defined(
            np.stack([curve(run[rows], scores.positive[rows]) for run, rows in parts])
        )
        tables.append(pd.DataFrame({"curve": name, "x": measures.GRID, "y": y}))
    return pd.concat(tables, ignore_index=True)


def _stack(tables: dict[tuple[str, str], pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame(columns=["objective", "strategy", *columns])
    stacked = pd.concat(tables, names=["objective", "strategy", "row"]).reset_index()
    return stacked[["objective", "strategy", *columns]]


def _run_name(row: pd.Series) -> str:
    return f"{row['objective']}.{row['strategy']} budget {row['budget']} draw {row['draw']}"


def _row_name(row: pd.Series) -> str:
    return f"repeat {row['repeat']} fold {row['fold']} sample {row['sample']!r}"
