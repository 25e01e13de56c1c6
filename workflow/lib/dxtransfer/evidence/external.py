"""A finished model on an external cohort: predicted once, scored once."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dxtransfer.evidence.align import kind_of_task
from dxtransfer.evidence.intervals import patient_weights, percentile_interval
from dxtransfer.evidence.kinds import Floats, Kind
from dxtransfer.evidence.survival import AT, RISK

COLUMNS = ["measure", "estimate", "low", "high", "patients", "samples", "prevalence"]
# Columns of a prediction, and what the measures call them.
PROBABILITY, NUMBER, SURVIVAL = "p_", "prediction", "survival_at_"


def score_external(
    predictions: pd.DataFrame,
    outcomes: pd.DataFrame,
    *,
    task: str = "binary",
    classes: Sequence[str] = (),
    positive: str = "",
    resamples: int,
    level: float,
    seed: int,
) -> pd.DataFrame:
    """Score the predictions of an external cohort against its outcomes.

    The cohort is one test set of one model, so no fold is averaged. Intervals are percentile
    intervals of a bootstrap over patients; the model stays as it is, which is what is asked here.
    For survival the distribution of censoring is that of the cohort itself.

    Parameters
    ----------
    predictions
        One row per sample: sample, patient, status, and the columns of the task (see
        `predict/{target}/{cohort}.tsv`).
    outcomes
        sample, label (empty without an outcome) and, for survival, time.
    task
        Kind of the task.
    classes, positive
        Names of the classes in order, and of two the one that is to be detected.
    resamples, level, seed
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        One row per measure of the task: the columns of `COLUMNS`, then `refused` and
        `without_outcome`, samples that are not scored. Where nothing can be scored, and for
        measures that the outcomes do not define, the estimate is missing.

    Raises
    ------
    ValueError
        For a sample that is listed twice, or predicted without standing among the outcomes.
    """
    kind = kind_of_task(task, classes, positive)
    for name, given in (("predictions", predictions), ("outcomes", outcomes)):
        twice = given["sample"].duplicated()
        if twice.any():
            raise ValueError(f"{name}: sample {given.loc[twice, 'sample'].iloc[0]!r} stands twice")
    predicted = predictions["status"] == "predicted"
    unknown = predicted & ~predictions["sample"].isin(outcomes["sample"])
    if unknown.any():
        raise ValueError(f"outcomes: no sample {predictions.loc[unknown, 'sample'].iloc[0]!r}")
    table = predictions[predicted].merge(outcomes, on="sample", how="left")
    scored = table[table["label"] != ""].reset_index(drop=True)
    told = {"refused": int((~predicted).sum()), "without_outcome": len(table) - len(scored)}
    values, truth = _values(scored, kind, task), kind.truth(scored)
    estimate, low, high = _measured(
        kind, values, truth, scored["patient"], resamples=resamples, level=level, seed=seed
    )
    found = pd.DataFrame(
        {"measure": kind.measures, "estimate": estimate, "low": low, "high": high}
    ).assign(
        patients=scored["patient"].nunique(),
        samples=len(scored),
        prevalence=kind.prevalence(truth) if len(scored) else np.nan,
    )
    return found[COLUMNS].assign(**told)


def _values(scored: pd.DataFrame, kind: Kind, task: str) -> Floats:
    """Outputs of each sample in the order of the kind, (samples, outputs)."""
    if task in ("binary", "multiclass"):
        columns = [f"{PROBABILITY}{name}" for name in kind.outputs([])]
    elif task == "regression":
        columns = [NUMBER]
    else:
        named = {
            f"{AT}{column.removeprefix(SURVIVAL)}": column
            for column in scored.columns
            if column.startswith(SURVIVAL)
        }
        columns = [{RISK: RISK, **named}[output] for output in kind.outputs(list(named))]
    values: Floats = scored[columns].to_numpy(dtype=np.float64)
    return values


def _measured(
    kind: Kind,
    values: Floats,
    truth: Floats,
    patients: "pd.Series[str]",
    *,
    resamples: int,
    level: float,
    seed: int,
) -> tuple[Floats, Floats, Floats]:
    """Estimate and both ends of each measure, (measures,)."""
    if not len(values):
        nothing = np.full(len(kind.measures), np.nan)
        return nothing, nothing, nothing
    names, patient = np.unique(patients.to_numpy(str), return_inverse=True)
    weights = patient_weights(len(names), resamples=resamples, seed=seed)[:, patient]
    found = np.hstack(
        [
            kind.within_fold(values, truth, weights, truth),
            kind.over_repeat(values, truth, weights),
        ]
    )
    low, high = percentile_interval(found[1:], level=level)
    return found[0], low, high
