"""The verdict follows from two contrasts, and decides what is shipped."""

import numpy as np
import pandas as pd
import pytest
from evaluated import make_splits, noisy, predict

from dxtransfer.evidence.contrasts import Contrast
from dxtransfer.evidence.verdict import (
    CANNOT_BE_TOLD,
    HELPS,
    HURTS,
    LEAST_REPEATS,
    NO_DIFFERENCE,
    decide,
    verdict,
)
from dxtransfer.evidence.verdicts import over_targets

DELTA = 0.03
TRANSFER, CONTROL, SIMPLE = (
    ("linear", "ensemble"),
    ("none", "ensemble_target"),
    ("none", "logistic_l2"),
)


def gain(estimate, half, narrow=None):
    narrow = 0.8 * half if narrow is None else narrow
    return Contrast(
        estimate, 1, estimate - half, estimate + half, estimate - narrow, estimate + narrow, 0, 1
    )


@pytest.mark.parametrize(
    ("primary", "second", "expected"),
    [
        (gain(0.10, 0.05), gain(0.10, 0.05), HELPS),
        # the interval of one of both holds 0
        (gain(0.10, 0.11), gain(0.10, 0.05), CANNOT_BE_TOLD),
        (gain(0.10, 0.05), gain(0.10, 0.11), CANNOT_BE_TOLD),
        # surely above 0, but too small to matter
        (gain(0.02, 0.005), gain(0.10, 0.05), NO_DIFFERENCE),
        (gain(0.029, 0.02), gain(0.10, 0.05), CANNOT_BE_TOLD),
        (gain(0.03, 0.02), gain(0.10, 0.05), HELPS),
        (gain(-0.10, 0.05), gain(0.10, 0.05), HURTS),
        (gain(-0.10, 0.11), gain(-0.10, 0.05), CANNOT_BE_TOLD),
        (gain(-0.02, 0.01), gain(0, 0.05), NO_DIFFERENCE),
        (gain(0, 0.025), gain(0, 0.2), NO_DIFFERENCE),
        # the interval of two one-sided tests decides, not that of 95 %
        (gain(0, 0.035, narrow=0.029), gain(0, 0.2), NO_DIFFERENCE),
        (gain(0, 0.035, narrow=0.031), gain(0, 0.2), CANNOT_BE_TOLD),
    ],
)
def test_every_rule_of_the_verdict(primary, second, expected):
    assert decide(primary, second, delta=DELTA) == expected


def study(splits, *, transfer, control, simple):
    """Predictions that follow the truth as strongly as asked, noise shared by all three."""
    strengths = {TRANSFER: transfer, CONTROL: control, SIMPLE: simple}
    tables = [
        predict(splits, noisy("same", signal=s, digits=9), strategy=m) for m, s in strengths.items()
    ]
    return pd.concat(tables, ignore_index=True)


def judged(splits, predictions, **given):
    settings = {
        "task": "binary",
        "classes": ["control", "case"],
        "positive": "case",
        "transfer": TRANSFER,
        "control": CONTROL,
        "simple": SIMPLE,
        "delta": DELTA,
        "shipped": TRANSFER,
    }
    return verdict(predictions, splits, **{**settings, **given})[0]


@pytest.fixture(scope="module")
def splits():
    return make_splits(patients=60, repeats=LEAST_REPEATS, folds=3, budgets=())


def test_a_source_that_adds_much_helps_and_is_shipped(splits):
    found = judged(splits, study(splits, transfer=4, control=0.5, simple=0.5))
    assert found.verdict == HELPS
    assert (found.shipped["objective"], found.shipped["strategy"]) == TRANSFER
    assert found.values["transfer"] - found.values["control"] == pytest.approx(
        found.contrasts["transfer - control"].estimate
    )
    assert (found.patients, found.counted, found.folds, found.repeats) == (60, 20, 3, 10)
    assert found.training_patients == pytest.approx(40)


def test_a_source_that_does_harm_is_told_and_not_shipped(splits):
    found = judged(splits, study(splits, transfer=0, control=4, simple=4))
    assert found.verdict == HURTS
    assert (found.shipped["objective"], found.shipped["strategy"]) == SIMPLE
    kept = judged(splits, study(splits, transfer=0, control=4, simple=4), always=True)
    assert kept.verdict == HURTS
    assert (kept.shipped["objective"], kept.shipped["strategy"]) == TRANSFER
    assert "whatever the verdict" in kept.shipped["why"]


def test_better_than_its_control_alone_does_not_help(splits):
    found = judged(splits, study(splits, transfer=4, control=0.5, simple=4))
    assert found.verdict == CANNOT_BE_TOLD
    assert found.shipped["strategy"] == "logistic_l2"


def test_what_is_never_compared_is_refused(splits):
    made = study(splits, transfer=1, control=1, simple=1)
    with pytest.raises(ValueError, match=r"no linear\.ensemble, the transfer of the verdict"):
        judged(splits, made[made["strategy"] != "ensemble"])


def test_few_repeats_or_patients_tell_nothing():
    few = make_splits(patients=60, repeats=LEAST_REPEATS - 1, folds=3, budgets=())
    found = judged(few, study(few, transfer=4, control=0.5, simple=0.5))
    assert found.verdict == CANNOT_BE_TOLD
    assert found.reason == "9 repeats of the cross-validation, where 10 are the least"
    small = make_splits(patients=27, repeats=LEAST_REPEATS, folds=3, budgets=())
    found = judged(small, study(small, transfer=4, control=0.5, simple=0.5))
    assert found.reason == "9 patients of the rarer class, where 10 are the least"
    assert found.shipped["strategy"] == "logistic_l2"


def test_samples_of_a_patient_do_not_make_it_surer():
    one = make_splits(patients=60, repeats=LEAST_REPEATS, folds=3, budgets=())
    three = make_splits(patients=60, samples=3, repeats=LEAST_REPEATS, folds=3, budgets=())
    found, tripled = (
        judged(s, study(s, transfer=2, control=1, simple=1)).contrasts["transfer - control"]
        for s in (one, three)
    )
    assert tripled.error == pytest.approx(found.error)


def test_a_task_of_numbers_counts_an_error_that_falls_as_a_gain():
    rng = np.random.default_rng(2)
    base = make_splits(patients=40, repeats=LEAST_REPEATS, folds=4, budgets=())
    number = {p: str(rng.normal()) for p in base["patient"].unique()}
    base["label"] = base["patient"].map(number)
    test = base[base["part"] == "test"]
    tables = []
    for member, error in ((TRANSFER, 0.1), (CONTROL, 1.0), (SIMPLE, 1.0)):
        value = test["label"].astype(float) + rng.normal(scale=error, size=len(test))
        made = test[["repeat", "fold", "sample"]].assign(
            objective=member[0], strategy=member[1], inner_fold=0, budget="all", draw=1
        )
        tables.append(made.assign(output="prediction", value=value))
    found = judged(base, pd.concat(tables, ignore_index=True), task="regression", delta=0.2)
    assert found.verdict == HELPS
    assert found.measure == "mae"
    assert found.values["transfer"] < found.values["control"]
    assert found.contrasts["transfer - control"].estimate == pytest.approx(
        found.values["control"] - found.values["transfer"]
    )


def record(verdict, estimate, p, *, second=0.001):
    contrasts = [
        {"estimate": estimate, "error": 0.02, "low": 0, "high": 0, "p": q, "degrees": 30}
        for q in (p, second)
    ]
    return {
        "verdict": verdict,
        "measure": "auroc",
        "delta": DELTA,
        "level": 0.95,
        "patients": 60,
        "shipped": {"strategy": "ensemble"},
        "contrasts": dict(zip(("transfer - control", "transfer - simple"), contrasts, strict=True)),
    }


def test_over_targets_what_survives_holm_stays():
    table = over_targets(
        {
            "a": record(HELPS, 0.2, 0.001),
            "b": record(HELPS, 0.1, 0.03),
            "c": record(CANNOT_BE_TOLD, 0.0, 0.9),
        }
    ).set_index("target")
    # 3 x .001, 2 x .03, .9
    assert list(table["p_difference_holm"]) == pytest.approx([0.003, 0.06, 0.9])
    assert list(table["verdict_holm"]) == [HELPS, CANNOT_BE_TOLD, CANNOT_BE_TOLD]
    alone = over_targets({"b": record(HELPS, 0.1, 0.03)})
    assert list(alone["verdict_holm"]) == [HELPS]


def test_over_targets_helping_takes_both_contrasts():
    table = over_targets({"a": record(HELPS, 0.2, 0.001, second=0.04)})
    assert list(table["p_difference"]) == [0.04]
