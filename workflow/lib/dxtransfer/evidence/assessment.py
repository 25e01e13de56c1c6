"""What is told of one model beyond its measures, each patient predicted by models without him."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from dxtransfer.evidence import decision
from dxtransfer.evidence import subgroups as groups
from dxtransfer.evidence import thresholds as asked_thresholds
from dxtransfer.evidence.align import Scores
from dxtransfer.evidence.classes import Binary
from dxtransfer.evidence.intervals import percentile_interval
from dxtransfer.evidence.kinds import Bools, Floats, Rows
from dxtransfer.evidence.measures import mean_of_defined
from dxtransfer.evidence.permutation import permutation_test, permuted_truths
from dxtransfer.evidence.recalibration import LEAST_PATIENTS
from dxtransfer.evidence.reliability import reliability_curve
from dxtransfer.evidence.resampling import resampled
from dxtransfer.prevalence import rebased

SUMMARY_COLUMNS = ["output", "measure", "estimate", "low", "high", "reason"]
FEW = f"fewer than {LEAST_PATIENTS} patients"
UNDEFINED = "not defined for these predictions"
NO_INNER = "no fold has inner predictions of both classes"


@dataclass(frozen=True)
class Assessment:
    """Tables of single models; `runs` are the rows of `scores.runs` of a model.

    Attributes
    ----------
    scores
        Predictions as they were made.
    stated
        The same for the stated prevalence, if there is one.
    weights
        Of the test rows in each resample of the patients, (1 + resamples, t).
    level
        Confidence level.
    prevalence
        The stated prevalence.
    """

    scores: Scores
    stated: Scores
    weights: Floats
    level: float
    prevalence: float | None

    def _rows(self, *by: str) -> Rows:
        return [rows for _, rows in self.scores.parts(list(by))]

    def _over_repeats(self, runs: list[int], measure: Callable[[int, Any], Floats]) -> Floats:
        """Mean over draws and repeats of a measure of the run and the rows of a repeat."""
        found = [measure(run, rows) for run, rows in product(runs, self._rows("repeat"))]
        return mean_of_defined(np.stack(found))

    def calibration(self, runs: list[int]) -> pd.DataFrame:
        """Bins of samples, whose predictions are averaged over repeats."""
        samples, values = self._rows("sample"), self.stated.values[runs]
        means = np.stack([values[:, rows].mean(axis=(0, 1)) for rows in samples])
        truth = self.scores.truth[[rows[0] for rows in samples]]
        return self.scores.kind.calibration(
            means, truth, level=self.level, prevalence=self.prevalence
        )

    def confusion(self, runs: list[int]) -> pd.DataFrame:
        """Actual against called classes."""
        values, truth = self.scores.values[runs], self.scores.truth
        return self.scores.kind.confusion(values, truth, self._rows("repeat"))

    def curves(self, runs: list[int]) -> pd.DataFrame:
        """What is drawn."""
        folds, samples = self._rows("repeat", "fold"), self._rows("sample")
        return self.scores.kind.curves(self.scores.values[runs], self.scores.truth, folds, samples)

    def calibration_summary(self, runs: list[int]) -> pd.DataFrame:
        """Calibration in single numbers: taken over a repeat, averaged over repeats."""
        kind, truth, values = self.scores.kind, self.scores.truth, self.stated.values
        parts = [
            kind.recalibration(
                values[run, rows], truth[rows], self.weights[:, rows], prevalence=self.prevalence
            )
            for run, rows in product(runs, self._rows("repeat"))
        ]
        is_small = self.scores.test["patient"].nunique() < LEAST_PATIENTS
        rows = []
        for output, measure in parts[0]:
            found = mean_of_defined(np.stack([part[output, measure] for part in parts]))
            if measure == "expected_calibration_error" and is_small:
                rows.append([output, measure, *[np.nan] * 3, FEW])
                continue
            low, high = percentile_interval(found[1:, None], level=self.level)
            reason = UNDEFINED if np.isnan(found[0]) else ""
            rows.append([output, measure, found[0], low[0], high[0], reason])
        return pd.DataFrame(rows, columns=SUMMARY_COLUMNS)

    def reliability(self, runs: list[int]) -> pd.DataFrame:
        """Smooth curve through the predictions of all repeats."""
        kind, values = self.scores.kind, self.stated.values[runs]
        names = kind.outputs([])
        tables = [
            reliability_curve(
                values[:, :, names.index(output)].ravel(),
                np.tile(observed, len(runs)),
                np.tile(self.weights, len(runs)),
                level=self.level,
                is_share=output != "prediction",
                prevalence=self.prevalence,
            ).assign(output=output)
            for output, observed in kind.observed(self.scores.truth).items()
        ]
        return pd.concat(tables) if tables else pd.DataFrame()

    def decision_curve(self, runs: list[int]) -> pd.DataFrame:
        """Net benefit over thresholds; binary alone."""
        kind = self.scores.kind
        if not isinstance(kind, Binary):
            return pd.DataFrame()
        positive, at = kind.events(self.scores.truth), decision.THRESHOLDS
        probability = self.stated.values[:, :, kind.positive]

        def benefit(called: Bools, rows: Any) -> Floats:
            own = self.weights[:, rows]
            return decision.net_benefit(called, positive[rows], own, at, prevalence=self.prevalence)

        model = self._over_repeats(
            runs, lambda run, rows: benefit(probability[run, rows, None] >= at, rows)
        )
        everybody = self._over_repeats(
            runs[:1], lambda _, rows: benefit(np.ones((len(rows), len(at)), bool), rows)
        )
        return decision.decision_curve(model, everybody, level=self.level)

    def thresholds(
        self,
        runs: list[int],
        inner: pd.DataFrame | None,
        asked: Mapping[str, Sequence[float]],
        priors: Floats | None,
    ) -> pd.DataFrame:
        """What thresholds reach that are chosen inside each fold; binary alone.

        Parameters
        ----------
        runs
            Of the model.
        inner
            See `align_inner`.
        asked
            See `dxtransfer.evidence.thresholds.every`.
        priors
            See `Scores.priors`; None where no prevalence is stated.
        """
        if inner is None:
            return pd.DataFrame()
        own = self.scores.runs.iloc[runs[0]]
        mine = (inner["objective"] == own["objective"]) & (inner["strategy"] == own["strategy"])
        tables = []
        for name, value in asked_thresholds.every(asked):
            chosen = asked_thresholds.thresholds_by_fold(inner[mine], asked=name, value=value)
            table = self._reached(runs, chosen, priors)
            tables.append(table.assign(asked=name, value=value))
        return pd.concat(tables) if tables else pd.DataFrame()

    def _reached(
        self, runs: list[int], chosen: Mapping[tuple[int, ...], float], priors: Floats | None
    ) -> pd.DataFrame:
        names = asked_thresholds.REACHED
        kind = self.scores.kind
        assert isinstance(kind, Binary)
        from_on = np.full(len(self.scores.test), np.nan)
        for key, rows in self.scores.parts(["repeat", "fold"]):
            from_on[rows] = chosen.get(key, np.nan)
        if np.isnan(from_on).any():
            return pd.DataFrame({"measure": names, "reason": NO_INNER}).reindex(
                columns=asked_thresholds.COLUMNS
            )
        positive = kind.events(self.scores.truth)
        called = self.scores.values[:, :, kind.positive] >= from_on
        found = self._over_repeats(
            runs,
            lambda run, rows: asked_thresholds.reached(
                called[run, rows],
                positive[rows],
                self.weights[:, rows],
                prevalence=self.prevalence,
            ),
        )
        low, high = percentile_interval(found[1:], level=self.level)
        told = from_on
        if priors is not None:
            told = rebased(np.minimum(from_on, 1), before=priors, after=self.prevalence)
        firsts = [rows[0] for rows in self._rows("repeat", "fold")]
        return pd.DataFrame(
            {
                "threshold": told[firsts].mean(),
                "threshold_lowest": told[firsts].min(),
                "threshold_highest": told[firsts].max(),
                "measure": names,
                "estimate": found[0],
                "low": low,
                "high": high,
                "reason": ["" if known else UNDEFINED for known in ~np.isnan(found[0])],
            }
        )

    def members(
        self, columns: pd.DataFrame | None, asked: Mapping[str, Mapping[str, Any]]
    ) -> dict[tuple[str, str], Bools]:
        """Test rows of each group; see `dxtransfer.evidence.subgroups.memberships`.

        Raises
        ------
        ValueError
            Where subgroups are asked for without columns, and see there.
        """
        if not asked:
            return {}
        if columns is None:
            raise ValueError("subgroups need the columns of the samples")
        return groups.memberships(self.scores.test["sample"].tolist(), columns, asked)

    def subgroups(
        self, runs: list[int], members: Mapping[tuple[str, str], Bools], smallest: int
    ) -> pd.DataFrame:
        """The main measure in each group, and its difference to all others."""
        kind, test = self.scores.kind, self.scores.test
        at = kind.measures.index(kind.main)
        rows = []
        for (subgroup, group), inside in members.items():
            own, events = test[inside], kind.events(self.scores.truth)
            row = {
                "subgroup": subgroup,
                "group": group,
                "patients": own["patient"].nunique(),
                "samples": own["sample"].nunique(),
                "measure": kind.main,
                "reason": self._masked(inside, smallest),
            }
            if events is not None:
                row["events"] = test[inside & events]["patient"].nunique()
            if not row["reason"]:
                found = resampled(self.scores, runs, self.weights * inside)[:, at]
                row |= self._told(found, "estimate", "")
                if np.isnan(found[0]):
                    row["reason"] = UNDEFINED
                elif not self._masked(~inside, smallest):
                    rest = resampled(self.scores, runs, self.weights * ~inside)[:, at]
                    row |= self._told(found - rest, "difference", "difference_")
            rows.append(row)
        return pd.DataFrame(rows, columns=groups.COLUMNS)

    def _masked(self, inside: Bools, smallest: int) -> str:
        """Why nothing is told of some test rows; empty where it is."""
        if self.scores.test[inside]["patient"].nunique() < smallest:
            return f"fewer than {smallest} patients"
        return self.scores.kind.lacks(self.scores.truth[inside])

    def _told(self, values: Floats, name: str, front: str) -> dict[str, float]:
        low, high = percentile_interval(values[1:, None], level=self.level)
        return {name: float(values[0]), f"{front}low": low[0], f"{front}high": high[0]}

    def truths(self, permutations: int, *, seed: int) -> Floats | None:
        """Permuted outcomes of the test rows, (permutations, t, ...); None where none are asked."""
        if not permutations:
            return None
        samples = self._rows("sample")
        first, of_row = [rows[0] for rows in samples], np.empty(len(self.scores.test), int)
        for number, rows in enumerate(samples):
            of_row[rows] = number
        truth, patient = self.scores.truth[first], self.scores.patients()[first]
        found = permuted_truths(truth, patient, permutations=permutations, seed=seed)
        return found[:, of_row]

    def permutation(self, runs: list[int], truths: Floats | None) -> pd.DataFrame:
        """P-value of the main measure."""
        if truths is None:
            return pd.DataFrame()
        kind, values = self.scores.kind, self.scores.values
        by = ["repeat", "fold"] if kind.main in kind.within else ["repeat"]
        both = np.concatenate([self.scores.truth[None], truths])
        found = mean_of_defined(
            np.stack(
                [
                    kind.main_under(values[run, rows], both[:, rows])
                    for run, rows in product(runs, self._rows(*by))
                ]
            )
        )
        return permutation_test(
            float(found[0]),
            found[1:],
            measure=kind.main,
            smaller_is_better=kind.smaller_is_better,
            level=self.level,
        )
