"""Sites are left out one at a time: a model never sees a sample, or a patient, of its test site."""

import math

import pandas as pd
import pytest

from dxtransfer.errors import InputError
from dxtransfer.labels import Outcome
from dxtransfer.learn.target_splits import target_splits
from dxtransfer.sites import judged_sites, too_few_sites

SETTINGS = {"repeats": 3, "folds": 5, "inner_folds": 3, "draws": 2, "budgets": [4, 8, "all"]}
TASK = {"kind": "binary", "label": "state", "classes": {"ill": ["ill"], "well": ["well"]}}


def table(*sites, patients=None):
    """Samples of alternating classes at these sites."""
    samples = [f"s{i:02d}" for i in range(len(sites))]
    patients = patients or [f"p{i:02d}" for i in range(len(sites))]
    outcomes = [Outcome("ill" if i % 2 else "well") for i in range(len(sites))]
    return pd.DataFrame({"sample": samples, "patient": patients, "hospital": sites}), outcomes


def split(cohort, **changes):
    given = {"site": "hospital", "task": TASK, "settings": SETTINGS, "seed": 3, **changes}
    return target_splits(*cohort, **given)


def sides(splits):
    for _, fold in splits.groupby(["repeat", "fold"]):
        yield fold[fold["part"] == "test"], fold[fold["part"] == "train"]


def test_each_site_is_a_fold_of_its_own_and_is_learnt_from_in_the_others():
    found = split(table(*"nnnnnnsssssswwwwwwww"))
    place = dict(zip(found.splits["sample"], found.splits["sample"].map(int_of), strict=True))
    where = {s: "nnnnnnsssssswwwwwwww"[i] for s, i in place.items()}
    assert found.sites[["site", "fold", "patients", "reason"]].to_numpy().tolist() == [
        ["n", 1, 6, ""],
        ["s", 2, 6, ""],
        ["w", 3, 8, ""],
    ]
    assert set(found.splits["repeat"]) == {1}
    for number, (test, train) in enumerate(sides(found.splits)):
        assert set(test["sample"].map(where)) == {"nsw"[number]}
        assert set(train["sample"].map(where)) == set("nsw") - {"nsw"[number]}


def int_of(sample):
    return int(sample[1:])


def test_the_draws_of_all_repeats_are_draws_of_the_one_partition():
    found = split(table(*"nnnnnnnnsssssswwwwwwww"))
    training = found.splits[found.splits["part"] == "train"]
    assert set(training["draw"]) == set(range(1, 7))
    orders = {tuple(d["sample"][d["budget"] == "4"]) for _, d in training.groupby(["fold", "draw"])}
    assert len(orders) > 6


def test_a_patient_seen_at_two_sites_is_never_learnt_from_while_one_of_them_is_tested():
    patients = [f"p{i:02d}" for i in range(20)]
    patients[10:12] = patients[0:2]
    found = split(table(*"nnnnnnnnnnssssssssss", patients=patients))
    for test, train in sides(found.splits):
        assert not set(test["patient"]) & set(train["patient"])
    tested = found.splits[found.splits["part"] == "test"]
    assert tested["sample"].is_unique and len(tested) == 20


def test_a_site_without_both_classes_is_learnt_from_only():
    cohort, outcomes = table(*"nnnnnnsssssswwwwww")
    outcomes[12:] = [Outcome("ill")] * 6
    found = split((cohort, outcomes))
    assert found.sites.set_index("site").loc["w", ["fold", "reason"]].tolist() == [
        0,
        "0 patients of class 'well'",
    ]
    for test, train in sides(found.splits):
        assert not test["sample"].isin(cohort["sample"][12:]).any()
        assert set(cohort["sample"][12:]) <= set(train["sample"])


def test_a_site_whose_classes_the_others_lack_is_learnt_from_only():
    labels = ["ill", "well"] * 4 + ["well"] * 4 + ["ill", "well"]
    sites = list("nnnnnnnnssssww")
    found = judged_sites(sites, sites_of(labels), labels, kind="binary", classes=["ill", "well"])
    reasons = {site.site: site.reason for site in found}
    assert reasons["n"] == "the other sites have 1 patients of class 'ill'"
    assert "1 of its 3 sites can be tested" in too_few_sites(found)


def sites_of(labels):
    return [f"p{i}" for i in range(len(labels))]


def test_a_sample_without_a_site_takes_no_part_and_is_told():
    found = split(table(*"nnnnnnnnssssssss", "", ""))
    assert found.left_out.to_numpy().tolist() == [
        ["s16", "p16", "no hospital"],
        ["s17", "p17", "no hospital"],
    ]
    assert not found.splits["sample"].isin(["s16", "s17"]).any()


def test_one_site_is_one_line():
    with pytest.raises(InputError, match=r"^0 of its 1 sites can be tested"):
        split(table(*"nnnnnnnn"))


def test_other_kinds_of_task_have_sites_of_their_own_measure():
    labels = ["event", "censored", "censored", "event", "event", "censored"]
    found = judged_sites(list("nnssww"), sites_of(labels), labels, kind="survival", classes=[])
    assert [site.fold for site in found] == [1, 2, 3]
    assert found[0].labels == "censored 1, event 1"
    numbers = ["1.0"] * 9
    found = judged_sites(
        list("nnnnssssw"), sites_of(numbers), numbers, kind="regression", classes=[]
    )
    assert [site.reason for site in found] == ["", "", "1 patients with a number"]


def test_without_a_site_folds_are_drawn_and_no_site_is_told():
    cohort, outcomes = table(*"nnnnnnnnnn")
    outcomes[0] = Outcome("", time=math.nan, reason="no label")
    found = split((cohort.drop(columns="hospital"), outcomes), site="")
    assert found.sites.empty and found.splits["repeat"].max() == 3
    assert found.left_out["reason"].tolist() == ["no label"]
