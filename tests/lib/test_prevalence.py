"""Probabilities for another prevalence: in the evaluation as in the population they stand for."""

import numpy as np
import pandas as pd
import pytest
from evaluated import inner_of, make_splits, noisy, predict, run

from dxtransfer.evidence.align import align
from dxtransfer.evidence.classes import Binary, Multiclass
from dxtransfer.prevalence import log_odds, rebased


def test_probabilities_follow_bayes():
    # A test with sensitivity 0.9 and specificity 0.8 in a study with as many cases as controls:
    # a positive result means 0.45 / (0.45 + 0.10); in a population with one case in ten,
    # 0.09 / (0.09 + 0.18).
    found = rebased(np.array([0.45 / 0.55]), before=0.5, after=0.1)
    assert found == pytest.approx(0.09 / 0.27)
    p = np.array([0.0, 0.2, 0.7, 1.0])
    there = rebased(p, before=0.3, after=0.05)
    np.testing.assert_allclose(rebased(there, before=0.05, after=0.3), p, atol=1e-12)
    np.testing.assert_allclose(rebased(p, before=0.3, after=0.3), p)
    assert there[0] == 0 and there[-1] == 1


def test_log_odds_differ_by_those_of_the_priors():
    p = np.array([0.2, 0.5, 0.9])
    found = log_odds(rebased(p, before=0.4, after=0.02)) - log_odds(p)
    np.testing.assert_allclose(found, log_odds(0.02) - log_odds(0.4))


@pytest.fixture
def splits():
    return make_splits(patients=54)


@pytest.fixture
def predictions(splits):
    # of so many digits that none lies on a threshold, where rounding decides
    scores = noisy(1, digits=6), noisy(2, digits=6)
    return pd.concat([predict(splits, scores[0]), inner_of(splits, scores[1])])


def test_probabilities_are_made_from_the_share_of_each_folds_training_part(splits, predictions):
    kind = Binary(["control", "case"], "case")
    scores = align(predictions, splits, kind)
    train = splits[(splits["part"] == "train") & (splits["repeat"] == 1) & (splits["fold"] == 2)]
    own = (train["label"] == "case").mean()
    rows = (scores.test["repeat"] == 1) & (scores.test["fold"] == 2)
    for balanced, before in ((False, own), (True, 0.5)):
        found = scores.rebased(0.02, balanced=balanced).values
        expected = rebased(scores.values[0, rows, 1], before=before, after=0.02)
        np.testing.assert_allclose(found[0, rows, 1], expected)
        np.testing.assert_allclose(found.sum(axis=2), 1)
    other = align(predictions, splits, Multiclass(["control", "case"]))
    with pytest.raises(ValueError, match="binary"):
        other.rebased(0.1, balanced=False)


def test_the_cohorts_own_share_as_prevalence_changes_nothing(splits, predictions):
    # 18 cases of 54 patients in three folds: the training parts have that share, too
    asked = {"thresholds": {"sensitivity": [0.8]}, "permutations": 99}
    labels = splits[splits["part"] == "train"].groupby(["repeat", "fold"])["label"]
    shares = labels.apply(lambda own: (own == "case").mean())
    assert (shares == 1 / 3).all()
    plain, stated = (run(predictions, splits, prevalence=p, **asked) for p in (None, 1 / 3))
    for name in ("calibration", "metrics", "permutation"):
        pd.testing.assert_frame_equal(getattr(plain, name), getattr(stated, name))
    for name, figure in (("calibration_summary", "estimate"), ("thresholds", "estimate")):
        one, other = (getattr(found, name)[figure] for found in (plain, stated))
        np.testing.assert_allclose(one, other, rtol=1e-6)
    np.testing.assert_allclose(plain.reliability["observed"], stated.reliability["observed"])
    np.testing.assert_allclose(
        plain.decision_curves["net_benefit"], stated.decision_curves["net_benefit"], atol=1e-12
    )


def test_a_calibrated_model_of_a_case_control_study_is_calibrated_at_the_stated_prevalence():
    splits = make_splits(patients=600, repeats=1)
    rng = np.random.default_rng(0)
    signal = {s: rng.normal() for s in splits["sample"].unique()}
    # the log odds of a case are those of the study plus the likelihood ratio of two normals
    shift = 1.5

    def score(row):
        x = signal[row.sample] + shift * (row.label == "case")
        return 1 / (1 + np.exp(-(log_odds(1 / 3) + shift * x - shift**2 / 2)))

    found = run(predict(splits, score), splits, prevalence=0.05)
    summary = found.calibration_summary.set_index("measure")
    for measure, value in (("slope", 1.0), ("in_the_large", 0.0)):
        assert summary.loc[measure, "low"] < value < summary.loc[measure, "high"]
    inside = found.reliability[found.reliability["predicted"] < 0.2]
    assert (inside["observed"] - inside["predicted"]).abs().max() < 0.05
    bins = found.calibration
    assert ((bins["low"] <= bins["predicted"]) & (bins["predicted"] <= bins["high"])).all()


def test_thresholds_are_told_for_the_stated_prevalence_and_call_the_same_patients(
    splits, predictions
):
    asked = {"thresholds": {"sensitivity": [0.8], "specificity": [0.9]}}
    plain, stated = (run(predictions, splits, prevalence=p, **asked) for p in (None, 0.02))
    ranks = plain.thresholds["measure"].isin(["sensitivity", "specificity"])
    pd.testing.assert_series_equal(
        plain.thresholds[ranks]["estimate"], stated.thresholds[ranks]["estimate"]
    )
    assert (stated.thresholds["threshold"] < plain.thresholds["threshold"]).all()
    ppv = stated.thresholds["measure"] == "ppv"
    assert (stated.thresholds[ppv]["estimate"] < plain.thresholds[ppv]["estimate"]).all()
