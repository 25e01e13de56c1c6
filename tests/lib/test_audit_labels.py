"""What gives a label away or contradicts it is found, and what has nothing to do with it is not."""

import numpy as np
import pytest
from audited import P, cohort, found, prepared, rows

from dxtransfer.cohorts.audit.table import audit

HALVES = ["ill"] * 10 + ["well"] * 10


def test_labels_swapped_between_duplicates_of_a_target_are_an_error():
    target = cohort("t", seed=1, patients=["a", "a", *(f"p{i}" for i in range(18))])
    target.X[1] = target.X[0]
    labels = {"t": ["ill", "well", *HALVES[2:]], "s": [""] * 20}
    errors = found(target, cohort("s", seed=2), labels=labels).query("level == 'error'")
    assert rows(errors) == [["error", "label_conflict", "t", "t0", "t1"]]
    assert "labelled ill here and well there" in errors["detail"].iloc[0]


def test_a_sample_labelled_differently_in_target_and_source_is_told():
    target, source = cohort("t", seed=1), cohort("s", seed=2)
    source.X[15] = target.X[0]
    table = found(target, source, "label_conflict", labels={"t": HALVES, "s": HALVES})
    assert rows(table) == [["warning", "label_conflict", "t", "t0", "s15"]]


def test_a_batch_equal_to_the_label_is_an_error_in_a_target_and_a_warning_in_a_source():
    plates = ["A"] * 5 + ["B"] * 5 + ["C"] * 10
    target, source = cohort("t", seed=1, plate=plates), cohort("s", seed=2, plate=plates)
    table = found(target, source, labels={"t": HALVES, "s": HALVES})
    assert table[["level", "check", "cohort", "column"]].to_numpy().tolist() == [
        ["error", "label_is_batch", "t", "plate"],
        ["warning", "label_is_batch", "s", "plate"],
    ]
    assert table["statistic"].tolist() == pytest.approx([1, 1])
    assert (table["p_value"] < 0.01).all()


def test_a_site_that_goes_with_the_label_in_part_is_a_warning():
    site = ["north"] * 9 + ["south"] * 10 + ["north"]
    table = found(cohort("t", seed=1, site=site), cohort("s", seed=2), labels={"t": HALVES})
    assert table[["level", "check", "column"]].to_numpy().tolist() == [
        ["warning", "label_confounded", "site"]
    ]
    assert table["statistic"].iloc[0] == pytest.approx(0.8)


def test_columns_that_have_nothing_to_do_with_the_label_are_not_told():
    rng = np.random.default_rng(3)
    columns = {
        "site": ["north", "south"] * 10,
        "age": rng.normal(50, 9, 20),
        "run date": [f"2020-01-{i:02}" for i in range(1, 21)],
        "state": HALVES,
    }
    table = found(cohort("t", seed=1, **columns), cohort("s", seed=2), labels={"t": HALVES})
    assert table.empty


def test_a_biomarker_that_defines_the_label_is_a_warning_and_an_error_as_a_covariate():
    values = np.r_[np.linspace(5, 9, 10), np.linspace(0, 4, 10)]
    kept = prepared(
        {"t": cohort("t", seed=1, tau=values), "s": cohort("s", seed=2)}, ["t"], {"t": HALVES}
    )
    for covariates, level in (((), "warning"), (("tau",), "error")):
        table = audit(kept, targets={"t": ["s"]}, label_columns=["state"], covariates=covariates)
        assert table[["level", "check", "column", "statistic"]].to_numpy().tolist() == [
            [level, "label_giving_column", "tau", 1.0]
        ]


def test_library_size_that_goes_with_the_label_is_told():
    target = cohort("t", seed=1)
    rng = np.random.default_rng(1)
    depth = np.where(np.arange(20) < 10, 50, 20)[:, None]
    target.X = rng.poisson(depth, (20, P)).astype(np.float32)
    table = found(target, cohort("s", seed=2), labels={"t": HALVES})
    assert table[["level", "column", "statistic"]].to_numpy().tolist() == [
        ["warning", "total count", 1.0]
    ]


def test_a_feature_that_is_the_label_is_an_error_and_a_perfect_marker_is_none():
    target = cohort("t", seed=1)
    target.X[:, 3] = np.where(np.arange(20) < 10, 4.0, 11.0)
    target.X[:, 4] += np.where(np.arange(20) < 10, 0, 20)
    target.X[:10, 5] = np.nan
    table = found(target, cohort("s", seed=2), labels={"t": HALVES})
    assert table[["level", "check", "column"]].to_numpy().tolist() == [
        ["error", "feature_is_label", "G3"],
        ["warning", "feature_is_label", "G5"],
    ]


def test_a_feature_that_chance_alone_makes_equal_to_the_label_is_no_error():
    few = cohort("t", 6, seed=1)
    few.X = np.random.default_rng(1).integers(0, 2, (6, P)).astype(np.float32)
    labels = {"t": ["ill"] * 3 + ["well"] * 3}
    table = found(few, cohort("s", seed=2), "feature_is_label", labels=labels)
    assert len(table) > 5
    assert set(table["level"]) == {"warning"}
