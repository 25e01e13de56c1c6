"""Net benefit is that of a worked example and of dcurves."""

import numpy as np
import pandas as pd
import pytest
from evaluated import make_splits, noisy, predict, run
from outcome_tables import NAMES, tables

from dxtransfer.evidence.decision import THRESHOLDS, net_benefit
from dxtransfer.evidence.evaluate import evaluate

P = np.array([0.05, 0.10, 0.10, 0.25, 0.30, 0.35, 0.45, 0.60, 0.75, 0.90])
Y = np.array([0, 0, 1, 0, 0, 1, 0, 1, 1, 1], bool)
AT = np.array([0.05, 0.1, 0.2, 0.3, 0.5, 0.75])
# Of dcurves 1.1.7, dca(data, "y", ["p"], thresholds=AT, prevalence=...), rounded to six digits.
DCURVES = {
    None: (
        [0.473684, 0.455556, 0.325, 0.314286, 0.3, 0.2],
        [0.473684, 0.444444, 0.375, 0.285714, 0.0, -1.0],
    ),
    0.1: (
        [0.052632, 0.02, -0.055, -0.074286, 0.06, 0.04],
        [0.052632, 0.0, -0.125, -0.285714, -0.8, -2.6],
    ),
}


@pytest.mark.parametrize("prevalence", DCURVES)
def test_net_benefit_is_that_of_dcurves(prevalence):
    one, model, everybody = np.ones((1, 10)), P[:, None] >= AT, np.ones((10, 6), bool)
    found = [net_benefit(c, Y, one, AT, prevalence=prevalence)[0] for c in (model, everybody)]
    np.testing.assert_allclose(found, DCURVES[prevalence], atol=5e-7)


def test_net_benefit_of_a_worked_example():
    # 100 patients, 20 diseased; a test finds 18 of them and calls 8 healthy ones, at 1 in 5:
    # 18/100 - 8/100 * 0.2/0.8 = 0.16, as Vickers and Elkin define it.
    positive = np.arange(100) < 20
    called = (np.arange(100) < 18) | (np.arange(100) >= 92)
    found = net_benefit(called[:, None], positive, np.ones((1, 100)), np.array([0.2]))
    assert found[0, 0] == pytest.approx(0.16)


def test_weights_are_samples_that_stand_several_times():
    weights = np.array([[2.0, 0, 1, 1, 3, 1, 0, 1, 1, 0]])
    rows = np.repeat(np.arange(10), weights[0].astype(int))
    for prevalence in DCURVES:
        given = {"thresholds": AT, "prevalence": prevalence}
        found = net_benefit(P[:, None] >= AT, Y, weights, **given)
        expected = net_benefit(P[rows, None] >= AT, Y[rows], np.ones((1, 10)), **given)
        np.testing.assert_allclose(found, expected)


def test_a_decision_curve_averages_repeats_and_begins_with_treating_all():
    splits = make_splits()
    predictions = predict(splits, noisy(1))
    table = run(predictions, splits).decision_curves
    np.testing.assert_allclose(table["threshold"], THRESHOLDS)
    assert (table["treat_none"] == 0).all()
    test = splits[splits["part"] == "test"]
    rows = predictions[predictions["output"] == "case"].merge(test, on=["repeat", "fold", "sample"])
    y = rows["label"] == "case"
    for at in (0.2, 0.6):
        called = rows["value"] >= at
        benefit = (y & called).mean() - (~y & called).mean() * at / (1 - at)
        row = table[table["threshold"].round(2) == at].iloc[0]
        assert row["net_benefit"] == pytest.approx(benefit)
        assert row["treat_all"] == pytest.approx(1 / 3 - 2 / 3 * at / (1 - at))
        assert row["low"] < row["net_benefit"] < row["high"]
        assert row["treat_all_low"] < row["treat_all"] < row["treat_all_high"]


def test_other_kinds_have_no_decision_curve_and_no_threshold():
    predictions, splits = tables("multiclass")
    found = evaluate(
        predictions,
        splits,
        task="multiclass",
        classes=NAMES,
        resamples=100,
        level=0.9,
        seed=1,
        thresholds={"sensitivity": [0.9]},
    )
    assert found.decision_curves.empty and found.thresholds.empty
    assert list(found.decision_curves)[:3] == ["objective", "strategy", "threshold"]
    assert isinstance(found.thresholds, pd.DataFrame)
