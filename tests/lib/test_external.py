"""An external cohort is scored once, by its own outcomes, as scikit-learn would score it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    mean_absolute_error,
    roc_auc_score,
)
from sksurv.metrics import concordance_index_censored

from dxtransfer.evidence.external import COLUMNS, score_external

GIVEN = {"resamples": 200, "level": 0.95, "seed": 1}
BINARY = {"classes": ["well", "ill"], "positive": "ill", **GIVEN}


def cohort(n=60, seed=0):
    """Predictions and outcomes of a cohort; a patient has two samples here and there."""
    rng = np.random.default_rng(seed)
    names = [f"s{i:02d}" for i in range(n)]
    truth = rng.integers(0, 2, n)
    p = 1 / (1 + np.exp(-(rng.normal(size=n) + 2 * truth - 1)))
    predictions = pd.DataFrame(
        {
            "sample": names,
            "patient": [f"p{i // 2 if i < 20 else i:02d}" for i in range(n)],
            "status": "predicted",
            "p_ill": p,
            "p_well": 1 - p,
        }
    )
    outcomes = pd.DataFrame({"sample": names, "label": np.where(truth == 1, "ill", "well")})
    return predictions, outcomes, truth, p


def test_the_measures_are_scikit_learns():
    predictions, outcomes, truth, p = cohort()
    found = score_external(predictions, outcomes.sample(frac=1, random_state=1), **BINARY)
    assert list(found.columns) == [*COLUMNS, "refused", "without_outcome"]
    estimate = found.set_index("measure")["estimate"]
    assert estimate["auroc"] == pytest.approx(roc_auc_score(truth, p))
    assert estimate["average_precision"] == pytest.approx(average_precision_score(truth, p))
    assert estimate["brier"] == pytest.approx(brier_score_loss(truth, p))
    assert (found["low"] <= found["estimate"]).all() and (found["estimate"] <= found["high"]).all()
    assert set(found["patients"]) == {50} and set(found["samples"]) == {60}
    assert found["prevalence"].iloc[0] == pytest.approx(truth.mean())


def test_refused_samples_and_those_without_an_outcome_are_counted_and_not_scored():
    predictions, outcomes, truth, p = cohort()
    predictions.loc[:4, "status"] = "refused"
    predictions.loc[:4, ["p_ill", "p_well"]] = np.nan
    outcomes.loc[5:7, "label"] = ""
    # a sample that quality control refused need not be known by the outcomes
    found = score_external(predictions, outcomes.drop(index=0), **BINARY)
    assert found.set_index("measure")["estimate"]["auroc"] == pytest.approx(
        roc_auc_score(truth[8:], p[8:])
    )
    assert set(found["refused"]) == {5} and set(found["without_outcome"]) == {3}


def test_all_samples_of_a_patient_are_drawn_together():
    predictions, outcomes, *_ = cohort()
    whole = predictions.assign(patient="p")
    found = score_external(whole, outcomes, **BINARY)
    np.testing.assert_allclose(found["low"], found["high"])


def test_nothing_to_score_gives_no_figure():
    predictions, outcomes, *_ = cohort()
    found = score_external(predictions.assign(status="refused"), outcomes, **BINARY)
    assert found[["estimate", "low", "high"]].isna().all(axis=None)
    assert set(found["samples"]) == {0} and set(found["refused"]) == {60}
    one_class = score_external(predictions, outcomes.assign(label="ill"), **BINARY)
    estimate = one_class.set_index("measure")["estimate"]
    assert np.isnan(estimate["auroc"]) and estimate["accuracy"] > 0


def test_numbers_and_times_are_scored_by_their_own_measures():
    predictions, outcomes, _, p = cohort()
    number = outcomes.assign(label=[str(x) for x in 10 * p + 1])
    of_number = predictions.assign(prediction=10 * p)
    found = score_external(of_number, number, task="regression", **GIVEN).set_index("measure")
    assert found["estimate"]["mae"] == pytest.approx(mean_absolute_error(10 * p + 1, 10 * p))
    assert found["estimate"]["spearman"] == pytest.approx(1)

    rng = np.random.default_rng(2)
    times, event = rng.exponential(10, 60), rng.random(60) < 0.6
    lived = outcomes.assign(label=np.where(event, "event", "censored"), time=times)
    of_times = predictions.assign(
        risk=p, **{f"survival_at_{t}": np.exp(-t * p / 9) for t in (3, 8)}
    )
    found = score_external(of_times, lived, task="survival", **GIVEN).set_index("measure")
    expected = concordance_index_censored(event, times, p)[0]
    assert found["estimate"]["c_index"] == pytest.approx(expected)
    assert found["estimate"].notna().all()


def test_a_sample_that_stands_twice_or_is_unknown_is_named():
    predictions, outcomes, *_ = cohort()
    twice = pd.concat([predictions, predictions[:1]])
    with pytest.raises(ValueError, match="predictions: sample 's00' stands twice"):
        score_external(twice, outcomes, **BINARY)
    with pytest.raises(ValueError, match="outcomes: no sample 's03'"):
        score_external(predictions, outcomes.drop(index=3), **BINARY)
