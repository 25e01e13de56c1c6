"""The vocabulary is what varies within source cohorts and enough of them measure."""

import numpy as np
import pandas as pd
import pytest

from dxtransfer.cohorts.vocabulary import summarise, vocabulary
from dxtransfer.errors import InputError


def summary(**variances):
    return pd.DataFrame(
        {"mean": 1.0, "var": list(variances.values())}, index=pd.Index(list(variances))
    )


def chosen(per_cohort, *, share=0.5, n=100):
    return vocabulary(per_cohort, min_cohort_share=share, n_features=n)


def test_mean_and_variance_are_those_of_the_measured_values():
    X = np.random.default_rng(0).normal(3, 2, (50, 6)).astype(np.float32)
    X[:20, 2] = np.nan
    X[:30, 3] = np.nan
    table = summarise([X], list("abcdef"))
    assert list(table.index) == list("abcef")
    frame = pd.DataFrame(X.astype(float), columns=list("abcdef"))[list("abcef")]
    np.testing.assert_allclose(table["mean"], frame.mean(), rtol=1e-6)
    np.testing.assert_allclose(table["var"], frame.var(), rtol=1e-6)


def test_a_cohort_in_pieces_is_summarised_as_a_whole():
    X = np.random.default_rng(1).normal(1e4, 2, (50, 6))
    X[:40, 2] = np.nan
    X[:20, 3] = np.nan
    pieces = [X[:0], X[:7], X[7:30], X[30:]]
    pd.testing.assert_frame_equal(
        summarise(pieces, list("abcdef")), summarise([X], list("abcdef")), rtol=1e-9
    )


def test_differences_between_cohorts_do_not_count_as_variance():
    names = ["shift", "varies"]
    one = summarise([np.array([[0.0, 1.0], [0.0, 2.0]], dtype=np.float32)], names)
    other = summarise([np.array([[9.0, 1.0], [9.0, 2.0]], dtype=np.float32)], names)
    assert list(chosen({"one": one, "other": other}, n=1)["feature"]) == ["varies"]


def test_units_of_a_cohort_do_not_weigh():
    small = summary(a=3.0, b=2.0, c=1.0)
    large = summary(a=100.0, b=3e6, c=2e6)
    ranks = chosen({"one": small, "two": small, "big": large}).set_index("feature")["variance_rank"]
    assert ranks["b"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert ranks["a"] == pytest.approx((1 + 1 + 1 / 3) / 3)


def test_a_feature_of_too_few_cohorts_is_left_out():
    per_cohort = {
        "1": summary(a=1, b=2),
        "2": summary(a=1, b=2),
        "3": summary(a=1),
        "4": summary(a=1),
    }
    assert list(chosen(per_cohort, share=0.5)["feature"]) == ["a", "b"]
    assert list(chosen(per_cohort, share=0.75)["feature"]) == ["a"]
    assert list(chosen(per_cohort)["cohorts"]) == [4, 2]


def test_rows_are_sorted_by_name_and_ties_are_broken_by_name():
    per_cohort = {"1": summary(z=5, y=1, x=1, w=1)}
    table = chosen(per_cohort, n=3)
    assert list(table["feature"]) == ["w", "x", "z"]
    assert list(table.columns) == ["feature", "cohorts", "mean", "sd", "variance_rank"]


def test_the_order_of_cohorts_and_features_changes_nothing():
    rng = np.random.default_rng(1)
    names = [f"G{i}" for i in range(200)]
    per_cohort = {
        str(k): pd.DataFrame({"mean": rng.normal(size=200), "var": rng.random(200)}, index=names)
        for k in range(3)
    }
    turned = {k: table[::-1] for k, table in reversed(per_cohort.items())}
    pd.testing.assert_frame_equal(chosen(per_cohort, n=50), chosen(turned, n=50))


def test_sd_is_the_root_of_the_mean_variance_within_cohorts():
    table = chosen({"1": summary(a=1.0), "2": summary(a=7.0)})
    assert table["sd"].item() == pytest.approx(2.0)


def test_cohorts_that_name_nothing_alike_are_refused():
    with pytest.raises(InputError, match="name features alike"):
        chosen({"1": summary(a=1), "2": summary(b=1)}, share=1.0)


def test_what_more_cohorts_measure_comes_first():
    wide = pd.DataFrame({"mean": 0.0, "var": [9.0, 1.0, 2.0]}, index=["NOISE", "B", "C"])
    narrow = pd.DataFrame({"mean": 0.0, "var": [1.0, 2.0]}, index=["B", "C"])
    chosen = vocabulary({"a": wide, "b": narrow}, min_cohort_share=0.5, n_features=2)
    assert chosen["feature"].tolist() == ["B", "C"]
