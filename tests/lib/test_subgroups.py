"""Groups of patients have the main measure of their own samples, or a reason why not."""

import numpy as np
import pandas as pd
import pytest
from evaluated import make_splits, noisy, predict, run, scored
from outcome_tables import NAMES, tables
from sklearn.metrics import roc_auc_score

from dxtransfer.errors import InputError
from dxtransfer.evidence.evaluate import evaluate
from dxtransfer.evidence.subgroups import groups_of

ASKED = {"sex": {"column": "sex"}, "age": {"column": "age", "bands": [40, 60]}}
SMALL = "fewer than 10 patients"


@pytest.fixture
def splits():
    return make_splits(patients=60, samples=2)


@pytest.fixture
def columns(splits):
    samples = sorted(splits["sample"].unique())
    patients = [int(name[1:3]) for name in samples]
    return pd.DataFrame(
        {
            "sample": samples,
            "sex": ["female" if p % 2 else "male" for p in patients],
            "age": [str(20 + p) if p else "" for p in patients],
            "kit": ["b" if p < 9 else "a" for p in patients],
            "class": ["case" if p % 3 == 0 else "control" for p in patients],
        }
    )


def told(predictions, splits, columns, asked, **settings):
    return run(predictions, splits, columns=columns, subgroups=asked, **settings).subgroups


def test_a_groups_measure_is_that_of_its_own_samples_within_folds(splits, columns):
    predictions = predict(splits, noisy(1))
    table = told(predictions, splits, columns, ASKED)
    rows = scored(predictions, splits).merge(columns, on="sample")
    for sex, patients in (("female", 30), ("male", 30)):
        own = rows[rows["sex"] == sex]
        expected = [
            roc_auc_score(fold["y"], fold["value"])
            for _, fold in own.groupby(["repeat", "fold"])
            if fold["y"].nunique() == 2
        ]
        row = table[table["group"] == sex].iloc[0]
        assert row["estimate"] == pytest.approx(np.mean(expected))
        assert row["low"] < row["estimate"] < row["high"]
        assert (row["patients"], row["samples"], row["events"]) == (patients, 60, 10)
        assert row["measure"] == "auroc"


def test_the_difference_is_to_all_others_on_the_same_resamples(splits, columns):
    table = told(predict(splits, noisy(1)), splits, columns, ASKED)
    female, male = (table[table["group"] == g].iloc[0] for g in ("female", "male"))
    assert female["difference"] == pytest.approx(female["estimate"] - male["estimate"])
    assert female["difference"] == pytest.approx(-male["difference"])
    assert female["difference_low"] == pytest.approx(-male["difference_high"])
    assert female["difference_low"] < female["difference"] < female["difference_high"]


def test_a_model_that_fails_one_group_is_told(splits, columns):
    sex = dict(zip(columns["sample"], columns["sex"], strict=True))
    predictions = predict(
        splits,
        lambda row: noisy(2, signal=5.0 if sex[row.sample] == "male" else 0.0, digits=6)(row),
    )
    table = told(predictions, splits, columns, ASKED)
    female = table[table["group"] == "female"].iloc[0]
    assert female["difference_high"] < 0


def test_bands_are_in_order_and_missing_cells_are_a_group(splits, columns):
    table = told(predict(splits, noisy(1)), splits, columns, ASKED)
    ages = table[table["subgroup"] == "age"].set_index("group")
    assert list(ages.index) == ["below 40", "40 to below 60", "60 and above", "not recorded"]
    assert ages["patients"].tolist() == [19, 20, 20, 1]


def test_small_groups_and_groups_of_one_class_have_a_reason_and_no_figure(splits, columns):
    asked = {"kit": {"column": "kit"}, "class": {"column": "class"}}
    table = told(predict(splits, noisy(1)), splits, columns, asked).set_index("group")
    figures = ["estimate", "low", "high", "difference", "difference_low", "difference_high"]
    assert table.loc["b", "reason"] == SMALL
    assert table.loc[["b", "case", "control"], figures].isna().all(axis=None)
    assert set(table.loc[["case", "control"], "reason"]) == {"all samples are of one class"}
    # the others of the large group are too few to compare it with
    assert np.isfinite(table.loc["a", "estimate"]) and np.isnan(table.loc["a", "difference"])
    fewer = told(predict(splits, noisy(1)), splits, columns, asked, smallest_subgroup=9)
    assert (fewer[fewer["group"] == "b"]["reason"] == "").all()


@pytest.mark.parametrize(
    ("task", "main", "events"),
    [("multiclass", "auroc", False), ("regression", "mae", False), ("survival", "c_index", True)],
)
def test_other_kinds_have_their_own_main_measure(task, main, events):
    predictions, splits = tables(task)
    samples = sorted(splits["sample"].unique())
    columns = pd.DataFrame({"sample": samples, "site": ["n", "s"] * (len(samples) // 2)})
    found = evaluate(
        predictions,
        splits,
        columns,
        task=task,
        classes=NAMES,
        resamples=100,
        level=0.9,
        seed=1,
        subgroups={"site": {"column": "site"}},
    ).subgroups
    own = found[found["strategy"] == "linear"]
    assert set(own["measure"]) == {main}
    assert own["estimate"].notna().all()
    assert own["events"].notna().all() == events


def test_limits_belong_to_the_band_above_and_whole_numbers_have_no_point():
    found = groups_of(["39.9", "40", "60", "nan", ""], bands=[40, 60.0])
    assert found == ["below 40", "40 to below 60", "60 and above", "not recorded", "not recorded"]


def test_a_column_that_is_not_there_and_words_with_bands_are_told(splits, columns):
    predictions = predict(splits, noisy(1))
    with pytest.raises(
        InputError, match=r"subgroups.stage: no column 'stage'; there are: sex, age"
    ):
        told(predictions, splits, columns, {"stage": {"column": "stage"}})
    with pytest.raises(InputError, match=r"subgroups.sex, column sex: 'male' is no number"):
        told(predictions, splits, columns, {"sex": {"column": "sex", "bands": [1]}})
