"""A numeric label or survival time that was written into the matrix is found, a marker is not."""

import math

import numpy as np
import pytest
from audited import P, cohort, prepared
from scipy import sparse

from dxtransfer.cohorts.audit.numeric import features_like_number
from dxtransfer.cohorts.audit.table import audit
from dxtransfer.labels import numbers_of, outcomes_of

N = 24
AGES = np.random.default_rng(5).permutation(np.arange(31.5, 31.5 + N))
SURVIVAL = {
    **{"kind": "survival", "event": "state", "time": "days"},
    **{"event_values": ["dead"], "exclude": [], "classes": {}},
}


def findings(target, numbers):
    halves = np.where(np.asarray(numbers) > np.nanmedian(numbers), "upper half", "lower half")
    kept = prepared(
        {"t": target, "s": cohort("s", seed=2)}, ["t"], {"t": list(halves)}, {"t": list(numbers)}
    )
    table = audit(kept, targets={"t": ["s"]}, label_columns=["age"])
    return table.query("check == 'feature_is_label'")[["level", "column"]].to_numpy().tolist()


@pytest.mark.parametrize(
    ("written", "how"),
    [
        (AGES, "affine"),
        (365.25 * AGES + 4, "affine"),
        (80 - AGES, "affine"),
        (np.log2(AGES), "order"),
        (1 / AGES, "order"),
        (np.floor(AGES / 2), "order"),
    ],
)
def test_a_numeric_label_in_other_units_or_rounded_is_an_error(written, how):
    target = cohort("t", N, seed=1)
    target.X[:, 7] = written
    assert [f.how for f in features_like_number(target.X, AGES, target.var_names)] == [how]
    assert findings(target, AGES) == [["error", "G7"]]


def test_a_feature_near_the_number_is_a_warning_and_a_good_marker_is_not_told():
    target = cohort("t", N, seed=1)
    ranks = AGES.argsort().argsort().astype(float)
    target.X[:, 3] = ranks + np.where(ranks == 4, 1.5, 0)
    target.X[:, 4] = AGES + np.random.default_rng(1).normal(0, 3, N)
    assert findings(target, AGES) == [["warning", "G3"]]


def test_missing_labels_and_values_do_not_hide_it():
    target, ages = cohort("t", N, seed=1), AGES.copy()
    ages[:4] = math.nan
    target.X[4:, 9] = 2 * ages[4:]
    target.X[6:9, 9] = np.nan
    assert ["error", "G9"] in findings(target, ages)


def test_sparse_counts_equal_to_survival_times_are_found():
    days = np.random.default_rng(2).integers(1, 2000, N)
    rows = {"state": ["dead", "alive"] * (N // 2), "days": [str(day) for day in days]}
    numbers = numbers_of(outcomes_of(rows, list("x" * N), task=SURVIVAL), task=SURVIVAL)
    X = np.random.default_rng(3).poisson(0.2, (N, 4500))
    X[:, 4321] = days
    like = features_like_number(sparse.csr_matrix(X), numbers, list(range(4500)))
    assert [(f.feature, f.how) for f in like] == [(4321, "affine")]


def test_chance_explains_order_among_few_samples_and_few_values():
    rng = np.random.default_rng(4)
    assert not features_like_number(rng.normal(size=(6, 20000)), np.arange(6), range(20000))
    rare = np.zeros((N, P))
    rare[AGES.argmax()] = 1
    assert not features_like_number(rare, AGES, range(P))
    assert not features_like_number(rng.normal(size=(N, P)), np.zeros(N), range(P))
