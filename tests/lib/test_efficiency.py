"""Label efficiency counts patients."""

import numpy as np
import pandas as pd
import pytest
from evaluated import make_splits, make_study, noisy, pick, predict, run

from dxtransfer.evidence.efficiency import patients_per_budget


@pytest.fixture
def splits():
    return make_splits(draws=2)


@pytest.fixture
def study(splits):
    return make_study(splits)


def test_label_efficiency_counts_labelled_training_patients_of_nested_budgets():
    splits = make_splits(samples=3, draws=2)
    assert patients_per_budget(splits, ["4", "8", "all"]) == {"4": 4, "8": 8, "all": 16}
    few = splits[~((splits["part"] == "train") & (splits["fold"] == 1) & (splits["budget"] == "4"))]
    assert patients_per_budget(few, ["4"]) == {"4": pytest.approx(4 * 2 / 3)}


def test_a_patient_counts_from_the_budget_of_its_first_labelled_sample():
    splits = make_splits(samples=2)
    late = (splits["budget"] == "4") & splits["sample"].str.endswith("s1")
    splits.loc[late, "budget"] = "8"
    assert patients_per_budget(splits, ["4", "8"]) == {"4": 4, "8": 8}


def test_budgets_rise_as_numbers_and_all_comes_last(splits):
    tables = [predict(splits, noisy(b), budget=b) for b in ("all", "16", "8", "100")]
    table = run(pd.concat(tables), splits).label_efficiency
    assert table["budget"].unique().tolist() == ["8", "16", "100", "all"]


def test_label_efficiency_holds_both_ranking_measures_with_their_differences(study, splits):
    found = run(study, splits)
    table = found.label_efficiency
    assert set(table["measure"]) == {"auroc", "average_precision"}
    assert table.drop_duplicates("budget")["budget"].tolist() == ["4", "all"]
    probe = pick(table, "auroc", strategy=("pca", "linear_probe"), budget="4")
    compared = pick(found.comparisons, "auroc", strategy=("pca", "linear_probe"), budget="4")
    assert probe["patients"] == 4
    assert probe["difference"] == compared["difference"]
    assert (probe["difference_low"], probe["difference_high"]) == (
        compared["low"],
        compared["high"],
    )
    assert np.isnan(pick(table, "auroc", budget="4")["difference"])
