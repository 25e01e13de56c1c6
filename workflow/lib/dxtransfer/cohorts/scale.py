"""On which scale a matrix was delivered: counts, linear values, intensities or logarithms."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# log2 of anything that is measured stays below 30; cycle thresholds of PCR, which are
# logarithms too, end at 40. Linear values of a whole sample reach the hundreds.
LARGEST_LOGARITHM = 50.0
# sums by which relative values are recognised; shares may lack features that were left out
SUM_OF_SHARES = (0.5, 1.05)
SUM_OF_PERCENT = (98.0, 102.0)
BLOCK = 512


@dataclass(frozen=True)
class Scale:
    """A scale and why it is believed.

    Attributes
    ----------
    name
        `counts`, `linear` (TPM, FPKM, abundances), `intensity` (linear, from an array) or `log`.
    evidence
        One sentence for a person.
    """

    name: str
    evidence: str


def detect(values: Any, *, assay: str) -> Scale:
    """Tell the scale of a matrix from its values.

    Every sample is judged on its own and the majority decides, so that one sample alone is judged
    as it is among others, and a few odd samples do not turn a cohort.

    Parameters
    ----------
    values
        (samples, features), dense or csr, NaN for missing.
    assay
        `microarray` makes linear values intensities.

    Returns
    -------
    Scale
        Rules, per sample, in this order: whole numbers from 0 with a maximum of at least 50, or
        with 0 and 1 the most frequent values, are counts; values from 0 that sum to 0.5 to 1.05
        (shares) or to 98 to 102 (percent) are linear; a maximum below 50 means logarithms (or
        z-scores, cycle thresholds); all else is linear. So rounded logarithms (whole numbers
        from 3 to 22) are logarithms.
    """
    votes: Counter[str] = Counter()
    low, high, whole, measured = np.inf, -np.inf, 0, 0
    for block in _blocks(values):
        for row in block:
            sample = row[np.isfinite(row)]
            if not sample.size:
                continue
            votes[_of_sample(sample)] += 1
            low, high = min(low, float(sample.min())), max(high, float(sample.max()))
            whole += int(np.count_nonzero(sample == np.rint(sample)))
            measured += sample.size
    if not votes:
        return Scale("log", "no value is measured")
    # ties go to the name that assumes least: logarithms are only ever ranked
    winner = max(("log", "linear", "counts"), key=lambda name: votes[name])
    name = "intensity" if winner == "linear" and assay == "microarray" else winner
    evidence = (
        f"values {low:.4g} to {high:.4g}, {whole / measured:.0%} whole numbers; "
        f"{votes[winner]} of {votes.total()} samples look like {name}"
    )
    return Scale(name, evidence)


def _blocks(values: Any) -> Iterator[NDArray[np.float32]]:
    """Dense blocks of rows, so that a large sparse matrix never becomes dense at once."""
    for start in range(0, values.shape[0], BLOCK):
        block = values[start : start + BLOCK]
        yield block.toarray() if sparse.issparse(block) else np.asarray(block)


def _of_sample(sample: NDArray[np.float32]) -> str:
    highest = float(sample.max())
    if sample.min() >= 0:
        if bool(np.all(sample == np.rint(sample))) and (
            highest >= LARGEST_LOGARITHM or _falls_from_zero(sample)
        ):
            return "counts"
        total = float(sample.sum(dtype=np.float64))
        for least, most in (SUM_OF_SHARES, SUM_OF_PERCENT):
            if least <= total <= most:
                return "linear"
    return "log" if highest < LARGEST_LOGARITHM else "linear"


def _falls_from_zero(sample: NDArray[np.float32]) -> bool:
    """Whether 0, then 1, are the most frequent values, as in shallow counts."""
    frequency = np.bincount(sample.astype(np.int64), minlength=3)
    return bool(frequency[0] >= frequency[1] >= frequency[2:].max() and frequency[1] > 0)
