"""For every kind of task the grid is the loop of fits, and sees no outcome of a test part."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from grid_study import KEYS, STRATEGIES, TREES
from sksurv.linear_model.coxph import BreslowEstimator

from dxtransfer.errors import InputError
from dxtransfer.learn.baselines import elastic_net
from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.estimators import Split
from dxtransfer.learn.grid import run_grid
from dxtransfer.learn.splits import make_splits
from dxtransfer.learn.standardiser import Standardiser
from dxtransfer.learn.transfer.registry import make
from dxtransfer.own_estimators import check_own

ROOT = Path(__file__).parents[2]


def labels_of(task, X, rng):
    """A label per sample, and a time for survival."""
    signal = np.nan_to_num(X[:, :3], nan=9.0).sum(axis=1) + rng.normal(size=len(X))
    thirds = signal.argsort().argsort() * 3 // len(X)
    if task == "multiclass":
        return [("mild", "severe", "well")[i] for i in thirds], None
    if task == "regression":
        return [repr(float(s)) for s in signal * 10], None
    events = rng.random(len(X)) < 0.7
    return np.where(events, "event", "censored").tolist(), np.ceil(np.exp((30 - signal) / 4))


@pytest.fixture(autouse=True)
def few_penalties(monkeypatch):
    """The promises hold for a path of any length, and its lower end costs most of the time."""
    monkeypatch.setattr(elastic_net, "SHARES", elastic_net.SHARES[:4])
    monkeypatch.setattr(elastic_net, "DEFAULT", 2)


@pytest.fixture(scope="module", params=["multiclass", "regression", "survival"])
def other_task(request):
    rng = np.random.default_rng(7)
    X = rng.normal(9, 2, (36, 30)).astype(np.float32)
    samples = [f"s{i:02d}" for i in range(36)]
    labels, times = labels_of(request.param, X, rng)
    splits = make_splits(
        samples,
        [f"p{i // 2}" for i in range(36)] if request.param != "multiclass" else samples,
        labels,
        times=times,
        task=request.param,
        repeats=1,
        folds=2,
        inner_folds=2,
        draws=2,
        budgets=[8, "all"],
        seed=1,
    )
    classes = ["mild", "severe", "well"] if request.param == "multiclass" else []
    return request.param, X, samples, splits, classes


def of_task(name, task):
    torch.manual_seed(0)
    outputs = 3 if task == "multiclass" else 1
    weights = torch.randn(outputs, 6).double()
    head = (weights if outputs > 1 else weights[0], torch.randn(outputs).double())
    unit = (260.0, 20.0) if task == "regression" else (0.0, 1.0)
    encoder = Pretrained("masked", Encoder(network(30, (8, 6))).eval(), 1.4, head, unit)
    tuning = {"epochs": 5, "learning_rate": 0.01, "weight_decay": 0.01, "widths": (8, 6)}
    tuning |= {"rate_ratio": 2.6, "source_penalty": 1.0}
    made = make(name, encoder=encoder, settings=tuning, seed=2, task=task)
    return made.set_params(n_estimators=5) if name in TREES else made


def coded(task, splits, samples, classes):
    """The outcomes, read from the splits."""
    table = splits.drop_duplicates("sample").set_index("sample").loc[samples]
    if task == "multiclass":
        return np.array([classes.index(label) for label in table["label"]])
    if task == "regression":
        return table["label"].to_numpy(float)
    return np.column_stack([table["time"], table["label"] == "event"]).astype(float)


@pytest.mark.parametrize("name", STRATEGIES)
def test_for_every_task_the_grid_equals_the_loop_of_fits(name, other_task):
    task, X, samples, splits, classes = other_task
    given = {"samples": samples, "splits": splits, "classes": classes, "task": task}
    found = run_grid(of_task(name, task), X, **given)
    row = {s: i for i, s in enumerate(samples)}
    y = coded(task, splits, samples, classes)
    compared = 0
    for (fold, inner, budget, draw), rows in found.groupby(
        ["fold", "inner_fold", "budget", "draw"]
    ):
        table = splits[splits["fold"] == fold]
        training = table[table["part"] == "train"]
        Z = Standardiser.fit(X[sorted({row[s] for s in training["sample"]})])(X)
        drawn = training[training["draw"] == draw]
        within = drawn if budget == "all" else drawn[drawn["budget"] == budget]
        learnt = within[within["inner_fold"] != inner]
        train = [row[s] for s in learnt["sample"]]
        model = of_task(name, task)
        if task == "multiclass" and len(np.unique(y[train])) < 3:
            continue
        model.classes_ = np.arange(3) if task == "multiclass" else None
        split = Split(np.arange(len(train)), np.arange(0), learnt["inner_fold"].to_numpy(np.int64))
        model.predictor_ = model.fit_one(Z[train], y[train], split, np.ones(len(train)))
        wide = rows.pivot(index="sample", columns="output", values="value")
        at = Z[[row[s] for s in wide.index]]
        if task == "survival":
            assert wide.shape[1] == (1 if inner else found["output"].nunique()) > 0
            if not inner:
                judged = of_risk(model, Z[train], y[train], at, wide.columns[1:])
                np.testing.assert_allclose(wide.iloc[:, 1:], judged, atol=1e-5)
        expected = model.predict_proba(at) if task == "multiclass" else model.predict(at)[:, None]
        if task == "survival":
            # a constant says nothing in a partial likelihood
            wide, expected = wide[["risk"]] - wide["risk"].mean(), expected - expected.mean()
        np.testing.assert_allclose(wide, expected, rtol=1e-5, atol=1e-5)
        compared += 1
    assert compared > 5


def of_risk(model, Z, y, at, names):
    """Survival functions as scikit-survival makes them from the risks of the training part."""
    breslow = BreslowEstimator().fit(model.predict(Z), y[:, 1] > 0, y[:, 0])
    steps = breslow.get_survival_function(model.predict(at))
    times = [float(name.removeprefix("survival at ")) for name in names]
    ends = breslow.cum_baseline_hazard_.x[[0, -1]]
    return [[1.0 if t < ends[0] else step(min(t, ends[1])) for t in times] for step in steps]


SURVIVAL_MODULE = """
import numpy as np
from sksurv.linear_model import CoxPHSurvivalAnalysis

class Mine(CoxPHSurvivalAnalysis):
    def fit(self, X, y):
        assert X.dtype == np.float64 and y.dtype.names == ("event", "time")
        return super().fit(X, y)

def ridge():
    return Mine(alpha=1e3)
"""


@pytest.mark.parametrize("other_task", ["survival"], indirect=True)
def test_an_estimator_of_ones_own_takes_survival_in_double_precision(
    other_task, tmp_path, monkeypatch
):
    task, X, samples, splits, _ = other_task
    (tmp_path / "mysurvival_of_a_test.py").write_text(SURVIVAL_MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    check_own(["mysurvival_of_a_test.ridge"], kind=task)
    own = make("mysurvival_of_a_test.ridge", encoder=None, settings={}, seed=1, task=task)
    given = {"samples": samples, "splits": splits, "task": task}
    found, wanted = (run_grid(m, X, **given) for m in (own, of_task("logistic_l2", task)))
    pd.testing.assert_frame_equal(found.drop(columns="value"), wanted.drop(columns="value"))
    assert found["value"].std() > 0


@pytest.mark.parametrize("name", ["majority", *TREES, *STRATEGIES])
def test_every_model_of_every_task_predicts_the_same_rows(name, other_task):
    task, X, samples, splits, classes = other_task
    given = {"samples": samples, "splits": splits, "classes": classes, "task": task}
    found = run_grid(of_task(name, task), X, **given)
    wanted = run_grid(of_task("logistic_l2", task), X, **given)
    pd.testing.assert_frame_equal(found.drop(columns="value"), wanted.drop(columns="value"))
    assert np.isfinite(found["value"]).all()
    if task == "multiclass":
        np.testing.assert_allclose(found.groupby(KEYS)["value"].sum(), 1)
    if task == "survival":
        curves = found[found["output"] != "risk"]
        assert curves["value"].between(0, 1).all()
        times = curves["output"].str.removeprefix("survival at ").astype(float)
        falling = curves.assign(t=times).sort_values("t").groupby(KEYS)["value"]
        assert falling.agg(lambda v: v.is_monotonic_decreasing).all()


def test_the_constant_of_survival_is_the_hazard_of_the_training_part(other_task):
    task, X, samples, splits, classes = other_task
    if task != "survival":
        pytest.skip("survival alone has a survival function")
    found = run_grid(of_task("majority", task), X, samples=samples, splits=splits, task=task)
    outer = found[(found["inner_fold"] == 0) & (found["budget"] == "all")]
    assert (outer.loc[outer["output"] == "risk", "value"] == 0).all()
    y = coded(task, splits, samples, classes)
    row = {s: i for i, s in enumerate(samples)}
    for fold, rows in outer[outer["output"] != "risk"].groupby("fold"):
        mine = (splits["fold"] == fold) & (splits["part"] == "train") & (splits["draw"] == 1)
        own = y[[row[s] for s in splits.loc[mine, "sample"]]]
        for output, values in rows.groupby("output")["value"]:
            time = float(output.removeprefix("survival at "))
            hazard = sum(1 / (own[:, 0] >= t).sum() for t, e in own if e and t <= time)
            np.testing.assert_allclose(values, np.exp(-hazard))


@pytest.mark.parametrize("name", ["majority", "random_forest", *STRATEGIES])
def test_outcomes_of_the_test_part_change_no_prediction_of_any_task(name, other_task):
    task, X, samples, splits, classes = other_task
    given = {"samples": samples, "classes": classes, "task": task}
    one = splits[splits["fold"] == 1].copy()
    before = run_grid(of_task(name, task), X, splits=one, **given)
    rows = one.index[one["part"] == "test"]
    columns = ["label", "time"] if task == "survival" else ["label"]
    one.loc[rows, columns] = one.loc[rows[::-1], columns].to_numpy()
    after = run_grid(of_task(name, task), X, splits=one, **given)
    pd.testing.assert_frame_equal(before, after, check_exact=True)


def test_a_cohort_without_events_is_told_in_one_line(other_task):
    task, X, samples, splits, _ = other_task
    if task != "survival":
        pytest.skip("survival alone has events")
    without = splits.assign(label="censored")
    with pytest.raises(InputError, match="no sample has an event"):
        run_grid(of_task("logistic_l2", task), X, samples=samples, splits=without, task=task)
