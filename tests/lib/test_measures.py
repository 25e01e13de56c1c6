import numpy as np
import pytest
from sklearn import metrics as sklearn

from dxtransfer.evidence import measures
from dxtransfer.evidence.calibration import calibration_bins

PROBLEMS = range(40)


def problem(seed):
    """Random probabilities with many ties, both classes, and weights from 0 to 3."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(6, 40))
    positive = rng.random(n) < 0.4
    positive[:2] = True, False
    probability = np.round(np.clip(rng.normal(0.35 + 0.3 * positive, 0.25), 0.02, 0.98), 1)
    weights = rng.integers(0, 4, size=(5, n)).astype(float)
    weights[:, :2] = 1
    weights[0] = 1
    return np.clip(probability, 0.05, 0.95), positive, weights


@pytest.mark.parametrize("seed", PROBLEMS)
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (measures.auroc, sklearn.roc_auc_score),
        (measures.average_precision, sklearn.average_precision_score),
    ],
)
def test_ranking_measures_equal_scikit_learn_with_ties_and_weights(seed, ours, theirs):
    probability, positive, weights = problem(seed)
    expected = [theirs(positive, probability, sample_weight=row) for row in weights]
    assert ours(probability, positive, weights) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", PROBLEMS)
@pytest.mark.parametrize("name", measures.PER_REPEAT)
def test_measures_of_a_repeat_equal_scikit_learn_with_ties_and_weights(seed, name):
    probability, positive, weights = problem(seed)
    called = probability >= 0.5

    def theirs(row):
        on_probability = {"brier": sklearn.brier_score_loss, "log_loss": sklearn.log_loss}
        if name in on_probability:
            return on_probability[name](positive, probability, sample_weight=row)
        if name == "accuracy":
            return sklearn.accuracy_score(positive, called, sample_weight=row)
        if name == "balanced_accuracy":
            return sklearn.balanced_accuracy_score(positive, called, sample_weight=row)
        if name == "mcc":
            return sklearn.matthews_corrcoef(positive, called, sample_weight=row)
        if name == "specificity":
            return sklearn.recall_score(~positive, ~called, sample_weight=row)
        score = {
            "recall": sklearn.recall_score,
            "precision": sklearn.precision_score,
            "f1": sklearn.f1_score,
        }[name]
        return score(positive, called, sample_weight=row, zero_division=0)

    expected = [theirs(row) for row in weights]
    ours = measures.per_repeat_measures(probability, positive, weights)[name]
    assert ours == pytest.approx(expected, abs=1e-12)


def test_every_measure_of_the_contract_is_there_once():
    assert measures.MEASURES == (
        "auroc",
        "average_precision",
        "accuracy",
        "balanced_accuracy",
        "recall",
        "precision",
        "specificity",
        "f1",
        "mcc",
        "brier",
        "log_loss",
    )


@pytest.mark.parametrize("ours", [measures.auroc, measures.average_precision])
@pytest.mark.parametrize("only", [True, False])
def test_a_fold_with_one_class_has_no_ranking_measure(ours, only):
    probability, positive = np.array([0.1, 0.9, 0.4]), np.full(3, only)
    assert np.isnan(ours(probability, positive, np.ones((1, 3)))).all()


@pytest.mark.parametrize("ours", [measures.auroc, measures.average_precision])
def test_a_resample_that_loses_a_class_is_undefined_and_the_others_are_not(ours):
    probability, positive = np.array([0.1, 0.9, 0.4]), np.array([False, True, False])
    weights = np.array([[1, 1, 1], [2, 0, 1], [0, 3, 0.0]])
    value = ours(probability, positive, weights)
    assert value[0] == 1
    assert np.isnan(value[1:]).all()


def test_zero_division_is_zero_for_precision_f1_and_mcc():
    positive = np.array([True, False, False])
    value = measures.per_repeat_measures(np.full(3, 0.2), positive, np.ones((1, 3)))
    assert [value[name][0] for name in ("precision", "f1", "mcc")] == [0, 0, 0]
    assert value["specificity"][0] == 1


def test_recall_of_an_absent_class_is_undefined_rather_than_zero():
    value = measures.per_repeat_measures(np.full(3, 0.2), np.zeros(3, bool), np.ones((1, 3)))
    assert np.isnan(value["recall"][0])
    assert np.isnan(value["balanced_accuracy"][0])
    assert value["accuracy"][0] == 1


def test_one_half_is_called_positive():
    counts = measures.confusion(np.array([0.5]), np.array([True]), np.ones((1, 1)))
    assert (counts["tp"][0], counts["fn"][0]) == (1, 0)


def test_a_certain_mistake_costs_a_finite_log_loss():
    value = measures.per_repeat_measures(np.array([0.0]), np.array([True]), np.ones((1, 1)))
    assert value["log_loss"][0] == pytest.approx(-np.log(1e-15))


def test_mean_of_defined_leaves_out_what_is_undefined():
    values = np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan]])
    assert measures.mean_of_defined(values) == pytest.approx([2, 5, np.nan], nan_ok=True)


@pytest.mark.parametrize("seed", PROBLEMS)
def test_roc_passes_through_every_threshold_of_scikit_learn(seed):
    probability, positive, _ = problem(seed)
    fpr, tpr, _ = sklearn.roc_curve(positive, probability, drop_intermediate=False)
    curve = measures.roc(probability, positive)
    assert len(curve) == len(measures.GRID) == 101
    assert np.all(np.diff(curve) >= 0)
    assert curve[-1] == 1
    for x in np.intersect1d(fpr, measures.GRID):
        assert curve[x == measures.GRID] == pytest.approx(tpr[fpr == x].max())


def test_area_below_the_roc_curve_is_the_auroc():
    rng = np.random.default_rng(0)
    positive = rng.random(600) < 0.5
    probability = 1 / (1 + np.exp(-rng.normal(positive, 1)))
    area = np.trapezoid(measures.roc(probability, positive), measures.GRID)
    auroc = measures.auroc(probability, positive, np.ones((1, 600)))[0]
    assert area == pytest.approx(auroc, abs=0.005)


def test_area_below_the_precision_recall_curve_is_the_average_precision():
    rng = np.random.default_rng(0)
    positive = np.arange(500) < 100
    probability = 1 / (1 + np.exp(-rng.normal(positive, 1)))
    curve = measures.precision_recall(probability, positive)
    value = measures.average_precision(probability, positive, np.ones((1, 500)))[0]
    assert curve[1:].mean() == pytest.approx(value, abs=1e-9)


def test_precision_is_that_of_the_first_threshold_reaching_the_recall():
    probability = np.array([0.9, 0.8, 0.7, 0.6])
    positive = np.array([False, True, False, True])
    curve = measures.precision_recall(probability, positive)
    assert curve[[0, 1, 50, 51, 100]] == pytest.approx([0, 1 / 2, 1 / 2, 1 / 2, 1 / 2])
    perfect = measures.precision_recall(probability, np.array([True, True, False, False]))
    assert perfect == pytest.approx(np.ones(101))


@pytest.mark.parametrize("curve", [measures.roc, measures.precision_recall])
@pytest.mark.parametrize("only", [True, False])
def test_a_fold_with_one_class_has_no_curve(curve, only):
    assert np.isnan(curve(np.array([0.1, 0.7]), np.full(2, only))).all()


def test_calibration_bins_hold_equal_counts_and_the_observed_share():
    probability = np.linspace(0.01, 0.99, 20)
    positive = np.arange(20) % 4 < np.arange(20) // 4
    table = calibration_bins(probability, positive, level=0.95)
    assert list(table["bin"]) == [1, 2, 3, 4, 5]
    assert list(table["samples"]) == [4] * 5
    assert table["observed"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert table["predicted"].tolist() == pytest.approx(probability.reshape(5, 4).mean(axis=1))
    assert (table["low"] <= table["observed"]).all()
    assert (table["observed"] <= table["high"]).all()


def test_equal_probabilities_share_a_bin_in_whatever_order_the_samples_come():
    rng = np.random.default_rng(1)
    probability = np.repeat([0.2, 0.3, 0.8], [12, 6, 12])
    positive = rng.random(30) < probability
    order = rng.permutation(30)
    table = calibration_bins(probability, positive, level=0.9)
    again = calibration_bins(probability[order], positive[order], level=0.9)
    assert table["predicted"].tolist() == pytest.approx([0.2, 0.3, 0.8])
    assert table.to_numpy() == pytest.approx(again.to_numpy())


def test_a_constant_prediction_is_one_bin_despite_rounding_noise():
    probability = np.array([0.3, 0.1 + 0.2, 0.3, 0.3])
    table = calibration_bins(probability, np.array([True, False, False, False]), level=0.95)
    assert table["samples"].tolist() == [4]
    assert table["observed"].tolist() == [0.25]
