"""How often chance alone does as well: the main measure under permuted outcomes of patients."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dxtransfer.evidence.intervals import percentile_interval

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

COLUMNS = [
    *("measure", "estimate", "null_mean", "null_low", "null_high"),
    *("permutations", "p_value"),
]
# Each pair of patients meets twice in a cross-validation, either side once in training, so what
# chance does to a measure has about twice the variance that permuting outcomes alone shows.
WIDENING = np.sqrt(2)
# Rounding must not part two permutations that are the same.
EQUAL = 1e-9


def permuted_truths(truth: Floats, patient: Ints, *, permutations: int, seed: int) -> Floats:
    """Outcomes dealt anew to patients.

    Patients whose samples all have one outcome exchange it with each other; the others exchange
    the outcomes of their samples with patients of as many samples.

    Parameters
    ----------
    truth
        Outcome of each sample, (samples, ...).
    patient
        Number of its patient, (samples,).
    permutations, seed
        How many, and the random seed.

    Returns
    -------
    numpy.ndarray
        (permutations, samples, ...).
    """
    rng = np.random.default_rng(seed)
    samples = [np.flatnonzero(patient == number) for number in range(patient.max() + 1)]
    constant = [bool((truth[rows] == truth[rows[0]]).all()) for rows in samples]
    alike: dict[int, list[int]] = {}
    for number, rows in enumerate(samples):
        alike.setdefault(0 if constant[number] else len(rows), []).append(number)
    found = np.repeat(truth[None], permutations, axis=0)
    for group in alike.values():
        for one in found:
            for number, donor in zip(group, rng.permutation(group), strict=True):
                own, given = samples[number], truth[samples[donor]]
                one[own] = given[0] if constant[number] else given
    return found


def permutation_test(
    estimate: float, null: Floats, *, measure: str, smaller_is_better: bool, level: float
) -> pd.DataFrame:
    """One-sided p-value of an estimate, (1 + b) / (1 + m) (Phipson & Smyth 2010, SAGMB 9:39).

    Of m permutations b do as well or better. It asks whether predictions go with the outcomes of
    these patients more than chance would have it (Ojala & Garriga 2010, JMLR 11:1833-1863), with
    the models held fixed: none is fitted to permuted outcomes. Predictions of a cross-validation
    depend on outcomes of the training patients, so fixed models make the null distribution too
    narrow. It is therefore widened about its mean by the square root of 2, which is what a ridge
    regression without any signal needs, at one repeat as at several; models that
    never saw the target's outcomes need none, and their p-value is too large.

    It says neither how well a model does nor that a model trained again would; a leak from
    training to test samples looks like a signal. Several strategies are several tests.

    Parameters
    ----------
    estimate
        The measure under the true outcomes.
    null
        The measure under each permutation, (m,), before it is widened; NaN where not defined.
    measure, smaller_is_better
        Its name and direction.
    level
        Of the range of the widened null distribution that is told.

    Returns
    -------
    pandas.DataFrame
        One row with the columns of `COLUMNS`; the p-value is NaN where nothing is defined.
    """
    known = null[~np.isnan(null)]
    p_value = mean = np.nan
    if len(known):
        mean = known.mean()
        known = mean + WIDENING * (known - mean)
    if len(known) and not np.isnan(estimate):
        better = known <= estimate + EQUAL if smaller_is_better else known >= estimate - EQUAL
        p_value = (1 + better.sum()) / (1 + len(known))
    low, high = percentile_interval(known[:, None], level=level)
    row = [measure, estimate, mean, low[0], high[0], len(known), p_value]
    return pd.DataFrame([row], columns=COLUMNS)
