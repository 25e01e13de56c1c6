"""The reliability curve is statsmodels' lowess, with a band of patients drawn anew."""

import numpy as np
import pandas as pd
import pytest
from evaluated import PROBE, make_splits, noisy, predict, run, scored
from outcome_tables import NAMES, tables
from statsmodels.nonparametric.smoothers_lowess import lowess

from dxtransfer.evidence.evaluate import evaluate
from dxtransfer.evidence.intervals import patient_weights
from dxtransfer.evidence.reliability import POINTS, reliability_curve


def test_the_curve_is_statsmodels_lowess_through_the_predictions_of_all_repeats():
    splits = make_splits(patients=60)
    predictions = predict(splits, noisy(1, digits=6))
    table = run(predictions, splits).reliability
    rows = scored(predictions, splits)
    grid = np.linspace(rows["value"].min(), rows["value"].max(), POINTS)
    expected = lowess(rows["y"].astype(float), rows["value"], frac=2 / 3, it=0, xvals=grid)
    np.testing.assert_allclose(table["predicted"], grid)
    np.testing.assert_allclose(table["observed"], np.clip(expected, 0, 1), atol=1e-9)
    assert set(table["output"]) == {"case"}
    assert ((table["low"] <= table["observed"]) & (table["observed"] <= table["high"])).all()


def test_the_band_is_that_of_a_plain_bootstrap():
    rng = np.random.default_rng(0)
    p = rng.random(40)
    y = (rng.random(40) < p).astype(float)
    weights = patient_weights(40, resamples=50, seed=1)
    table = reliability_curve(p, y, weights, level=0.9, is_share=True)
    curves = []
    for w in weights[1:].astype(int):
        rows = np.repeat(np.arange(40), w)
        curves.append(lowess(y[rows], p[rows], it=0, xvals=table["predicted"].to_numpy()))
    low, high = np.quantile(np.clip(curves, 0, 1), [0.05, 0.95], axis=0)
    np.testing.assert_allclose(table["low"], low, atol=1e-9)
    np.testing.assert_allclose(table["high"], high, atol=1e-9)


def test_few_different_predictions_give_no_curve():
    splits = make_splits()
    constant = predict(splits, lambda row: 0.1 * row.fold, strategy=PROBE)
    table = run(pd.concat([predict(splits, noisy(1)), constant]), splits).reliability
    assert set(table["strategy"]) == {"logistic_l2"}


@pytest.mark.parametrize(
    ("task", "outputs"),
    [("multiclass", set()), ("regression", {"prediction"}), ("survival", set())],
)
def test_numbers_have_a_curve_and_survival_has_none(task, outputs):
    predictions, splits = tables(task)
    found = evaluate(
        predictions, splits, task=task, classes=NAMES, resamples=100, level=0.9, seed=1
    ).reliability
    # the classes of this study are predicted with two probabilities alone
    assert set(found["output"]) == outputs
    if outputs:
        assert found["observed"].max() > 1
