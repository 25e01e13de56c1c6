"""The grid is the loop of fits that it stands for, and nothing fitted sees a test part."""

from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from grid_study import (
    CLASSES,
    KEYS,
    OWN,
    STRATEGIES,
    TREES,
    N,
    P,
    estimator,
    grid,
    positive,
    seen_features,
    seen_labels,
    small_study,
)
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from dxtransfer.config import read_schema
from dxtransfer.learn.estimators import Split
from dxtransfer.learn.grid import run_grid
from dxtransfer.learn.splits import make_splits
from dxtransfer.learn.standardiser import Standardiser

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def study():
    return small_study()


def by_hand(name, study):
    """Every fit of the grid, written out from the table of splits."""
    X, samples, splits = study
    row = {s: i for i, s in enumerate(samples)}
    found = {}
    for (repeat, fold), table in splits.groupby(["repeat", "fold"]):
        training = table[table["part"] == "train"]
        test = table.loc[table["part"] == "test", "sample"]
        Z = Standardiser.fit(X[[row[s] for s in training["sample"].unique()]])(X)
        for draw, drawn in training.groupby("draw"):
            for budget, limit in (("4", 4), ("8", 8), ("all", np.inf)):
                if budget == "all" and draw > 1:
                    continue
                size = drawn["budget"].map(lambda b: np.inf if b == "all" else int(b))
                within = drawn[size <= limit]
                folds = sorted(within["inner_fold"].unique()) if budget == "all" else []
                for inner in [0, *folds]:
                    learnt = within[within["inner_fold"] != inner]
                    asked = within.loc[within["inner_fold"] == inner, "sample"] if inner else test
                    model = _fitted(name, Z, row, learnt)
                    p = model.predict_proba(Z[[row[s] for s in asked]])[:, 1]
                    for sample, value in zip(asked, p, strict=True):
                        found[repeat, fold, inner, budget, draw, sample] = value
    return pd.Series(found).sort_index()


def _fitted(name, Z, row, learnt):
    rows = np.array([row[s] for s in learnt["sample"]])
    y = (learnt["label"] == "ill").to_numpy(int)
    model = clone(estimator(name)) if name == "logistic_l2" else estimator(name)
    inner = learnt["inner_fold"].to_numpy(np.int64)
    split = Split(np.arange(len(rows)), np.arange(0), inner)
    model.classes_ = np.array([0, 1])
    model.predictor_ = model.fit_one(Z[rows], y, split, np.ones(len(rows)))
    return model


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_grid_equals_the_loop_of_fits(name, study):
    together, loop = positive(grid(name, study)), by_hand(name, study)
    assert list(together.index) == list(loop.index)
    np.testing.assert_allclose(together, loop, atol=1e-5)


@pytest.mark.parametrize("name", ["majority", *TREES, OWN])
def test_an_estimator_without_a_grid_goes_through_the_loop(name, study):
    index = positive(grid("logistic_l2", study)).index
    found = positive(grid(name, study))
    assert list(found.index) == list(index)
    if name == "majority":
        training = study[2]
        training = training[(training["part"] == "train") & (training["draw"] == 1)]
        for fold, rows in training.groupby("fold"):
            values = found.xs((1, fold, 0, "all"), level=["repeat", "fold", "inner_fold", "budget"])
            np.testing.assert_allclose(values, (rows["label"] == "ill").mean())


def test_probabilities_of_an_estimator_in_the_loop_sum_to_1(study):
    X, samples, splits = study
    wide = np.tile(X, (1, 60)) * np.geomspace(0.1, 10, 60 * P)
    found = grid(OWN, (wide.astype(np.float32), samples, splits))
    np.testing.assert_allclose(found.groupby(KEYS)["value"].sum(), 1, atol=1e-9)


def test_budgets_and_draws_stand_as_the_splits_say(study):
    index = positive(grid("source_only", study)).index.to_frame(index=False)
    assert set(zip(index["budget"], index["draw"], strict=True)) == {
        *(("4", 1), ("4", 2), ("8", 1), ("8", 2), ("all", 1))
    }
    outer = index[index["inner_fold"] == 0]
    for _, fit in outer.groupby(["fold", "budget", "draw"]):
        tested = study[2].query("part == 'test'")
        expected = tested.loc[tested["fold"] == fit["fold"].iloc[0], "sample"]
        assert sorted(fit["sample"]) == sorted(expected)


@pytest.mark.parametrize("name", [*TREES, OWN, *STRATEGIES])
def test_labels_of_the_test_part_change_nothing(name, study):
    assert seen_labels(name, study) == 0


@pytest.mark.parametrize("name", [*TREES, OWN, *STRATEGIES])
def test_features_of_a_test_sample_change_no_other_prediction(name, study):
    others, own = seen_features(name, study)
    assert others < 1e-6
    assert own > 1e-4


@pytest.mark.parametrize("name", STRATEGIES)
def test_labels_of_a_held_out_inner_fold_do_not_change_its_predictions(name, study):
    X, samples, splits = study
    one = splits[(splits["fold"] == 1) & (splits["draw"].isna() | (splits["draw"] == 1))].copy()
    held_out = (one["part"] == "train") & (one["inner_fold"] == 2)
    before = positive(grid(name, (X, samples, one)))
    one.loc[held_out, "label"] = one.loc[held_out, "label"].map({"ill": "well", "well": "ill"})
    after = positive(grid(name, (X, samples, one)))
    inner = before.index.get_level_values("inner_fold")
    np.testing.assert_allclose(after[inner == 2], before[inner == 2], atol=1e-6)
    if name != "source_only":
        assert np.abs(after[inner == 0] - before[inner == 0]).max() > 1e-4


@pytest.mark.parametrize("name", ["logistic_l2", "linear_probe"])
def test_unlabelled_samples_are_neither_learnt_from_nor_predicted(name, study):
    X, samples, splits = study
    before = grid(name, study)
    assert set(before["sample"]) == set(samples[:27])
    moved = X.copy()
    moved[27:] += 50
    pd.testing.assert_frame_equal(before, grid(name, (moved, samples, splits)), check_exact=True)


def test_rows_beyond_a_budget_count_for_the_centre_and_not_for_the_model(study):
    """Their labels say nothing to a fit that was not given them."""
    X, samples, splits = study
    one = splits[(splits["fold"] == 1) & (splits["draw"].isna() | (splits["draw"] == 1))].copy()
    beyond = one["budget"] == "all"
    before = positive(grid("logistic_l2", (X, samples, one)))
    one.loc[beyond, "label"] = one.loc[beyond, "label"].map({"ill": "well", "well": "ill"})
    after = positive(grid("logistic_l2", (X, samples, one)))
    is_all = before.index.get_level_values("budget") == "all"
    np.testing.assert_allclose(after[~is_all], before[~is_all], atol=1e-9)
    assert np.abs(after[is_all] - before[is_all]).max() > 1e-3


def test_predictions_fit_their_schema_and_both_classes_add_up_to_one(study):
    table = grid("linear_probe", study)
    table.insert(0, "strategy", "linear_probe")
    table.insert(0, "objective", "masked")
    schema = read_schema(ROOT / "workflow/schemas/predictions.schema.yaml")
    assert list(table.columns) == schema["required"]
    validator = jsonschema.Draft202012Validator(schema)
    for row in table.iloc[:: len(table) // 40].to_dict("records"):
        validator.validate(row)
    assert not table.duplicated([*KEYS, "output"]).any()
    assert table["value"].between(0, 1).all()
    np.testing.assert_allclose(table.groupby(KEYS)["value"].sum(), 1)
    assert table["value"].dtype == np.float64


def test_the_other_class_as_positive_gives_the_same_table(study):
    X, samples, splits = study
    kind = {"samples": samples, "splits": splits, "classes": CLASSES}
    one, other = (run_grid(estimator("logistic_l2"), X, positive=p, **kind) for p in CLASSES)
    np.testing.assert_allclose(one["value"], other["value"], atol=1e-7)
    pd.testing.assert_frame_equal(one.drop(columns="value"), other.drop(columns="value"))


def test_the_order_of_the_rows_does_not_matter(study):
    X, samples, splits = study
    order = np.random.default_rng(1).permutation(N)
    moved = X[order], [samples[i] for i in order], splits
    one, other = (grid("linear_probe", s) for s in (study, moved))
    np.testing.assert_allclose(one["value"], other["value"], atol=1e-7)


def test_a_budget_that_one_draw_cannot_hold_is_left_out_of_that_draw_alone():
    rng = np.random.default_rng(3)
    samples = [f"s{i}" for i in range(72)]
    # Two samples of a patient can be of two classes, so draws need 3 to 6 patients for all three.
    patients, labels = [f"p{i // 2}" for i in range(72)], rng.choice(list("abc"), 72).tolist()
    splits = make_splits(
        samples, patients, labels, task="multiclass", classes=list("abc"),
        repeats=2, folds=3, inner_folds=2, draws=3, budgets=[4, 8, "all"], seed=1,
    )  # fmt: skip
    given = splits[splits["part"] == "train"].groupby(["repeat", "fold", "draw"])["budget"]
    holds = given.agg(lambda budgets: "4" in set(budgets))
    assert set(holds) == {True, False}
    found = run_grid(
        LogisticRegression(), rng.normal(size=(72, 5)), samples=samples, splits=splits,
        classes=list("abc"), task="multiclass",
    )  # fmt: skip
    told = found[found["inner_fold"] == 0].groupby(["repeat", "fold", "draw"])["budget"]
    assert told.agg(lambda budgets: "4" in set(budgets)).to_dict() == holds.to_dict()
