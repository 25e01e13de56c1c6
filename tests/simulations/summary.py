"""Rows of the summary: what the studies of a cell found, beside what was promised."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from cells import AT, Cell, Found, true_saved
from scipy import stats

from dxtransfer.evidence.verdict import CANNOT_BE_TOLD, HELPS, HURTS, NO_DIFFERENCE

# Widest interval, in units of one of 95 % from the estimates' own spread.
WIDEST = 1.6


def rows(cell: Cell, found: Sequence[Found], gain: float) -> list[dict[str, Any]]:
    """All figures of a cell."""
    name = f"{cell.name} n={cell.n} AUROC={cell.base}"
    if cell.name == "helpful":
        name += f" gain={cell.gain}"
    verdicts = np.array([f.verdict for f in found])
    low, high, estimate = (
        np.array([getattr(f, k) for f in found]) for k in ("low", "high", "estimate")
    )
    table = [
        _row(f"{name}: AUROC of the target alone", np.mean([f.base for f in found])),
        _row(f"{name}: true difference", gain),
        _row(f"{name}: mean estimate", estimate.mean()),
    ]
    helps, hurts = verdicts == HELPS, verdicts == HURTS
    null, without = cell.name == "null", cell.name in ("useless", "harmful")
    table += [
        _share(f"{name}: P(helps)", helps, most=0.025 if null or without else None),
        _share(f"{name}: P(hurts)", hurts),
        _share(f"{name}: P(no difference that matters)", verdicts == NO_DIFFERENCE),
        _share(f"{name}: P(cannot be told)", verdicts == CANNOT_BE_TOLD),
    ]
    if null:
        table += [
            _share(f"{name}: P(helps or hurts)", helps | hurts, most=0.05),
            _share(f"{name}: P(0 outside the interval)", (low > 0) | (high < 0), most=0.05),
            _share(f"{name}: P(interval above 0)", low > 0, most=0.025),
        ]
        for other in ("resampled_t", "bootstrap"):
            ends = np.array([getattr(f, other) for f in found])
            outside = (ends[:, 0] > 0) | (ends[:, 1] < 0)
            table += [
                _share(f"{name}: P(0 outside), {other}", outside),
                _row(f"{name}: relative width, {other}", _width(*ends.T, estimate)),
            ]
    if cell.name == "helpful" and (cell.n, cell.base, cell.gain) == (120, 0.75, 0.15):
        table.append(_row(f"{name}: power", helps.mean(), bound=0.5, holds=helps.mean() >= 0.5))
    covered = (low <= gain) & (gain <= high)
    least = 0.95 - 2 * np.sqrt(0.95 * 0.05 / len(found))
    table.append(_share(f"{name}: coverage", covered, least=float(least)))
    width = _width(low, high, estimate)
    bounded = cell.n in (60, 120)
    table.append(
        _row(
            f"{name}: relative width",
            width,
            bound=WIDEST if bounded else None,
            holds=width <= WIDEST if bounded else None,
        )
    )
    return table + (_saved(name, cell, found) if cell.saved else [])


def _saved(name: str, cell: Cell, found: Sequence[Found]) -> list[dict[str, Any]]:
    truth = true_saved(cell, AT)
    saved = np.array([f.saved for f in found])
    told = ~np.isnan(saved[:, 0])
    table = [
        _row(f"{name}: true patients saved at {AT}", truth),
        _share(f"{name}: share without an end at {AT}", ~told),
    ]
    if np.isnan(truth):
        return [*table, _share(f"{name}: no upper end, as is true", np.isnan(saved[:, 2]))]
    inside = (saved[:, 1] <= truth) & ~(saved[:, 2] < truth)
    return [
        *table,
        _share(f"{name}: coverage of patients saved at {AT}", inside),
        _row(
            f"{name}: median error of patients saved at {AT}",
            np.median(np.abs(saved[told, 0] - truth)),
        ),
    ]


def _width(low: Any, high: Any, estimate: Any) -> float:
    return float((high - low).mean() / (2 * stats.norm.ppf(0.975) * estimate.std(ddof=1)))


def _share(
    name: str, hits: Any, *, most: float | None = None, least: float | None = None
) -> dict[str, Any]:
    """A share with its Clopper-Pearson interval; `most` is broken where all of that lies above."""
    k, n = int(hits.sum()), len(hits)
    interval = stats.binomtest(k, n).proportion_ci(0.95, method="exact")
    holds = None
    if most is not None:
        holds = interval.low <= most
    if least is not None:
        holds = k / n >= least
    bound = least if most is None else most
    return _row(name, k / n, interval.low, interval.high, bound=bound, holds=holds)


def _row(
    name: str,
    figure: float,
    low: float = np.nan,
    high: float = np.nan,
    *,
    bound: float | None = None,
    holds: bool | None = None,
) -> dict[str, Any]:
    told = "" if holds is None else "yes" if holds else "no"
    row = {"name": name, "figure": float(figure), "low": low, "high": high}
    return {**row, "bound": np.nan if bound is None else bound, "holds": told}
