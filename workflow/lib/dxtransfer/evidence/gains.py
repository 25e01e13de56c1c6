"""Every strategy against the reference, with the intervals of the verdict."""

from collections.abc import Mapping

import pandas as pd
from statsmodels.stats.multitest import multipletests

from dxtransfer.evidence.align import Key, Scores
from dxtransfer.evidence.contrasts import MEASURES, RANKED, Floats, contrast, counted_patients

COLUMNS = [
    "objective",
    "strategy",
    "reference",
    "measure",
    "gain",
    "low",
    "high",
    "p",
    "p_holm",
]


def gains(
    scores: Scores,
    found: Mapping[Key, Floats],
    reference: tuple[str, str],
    *,
    task: str,
    level: float,
) -> pd.DataFrame:
    """Gain of each strategy over the reference at all labels, corrected for their number.

    Parameters
    ----------
    scores
        Aligned predictions.
    found
        All their measures, see `without_each`.
    reference
        Objective and strategy that all others are compared with.
    task
        Kind of the task, which says what is measured.
    level
        Confidence level of the intervals, which are those of single comparisons.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`: gains are above 0 where the strategy is better; `p_holm` is corrected over all
        strategies (Holm 1979, Scand J Stat 6:65-70).
    """
    measure, more_is_better = MEASURES[task]
    sign, at = 1 if more_is_better else -1, scores.kind.measures.index(measure)
    counted, ranked = counted_patients(scores), measure in RANKED
    base = sign * found[*reference, "all"][:, at]
    rows = []
    for (objective, strategy, budget), values in found.items():
        if budget == "all" and (objective, strategy) != reference:
            own = sign * values[:, at]
            told = contrast(own, base, counted=counted, level=level, ranked=ranked)
            row = (objective, strategy, ".".join(reference), measure)
            rows.append((*row, told.estimate, told.low, told.high, told.p))
    table = pd.DataFrame(rows, columns=COLUMNS[:-1])
    corrected = multipletests(table["p"], method="holm")[1] if len(table) else table["p"]
    return table.assign(p_holm=corrected)
