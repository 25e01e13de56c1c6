"""Calibration bins, confusion and curves average what they are said to."""

import numpy as np
import pandas as pd
import pytest
from evaluated import make_splits, predict, run


@pytest.fixture
def splits():
    return make_splits(draws=2)


def test_calibration_averages_a_samples_predictions_over_repeats_first(splits):
    predictions = predict(splits, lambda row: {1: 0.2, 2: 0.4}[row.repeat])
    table = run(predictions, splits).calibration
    assert table["predicted"].tolist() == pytest.approx([0.3])
    assert table["observed"].tolist() == pytest.approx([1 / 3])
    assert table["samples"].tolist() == [24]


def test_calibration_confusion_and_curves_average_over_draws(splits):
    tables = [predict(splits, lambda row, p=p: p, draw=d) for d, p in ((1, 0.1), (2, 0.7))]
    found = run(pd.concat(tables), splits)
    assert found.calibration["predicted"].tolist() == pytest.approx([0.4])
    assert found.confusion["share"].tolist() == pytest.approx([0.5] * 4)
    right = predict(splits, lambda row: 0.1 + 0.8 * (row.label == "case"), draw=2)
    table = run(pd.concat([tables[0], right]), splits).curves
    roc = table[table["curve"] == "roc"].set_index("x")["y"]
    assert roc.loc[0.4] == pytest.approx((1 + 0.4) / 2)


def test_confusion_counts_are_means_over_repeats_and_shares_of_the_actual_class(splits):
    # Repeat 1 calls every case, repeat 2 none; controls are always right.
    predictions = predict(
        splits, lambda row: 0.9 if row.repeat == 1 and row.label == "case" else 0.1
    )
    table = run(predictions, splits).confusion
    cells = list(zip(table["actual"], table["predicted"], strict=True))
    assert cells == [
        ("control", "control"),
        ("control", "case"),
        ("case", "control"),
        ("case", "case"),
    ]
    assert table["samples"].tolist() == pytest.approx([16, 0, 4, 4])
    assert table["share"].tolist() == pytest.approx([1, 0, 0.5, 0.5])


def test_curves_are_means_over_folds_on_a_fixed_grid(splits):
    perfect_in_one = predict(
        splits, lambda row: 0.5 if row.fold > 1 else 0.1 + 0.8 * (row.label == "case")
    )
    table = run(perfect_in_one, splits).curves
    roc = table[table["curve"] == "roc"].set_index("x")["y"]
    assert roc.index.tolist() == (np.arange(101) / 100).tolist()
    # Two folds on the diagonal, one at 1.
    assert roc.loc[0.4] == pytest.approx((1 + 0.4 + 0.4) / 3)
