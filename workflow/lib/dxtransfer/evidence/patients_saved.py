"""How many labelled patients the transfer is worth."""

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import isotonic_regression

from dxtransfer.evidence.align import Key
from dxtransfer.evidence.contrasts import standard_error
from dxtransfer.evidence.efficiency import budget_limit, patients_per_budget

Floats = NDArray[np.float64]
COLUMNS = ["budget", "patients", "needed", "saved", "low", "high", "beyond"]
# Points between two budgets at which the target-only curve is interpolated.
STEPS = 50


def patients_saved(
    values: dict[Key, Floats],
    splits: pd.DataFrame,
    *,
    transfer: tuple[str, str],
    control: tuple[str, str],
    counted: int,
    level: float,
    ranked: bool = True,
) -> pd.DataFrame:
    """At each budget n, the smallest at which the target alone does as well, less n.

    The target-only curve is the best monotone fit to its budgets (pool adjacent violators),
    interpolated over the logarithm of the patients. The interval holds every number of patients at
    which the contrast of the two curves has 0 in its interval (a test turned into an interval), so
    that it inherits what the contrast holds.

    Parameters
    ----------
    values
        See `dxtransfer.evidence.contrasts.measured`; more is better.
    splits
        See `dxtransfer.learn.splits.make_splits`.
    transfer, control
        Objective and strategy with and without the source.
    counted, level, ranked
        See `dxtransfer.evidence.contrasts.contrast`.

    Returns
    -------
    pandas.DataFrame
        `budget`; `patients`, its mean number of them; `needed`, the number of patients at which the
        target-only curve reaches the transfer's value, empty where it never does; `saved`, that
        less `patients`; `low` and `high`, the interval of `saved`, `high` empty where it has no
        end; `beyond`, the number that more than which is saved where `saved` is empty.
    """
    budgets = sorted((k[2] for k in values if k[:2] == control), key=budget_limit)
    budgets = [b for b in budgets if (*transfer, b) in values]
    size = patients_per_budget(splits, budgets)
    at = np.array([size[b] for b in budgets])
    alone = np.stack([values[*control, b] for b in budgets])
    grid = np.unique(np.concatenate([at, *(np.geomspace(*pair, STEPS) for pair in pairwise(at))]))
    rising = np.stack([isotonic_regression(column).x for column in alone.T], axis=1)
    curve = np.stack([np.interp(np.log(grid), np.log(at), c) for c in rising.T], axis=1)
    wide = float(stats.t.ppf((1 + level) / 2, max(1, counted - 1)))
    rows = []
    for budget, n in zip(budgets, at, strict=True):
        own = values[*transfer, budget]
        reached = grid[curve[:, 0] >= own[0]]
        errors = np.array([standard_error(own, other, ranked=ranked) for other in curve])
        possible = grid[np.abs(own[0] - curve[:, 0]) <= wide * errors]
        # where no number is possible, the one from which on the other curve is above
        first = possible.min() if len(possible) else (reached.min() if len(reached) else grid[-1])
        last = possible.max() if len(possible) else first
        ends = len(reached) and last < grid[-1]
        rows.append(
            {
                "budget": budget,
                "patients": n,
                "needed": reached.min() if len(reached) else np.nan,
                "saved": reached.min() - n if len(reached) else np.nan,
                "low": first - n,
                "high": last - n if ends else np.nan,
                "beyond": np.nan if len(reached) else grid[-1] - n,
            }
        )
    return pd.DataFrame(rows, columns=COLUMNS)
