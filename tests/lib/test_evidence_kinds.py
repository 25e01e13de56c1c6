"""Measures of several classes, numbers and survival are those of the libraries that define them."""

import numpy as np
import pytest
from outcome_tables import NAMES, tables
from scipy.stats import spearmanr
from sklearn import metrics
from sksurv.metrics import (
    concordance_index_censored,
    cumulative_dynamic_auc,
    integrated_brier_score,
)
from sksurv.nonparametric import kaplan_meier_estimator

from dxtransfer.evidence.classes import Multiclass
from dxtransfer.evidence.evaluate import evaluate
from dxtransfer.evidence.numbers import Regression
from dxtransfer.evidence.survival import AT, Survival, survival


def doubled(weights, *arrays):
    """Each sample as often as its weight says."""
    rows = np.repeat(np.arange(len(weights)), weights.astype(int))
    return [a[rows] for a in arrays]


def weights(n, resamples=4, seed=0):
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)
    return np.vstack([np.ones(n), drawn])


def test_measures_of_several_classes_are_scikit_learns():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, 60).astype(float)
    values = rng.dirichlet([1, 1, 1], 60)
    values[:10] = values[10:20]
    values[np.arange(60), truth.astype(int)] += 0.3
    values /= values.sum(axis=1, keepdims=True)
    W, kind = weights(60), Multiclass(NAMES)
    found = np.hstack(
        [kind.within_fold(values, truth, W, truth), kind.over_repeat(values, truth, W)]
    )
    for w, row in zip(W, found, strict=True):
        p, y = doubled(w, values, truth)
        called, one = p.argmax(axis=1), np.eye(3)[y.astype(int)]
        expected = {
            "auroc": metrics.roc_auc_score(y, p, multi_class="ovr", average="macro"),
            "average_precision": metrics.average_precision_score(one, p, average="macro"),
            "accuracy": metrics.accuracy_score(y, called),
            "balanced_accuracy": metrics.balanced_accuracy_score(y, called),
            "f1": metrics.f1_score(y, called, average="macro"),
            "mcc": metrics.matthews_corrcoef(y, called),
            "brier": ((p - one) ** 2).sum(axis=1).mean(),
            "log_loss": metrics.log_loss(y, p),
        }
        assert dict(zip(kind.measures, row, strict=True)) == pytest.approx(expected)


def test_measures_of_numbers_are_scikit_learns_and_scipys():
    rng = np.random.default_rng(2)
    truth = rng.normal(40, 12, 50).round()
    values = (truth + rng.normal(0, 9, 50)).round()[:, None]
    W, kind = weights(50), Regression()
    found = np.hstack(
        [kind.within_fold(values, truth, W, truth), kind.over_repeat(values, truth, W)]
    )
    for w, row in zip(W, found, strict=True):
        p, y = doubled(w, values[:, 0], truth)
        expected = [
            spearmanr(y, p).statistic,
            metrics.mean_absolute_error(y, p),
            metrics.r2_score(y, p),
        ]
        np.testing.assert_allclose(row, expected)


def test_a_constant_has_no_rank_correlation():
    truth = np.arange(9.0)
    kind, W = Regression(), weights(9)
    assert np.isnan(kind.within_fold(np.full((9, 1), 0.1), truth, W, truth)).all()
    assert np.isfinite(kind.over_repeat(np.full((9, 1), 0.1), truth, W)).all()


def cohort(n, seed, *, ties):
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=n)
    event_time, censored_at = rng.exponential(np.exp(-signal)), rng.exponential(1.5, n)
    time = np.minimum(event_time, censored_at) * 10
    time = np.ceil(time) if ties else time
    return signal, np.column_stack([time, event_time <= censored_at])


def structured(y):
    return np.array([(bool(e), t) for t, e in y], dtype=[("event", bool), ("time", float)])


@pytest.mark.parametrize("ties", [False, True])
def test_measures_of_survival_are_scikit_survivals(ties):
    _, training = cohort(150, 3, ties=ties)
    signal, y = cohort(70, 4, ties=ties)
    # scikit-survival refuses test samples that were followed longer than the training part
    training = np.vstack([training, [y[:, 0].max() + 1, 0]])
    risk = (signal + np.random.default_rng(5).normal(0, 0.7, 70)).round(1)
    grid = np.unique(np.quantile(y[y[:, 1] > 0, 0], np.arange(1, 10) / 10))
    curves = np.exp(-np.outer(np.exp(risk), grid / 10))
    kind, W = Survival(), weights(70)
    names = kind.outputs(["risk", *(f"{AT}{t!r}" for t in grid.tolist())])
    assert names[0] == "risk" and len(names) == len(grid) + 1
    found = kind.within_fold(np.column_stack([risk, curves]), y, W, training)
    compared = 0
    for w, row in zip(W, found, strict=True):
        r, own, c = doubled(w, risk, y, curves)
        judged = (grid >= own[:, 0].min()) & (grid < own[:, 0].max())
        if not judged.all():
            continue
        both = structured(training), structured(own)
        expected = [
            concordance_index_censored(own[:, 1] > 0, own[:, 0], r)[0],
            integrated_brier_score(*both, c, grid),
            cumulative_dynamic_auc(*both, r, grid)[1],
        ]
        np.testing.assert_allclose(row, expected, rtol=1e-9)
        compared += 1
    assert compared > 2


def test_kaplan_meier_curves_are_scikit_survivals():
    _, y = cohort(60, 8, ties=True)
    for w, curve in zip(W := weights(60), survival(y, W, np.unique(y[:, 0])), strict=True):
        (own,) = doubled(w, y)
        at, expected = kaplan_meier_estimator(own[:, 1] > 0, own[:, 0])
        np.testing.assert_allclose(curve[np.isin(np.unique(y[:, 0]), at)], expected)


def test_times_that_a_fold_cannot_judge_are_left_out_and_an_uninformed_model_is_at_half():
    _, training = cohort(80, 1, ties=False)
    _, y = cohort(30, 2, ties=False)
    kind = Survival()
    kind.outputs(["risk", f"{AT}1.0", f"{AT}3.0", f"{AT}1e9"])
    values = np.tile([0.0, 0.9, 0.8, 0.0], (30, 1))
    c, brier, auc = kind.within_fold(values, y, np.ones((1, 30)), training)[0]
    assert (c, auc) == pytest.approx((0.5, 0.5))
    assert 0 < brier < 0.5


MAIN = {"multiclass": "auroc", "regression": "mae", "survival": "c_index"}
GIVEN = {"resamples": 100, "level": 0.9, "seed": 1, "classes": NAMES}


@pytest.mark.parametrize("task", MAIN)
def test_an_informed_model_is_told_from_an_idle_one_with_a_paired_interval(task):
    predictions, splits = tables(task)
    found = evaluate(predictions, splits, task=task, **GIVEN)
    rows = found.metrics[found.metrics["measure"] == MAIN[task]].set_index("strategy")
    assert (rows["low"] <= rows["estimate"]).all() and (rows["estimate"] <= rows["high"]).all()
    paired = found.comparisons[found.comparisons["measure"] == MAIN[task]].iloc[0]
    assert paired["high"] < 0 if task == "regression" else paired["low"] > 0
    (gain,) = found.gains.itertuples()
    assert gain.gain == pytest.approx(abs(paired["difference"])) and gain.low > 0
    assert MAIN[task] in set(found.label_efficiency["measure"])
    assert set(found.curves["curve"]) >= (
        {"multiclass": {"roc", "pr"}, "regression": {"points"}}.get(task) or {"middle third"}
    )
    if task == "regression":
        points = found.curves[found.curves["strategy"] == "linear"]
        labels = splits.drop_duplicates("sample").sort_values("sample")["label"].astype(float)
        np.testing.assert_array_equal(points["x"], labels)
    if task == "survival":
        thirds = found.curves[found.curves["strategy"] == "linear"].groupby("curve")["y"].mean()
        assert thirds["lowest third"] > thirds["middle third"] > thirds["highest third"]
    if task == "multiclass":
        assert len(found.confusion) == 2 * 9
        np.testing.assert_allclose(
            found.confusion.groupby(["strategy", "actual"])["share"].sum(), 1
        )


@pytest.mark.parametrize("task", MAIN)
def test_a_prediction_that_is_none_is_refused(task):
    predictions, splits = tables(task)
    with pytest.raises(ValueError, match="without a prediction"):
        evaluate(predictions.drop(index=3), splits, task=task, **GIVEN)
    predictions.loc[3, "value"] = np.inf
    with pytest.raises(ValueError, match="predictions: value is no "):
        evaluate(predictions, splits, task=task, **GIVEN)
