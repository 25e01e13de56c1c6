"""Within a site a model cannot gain by telling the site."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sksurv.metrics import concordance_index_censored

from dxtransfer.evidence.evaluate import evaluate
from dxtransfer.evidence.stratified import stratified
from dxtransfer.learn.splits import make_splits

SETTINGS = {"repeats": 2, "folds": 3, "inner_folds": 3, "draws": 1, "budgets": ["all"], "seed": 1}
GIVEN = {"resamples": 100, "level": 0.95, "seed": 1}
BINARY = {"classes": ["well", "ill"], "positive": "ill"}


def cohort(n=120, *, seed=0):
    """Disease at four fifths of the first site's patients and a fifth of the other's."""
    rng = np.random.default_rng(seed)
    names = [f"s{i:03d}" for i in range(n)]
    north = np.arange(n) % 2 == 0
    ill = rng.random(n) < np.where(north, 0.8, 0.2)
    labels = np.where(ill, "ill", "well")
    columns = pd.DataFrame({"sample": names, "site": np.where(north, "north", "south")})
    splits = make_splits(names, names, labels.tolist(), classes=["well", "ill"], **SETTINGS)
    return names, columns, splits, dict(zip(names, north * 0.8 + 0.1, strict=True))


def predicted(splits, p, *, strategy="logistic_l2"):
    """A probability of each test sample, by its name."""
    test = splits[splits["part"] == "test"][["repeat", "fold", "sample"]]
    own = test["sample"].map(p)
    parts = [test.assign(output=o, value=v) for o, v in (("ill", own), ("well", 1 - own))]
    about = {"objective": "none", "strategy": strategy, "inner_fold": 0, "budget": "all", "draw": 1}
    return pd.concat(parts, ignore_index=True).assign(**about)


def test_a_model_that_tells_the_site_alone_is_at_chance_within_sites():
    _, columns, splits, by_site = cohort()
    found = stratified(
        predicted(splits, by_site), splits, columns, column="site", **BINARY, **GIVEN
    ).iloc[0]
    assert found["plain"] > 0.7
    ends = [found[name] for name in ("stratified", "stratified_low", "stratified_high")]
    assert ends == pytest.approx([0.5] * 3)
    assert found["difference"] == pytest.approx(0.5 - found["plain"])
    assert found["difference_high"] < 0
    assert found["strata"] == 2 and 0.2 < found["pairs"] < 0.6


def test_it_is_the_pair_weighted_mean_of_scikit_learns_auroc_within_sites():
    names, columns, splits, by_site = cohort()
    rng = np.random.default_rng(3)
    p = {name: 0.5 * by_site[name] + 0.5 * rng.random() for name in names}
    found = stratified(predicted(splits, p), splits, columns, column="site", **BINARY, **GIVEN)
    test = splits[splits["part"] == "test"].merge(columns, on="sample")
    test["ill"], test["p"] = test["label"] == "ill", test["sample"].map(p)
    folds, plain = [], []
    for _, fold in test.groupby(["repeat", "fold"]):
        parts = [(s["ill"].sum() * (~s["ill"]).sum(), s) for _, s in fold.groupby("site")]
        area = [pairs * roc_auc_score(s["ill"], s["p"]) for pairs, s in parts if pairs]
        folds.append(sum(area) / sum(pairs for pairs, _ in parts))
        plain.append(roc_auc_score(fold["ill"], fold["p"]))
    assert found["stratified"][0] == pytest.approx(np.mean(folds))
    assert found["plain"][0] == pytest.approx(np.mean(plain))


def test_the_plain_measure_and_its_interval_are_those_of_the_evaluation():
    names, columns, splits, _ = cohort()
    rng = np.random.default_rng(4)
    predictions = predicted(splits, {name: rng.random() for name in names})
    found = stratified(predictions, splits, columns, column="site", **BINARY, **GIVEN).iloc[0]
    metrics = evaluate(predictions, splits, **BINARY, **GIVEN).metrics.set_index("measure")
    expected = metrics.loc["auroc", ["estimate", "low", "high"]].tolist()
    assert found[["plain", "plain_low", "plain_high"]].tolist() == pytest.approx(expected)


def test_one_site_for_all_changes_nothing_and_none_leaves_no_pair():
    names, columns, splits, _ = cohort()
    rng = np.random.default_rng(5)
    predictions = predicted(splits, {name: rng.random() for name in names})
    same = stratified(
        predictions, splits, columns.assign(site="n"), column="site", **BINARY, **GIVEN
    ).iloc[0]
    assert same["pairs"] == 1 and same["stratified"] == pytest.approx(same["plain"])
    assert same["difference_low"] == pytest.approx(0) == same["difference_high"]
    none = stratified(
        predictions, splits, columns.assign(site=""), column="site", **BINARY, **GIVEN
    ).iloc[0]
    assert none["pairs"] == 0 and none["strata"] == 0 and np.isnan(none["stratified"])


def test_times_are_compared_within_sites_by_the_c_index():
    names, columns, _, by_site = cohort()
    rng = np.random.default_rng(6)
    event = rng.random(len(names)) < 0.6
    times = rng.exponential(np.where(columns["site"] == "north", 3, 12))
    labels = np.where(event, "event", "censored").tolist()
    splits = make_splits(names, names, labels, times=list(times), task="survival", **SETTINGS)
    risk = {name: by_site[name] + 0.1 * rng.random() for name in names}
    test = splits[splits["part"] == "test"]
    about = {"objective": "none", "strategy": "logistic_l2", "inner_fold": 0, "budget": "all"}
    predictions = test[["repeat", "fold", "sample"]].assign(
        output="risk", value=test["sample"].map(risk), draw=1, **about
    )
    found = stratified(predictions, splits, columns, column="site", task="survival", **GIVEN)
    folds = []
    for _, fold in test.merge(columns, on="sample").groupby(["repeat", "fold"]):
        parts = [
            concordance_index_censored(s["label"] == "event", s["time"], s["sample"].map(risk))
            for _, s in fold.groupby("site")
        ]
        pairs = [one[1] + one[2] + one[3] for one in parts]
        folds.append(np.average([one[0] for one in parts], weights=pairs))
    assert found["measure"][0] == "c_index"
    assert found["stratified"][0] == pytest.approx(np.mean(folds))
    assert found["plain"][0] > found["stratified"][0]


def test_a_sample_without_prediction_or_column_is_named():
    _, columns, splits, by_site = cohort()
    predictions = predicted(splits, by_site)
    gone = predictions[predictions["sample"] != "s000"]
    with pytest.raises(ValueError, match="test sample 's000' of repeat 1"):
        stratified(gone, splits, columns, column="site", **BINARY, **GIVEN)
    with pytest.raises(ValueError, match="columns: no sample 's000'"):
        stratified(predictions, splits, columns[1:], column="site", **BINARY, **GIVEN)
