"""How many labelled patients the transfer is worth, from two curves."""

import numpy as np
import pandas as pd
import pytest

from dxtransfer.evidence.patients_saved import patients_saved

TRANSFER, CONTROL = ("linear", "ensemble"), ("none", "ensemble_target")
BUDGETS = {"8": 8, "16": 16, "32": 32, "all": 64}


def splits():
    rows = [
        {"repeat": 1, "fold": 1, "part": "train", "draw": 1, "sample": f"p{i}", "patient": f"p{i}"}
        for i in range(64)
    ]
    budget = ["8"] * 8 + ["16"] * 8 + ["32"] * 16 + ["all"] * 32
    return pd.DataFrame(rows).assign(budget=budget)


def table(transfer, control, *, noise=1e-6):
    """From the curves at the four budgets; each of 40 patients moves them a little."""
    rng = np.random.default_rng(0)
    values = {
        (*member, budget): np.append(value, value + noise * rng.normal(size=40))
        for member, curve in ((TRANSFER, transfer), (CONTROL, control))
        for budget, value in zip(BUDGETS, curve, strict=True)
    }
    found = patients_saved(
        values, splits(), transfer=TRANSFER, control=CONTROL, counted=20, level=0.95
    )
    return found.set_index("budget")


def test_a_curve_that_is_one_doubling_ahead_saves_as_many_patients_as_there_are():
    found = table([0.7, 0.8, 0.9, 0.95], [0.6, 0.7, 0.8, 0.9])
    assert list(found.loc[["8", "16", "32"], "patients"]) == [8, 16, 32]
    assert list(found.loc[["8", "16", "32"], "needed"]) == pytest.approx([16, 32, 64], rel=0.02)
    assert list(found.loc[["8", "16", "32"], "saved"]) == pytest.approx([8, 16, 32], rel=0.04)


def test_what_the_target_alone_never_reaches_is_told_as_more_than():
    found = table([0.7, 0.8, 0.9, 0.95], [0.6, 0.7, 0.8, 0.9]).loc["all"]
    assert np.isnan(found["saved"])
    assert np.isnan(found["high"])
    assert found["beyond"] == 0
    far = table([0.95] * 4, [0.6, 0.7, 0.8, 0.9]).loc["8"]
    assert np.isnan(far["saved"])
    assert far["beyond"] == 64 - 8


def test_equal_curves_save_nothing():
    found = table([0.6, 0.7, 0.8, 0.9], [0.6, 0.7, 0.8, 0.9])
    assert list(found["saved"]) == pytest.approx([0, 0, 0, 0], abs=1e-9)


def test_a_curve_behind_costs_patients():
    found = table([0.5, 0.6, 0.7, 0.8], [0.6, 0.7, 0.8, 0.9])
    assert list(found.loc[["16", "32", "all"], "saved"]) == pytest.approx([-8, -16, -32], rel=0.04)


def test_a_target_only_curve_that_falls_is_taken_as_its_monotone_fit():
    # 0.8 and 0.7 become 0.75 twice
    found = table([0.75, 0.75, 0.76, 0.9], [0.6, 0.8, 0.7, 0.9])
    assert found.loc["8", "needed"] == pytest.approx(16, rel=0.02)


def test_the_interval_holds_the_estimate_and_widens_with_the_noise():
    curves = [0.7, 0.8, 0.9, 0.95], [0.6, 0.7, 0.8, 0.9]
    widths = []
    for noise in (0.0005, 0.002):
        row = table(*curves, noise=noise).loc["16"]
        assert row["low"] <= row["saved"] <= row["high"]
        widths.append(row["high"] - row["low"])
    assert widths[0] < widths[1]
    # with much noise nothing above is ruled out
    assert np.isnan(table(*curves, noise=0.05).loc["16", "high"])
