"""Measures of predicted risks and survival functions, as scikit-survival defines them."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.evidence.calibration import BINS
from dxtransfer.evidence.calibration import COLUMNS as CALIBRATION_COLUMNS
from dxtransfer.evidence.kinds import Bools, Floats, Found, Kind, Rows
from dxtransfer.evidence.measures import mean_of_defined, ratio
from dxtransfer.labels import CENSORED, EVENT

RISK = "risk"
AT = "survival at "
THIRDS = ("lowest third", "middle third", "highest third")
# Risks that differ by less are equal, as in scikit-survival.
TIED = 1e-8


class Survival(Kind):
    """Outputs are the risk (higher means earlier) and the survival function at some times.

    The truth is time and event, (t, 2). All measures compare samples within a fold, since the
    distribution of censoring is that of its training part:

    - `c_index`: share of the pairs that can be ordered whose risks are in that order (Harrell et
      al. 1982);
    - `integrated_brier`: squared error of the survival function weighted by the inverse
      probability of censoring (Graf et al. 1999), mean over the times;
    - `time_dependent_auc`: AUROC of those who had their event by a time against those who were
      still without, likewise weighted (Uno et al. 2007), mean over the times weighted by the
      events between them (Lambert and Chevret 2016).

    Times before the first or from the last test sample of a fold on are left out there.
    """

    within = ("c_index", "integrated_brier", "time_dependent_auc")
    efficiency = within
    main = "c_index"

    def __init__(self) -> None:
        self.times: Floats = np.empty(0)

    def outputs(self, found: Sequence[str]) -> list[str]:
        """The risk, then the times in their order, which are kept."""
        names = sorted((n for n in found if n.startswith(AT)), key=lambda n: float(n[len(AT) :]))
        self.times = np.array([float(name[len(AT) :]) for name in names])
        return [RISK, *names]

    def truth(self, test: pd.DataFrame) -> Floats:
        """Time and event."""
        known = test["label"].isin([EVENT, CENSORED])
        if not known.all():
            row = test[~known].iloc[0]
            raise ValueError(
                f"splits: label {row['label']!r} of sample {row['sample']!r} is neither {EVENT} "
                f"nor {CENSORED}"
            )
        return np.column_stack([test["time"].astype(float), test["label"] == EVENT])

    def prevalence(self, truth: Floats) -> float:
        """Share of the samples with an event."""
        return float(truth[:, 1].mean())

    def within_fold(
        self, values: Floats, truth: Floats, weights: Floats, training: Floats
    ) -> Floats:
        """See the class."""
        risk, time = values[:, 0], truth[:, 0]
        free = Uncensored(training)
        judged = (self.times >= time.min()) & (self.times < time.max()) & (free(self.times) > 0)
        times, curves = self.times[judged], values[:, 1:][:, judged]
        return np.stack(
            [
                c_index(risk, truth, weights),
                integrated_brier(curves, times, truth, weights, free),
                time_dependent_auc(risk, times, truth, weights, free),
            ],
            axis=1,
        )

    def events(self, truth: Floats) -> Bools:
        """Those with an event."""
        found: Bools = truth[:, 1] > 0
        return found

    def lacks(self, truth: Floats) -> str:
        """An event is the least."""
        return "" if (truth[:, 1] > 0).any() else "no sample has an event"

    def main_under(self, values: Floats, truths: Floats) -> Floats:
        """C-index."""
        one = np.ones((1, len(values)))
        return np.array([c_index(values[:, 0], truth, one)[0] for truth in truths])

    def middle(self) -> int:
        """Place of the middle one of the times; -1 where there are none."""
        return len(self.times) // 2 if len(self.times) else -1

    def calibration(
        self, values: Floats, truth: Floats, *, level: float, prevalence: float | None = None
    ) -> pd.DataFrame:
        """Survival at the middle time in bins of about equal count: mean prediction, Kaplan-Meier.

        Intervals are of the log(-log) transform with Greenwood's variance, and take samples as
        independent.
        """
        at = self.middle()
        if at < 0:
            return pd.DataFrame(columns=CALIBRATION_COLUMNS)
        predicted = np.round(values[:, 1 + at], 12)
        edges = np.unique(np.sort(predicted)[np.arange(BINS) * len(predicted) // BINS])
        of_bin = np.searchsorted(edges, predicted, side="right")
        rows = []
        for number in np.unique(of_bin):
            own = of_bin == number
            observed = kaplan_meier_interval(truth[own], float(self.times[at]), level=level)
            rows.append([number, values[own, 1 + at].mean(), *observed, own.sum()])
        return pd.DataFrame(rows, columns=CALIBRATION_COLUMNS).astype({"bin": int, "samples": int})

    def recalibration(
        self, values: Floats, truth: Floats, weights: Floats, *, prevalence: float | None = None
    ) -> Found:
        """Kaplan-Meier estimate at the middle time less the mean prediction there."""
        at = self.middle()
        if at < 0:
            return {}
        time = float(self.times[at])
        observed = survival(truth, weights, np.array([time]))[:, 0]
        predicted = ratio(weights @ values[:, 1 + at], weights.sum(axis=1))
        return {(f"{AT}{time!r}", "observed_less_predicted"): observed - predicted}

    def curves(self, values: Floats, truth: Floats, folds: Rows, samples: Rows) -> pd.DataFrame:
        """Kaplan-Meier curves (time, share without event) of thirds of each fold by risk."""
        third = np.full(values.shape[:2], -1)
        for run, rows in ((i, rows) for i in range(len(values)) for rows in folds):
            rank = pd.Series(values[run, rows, 0]).rank().to_numpy() - 0.5
            third[run, rows] = np.minimum(rank * 3 // len(rows), 2)
        grid = np.linspace(0, truth[:, 0].max(), 101)
        tables = [
            pd.DataFrame({"curve": name, "x": grid, "y": survival(truth, mine, grid)[0]})
            for k, name in enumerate(THIRDS)
            if (mine := (third == k).sum(axis=0, dtype=np.float64)[None]).any()
        ]
        return pd.concat(tables, ignore_index=True)


class Uncensored:
    """Kaplan-Meier estimate of the probability to be not yet censored, from time and event.

    Of an event and a censoring at one time the event comes first.
    """

    def __init__(self, y: Floats) -> None:
        self.at = np.unique(y[:, 0])
        time, event = y.T
        at_risk = (time[None] >= self.at[:, None]).sum(axis=1)
        same = time[None] == self.at[:, None]
        events, censored = (same & (event > 0)).sum(axis=1), (same & (event <= 0)).sum(axis=1)
        share = np.where(censored > 0, censored / np.maximum(at_risk - events, 1), 0.0)
        self.probability = np.r_[1.0, np.cumprod(1 - share)]

    def __call__(self, times: Floats) -> Floats:
        """Probability at times (k,)."""
        found: Floats = self.probability[np.searchsorted(self.at, times, side="right")]
        return found


def survival(y: Floats, weights: Floats, times: Floats) -> Floats:
    """Kaplan-Meier estimate at `times` of samples y (n, 2) under weights (r, n): (r, times)."""
    at = np.unique(y[y[:, 1] > 0, 0])
    events = weights @ ((y[:, None, 0] == at) & (y[:, None, 1] > 0)).astype(float)
    at_risk = weights @ (y[:, None, 0] >= at).astype(float)
    left = 1 - np.divide(events, at_risk, out=np.zeros_like(events), where=at_risk > 0)
    whole = np.column_stack([np.ones(len(weights)), np.cumprod(left, axis=1)])
    found: Floats = whole[:, np.searchsorted(at, times, side="right")]
    return found


def kaplan_meier_interval(y: Floats, time: float, *, level: float) -> tuple[float, float, float]:
    """Kaplan-Meier estimate at a time with its log(-log) interval, from samples y (n, 2).

    Kalbfleisch and Prentice (2002, The Statistical Analysis of Failure Time Data, section 1.4).
    Without an event by then the interval is not defined, as with an estimate of 0.
    """
    at = np.unique(y[(y[:, 1] > 0) & (y[:, 0] <= time), 0])
    at_risk = (y[:, None, 0] >= at).sum(axis=0).astype(float)
    events = ((y[:, None, 0] == at) & (y[:, None, 1] > 0)).sum(axis=0).astype(float)
    estimate = float(np.prod(1 - events / at_risk))
    if estimate in (0.0, 1.0):
        return estimate, np.nan, np.nan
    greenwood = float((events / (at_risk * (at_risk - events))).sum())
    half = NormalDist().inv_cdf((1 + level) / 2) * np.sqrt(greenwood) / np.log(estimate)
    low, high = estimate ** np.exp(-half), estimate ** np.exp(half)
    return estimate, float(low), float(high)


def c_index(risk: Floats, y: Floats, weights: Floats) -> Floats:
    """Harrell's C-index, (r,); NaN without a pair that can be ordered."""
    pairs = _ordered(y)
    difference = risk[:, None] - risk[None]
    order = np.where(np.abs(difference) <= TIED, 0.5, difference > 0)
    return ratio(((weights @ (pairs * order)) * weights).sum(axis=1), _both(weights, pairs))


def comparable_pairs(y: Floats, weights: Floats) -> Floats:
    """Weight of the pairs that can be ordered, (r,)."""
    return _both(weights, _ordered(y))


def _ordered(y: Floats) -> Floats:
    """1 where the row had its event before the column's time, (n, n)."""
    time, event = y[:, 0], y[:, 1] > 0
    later = (time[:, None] < time) | ((time[:, None] == time) & ~event)
    found: Floats = (event[:, None] & later).astype(float)
    return found


def _both(weights: Floats, pairs: Floats) -> Floats:
    both: Floats = ((weights @ pairs) * weights).sum(axis=1)
    return both


def integrated_brier(
    curves: Floats, times: Floats, y: Floats, weights: Floats, free: Uncensored
) -> Floats:
    """Mean over the times of the weighted Brier score of curves (n, times), (r,)."""
    if not len(times):
        return np.full(len(weights), np.nan)
    case, control = _parts(y, times)
    own = np.maximum(free(y[:, 0]), np.finfo(float).tiny)[:, None]
    error = np.where(case, curves**2 / own, 0.0) + control * (1 - curves) ** 2 / free(times)
    if len(times) > 1:
        whole = np.asarray(np.trapezoid(error, times, axis=1)) / (times[-1] - times[0])
    else:
        whole = error[:, 0]
    return ratio(weights @ whole, weights.sum(axis=1))


def time_dependent_auc(
    risk: Floats, times: Floats, y: Floats, weights: Floats, free: Uncensored
) -> Floats:
    """Mean over the times of the cumulative / dynamic AUROC, (r,)."""
    case, control = _parts(y, times)
    own = 1 / np.maximum(free(y[:, 0]), np.finfo(float).tiny)
    # as scikit-survival compares risks: equal ones alone are tied
    order = np.heaviside(risk[:, None] - risk[None], 0.5)
    found = []
    for k in range(len(times)):
        w_case = weights * np.where(case[:, k], own, 0.0)
        w_control = weights * control[:, k]
        pairs = w_case.sum(axis=1) * w_control.sum(axis=1)
        found.append(ratio(((w_case @ order) * w_control).sum(axis=1), pairs))
    if not found:
        return np.full(len(weights), np.nan)
    auc = np.stack(found, axis=1)
    left = np.column_stack([np.ones(len(weights)), survival(y, weights, times)])
    events = np.where(np.isnan(auc), 0.0, -np.diff(left, axis=1))
    if len(times) == 1:
        return mean_of_defined(auc.T)
    return ratio((np.nan_to_num(auc) * events).sum(axis=1), events.sum(axis=1))


def _parts(y: Floats, times: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who had the event by each time, and who was still without, (n, times)."""
    time, event = y[:, 0, None], y[:, 1, None] > 0
    return (time <= times) & event, time > times
