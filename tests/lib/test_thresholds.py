"""Thresholds are scikit-learn's, chosen from inner predictions and judged on the test part."""

import numpy as np
import pandas as pd
import pytest
from evaluated import PROBE, inner_of, make_splits, noisy, predict, run
from sklearn.metrics import confusion_matrix, roc_curve

from dxtransfer.evidence.thresholds import reached, threshold_for

ASKED = {"sensitivity": [0.8], "specificity": [0.9]}


@pytest.mark.parametrize("digits", [1, 6])
@pytest.mark.parametrize("value", [0.5, 0.8, 0.9, 1.0])
def test_a_threshold_is_the_best_of_scikit_learns_roc_curve_that_reaches_the_value(value, digits):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y = rng.random(25) < 0.4
        p = np.round(1 / (1 + np.exp(-rng.normal(y, 1))), digits)
        fpr, tpr, at = roc_curve(y, p, drop_intermediate=False)
        sensitive = threshold_for(p, y, asked="sensitivity", value=value)
        assert sensitive == at[tpr >= value - 1e-12].max()
        specific = threshold_for(p, y, asked="specificity", value=value)
        expected = at[1 - fpr >= value - 1e-12].min()
        assert specific == expected or (np.isinf(expected) and specific > p.max())


def test_with_ties_a_threshold_reaches_more_rather_than_less():
    p, y = np.array([0.2, 0.5, 0.5, 0.5, 0.9]), np.array([0, 0, 1, 1, 1], bool)
    assert threshold_for(p, y, asked="sensitivity", value=0.6) == 0.5
    assert threshold_for(p, y, asked="specificity", value=0.6) == 0.9
    top = np.array([0.9, 0.9, 0.1, 0.2])
    nobody = threshold_for(top, np.array([1, 0, 0, 1], bool), asked="specificity", value=0.9)
    assert not (top >= nobody).any()


def test_what_is_reached_is_scikit_learns_confusion():
    rng = np.random.default_rng(2)
    y, called = rng.random(60) < 0.4, rng.random(60) < 0.5
    weights = np.vstack([np.ones(60), rng.multinomial(60, np.full(60, 1 / 60), size=3)])
    for w, found in zip(weights, reached(called, y, weights), strict=True):
        tn, fp, fn, tp = confusion_matrix(y, called, sample_weight=w).ravel()
        expected = [tp / (tp + fn), tn / (tn + fp), tp / (tp + fp), tn / (tn + fn)]
        np.testing.assert_allclose(found, [*expected, (tp + fp) / w.sum()])


def test_at_a_stated_prevalence_predictive_values_follow_bayes():
    y, called = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0], bool), np.array([1, 1, 1, 0, 1, 0, 0, 0, 0])
    (found,) = reached(called == 1, y, np.ones((1, 9)), prevalence=0.1)
    positive = 0.1 * 0.75 + 0.9 * 0.2
    expected = [0.75, 0.8, 0.075 / positive, 0.9 * 0.8 / (1 - positive), positive]
    np.testing.assert_allclose(found, expected)


@pytest.fixture
def splits():
    return make_splits(patients=36)


@pytest.fixture
def predictions(splits):
    parts = [predict(splits, noisy(1)), inner_of(splits, noisy(2))]
    return pd.concat(parts, ignore_index=True)


def test_thresholds_come_from_inner_predictions_and_figures_from_the_test_part(splits, predictions):
    table = run(predictions, splits, thresholds=ASKED).thresholds
    cases = predictions[predictions["output"] == "case"]
    labels = splits[["sample", "label"]].drop_duplicates()
    joined = cases.merge(labels, on="sample").assign(y=lambda t: t["label"] == "case")
    chosen, hit, total = [], [], []
    for _, rows in joined.groupby(["repeat", "fold"]):
        inner, outer = rows[rows["inner_fold"] > 0], rows[rows["inner_fold"] == 0]
        _, tpr, at = roc_curve(inner["y"], inner["value"], drop_intermediate=False)
        chosen.append(at[tpr >= 0.8 - 1e-12].max())
        hit.append((outer["y"] & (outer["value"] >= chosen[-1])).sum())
        total.append(outer["y"].sum())
    row = table[(table["asked"] == "sensitivity") & (table["measure"] == "sensitivity")].iloc[0]
    assert row["threshold"] == pytest.approx(np.mean(chosen))
    assert (row["threshold_lowest"], row["threshold_highest"]) == (min(chosen), max(chosen))
    assert row["estimate"] == pytest.approx(sum(hit) / sum(total))
    assert row["low"] < row["estimate"] < row["high"]
    assert len(table) == 2 * 5


def test_outcomes_of_the_test_part_do_not_move_a_threshold(splits, predictions):
    before = run(predictions, splits, thresholds=ASKED).thresholds
    outer = predictions["inner_fold"] == 0
    other = predictions.assign(
        value=np.where(outer, 1 - predictions["value"], predictions["value"])
    )
    after = run(other, splits, thresholds=ASKED).thresholds
    columns = ["threshold", "threshold_lowest", "threshold_highest"]
    pd.testing.assert_frame_equal(before[columns], after[columns])
    assert not before["estimate"].equals(after["estimate"])


def test_an_inner_prediction_by_a_model_that_saw_the_sample_is_refused(splits, predictions):
    seen = predictions.copy()
    seen.loc[seen["inner_fold"] > 0, "inner_fold"] = seen["inner_fold"] % 3 + 1
    with pytest.raises(ValueError, match=r"of no sample that is held out.*inner fold"):
        run(seen, splits)


def test_a_strategy_without_inner_predictions_has_a_reason_and_no_figure(splits, predictions):
    without = predict(splits, noisy(4), strategy=PROBE)
    table = run(pd.concat([predictions, without]), splits, thresholds=ASKED).thresholds
    own = table[table["strategy"] == "linear_probe"]
    assert own["estimate"].isna().all()
    assert set(own["reason"]) == {"no fold has inner predictions of both classes"}
    assert (table[table["strategy"] == "logistic_l2"]["reason"] == "").all()
