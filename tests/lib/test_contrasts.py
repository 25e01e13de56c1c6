"""Gains of one training procedure over another, with intervals."""

import numpy as np
import pandas as pd
import pytest
from evaluated import make_splits, make_study
from scipy import stats
from sklearn.metrics import roc_auc_score

from dxtransfer.evidence.align import align, kind_of_task
from dxtransfer.evidence.contrasts import TRAINING, contrast, measured

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


def test_less_is_better_turns_the_sign():
    scores = aligned()
    plain, turned = measured(scores, "brier"), measured(scores, "brier", sign=-1)
    assert all(np.array_equal(plain[key], -turned[key]) for key in plain)


def test_the_interval_is_that_of_student_over_the_jackknife():
    rng = np.random.default_rng(0)
    gains = rng.normal(size=40)
    # leaving one out of a mean: the jackknife's variance is that of the mean
    without = (gains.sum() - gains) / 39
    found = contrast(np.append(gains.mean(), without), counted=20, level=0.95)
    error = np.sqrt(TRAINING) * stats.sem(gains)
    assert found.error == pytest.approx(error)
    assert found.degrees == 19
    expected = stats.t.interval(0.95, 19, loc=gains.mean(), scale=error)
    assert (found.low, found.high) == pytest.approx(expected)
    equivalence = stats.t.interval(0.9, 19, loc=gains.mean(), scale=error)
    assert (found.equivalence_low, found.equivalence_high) == pytest.approx(equivalence)
    p = 2 * stats.t.sf(abs(gains.mean()) / error, 19)
    assert found.p == pytest.approx(p)


def test_without_any_difference_the_floor_is_the_error():
    found = contrast(np.zeros(30), counted=15, level=0.95, floor=0.1)
    assert found.error == 0.1
    assert found.low < 0 < found.high
    assert contrast(np.zeros(30), counted=15, level=0.95).low == 0


def test_p_and_interval_agree():
    rng = np.random.default_rng(1)
    for shift in np.linspace(-0.5, 0.5, 11):
        values = shift + rng.normal(scale=0.01, size=31)
        values[0] = shift
        found = contrast(values, counted=15, level=0.95)
        assert (found.p < 0.05) == (found.low > 0 or found.high < 0)
