"""Discrimination within sites: pairs of patients are compared only where they share a site.

Where disease is more frequent at one site than at another, a model that tells the sites apart
seems to tell the disease. Pairs of one site cannot be told apart that way. It is the stratified
form of the Mann-Whitney statistic (van Elteren 1960), each stratum weighted by its pairs, as in the
covariate-adjusted ROC curve for a discrete covariate (Janes and Pepe 2009, Biometrika 96:371-382).
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.evidence import measures
from dxtransfer.evidence.align import kind_of_task
from dxtransfer.evidence.classes import Classes
from dxtransfer.evidence.intervals import patient_weights, percentile_interval
from dxtransfer.evidence.kinds import Floats, Kind
from dxtransfer.evidence.numbers import spearman
from dxtransfer.evidence.survival import Survival, c_index, comparable_pairs

ROW = ["repeat", "fold", "sample"]
BUDGET = "all"
FIGURES = ("plain", "stratified", "difference")


def stratified(
    predictions: pd.DataFrame,
    splits: pd.DataFrame,
    columns: pd.DataFrame,
    *,
    column: str,
    task: str = "binary",
    classes: Sequence[str] = (),
    positive: str = "",
    resamples: int,
    level: float,
    seed: int,
) -> pd.DataFrame:
    """Measure each strategy over pairs of one fold, and over those of one fold and one site.

    The measure is AUROC, the C-index, or for numbers Spearman's correlation (within a site, then
    averaged by the number of pairs). Folds and repeats are averaged as in the plain evaluation.
    Samples without a value in the column are in no pair of the stratified measure.

    Parameters
    ----------
    predictions, splits
        See `dxtransfer.evidence.evaluate.evaluate`; budget `all` is measured.
    columns
        sample, and the column, as text, empty where it is missing.
    column
        Name of that column.
    task, classes, positive, resamples, level, seed
        As in `evaluate`.

    Returns
    -------
    pandas.DataFrame
        objective, strategy, budget, measure, column, strata (values among the test samples), pairs
        (share of the fold's pairs that share a site); then `plain`, `stratified` and `difference`
        (stratified less plain), each with `_low` and `_high`. Intervals are those of a bootstrap
        over patients, paired.

    Raises
    ------
    ValueError
        For a test sample without a prediction at budget `all`, or without a row in `columns`.
    """
    kind = kind_of_task(task, classes, positive)
    times = ["time"] if "time" in splits else []
    test = splits.loc[splits["part"] == "test", [*ROW, "patient", "label", *times]]
    strata = test["sample"].map(columns.set_index("sample")[column])
    if strata.isna().any():
        raise ValueError(f"columns: no sample {test.loc[strata.isna(), 'sample'].iloc[0]!r}")
    test = test.assign(stratum=strata).astype({"repeat": int, "fold": int}).reset_index(drop=True)
    names, patient = np.unique(test["patient"].to_numpy(str), return_inverse=True)
    weights = patient_weights(len(names), resamples=resamples, seed=seed)[:, patient]
    rows = []
    for (objective, strategy), values in _values(predictions, test, kind):
        plain, within, share = _measured(kind, values, test, weights)
        row: dict[str, object] = {"objective": objective, "strategy": strategy, "budget": BUDGET}
        row |= {"measure": kind.within[0], "column": column}
        row |= {"strata": test.loc[test["stratum"] != "", "stratum"].nunique(), "pairs": share}
        found = np.column_stack([plain, within, within - plain])
        low, high = percentile_interval(found[1:], level=level)
        for i, name in enumerate(FIGURES):
            row |= {name: found[0, i], f"{name}_low": low[i], f"{name}_high": high[i]}
        rows.append(row)
    return pd.DataFrame(rows)


def _values(
    predictions: pd.DataFrame, test: pd.DataFrame, kind: Kind
) -> Iterator[tuple[tuple[str, str], Floats]]:
    """Objective and strategy, and its outputs for each test row, (rows, outputs)."""
    outer = predictions["inner_fold"].astype(int) == 0
    chosen = predictions[outer & (predictions["budget"] == BUDGET)]
    index = pd.MultiIndex.from_frame(test[ROW])
    for member, own in chosen.groupby(["objective", "strategy"]):
        wide = own.pivot(index=ROW, columns="output", values="value").reindex(index)
        values = wide[kind.outputs(list(wide.columns))].to_numpy(dtype=np.float64)
        if np.isnan(values).any():
            row = test.iloc[int(np.argmax(np.isnan(values).any(axis=1)))]
            raise ValueError(
                f"predictions: {'.'.join(member)}: test sample {row['sample']!r} of repeat "
                f"{row['repeat']} fold {row['fold']} without a prediction"
            )
        yield (str(member[0]), str(member[1])), values


def _measured(
    kind: Kind, values: Floats, test: pd.DataFrame, weights: Floats
) -> tuple[Floats, Floats, float]:
    """Plain and stratified measure, (1 + resamples,), and the share of pairs of one stratum."""
    truth, stratum = kind.truth(test), test["stratum"].to_numpy(str)
    plain: list[Floats] = []
    within: list[Floats] = []
    pairs = np.zeros(2)
    for rows in test.groupby(["repeat", "fold"]).indices.values():
        own = [rows[stratum[rows] == s] for s in np.unique(stratum[rows]) if s]
        for found, parts in ((plain, [rows]), (within, own)):
            scored = [_contrasts(kind, values[p], truth[p], weights[:, p]) for p in parts]
            # a list per contrast of what each part gives
            pooled = [_pooled(contrast) for contrast in zip(*scored, strict=True)]
            if pooled:
                found.append(measures.mean_of_defined(np.stack([value for value, _ in pooled])))
                pairs[int(found is within)] += sum(total[0] for _, total in pooled)
    nothing = np.full(len(weights), np.nan)
    averaged = [
        measures.mean_of_defined(np.stack(found)) if found else nothing for found in (plain, within)
    ]
    share = float(pairs[1] / pairs[0]) if pairs[0] else np.nan
    return averaged[0], averaged[1], share


def _pooled(parts: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Mean of the parts' values by their pairs, and all pairs, each (r,)."""
    pairs = np.stack([own for _, own in parts])
    values = np.nan_to_num(np.stack([value for value, _ in parts]))
    total = pairs.sum(axis=0)
    return measures.ratio((values * pairs).sum(axis=0), total), total


def _contrasts(
    kind: Kind, values: Floats, truth: Floats, weights: Floats
) -> list[tuple[Floats, Floats]]:
    """Measure and weight of the pairs that it compares, each (r,), of each contrast of a kind."""
    if isinstance(kind, Classes):
        return [
            (measures.auroc(values[:, c], truth == c, weights), _between(truth == c, weights))
            for c in kind.one_against_others()
        ]
    if isinstance(kind, Survival):
        return [(c_index(values[:, 0], truth, weights), comparable_pairs(truth, weights))]
    total = weights.sum(axis=1)
    among = (total**2 - (weights**2).sum(axis=1)) / 2
    found = spearman(values[:, 0], truth, weights)
    return [(found, np.where(np.isnan(found), 0.0, among))]


def _between(positive: NDArray[np.bool_], weights: Floats) -> Floats:
    pairs: Floats = weights[:, positive].sum(axis=1) * weights[:, ~positive].sum(axis=1)
    return pairs
