"""Slope, intercept and error of calibration are those of statsmodels and of their definitions."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from evaluated import make_splits, noisy, predict, run
from outcome_tables import NAMES, tables
from sksurv.nonparametric import kaplan_meier_estimator

from dxtransfer.evidence.evaluate import evaluate
from dxtransfer.evidence.numbers import Regression
from dxtransfer.evidence.recalibration import (
    expected_calibration_error,
    in_the_large,
    logits,
    slope,
)
from dxtransfer.evidence.survival import AT, kaplan_meier_interval
from dxtransfer.prevalence import log_odds


@pytest.fixture
def drawn():
    """Predictions with ties, extremes and a truth that is less sure, under bootstrap weights."""
    rng = np.random.default_rng(3)
    z = rng.normal(0, 2, 80)
    p = np.round(1 / (1 + np.exp(-z)), 2)
    p[:2] = 0, 1
    y = rng.random(80) < 1 / (1 + np.exp(-0.6 * z + 0.5))
    weights = np.vstack([np.ones(80), rng.multinomial(80, np.full(80, 1 / 80), size=20)])
    return p, y, weights


def glm(y, design, weights, offset):
    model = sm.GLM(
        y.astype(float), design, family=sm.families.Binomial(), freq_weights=weights, offset=offset
    )
    return model.fit(tol=1e-12).params


@pytest.mark.parametrize("prevalence", [None, 0.1])
def test_slope_and_intercept_are_statsmodels(drawn, prevalence):
    p, y, weights = drawn
    x = logits(p)
    found = slope(p, y, weights, prevalence=prevalence)
    large = in_the_large(p, y, weights, prevalence=prevalence)
    for w, b, a in zip(weights, found, large, strict=True):
        away = 0.0 if prevalence is None else log_odds(np.average(y, weights=w)) - log_odds(0.1)
        shift = np.full(len(x), away)
        assert b == pytest.approx(glm(y, sm.add_constant(x), w, shift)[1], rel=1e-6)
        assert a == pytest.approx(glm(y, np.ones((len(x), 1)), w, x + shift)[0], rel=1e-6)


def test_extreme_probabilities_reach_the_maximum_all_the_same():
    rng = np.random.default_rng(0)
    y = rng.random(200) < 0.5
    p = np.where(rng.random(200) < 0.2, ~y, y).astype(float)
    p[:20] = rng.random(20)
    (found,) = slope(p, y, np.ones((1, 200)))
    expected = glm(y, sm.add_constant(logits(p)), np.ones(200), np.zeros(200))[1]
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_slope_that_would_be_infinite_is_none():
    weights = np.array([[1.0, 1, 1, 1], [1, 1, 0, 1], [1, 0, 0, 0]])
    p, y = np.array([0.1, 0.2, 0.3, 0.4]), np.array([False, True, False, True])
    found = slope(p, y, weights)
    assert np.isfinite(found[0])
    assert np.isnan(found[1:]).all()
    assert np.isnan(slope(np.full(4, 0.3), y, weights)).all()
    assert np.isfinite(in_the_large(p, y, weights)).tolist() == [True, True, False]


def test_the_expected_calibration_error_is_its_definition(drawn):
    p, y, weights = drawn
    found = expected_calibration_error(p, y, weights)
    for w, value in zip(weights, found, strict=True):
        rows = np.repeat(np.arange(len(p)), w.astype(int))
        table = pd.DataFrame({"p": p[rows], "y": y[rows]})
        bins = pd.cut(table["p"], np.arange(11) / 10, right=False, labels=False).fillna(9)
        groups = table.groupby(bins)
        apart = (groups["p"].mean() - groups["y"].mean()).abs() * groups.size()
        assert value == pytest.approx(apart.sum() / len(table))


def test_at_a_stated_prevalence_the_error_counts_samples_as_the_population_has_them():
    p, y = np.array([0.31, 0.31, 0.82, 0.82]), np.array([True, False, True, False])
    whole = np.array([[1.0, 3, 1, 3]])
    stated = expected_calibration_error(p, y, np.ones((1, 4)), prevalence=0.25)
    assert stated == pytest.approx(expected_calibration_error(p, y, whole))


def test_the_line_of_predicted_numbers_is_statsmodels():
    rng = np.random.default_rng(1)
    truth = rng.normal(50, 9, 40)
    p = truth / 2 + rng.normal(0, 3, 40)
    weights = np.vstack([np.ones(40), rng.multinomial(40, np.full(40, 1 / 40), size=5)])
    found = Regression().recalibration(p[:, None], truth, weights)
    for r, w in enumerate(weights):
        expected = sm.WLS(truth, sm.add_constant(p), weights=w).fit().params
        line = [found["prediction", name][r] for name in ("intercept", "slope")]
        np.testing.assert_allclose(line, expected)
    idle = Regression().recalibration(np.full((40, 1), 0.1), truth, weights)
    assert np.isnan(idle["prediction", "slope"]).all()


@pytest.mark.parametrize("time", [2.0, 6.0])
def test_the_interval_of_a_survival_estimate_is_scikit_survivals(time):
    rng = np.random.default_rng(5)
    y = np.column_stack([np.ceil(rng.exponential(6, 40)), rng.random(40) < 0.7])
    at, estimate, (low, high) = kaplan_meier_estimator(
        y[:, 1] > 0, y[:, 0], conf_type="log-log", conf_level=0.9
    )
    place = np.searchsorted(at, time, side="right") - 1
    expected = estimate[place], low[place], high[place]
    assert kaplan_meier_interval(y, time, level=0.9) == pytest.approx(expected)


def test_survival_is_calibrated_at_the_middle_time_in_groups():
    predictions, splits = tables("survival")
    found = evaluate(predictions, splits, task="survival", resamples=100, level=0.9, seed=1)
    own = found.calibration[found.calibration["strategy"] == "linear"]
    assert own["samples"].sum() == 40
    assert own["predicted"].is_monotonic_increasing
    assert own["observed"].iloc[-1] > own["observed"].iloc[0]
    summary = found.calibration_summary
    assert set(summary["measure"]) == {"observed_less_predicted"}
    times = [float(o[len(AT) :]) for o in predictions["output"].unique() if o.startswith(AT)]
    assert summary["output"].unique().tolist() == [f"{AT}{max(times)!r}"]
    idle = summary[summary["strategy"] == "logistic_l2"].iloc[0]
    outcome = splits.drop_duplicates("sample")
    at, estimate = kaplan_meier_estimator(outcome["label"] == "event", outcome["time"])
    observed = estimate[np.searchsorted(at, max(times), side="right") - 1]
    assert idle["estimate"] == pytest.approx(observed - 0.5)
    assert idle["low"] < idle["estimate"] < idle["high"]


def test_the_summary_is_taken_over_a_repeat_and_averaged_over_repeats():
    splits = make_splits()
    predictions = predict(splits, noisy(1))
    table = run(predictions, splits).calibration_summary
    test = splits[splits["part"] == "test"]
    rows = predictions[predictions["output"] == "case"].merge(test, on=["repeat", "fold", "sample"])
    expected = [
        glm(
            (own["label"] == "case").to_numpy(),
            sm.add_constant(logits(own["value"].to_numpy())),
            np.ones(len(own)),
            np.zeros(len(own)),
        )[1]
        for _, own in rows.groupby("repeat")
    ]
    row = table[table["measure"] == "slope"].iloc[0]
    assert row["estimate"] == pytest.approx(np.mean(expected), rel=1e-6)
    assert row["low"] < row["estimate"] < row["high"]
    assert (row["output"], row["reason"]) == ("case", "")


def test_the_error_is_told_from_200_patients_on():
    for patients, told in ((198, False), (201, True)):
        splits = make_splits(patients=patients, repeats=1)
        table = run(predict(splits, noisy(1)), splits, resamples=100).calibration_summary
        row = table[table["measure"] == "expected_calibration_error"].iloc[0]
        assert np.isfinite(row["estimate"]) == told
        assert row["reason"] == ("" if told else "fewer than 200 patients")


def test_each_of_several_classes_is_held_against_the_others():
    predictions, splits = tables("multiclass")
    found = evaluate(
        predictions, splits, task="multiclass", classes=NAMES, resamples=100, level=0.9, seed=1
    ).calibration_summary
    assert set(found["output"]) == set(NAMES)
    large = found[(found["strategy"] == "logistic_l2") & (found["measure"] == "in_the_large")]
    labels = splits.drop_duplicates("sample")["label"].value_counts(normalize=True)
    for row in large.itertuples():
        expected = log_odds(labels[row.output]) - log_odds(1 / 3)
        assert row.estimate == pytest.approx(expected)
