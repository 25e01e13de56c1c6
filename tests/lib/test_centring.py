"""Values that are made from all samples of a file are noticed, and refused for new patients."""

from pathlib import Path

import numpy as np
import pytest

from dxtransfer.cohorts.centring import centred

RNG = np.random.default_rng(3)
LOGS = RNG.normal(RNG.normal(8, 2, 200), RNG.uniform(0.3, 2, 200), (30, 200)).astype(np.float32)
MISSING = np.where(RNG.random(LOGS.shape) < 0.1, np.nan, LOGS)


@pytest.mark.parametrize(
    "values",
    [
        LOGS - LOGS.mean(axis=0),
        (LOGS - LOGS.mean(axis=0)) / LOGS.std(axis=0),
        LOGS - np.median(LOGS, axis=0),
        MISSING - np.nanmean(MISSING, axis=0),
    ],
    ids=["mean", "z-scores", "median", "with missing values"],
)
def test_features_centred_over_the_samples_are_noticed(values):
    assert "200 of 200 features are centred" in centred(values)


@pytest.mark.parametrize(
    "values",
    [
        LOGS,
        LOGS - LOGS.mean(axis=1, keepdims=True),
        LOGS - LOGS[0],
        (LOGS - LOGS.mean(axis=0))[:5],
        (LOGS - LOGS.mean(axis=0))[:12],
        np.maximum(LOGS - 7, 0),
    ],
    ids=["logs", "by sample", "ratios", "five samples", "twelve of them", "floored"],
)
def test_other_values_are_not(values):
    assert centred(values) == ""


@pytest.mark.parametrize("name", ["data_mrna_zscores_ref_all.txt", "x.z-score.tsv", "Zscore.txt"])
def test_a_name_may_say_it(name):
    assert "z-scores" in centred(LOGS - 8, path=Path(name))
    assert centred(np.abs(LOGS), path=Path(name)) == ""
