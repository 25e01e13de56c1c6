"""How well each strategy predicts the target's outcomes, from predictions and splits alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dxtransfer.evidence import decision, permutation, reliability, subgroups
from dxtransfer.evidence import thresholds as asked_thresholds
from dxtransfer.evidence.align import KEYS, Key, Scores, align, align_inner, kind_of_task
from dxtransfer.evidence.assessment import SUMMARY_COLUMNS, Assessment
from dxtransfer.evidence.calibration import COLUMNS as CALIBRATION_COLUMNS
from dxtransfer.evidence.classes import Binary
from dxtransfer.evidence.contrasts import RANKED, contrast, counted_patients, without_each
from dxtransfer.evidence.efficiency import label_efficiency
from dxtransfer.evidence.gains import gains
from dxtransfer.evidence.intervals import percentile_interval
from dxtransfer.evidence.kinds import CONFUSION_COLUMNS, CURVE_COLUMNS, Floats
from dxtransfer.evidence.resampling import patient_resamples, resampled

# Columns of the tables of one model, in front of which stand `objective` and `strategy`.
OF_ONE = {
    "calibration": CALIBRATION_COLUMNS,
    "calibration_summary": SUMMARY_COLUMNS,
    "reliability": ["output", *reliability.COLUMNS],
    "decision_curves": decision.COLUMNS,
    "thresholds": asked_thresholds.COLUMNS,
    "subgroups": subgroups.COLUMNS,
    "permutation": permutation.COLUMNS,
    "confusion": CONFUSION_COLUMNS,
    "curves": CURVE_COLUMNS,
}
COMPARED = [*KEYS[:2], "reference", KEYS[2], "measure", "difference", "low", "high"]


@dataclass(frozen=True)
class Evaluation:
    """The tables of one target, each with ``objective`` and ``strategy`` in front."""

    metrics: pd.DataFrame
    comparisons: pd.DataFrame
    gains: pd.DataFrame
    label_efficiency: pd.DataFrame
    calibration: pd.DataFrame
    calibration_summary: pd.DataFrame
    reliability: pd.DataFrame
    decision_curves: pd.DataFrame
    thresholds: pd.DataFrame
    subgroups: pd.DataFrame
    permutation: pd.DataFrame
    confusion: pd.DataFrame
    curves: pd.DataFrame


def evaluate(
    predictions: pd.DataFrame,
    splits: pd.DataFrame,
    columns: pd.DataFrame | None = None,
    *,
    task: str = "binary",
    classes: Sequence[str] = (),
    positive: str = "",
    reference: str = "logistic_l2",
    resamples: int,
    level: float,
    seed: int,
    thresholds: Mapping[str, Sequence[float]] | None = None,
    subgroups: Mapping[str, Mapping[str, Any]] | None = None,
    smallest_subgroup: int = 10,
    permutations: int = 0,
    prevalence: float | None = None,
    balanced: bool = False,
) -> Evaluation:
    """Score every strategy at every label budget, and compare it with the reference.

    Measures of ranks (AUROC, average precision, Spearman's correlation, and all of survival)
    compare samples within a fold only, since scores of different models are on different scales,
    and are averaged over the folds in which they are defined, over draws and over repeats. The
    other measures are taken over all test samples of a repeat and draw, at threshold 0.5 where
    one is needed, and averaged over draws and repeats.

    Intervals of differences are those of the verdict, see `contrast`. All others are percentile
    intervals of a bootstrap over patients, the same resamples for all strategies; one that leaves
    a fold without a class skips that fold. There the models are not trained again: the variance
    of training, of the partition and of seeds is left out, so they are too narrow as statements
    on a method rather than on these fitted models (Nadeau & Bengio 2003; see
    ``percentile_interval``).

    Parameters
    ----------
    predictions
        Long table: objective, strategy, repeat, fold, inner_fold, budget, draw, sample, output,
        value. Only rows with inner_fold 0 are scored; thresholds are chosen from the others.
    splits
        Table: repeat, fold, part, draw, sample, patient, label, inner_fold, budget, and time for
        survival.
    columns
        Table of the target's samples: sample, and the columns that `subgroups` names.
    task
        Kind of the task.
    classes, positive
        Names of the classes in order, and of two the one that is to be detected.
    reference
        Name of the strategy that all others are compared with, at the same budget.
    resamples, level, seed
        Of the bootstrap: number of resamples, confidence level in (0, 1), random seed.
    thresholds
        `sensitivity` and `specificity` to the values asked for.
    subgroups
        Name to `column` and, for numbers, `bands`.
    smallest_subgroup
        Patients below which nothing is told of a subgroup.
    permutations
        Of the outcomes, for the p-value.
    prevalence
        Share of the positive class in the population that calibration, decision curves and
        predictive values are for; None for that of the samples. The other tables are of the
        probabilities as they were predicted.
    balanced
        Whether classes had one weight in the fits, so that probabilities are for a share of one
        half.

    Raises
    ------
    ValueError
        When predictions and splits do not match (a prediction without a test sample, a test
        sample without a prediction, a double, a value that is no prediction, probabilities that
        do not sum to 1), or the reference is absent; the message names the first offender. When
        a subgroup's column is not there, or holds no number where bands are asked for.
    """
    kind = kind_of_task(task, classes, positive)
    scores = align(predictions, splits, kind)
    base = _reference(scores.keys(), reference)
    weights = patient_resamples(scores, resamples=resamples, seed=seed)
    metrics = _metrics(scores, weights, level)
    without = without_each(scores, kind.measures)
    comparisons = _comparisons(scores, without, base, level)
    is_binary = isinstance(kind, Binary)
    assessment = Assessment(
        scores,
        scores if prevalence is None else scores.rebased(prevalence, balanced=balanced),
        weights=weights,
        level=level,
        prevalence=prevalence,
    )
    inner = align_inner(predictions, splits, kind) if isinstance(kind, Binary) else None
    priors = scores.priors(balanced=balanced) if is_binary and prevalence else None
    members = assessment.members(columns, subgroups or {})
    truths = assessment.truths(permutations, seed=seed)

    tables: dict[str, Callable[[list[int]], pd.DataFrame]] = {
        "calibration": assessment.calibration,
        "calibration_summary": assessment.calibration_summary,
        "reliability": assessment.reliability,
        "decision_curves": assessment.decision_curve,
        "thresholds": lambda runs: assessment.thresholds(runs, inner, thresholds or {}, priors),
        "subgroups": lambda runs: assessment.subgroups(runs, members, smallest_subgroup),
        "permutation": lambda runs: assessment.permutation(runs, truths),
        "confusion": assessment.confusion,
        "curves": assessment.curves,
    }
    full = {key[:2]: runs for key, runs in scores.keys().items() if key[2] == "all"}
    return Evaluation(
        metrics=metrics,
        comparisons=comparisons,
        gains=gains(scores, without, base, task=task, level=level),
        label_efficiency=label_efficiency(metrics, comparisons, splits, kind.efficiency),
        **{
            name: _stack({key: table(runs) for key, runs in full.items()}, OF_ONE[name])
            for name, table in tables.items()
        },
    )


def compare(
    predictions: pd.DataFrame,
    splits: pd.DataFrame,
    *,
    task: str = "binary",
    classes: Sequence[str] = (),
    positive: str = "",
    reference: str = "logistic_l2",
    level: float,
) -> pd.DataFrame:
    """Paired differences of all strategies to the reference: `evaluate`'s `comparisons` alone."""
    scores = align(predictions, splits, kind_of_task(task, classes, positive))
    without = without_each(scores, scores.kind.measures)
    return _comparisons(scores, without, _reference(scores.keys(), reference), level)


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


def _metrics(scores: Scores, weights: Floats, level: float) -> pd.DataFrame:
    tables = []
    for key, runs in scores.keys().items():
        found = resampled(scores, runs, weights)
        low, high = percentile_interval(found[1:], level=level)
        columns = {"measure": scores.kind.measures, "estimate": found[0], "low": low, "high": high}
        tables.append(pd.DataFrame({**dict(zip(KEYS, key, strict=True)), **columns}))
    samples = scores.test.drop_duplicates("sample")
    return pd.concat(tables, ignore_index=True).assign(
        patients=samples["patient"].nunique(),
        samples=len(samples),
        prevalence=scores.kind.prevalence(scores.truth[samples.index]),
    )


def _comparisons(
    scores: Scores, without: Mapping[Key, Floats], base: tuple[str, str], level: float
) -> pd.DataFrame:
    counted, rows = counted_patients(scores), []
    for (objective, strategy, budget), values in without.items():
        if (objective, strategy) == base:
            continue
        others = without[*base, budget]
        for measure, one, other in zip(scores.kind.measures, values.T, others.T, strict=True):
            told = contrast(one, other, counted=counted, level=level, ranked=measure in RANKED)
            row = (objective, strategy, ".".join(base), budget, measure)
            rows.append((*row, told.estimate, told.low, told.high))
    return pd.DataFrame(rows, columns=COMPARED)


def _stack(tables: dict[tuple[str, str], pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    some = {key: table for key, table in tables.items() if len(table)}
    if not some:
        return pd.DataFrame(columns=["objective", "strategy", *columns])
    stacked = pd.concat(some, names=["objective", "strategy", "row"]).reset_index()
    return stacked[["objective", "strategy", *columns]]
