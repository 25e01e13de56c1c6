"""Whether the transfer helps: two contrasts between training procedures, and what they allow."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from dxtransfer.evidence.align import align, kind_of_task
from dxtransfer.evidence.contrasts import (
    MEASURES,
    RANKED,
    Contrast,
    contrast,
    counted_patients,
    measured,
)
from dxtransfer.evidence.patients_saved import patients_saved

HELPS = "helps"
NO_DIFFERENCE = "makes no difference that matters"
CANNOT_BE_TOLD = "cannot be told from these patients"
HURTS = "hurts"

LEAST_REPEATS = 10
# Fewest patients that a verdict is drawn from: of the rarest class, with an event, or in all.
LEAST_PATIENTS = {"binary": 10, "multiclass": 10, "survival": 10, "regression": 20}
COUNTED = {
    "binary": "of the rarer class",
    "multiclass": "of the rarest class",
    "survival": "with an event",
    "regression": "with a number",
}

Member = tuple[str, str]


@dataclass(frozen=True)
class Verdict:
    """What was asked, what was found and what follows, as `verdict.json` holds it.

    Attributes
    ----------
    verdict
        One of the four.
    reason
        Why nothing can be told, where the design of the study already decides that; else empty.
    measure
        Name of the measure; differences are gains, so that above 0 the transfer is better.
    delta
        Smallest difference that matters.
    level
        Confidence level of the intervals.
    patients, counted, counted_as
        Labelled patients; those that the degrees of freedom count, and which these are.
    folds, repeats
        Of the cross-validation.
    training_patients
        Mean number of patients in a training part, for whose size the verdict holds.
    contrasts
        `transfer - control`, which tells what the source adds, and `transfer - simple`.
    values
        The measure of each strategy of the contrasts.
    shipped
        Objective, strategy, and why this one.
    """

    verdict: str
    reason: str
    measure: str
    delta: float
    level: float
    patients: int
    counted: int
    counted_as: str
    folds: int
    repeats: int
    training_patients: float
    contrasts: Mapping[str, Contrast]
    values: Mapping[str, float]
    shipped: Mapping[str, str]

    def record(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


def verdict(
    predictions: pd.DataFrame,
    splits: pd.DataFrame,
    *,
    task: str,
    classes: Sequence[str] = (),
    positive: str = "",
    transfer: Member,
    control: Member,
    simple: Member,
    delta: float,
    level: float = 0.95,
    shipped: Member,
    always: bool = False,
) -> tuple[Verdict, pd.DataFrame]:
    """Decide whether the transfer helps, from predictions and splits alone.

    The estimand is the difference in the expected measure between two training procedures, on new
    patients of the target's population, at the size of a training part. It says nothing of
    patients from elsewhere.

    - *helps*: `transfer - control` is at least `delta` and its interval lies above 0, and so does
      that of `transfer - simple` (an intersection-union test, which needs no correction; Berger
      1982, Technometrics 24:295-300);
    - *hurts*: `transfer - control` is at most `-delta` and its interval lies below 0;
    - *makes no difference that matters*: the interval of the level at which two one-sided tests
      reach the same error lies within `delta` of 0 (Schuirmann 1987, J Pharmacokinet Biopharm
      15:657-680);
    - *cannot be told from these patients*: all else, fewer than `LEAST_REPEATS` repeats and fewer
      patients than `LEAST_PATIENTS`.

    Parameters
    ----------
    predictions, splits, task, classes, positive
        See `dxtransfer.evidence.evaluate.evaluate`.
    transfer, control, simple
        Objective and strategy of the strategy that is judged; of the same without the source; and
        of the simple model.
    delta
        Smallest difference that matters, above 0, in the unit of the measure.
    level
        Confidence level of the intervals.
    shipped, always
        Objective and strategy that are shipped where the transfer helps, or always.

    Returns
    -------
    Verdict
        With the contrasts at all labels.
    pandas.DataFrame
        Patients saved at each budget, see `patients_saved`.

    Raises
    ------
    ValueError
        Where predictions and splits do not match, or a strategy of the contrasts is not there.
    """
    members = {"transfer": transfer, "control": control, "simple": simple}
    pairs = predictions["objective"] + "\t" + predictions["strategy"]
    wanted = predictions[pairs.isin(["\t".join(m) for m in members.values()])]
    scores = align(wanted, splits, kind_of_task(task, classes, positive))
    measure, more_is_better = MEASURES[task]
    counted = counted_patients(scores)
    values = measured(scores, measure, sign=1 if more_is_better else -1)
    for name, member in members.items():
        if (*member, "all") not in values:
            raise ValueError(f"predictions: no {'.'.join(member)}, the {name} of the verdict")
    ranked = measure in RANKED
    contrasts = {
        f"transfer - {name}": contrast(
            values[*transfer, "all"],
            values[*members[name], "all"],
            counted=counted,
            level=level,
            ranked=ranked,
        )
        for name in ("control", "simple")
    }
    folds = scores.test.groupby("repeat")["fold"].nunique()
    reason = _undecidable(task, repeats=len(folds), counted=counted)
    found = CANNOT_BE_TOLD if reason else decide(*contrasts.values(), delta=delta)
    saved = patients_saved(
        values,
        splits,
        transfer=transfer,
        control=control,
        counted=counted,
        level=level,
        ranked=ranked,
    )
    size = splits[splits["part"] == "train"].groupby(["repeat", "fold"])["patient"].nunique()
    return Verdict(
        verdict=found,
        reason=reason,
        measure=measure,
        delta=delta,
        level=level,
        patients=int(scores.test["patient"].nunique()),
        counted=counted,
        counted_as=COUNTED[task],
        folds=int(folds.max()),
        repeats=len(folds),
        training_patients=float(size.mean()),
        contrasts=contrasts,
        values={n: abs(float(values[*m, "all"][0])) for n, m in members.items()},
        shipped=_shipped(found, shipped, simple, always=always),
    ), saved


def decide(primary: Contrast, second: Contrast, *, delta: float) -> str:
    """The verdict that two contrasts allow; see `verdict`."""
    if primary.low > 0 and primary.estimate >= delta and second.low > 0:
        return HELPS
    if primary.high < 0 and primary.estimate <= -delta:
        return HURTS
    if -delta < primary.equivalence_low and primary.equivalence_high < delta:
        return NO_DIFFERENCE
    return CANNOT_BE_TOLD


def _undecidable(task: str, *, repeats: int, counted: int) -> str:
    least = LEAST_PATIENTS[task]
    if counted < least:
        return f"{counted} patients {COUNTED[task]}, where {least} are the least"
    if repeats < LEAST_REPEATS:
        times = "repeats" if repeats > 1 else "repeat"
        return f"{repeats} {times} of the cross-validation, where {LEAST_REPEATS} are the least"
    return ""


def _shipped(found: str, wanted: Member, simple: Member, *, always: bool) -> dict[str, str]:
    if found == HELPS or always or wanted == simple:
        chosen, why = wanted, "named in the configuration"
        if found == HELPS and wanted != simple:
            why = "the transfer helps"
        elif always and wanted != simple:
            why = "the configuration ships it whatever the verdict"
    else:
        chosen, why = simple, "the transfer was not shown to help"
    return {"objective": chosen[0], "strategy": chosen[1], "why": why}
