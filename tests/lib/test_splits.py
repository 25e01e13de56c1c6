"""Folds and budgets are drawn by patient, balanced, nested and the same for the same seed."""

import hashlib
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from dxtransfer.errors import InputError
from dxtransfer.learn.splits import COLUMNS, inner_folds, make_splits

SETTINGS = {
    "repeats": 2,
    "folds": 5,
    "inner_folds": 3,
    "draws": 2,
    "budgets": [4, 8, 16, "all"],
    "seed": 3,
}


def cohort(ill=14, well=26, *, seed=0, copies=0):
    """Samples of patients in mixed order; the first `copies` patients have a second sample."""
    patients = [f"p{i:02d}" for i in range(ill + well)]
    label = {p: "ill" if i < ill else "well" for i, p in enumerate(patients)}
    rows = [(f"{p}-a", p, label[p]) for p in patients]
    rows += [(f"{p}-b", p, label[p]) for p in patients[:copies]]
    order = np.random.default_rng(seed).permutation(len(rows))
    return tuple(map(list, zip(*(rows[i] for i in order), strict=True)))


def drawn(splits):
    """Patients of each draw, one row each."""
    training = splits[splits["part"] == "train"]
    keys = ["repeat", "fold", "draw", "patient"]
    return training.drop_duplicates(keys).groupby(["repeat", "fold", "draw"])


def rank(budget):
    return np.inf if budget == "all" else int(budget)


@pytest.fixture(scope="module")
def splits():
    return make_splits(*cohort(copies=10), **SETTINGS)


def test_columns_are_the_contract_and_test_rows_have_no_draw(splits):
    assert list(splits.columns) == COLUMNS
    is_test = splits["part"] == "test"
    assert splits.loc[is_test, ["draw", "inner_fold", "budget"]].isna().all(axis=None)
    assert splits.loc[~is_test].notna().all(axis=None)


def test_no_patient_stands_on_both_sides_and_every_sample_on_one(splits):
    everyone = set(cohort(copies=10)[0])
    for _, fold in splits.groupby(["repeat", "fold"]):
        test, train = (fold[fold["part"] == part] for part in ("test", "train"))
        assert not set(test["patient"]) & set(train["patient"])
        assert test["sample"].is_unique
        for _, one in train.groupby("draw"):
            assert sorted([*one["sample"], *test["sample"]]) == sorted(everyone)


def test_every_sample_is_tested_once_per_repeat(splits):
    for _, repeat in splits[splits["part"] == "test"].groupby("repeat"):
        assert sorted(repeat["sample"]) == sorted(cohort(copies=10)[0])


def test_folds_are_stratified_by_patient(splits):
    tested = splits[splits["part"] == "test"].drop_duplicates(["repeat", "patient"])
    shares = tested.groupby(["repeat", "fold"])["label"].agg(lambda x: (x == "ill").sum())
    assert set(shares) <= {2, 3}


@pytest.mark.parametrize(("rare", "expected"), [(2, 2), (3, 2), (4, 2), (6, 3), (9, 4), (30, 5)])
def test_folds_are_half_the_patients_of_the_rarer_class_at_least_two(rare, expected):
    splits = make_splits(*cohort(ill=rare, well=30), **SETTINGS)
    assert splits["fold"].max() == expected


def test_budgets_are_nested_and_count_patients(splits):
    for _, patients in drawn(splits):
        ranks = patients["budget"].map(rank)
        for budget in (4, 8, 16):
            assert (ranks <= budget).sum() == budget
        assert (patients["budget"] == "all").sum() == len(patients) - 16


def test_every_budget_begins_with_two_patients_of_each_class():
    splits = make_splits(*cohort(ill=4, well=60), **SETTINGS)
    for _, patients in drawn(splits):
        smallest = patients[patients["budget"] == "4"]
        assert Counter(smallest["label"]) == {"ill": 2, "well": 2}


def test_budgets_not_below_the_training_part_are_dropped():
    splits = make_splits(*cohort(ill=8, well=8), **SETTINGS)
    assert set(splits["budget"].dropna()) == {"4", "8", "all"}


def test_every_fold_has_the_same_budgets():
    # five folds of 41 patients leave 32 or 33 to learn from
    splits = make_splits(*cohort(ill=14, well=27), **{**SETTINGS, "budgets": [16, 32, "all"]})
    assert set(splits["budget"].dropna()) == {"16", "all"}


def test_a_patients_samples_share_budget_and_inner_fold(splits):
    training = splits[splits["part"] == "train"]
    each = training.groupby(["repeat", "fold", "draw", "patient"])
    assert (each[["budget", "inner_fold"]].nunique() == 1).all(axis=None)


def test_inner_folds_are_balanced_within_each_class_at_each_budget(splits):
    for _, patients in drawn(splits):
        for budget in (4, 8, 16, np.inf):
            within = patients[patients["budget"].map(rank) <= budget]
            for _, members in within.groupby("label"):
                counts = members["inner_fold"].value_counts().reindex([1, 2, 3], fill_value=0)
                assert counts.max() - counts.min() <= 1


def test_draws_and_repeats_differ_and_one_seed_gives_one_table(splits):
    pd.testing.assert_frame_equal(splits, make_splits(*cohort(copies=10), **SETTINGS))
    other = make_splits(*cohort(copies=10), **{**SETTINGS, "seed": 4})
    assert not splits.equals(other)
    small = splits[splits["budget"] == "4"].groupby(["repeat", "fold", "draw"])["patient"]
    assert small.agg(frozenset).nunique() > 10
    tested = splits[splits["part"] == "test"].groupby(["repeat", "fold"])["sample"]
    assert tested.agg(frozenset).nunique() == 10


def test_a_date_may_be_the_seed():
    assert make_splits(*cohort(), **{**SETTINGS, "seed": 20260101})["fold"].max() == 5


def test_the_order_of_the_samples_does_not_matter():
    keys = ["repeat", "fold", "part", "draw", "sample"]
    one, other = (
        make_splits(*cohort(seed=seed), **SETTINGS).sort_values(keys, ignore_index=True)
        for seed in (0, 1)
    )
    pd.testing.assert_frame_equal(one, other)


@pytest.fixture(scope="module")
def paired():
    """Tumour and normal tissue of all patients but one, who has only tumour."""
    patients = [f"p{i:02d}" for i in range(25)]
    rows = [(f"{p}-{label}", p, label) for p in patients for label in ("normal", "tumor")][1:]
    return make_splits(*map(list, zip(*rows, strict=True)), **SETTINGS)


def test_patients_with_samples_of_both_classes_are_split_by_patient(paired):
    assert paired["fold"].max() == 5
    for _, fold in paired.groupby(["repeat", "fold"]):
        assert fold.groupby("patient")["part"].nunique().max() == 1
        tested = fold[fold["part"] == "test"]
        assert tested["patient"].nunique() == 5
        assert tested["label"].value_counts()["normal"] >= 4


def test_every_draw_of_patients_with_both_classes_holds_two_of_each(paired):
    assert set(paired["budget"].dropna()) == {"4", "8", "16", "all"}
    training = paired[paired["part"] == "train"]
    smallest = training[training["budget"] == "4"]
    for _, draw in smallest.groupby(["repeat", "fold", "draw"]):
        assert draw["patient"].nunique() == 4
        assert draw.groupby("label")["patient"].nunique().min() >= 2
    for _, draw in training.groupby(["repeat", "fold", "draw"]):
        assert (draw.groupby("patient")["inner_fold"].nunique() == 1).all()


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(
    "counts", [(3, 1, 3), (1, 3, 1), (0, 4, 0), (2, 7, 30), (0, 12, 3), (9, 2, 9)]
)
def test_every_class_is_balanced_whatever_the_sets_of_classes(counts, seed):
    sets = [labels for labels, n in zip(("a", "ab", "b"), counts, strict=True) for _ in range(n)]
    rows = [(f"{i}{k}", f"p{i:02d}", k) for i, own in enumerate(sets) for k in own]
    splits = make_splits(*map(list, zip(*rows, strict=True)), **{**SETTINGS, "seed": seed})
    rarer = min(counts[0], counts[2]) + counts[1]
    assert splits["fold"].max() == min(5, rarer // 2)
    tested = splits[splits["part"] == "test"]
    each = tested.groupby(["repeat", "label", "fold"])["patient"].nunique().unstack(fill_value=0)
    assert (each.max(axis=1) - each.min(axis=1)).max() <= 1
    first = splits[splits["budget"] == ("4" if "4" in set(splits["budget"]) else "all")]
    for _, draw in first.groupby(["repeat", "fold", "draw"]):
        assert draw.groupby("label")["patient"].nunique().reindex(["a", "b"]).min() >= 2


def test_splits_of_patients_with_one_class_each_stay_what_they_were():
    kinds = {
        "binary": cohort(copies=10),
        "multiclass": several(dict.fromkeys("abcde", 8)),
        "survival": several({"event": 13, "censored": 60}),
        "regression": several({str(i * i % 41): 1 for i in range(41)}),
    }
    told = {
        kind: make_splits(*own, task=kind, **SETTINGS).to_csv(sep="\t", index=False)
        for kind, own in kinds.items()
    }
    digests = {k: hashlib.sha256(text.encode()).hexdigest()[:16] for k, text in told.items()}
    assert digests == {
        "binary": "4333110ef114bc2d",
        "multiclass": "d54cdc419b5d8c0f",
        "survival": "b7d96347b95c7e39",
        "regression": "979df26607fc26c9",
    }


def test_a_patient_of_mixed_labels_stays_whole_and_counts_for_the_rarer_class():
    samples, patients, labels = cohort(ill=3, well=20)
    samples, patients, labels = [*samples, "extra"], [*patients, "p22"], [*labels, "ill"]
    splits = make_splits(samples, patients, labels, **SETTINGS)
    assert splits["fold"].max() == 2  # four patients now have the rarer label
    for _, fold in splits.groupby(["repeat", "fold"]):
        assert fold.groupby("patient")["part"].nunique().max() == 1
        labels_of_mixed = fold.loc[fold["patient"] == "p22"].drop_duplicates("sample")["label"]
        assert sorted(labels_of_mixed) == ["ill", "well"]
        tested = fold[fold["part"] == "test"]
        assert tested.loc[tested["label"] == "ill", "patient"].nunique() == 2


@pytest.mark.parametrize(("ill", "well"), [(1, 20), (0, 20), (20, 1)])
def test_a_class_with_fewer_than_two_patients_is_told_with_its_counts(ill, well):
    with pytest.raises(InputError, match=r"two patients of each class.*: 20"):
        make_splits(*cohort(ill=ill, well=well), **SETTINGS)


def test_two_samples_of_one_patient_are_not_two_patients():
    samples, patients, labels = cohort(ill=2, well=20)
    patients = ["p00" if label == "ill" else p for p, label in zip(patients, labels, strict=True)]
    with pytest.raises(InputError):
        make_splits(samples, patients, labels, **SETTINGS)


def test_inner_folds_of_a_training_set_are_grouped_and_balanced():
    _, patients, labels = cohort(ill=7, well=11, copies=6)
    table = pd.DataFrame({"patient": patients, "label": labels})
    table["fold"] = inner_folds(labels, patients, folds=3)
    assert (table.groupby("patient")["fold"].nunique() == 1).all()
    counts = table.drop_duplicates("patient").groupby(["label", "fold"]).size().unstack()
    assert ((counts.max(axis=1) - counts.min(axis=1)) <= 1).all()
    assert set(table["fold"]) == {1, 2, 3}


def several(sizes):
    """One sample per patient, as many of each class as asked."""
    labels = [name for name, n in sizes.items() for _ in range(n)]
    names = [f"p{i:03d}" for i in range(len(labels))]
    return names, names, labels


def test_budgets_that_two_patients_of_each_class_do_not_fit_into_are_dropped():
    splits = make_splits(*several(dict.fromkeys("abcde", 8)), task="multiclass", **SETTINGS)
    assert set(splits["budget"].dropna()) == {"16", "all"}
    for _, one in drawn(splits):
        within = one[one["budget"] == "16"]
        assert within["label"].value_counts().reindex(list("abcde")).min() >= 2


def test_events_are_balanced_over_folds_and_lead_every_draw():
    names, patients, labels = several({"event": 13, "censored": 60})
    times = list(np.random.default_rng(0).uniform(0, 50, len(names)))
    splits = make_splits(names, patients, labels, times=times, task="survival", **SETTINGS)
    assert list(splits.columns) == [*COLUMNS, "time"]
    assert splits.drop_duplicates("sample").set_index("sample")["time"].to_dict() == dict(
        zip(names, times, strict=True)
    )
    assert splits["fold"].max() == 5
    tested = splits[splits["part"] == "test"]
    events = tested.groupby(["repeat", "fold"])["label"].agg(lambda x: (x == "event").sum())
    assert set(events) <= {2, 3}
    for _, one in drawn(splits):
        for budget in (4, 8, 16):
            within = one[one["budget"].map(rank) <= budget]
            assert len(within) == budget
            assert (within["label"] == "event").sum() >= 2


def test_two_patients_with_an_event_are_needed_and_none_has_to_be_censored():
    names, patients, labels = several({"event": 1, "censored": 20})
    with pytest.raises(InputError, match="two patients with an event; there are"):
        make_splits(names, patients, labels, task="survival", **SETTINGS)
    splits = make_splits(*several({"event": 12}), task="survival", **SETTINGS)
    assert splits["fold"].max() == 5


def test_folds_are_balanced_by_the_quarters_of_a_number():
    numbers = np.random.default_rng(1).permutation(40) ** 2
    names = [f"p{i:02d}" for i in range(40)]
    splits = make_splits(names, names, list(map(str, numbers)), task="regression", **SETTINGS)
    assert list(splits.columns) == COLUMNS
    quarter = pd.Series(numbers, index=names).rank().sub(1).floordiv(10)
    for _, fold in splits[splits["part"] == "test"].groupby(["repeat", "fold"]):
        assert fold["sample"].map(quarter).value_counts().tolist() == [2] * 4
    for _, one in drawn(splits):
        for budget in (4, 8, 16):
            within = one[one["budget"].map(rank) <= budget]
            assert len(within) == budget
            assert np.ptp(within["inner_fold"].value_counts().reindex([1, 2, 3])) <= 1


def test_a_patient_with_two_numbers_stays_whole_and_four_patients_are_needed():
    names = [f"s{i}" for i in range(12)]
    patients = [f"p{i // 2}" for i in range(12)]
    splits = make_splits(names, patients, list("123456789123"), task="regression", **SETTINGS)
    assert splits["fold"].max() == 3
    for _, fold in splits.groupby(["repeat", "fold"]):
        sides = fold.groupby("patient")["part"].nunique()
        assert (sides == 1).all()
    with pytest.raises(InputError, match="needs four patients; there are 3"):
        make_splits(names[:6], patients[:6], list("123456"), task="regression", **SETTINGS)


def test_a_class_of_the_task_without_a_patient_is_told():
    samples = [f"s{i}" for i in range(12)]
    with pytest.raises(InputError, match="two patients of each class; there are a: 6, b: 6, c: 0"):
        make_splits(
            samples,
            samples,
            ["a", "b"] * 6,
            task="multiclass",
            classes=["a", "b", "c"],
            repeats=1,
            folds=2,
            inner_folds=3,
            draws=1,
            budgets=["all"],
            seed=1,
        )
