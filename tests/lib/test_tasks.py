"""What an outcome is: coded once, refused where it is none of the task's, balanced by class."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sksurv.util import Surv

from dxtransfer.learn.linear import RidgeModel
from dxtransfer.learn.tasks import TASKS

RNG = np.random.default_rng(0)


def test_classes_are_numbered_in_the_order_of_their_names():
    classes, coded = TASKS["multiclass"].coded(["b", "c", "a", "b"])
    assert classes.tolist() == ["a", "b", "c"]
    assert coded.tolist() == [1, 2, 0, 1]


def test_survival_reads_pairs_and_structured_arrays_alike():
    time, event = [3.0, 0.0, 7.5], [1, 0, 1]
    structured = Surv.from_arrays(np.array(event, dtype=bool), time)
    pairs = np.column_stack([time, event])
    for given in (pairs, structured, structured[["time", "event"]]):
        np.testing.assert_array_equal(TASKS["survival"].coded(given)[1], pairs)


@pytest.mark.parametrize(
    ("task", "y", "told"),
    [
        ("binary", [0, 0, 0], "two classes"),
        ("binary", [0, 1, 2], "two classes"),
        ("multiclass", ["a", "a"], "two classes"),
        ("regression", [1.0, np.nan], "finite"),
        ("regression", [[1.0, 2.0]], "one finite number"),
        ("survival", [[-1.0, 1]], "negative"),
        ("survival", [[np.nan, 1]], "missing"),
        ("survival", [[1.0, 2]], "0 or 1"),
        ("survival", [1.0, 2.0], "time and the event"),
    ],
)
def test_outcomes_of_another_kind_are_refused(task, y, told):
    with pytest.raises(ValueError, match=told):
        TASKS[task].coded(y)


@pytest.mark.parametrize(
    ("task", "enough", "too_little"),
    [
        ("binary", [0, 1], [1, 1]),
        ("multiclass", [0, 2, 2], [2, 2]),
        ("regression", [1.0, 2.0], [1.0]),
        ("survival", [[1, 1], [2, 0]], [[1, 0], [2, 1]]),
    ],
)
def test_what_nothing_can_be_learnt_from_is_known(task, enough, too_little):
    assert TASKS[task].enough(np.array(enough))
    assert not TASKS[task].enough(np.array(too_little))


@pytest.mark.parametrize("classes", [2, 3])
def test_balanced_classes_are_those_of_scikit_learn(classes):
    X = RNG.normal(size=(40, 10))
    y = np.r_[np.zeros(25), np.ones(10), np.full(5, classes - 1)].astype(int)
    task = "binary" if classes == 2 else "multiclass"
    model = RidgeModel(task=task, balanced=True)
    model.inner = 1
    found = model.fit(X, y).predict_proba(X)
    expected = LogisticRegression(
        C=1.0, class_weight="balanced", tol=1e-11, max_iter=5000, solver="newton-cholesky"
    )
    Z = X / np.sqrt(10)
    np.testing.assert_allclose(found, expected.fit(Z, y).predict_proba(Z), atol=1e-6)


@pytest.mark.parametrize("task", ["regression", "survival"])
def test_only_classes_can_be_balanced(task):
    with pytest.raises(ValueError, match="only classes"):
        TASKS[task].balanced(torch.ones(3, 1), torch.ones(1, 3))
