"""Measures with their intervals and differences are what they are said to be."""

import warnings

import numpy as np
import pandas as pd
import pytest
from evaluated import (
    REFERENCE,
    SETTINGS,
    make_splits,
    make_study,
    noisy,
    pick,
    predict,
    run,
    scored,
)
from sklearn.metrics import average_precision_score, roc_auc_score

from dxtransfer.evidence.align import align, kind_of_task
from dxtransfer.evidence.contrasts import contrast, counted_patients, measured
from dxtransfer.evidence.intervals import patient_weights
from dxtransfer.evidence.measures import MEASURES


@pytest.fixture
def splits():
    return make_splits(draws=2)


@pytest.fixture
def study(splits):
    return make_study(splits)


def test_tables_have_the_columns_of_the_contract(study, splits):
    found = run(study, splits)
    front = ["objective", "strategy"]
    assert list(found.metrics) == [
        *front, "budget", "measure", "estimate", "low", "high", "patients", "samples", "prevalence"
    ]  # fmt: skip
    assert list(found.comparisons) == [
        *front, "reference", "budget", "measure", "difference", "low", "high"
    ]  # fmt: skip
    assert list(found.label_efficiency) == [
        *front, "budget", "patients", "measure", "estimate", "low", "high",
        "difference", "difference_low", "difference_high",
    ]  # fmt: skip
    assert list(found.calibration) == [
        *front, "bin", "predicted", "observed", "low", "high", "samples"
    ]  # fmt: skip
    assert list(found.confusion) == [*front, "actual", "predicted", "samples", "share"]
    assert list(found.curves) == [*front, "curve", "x", "y"]
    assert len(found.metrics) == 2 * 2 * len(MEASURES)
    assert set(found.comparisons["reference"]) == {"none.logistic_l2"}
    assert set(found.comparisons["strategy"]) == {"linear_probe"}
    assert len(found.curves) == 2 * 2 * 101


def test_only_outer_predictions_are_scored(study, splits):
    outer = study[study["inner_fold"] == 0]
    pd.testing.assert_frame_equal(run(study, splits).metrics, run(outer, splits).metrics)


@pytest.mark.parametrize(
    ("measure", "theirs"),
    [("auroc", roc_auc_score), ("average_precision", average_precision_score)],
)
@pytest.mark.parametrize("budget", ["4", "all"])
def test_ranking_measures_are_means_over_folds_draws_and_repeats(
    study, splits, measure, theirs, budget
):
    table = scored(study[study["inner_fold"] == 0], splits)
    table = table[(table["strategy"] == "linear_probe") & (table["budget"] == budget)]
    expected = [theirs(t["y"], t["value"]) for _, t in table.groupby(["repeat", "fold", "draw"])]
    found = run(study, splits).metrics
    row = pick(found, measure, strategy=("pca", "linear_probe"), budget=budget)
    assert row["estimate"] == pytest.approx(np.mean(expected))
    assert row["low"] < row["estimate"] < row["high"]
    assert (row["patients"], row["samples"], row["prevalence"]) == (24, 24, pytest.approx(1 / 3))


def test_threshold_measures_are_taken_over_a_repeat_and_averaged_over_repeats(splits):
    predictions = predict(splits, noisy(1))
    table = scored(predictions, splits)
    called = table["value"] >= 0.5
    precision = [
        (table["y"] & called)[table["repeat"] == r].sum() / called[table["repeat"] == r].sum()
        for r in (1, 2)
    ]
    row = pick(run(predictions, splits).metrics, "precision")
    assert row["estimate"] == pytest.approx(np.mean(precision))


def test_auroc_is_never_pooled_over_folds(splits):
    # Perfect within each fold, but every fold's scores live in a range of their own.
    predictions = predict(splits, lambda row: 0.3 * row.fold + 0.05 * (row.label == "case") - 0.2)
    table = scored(predictions, splits)
    found = run(predictions, splits).metrics
    assert pick(found, "auroc")["estimate"] == 1
    assert pick(found, "average_precision")["estimate"] == 1
    assert roc_auc_score(table["y"], table["value"]) < 0.75


def test_a_fold_with_one_class_is_left_out_of_ranking_but_not_of_accuracy(splits):
    single = splits.copy()
    single.loc[(single["repeat"] == 1) & (single["fold"] == 1), "repeat"] = 9
    nine = single["repeat"] == 9
    one_class = single[~(nine & (single["label"] == "case") & (single["part"] == "test"))]
    predictions = predict(one_class, noisy(4))
    without = predictions[predictions["repeat"] != 9]
    found = run(predictions, one_class).metrics
    expected = run(without, one_class[one_class["repeat"] != 9]).metrics
    assert pick(found, "auroc")["estimate"] == pytest.approx(pick(expected, "auroc")["estimate"])
    assert pick(found, "accuracy")["estimate"] != pick(expected, "accuracy")["estimate"]


def test_without_any_fold_of_both_classes_auroc_is_empty_and_nothing_warns():
    splits = make_splits(patients=6, folds=6, repeats=1)
    splits["fold"] = splits["sample"].str[1:3].astype(int)
    splits = splits[splits["part"] == "test"].drop_duplicates("sample")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = run(predict(splits, noisy(0)), splits)
    assert np.isnan(pick(found.metrics, "auroc")[["estimate", "low", "high"]].astype(float)).all()
    assert pick(found.metrics, "accuracy")["estimate"] > 0
    assert found.curves["y"].isna().all()


def test_intervals_equal_a_plain_bootstrap_that_repeats_the_patients_rows():
    splits = make_splits(samples=2)
    predictions = predict(splits, noisy(3, by="sample"))
    table = scored(predictions, splits)
    names = sorted(table["patient"].unique())
    values = []
    for drawn in patient_weights(len(names), resamples=60, seed=SETTINGS["seed"])[1:]:
        copies = table["patient"].map(dict(zip(names, drawn.astype(int), strict=True)))
        resample = table.loc[table.index.repeat(copies)]
        folds = [
            fold for _, fold in resample.groupby(["repeat", "fold"]) if fold["y"].nunique() == 2
        ]
        values.append(np.mean([roc_auc_score(fold["y"], fold["value"]) for fold in folds]))
    row = pick(run(predictions, splits, resamples=60).metrics, "auroc")
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile(values, [0.05, 0.95])))


def test_duplicating_a_patients_samples_does_not_narrow_the_interval():
    one, four = make_splits(samples=1), make_splits(samples=4)
    single = run(predict(one, noisy(5)), one).metrics
    copied = run(predict(four, noisy(5)), four).metrics
    columns = ["estimate", "low", "high"]
    assert copied[columns].to_numpy() == pytest.approx(single[columns].to_numpy())
    assert copied["patients"].unique() == 24
    assert copied["samples"].unique() == 96

    # The same copies taken for patients of their own would look far more certain.
    naive = four.assign(patient=four["sample"])
    width = [
        np.subtract(*pick(table, "accuracy")[["high", "low"]])
        for table in (run(predict(naive, noisy(5, by="patient")), naive).metrics, copied)
    ]
    assert width[0] < width[1]


def test_difference_to_an_identical_strategy_is_zero_and_for_ranks_not_certain(splits):
    twin = ("pca", "linear_probe")
    tables = [predict(splits, noisy(6), strategy=s) for s in (REFERENCE, twin)]
    found = run(pd.concat(tables), splits)
    compared = found.comparisons.set_index("measure")
    assert (compared["difference"] == 0).all()
    assert (compared.drop(index="auroc")[["low", "high"]] == 0).all(axis=None)
    assert compared.loc["auroc", "low"] < 0 < compared.loc["auroc", "high"]
    row = pick(found.metrics, "accuracy", strategy=twin)
    assert row["low"] < row["high"]


def test_differences_are_paired_and_have_the_interval_of_a_contrast(study, splits):
    found = run(study, splits)
    scores = align(study, splits, kind_of_task("binary", SETTINGS["classes"], "case"))
    other = ("pca", "linear_probe")
    for measure in ("auroc", "brier"):
        values = measured(scores, measure)
        for budget in ("4", "all"):
            expected = contrast(
                values[*other, budget],
                values[*REFERENCE, budget],
                counted=counted_patients(scores),
                level=SETTINGS["level"],
                ranked=measure == "auroc",
            )
            row = pick(found.comparisons, measure, strategy=other, budget=budget)
            assert row["difference"] == pytest.approx(expected.estimate)
            assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high))


def test_the_result_depends_on_the_seed_and_on_no_row_order(study, splits):
    first = run(study, splits)
    again = run(study.sample(frac=1, random_state=1), splits.sample(frac=1, random_state=2))
    for name in (
        "metrics",
        "comparisons",
        "label_efficiency",
        "calibration",
        "confusion",
        "curves",
    ):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name))
    other = run(study, splits, seed=8).metrics
    pd.testing.assert_series_equal(first.metrics["estimate"], other["estimate"])
    assert not first.metrics["low"].equals(other["low"])


def test_budgets_and_rows_are_told_apart_when_a_table_was_read_as_text(study, splits):
    text = splits.astype({"repeat": str, "fold": str})
    pd.testing.assert_frame_equal(run(study, splits).metrics, run(study, text).metrics)


def test_a_wider_level_gives_a_wider_interval(study, splits):
    narrow, wide = (run(study, splits, level=level).metrics for level in (0.5, 0.95))
    assert (wide["low"] <= narrow["low"]).all()
    assert (wide["high"] >= narrow["high"]).all()
    assert pick(wide, "auroc")["high"] > pick(narrow, "auroc")["high"]


def test_the_positive_class_may_be_the_first(splits):
    predictions = predict(splits, noisy(2))
    found = run(predictions, splits, positive="control").metrics
    assert pick(found, "auroc")["prevalence"] == pytest.approx(2 / 3)
    mirrored = pick(run(predictions, splits).metrics, "auroc")
    assert pick(found, "auroc")["estimate"] == pytest.approx(mirrored["estimate"])
