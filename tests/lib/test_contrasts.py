"""Gains of one training procedure over another, with intervals."""

import numpy as np
import pandas as pd
import pytest
from evaluated import make_splits, make_study, noisy, predict
from scipy import stats
from sklearn.metrics import roc_auc_score

from dxtransfer.evidence.align import align, kind_of_task
from dxtransfer.evidence.contrasts import contrast, measured, without_each
from dxtransfer.evidence.gains import gains

CLASSES = ["control", "case"]


def aligned():
    splits = make_splits(draws=2)
    return align(make_study(splits), splits, kind_of_task("binary", CLASSES, "case"))


def auroc_without(scores, runs, patient=None):
    """Mean over runs and folds, by scikit-learn."""
    found = []
    positive = scores.kind.positive
    for run in runs:
        for _, rows in scores.test.groupby(["repeat", "fold"]).indices.items():
            kept = rows[(scores.test["patient"].iloc[rows] != patient).to_numpy()]
            truth = scores.truth[kept] == positive
            if len(set(truth)) == 2:
                found.append(roc_auc_score(truth, scores.values[run, kept, positive]))
    return np.mean(found)


def test_the_measure_is_the_mean_over_folds_and_leaves_out_whole_patients():
    scores = aligned()
    found = measured(scores, "auroc")
    patients = sorted(scores.test["patient"].unique())
    for key, runs in scores.keys().items():
        expected = [auroc_without(scores, runs, p) for p in [None, *patients]]
        np.testing.assert_allclose(found[key], expected, atol=1e-12)


def test_a_measure_over_repeats_leaves_out_whole_patients_too():
    scores = aligned()
    found = measured(scores, "brier")
    positive = scores.kind.positive
    for key, runs in scores.keys().items():
        for i, patient in enumerate([None, *sorted(scores.test["patient"].unique())]):
            kept = (scores.test["patient"] != patient).to_numpy()
            errors = (scores.values[:, :, positive] - (scores.truth == positive)) ** 2
            table = pd.DataFrame(errors[runs][:, kept].T).groupby(
                scores.test["repeat"].to_numpy()[kept]
            )
            assert found[key][i] == pytest.approx(table.mean().to_numpy().mean())


def test_all_measures_at_once_are_those_one_by_one():
    scores = aligned()
    together = without_each(scores, scores.kind.measures)
    for at, name in enumerate(scores.kind.measures):
        for key, found in measured(scores, name).items():
            np.testing.assert_array_equal(together[key][:, at], found)


def test_what_is_not_defined_without_some_patient_has_no_interval():
    one, other = jackknifed(np.linspace(0, 1, 30), other=0.5)
    one[7] = np.nan
    found = contrast(one, other, counted=15, level=0.95)
    assert found.estimate == pytest.approx(0.5)
    assert np.isnan([found.low, found.high, found.p]).all()


def test_less_is_better_turns_the_sign():
    scores = aligned()
    plain, turned = measured(scores, "brier"), measured(scores, "brier", sign=-1)
    assert all(np.array_equal(plain[key], -turned[key]) for key in plain)


def jackknifed(gains, *, other=0.0):
    """Two learners whose mean gain leaves out one patient at a time."""
    n = len(gains)
    means = np.append(gains.mean(), (gains.sum() - gains) / (n - 1))
    return other + means, np.full(n + 1, other)


@pytest.mark.parametrize(
    ("other", "ranked", "variance"),
    [
        # chance, halfway and perfect; the mean of the two counts
        (0.5, True, 2),
        (0.75, True, 1.5),
        (1.0, True, 1),
        (0.3, True, 2),
        (0.75, False, 2),
    ],
)
def test_the_interval_is_that_of_student_over_the_jackknife(other, ranked, variance):
    rng = np.random.default_rng(0)
    gains = rng.normal(size=40)
    gains -= gains.mean()
    # leaving one out of a mean: the jackknife's variance is that of the mean
    found = contrast(*jackknifed(gains, other=other), counted=20, level=0.95, ranked=ranked)
    error = np.sqrt(variance) * stats.sem(gains)
    assert found.error == pytest.approx(error)
    assert found.degrees == 19
    assert (found.low, found.high) == pytest.approx(stats.t.interval(0.95, 19, scale=error))
    equivalence = stats.t.interval(0.9, 19, scale=error)
    assert (found.equivalence_low, found.equivalence_high) == pytest.approx(equivalence)
    assert found.p == pytest.approx(1)


def test_without_any_difference_half_a_patient_is_the_error():
    same = np.full(31, 0.9)
    found = contrast(same, same, counted=15, level=0.95)
    assert found.error == pytest.approx(0.5 / 15)
    assert found.low < 0 < found.high
    assert contrast(same, same, counted=15, level=0.95, ranked=False).error == 0


def test_no_interval_of_ranks_reaches_beyond_one():
    same = np.full(9, 0.9)
    found = contrast(same, same, counted=2, level=0.95)
    assert (found.low, found.high) == (-1, 1)
    assert (found.equivalence_low, found.equivalence_high) == (-1, 1)
    wide = contrast(*jackknifed(np.linspace(-9, 9, 4)), counted=2, level=0.95, ranked=False)
    assert wide.low < -1 and wide.high > 1


def test_p_and_interval_agree():
    rng = np.random.default_rng(1)
    for shift in np.linspace(-0.5, 0.5, 11):
        found = contrast(*jackknifed(shift + rng.normal(size=30)), counted=15, level=0.95)
        assert (found.p < 0.05) == (found.low > 0 or found.high < 0)


def test_every_strategy_is_held_against_the_reference_and_corrected_for_their_number():
    splits = make_splits(patients=60, repeats=4, budgets=())
    tables = [
        predict(splits, noisy("same", signal=signal), strategy=("linear", name))
        for name, signal in (("good", 4), ("fair", 2.5), ("same", 1), ("bad", 0))
    ]
    tables.append(predict(splits, noisy("same", signal=1)))
    scores = align(
        pd.concat(tables, ignore_index=True), splits, kind_of_task("binary", CLASSES, "case")
    )
    found = without_each(scores, scores.kind.measures)
    table = gains(scores, found, ("none", "logistic_l2"), task="binary", level=0.95)
    table = table.set_index("strategy")
    assert set(table.index) == {"good", "fair", "same", "bad"}
    assert table.loc["same", "gain"] == 0
    assert table.loc["good", "gain"] > table.loc["fair", "gain"] > 0 > table.loc["bad", "gain"]
    smallest = table["p"].sort_values()
    assert table["p_holm"].loc[smallest.index[0]] == pytest.approx(min(1, 4 * smallest.iloc[0]))
    assert (table["p_holm"] >= table["p"]).all()
    assert ((table["p"] < 0.05) == ((table["low"] > 0) | (table["high"] < 0))).all()
