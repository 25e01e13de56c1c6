"""Predictions and splits that do not match are refused by name."""

import numpy as np
import pandas as pd
import pytest
from evaluated import make_splits, make_study, run


@pytest.fixture
def splits():
    return make_splits(draws=2)


@pytest.fixture
def study(splits):
    return make_study(splits)


def outer_row(study, number=0):
    return study.index[study["inner_fold"] == 0][number]


def test_a_prediction_without_a_test_row_is_refused_by_name(study, splits):
    study.loc[outer_row(study), "sample"] = "stranger"
    with pytest.raises(ValueError, match=r"no such test sample.*logistic_l2.*'stranger'"):
        run(study, splits)


def test_a_prediction_in_the_wrong_fold_is_refused(study, splits):
    study["fold"] = study["fold"] % 3 + 1
    with pytest.raises(ValueError, match="no such test sample"):
        run(study, splits)


def test_a_missing_test_sample_is_refused_by_name(study, splits):
    gone = (study["strategy"] == "linear_probe") & (study["budget"] == "4") & (study["draw"] == 2)
    gone &= (study["sample"] == "p05s0") & (study["repeat"] == 2)
    assert gone.sum() == 2
    message = r"without a prediction: pca.linear_probe budget 4 draw 2, repeat 2 .*'p05s0'"
    with pytest.raises(ValueError, match=message):
        run(study[~gone], splits)


def test_half_a_prediction_is_refused_by_name(study, splits):
    half = study.drop(index=outer_row(study))
    with pytest.raises(ValueError, match=r"without a prediction.*output 'control'"):
        run(half, splits)


def test_a_double_prediction_is_refused_by_name(study, splits):
    row = study.loc[[outer_row(study, 5)]]
    with pytest.raises(ValueError, match=f"predicted twice.*{row['sample'].iloc[0]}"):
        run(pd.concat([study, row]), splits)


@pytest.mark.parametrize("value", [-0.01, 1.01, np.nan, np.inf])
def test_a_value_that_is_no_probability_is_refused_by_name(study, splits, value):
    at = outer_row(study, 7)
    study.loc[at, "value"] = value
    with pytest.raises(ValueError, match=f"no probability.*{study.loc[at, 'sample']}"):
        run(study, splits)


def test_probabilities_that_do_not_sum_to_one_are_refused_by_name(study, splits):
    at = outer_row(study, 3)
    study.loc[at, "value"] *= 0.9
    with pytest.raises(ValueError, match=f"do not sum to 1.*{study.loc[at, 'sample']}"):
        run(study, splits)


def test_rounding_of_single_precision_is_accepted(study, splits):
    study["value"] = study["value"].astype(np.float32).astype(float)
    assert len(run(study, splits).metrics)


def test_an_unknown_output_is_refused(study, splits):
    study.loc[outer_row(study), "output"] = "healthy"
    with pytest.raises(ValueError, match=r"not a class.*'healthy'"):
        run(study, splits)


def test_splits_that_contradict_themselves_are_refused(study, splits):
    first = splits.index[splits["part"] == "test"][0]
    sample = splits.loc[first, "sample"]
    with pytest.raises(ValueError, match=f"listed twice.*{sample}"):
        run(study, pd.concat([splits, splits.loc[[first]]]))
    for column, value in (("patient", "somebody"), ("label", "case")):
        changed = splits.copy()
        other = "control" if changed.loc[first, column] == "case" else value
        changed.loc[first, column] = other
        with pytest.raises(ValueError, match=f"{sample}.*more than one {column}"):
            run(study, changed)
    empty = splits.copy()
    empty.loc[first, "label"] = np.nan
    with pytest.raises(ValueError, match=f"empty cell.*{sample}"):
        run(study, empty)
    unknown = splits.replace({"label": {"case": "tumour"}})
    with pytest.raises(ValueError, match="'tumour'"):
        run(study, unknown)


def test_a_training_sample_without_a_budget_is_refused_by_name(study, splits):
    first = splits.index[splits["part"] == "train"][0]
    splits.loc[first, "budget"] = np.nan
    with pytest.raises(ValueError, match=f"{splits.loc[first, 'sample']}.*no budget"):
        run(study, splits)


def test_a_missing_reference_is_refused(study, splits):
    with pytest.raises(ValueError, match="0 strategies named 'elastic_net'"):
        run(study, splits, reference="elastic_net")
    without = study[~((study["strategy"] == "logistic_l2") & (study["budget"] == "4"))]
    with pytest.raises(ValueError, match=r"pca.linear_probe has budget 4"):
        run(without, splits)


def test_a_positive_that_is_no_class_is_refused(study, splits):
    with pytest.raises(ValueError, match="'tumour'"):
        run(study, splits, positive="tumour")
