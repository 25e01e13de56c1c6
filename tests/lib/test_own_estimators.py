"""A user's own estimator is found, checked and told apart by its version before the first job."""

import sys

import pytest

from dxtransfer.errors import InputError
from dxtransfer.own_estimators import check_own, make_own, version_of

MODULE = """
from sklearn.neighbors import KNeighborsClassifier

class Mine(KNeighborsClassifier):
    pass

def few():
    return Mine(n_neighbors=1)

def broken():
    raise ValueError("no licence\\nfound")
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "mymodels_of_a_test.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "mymodels_of_a_test"
    sys.modules.pop("mymodels_of_a_test", None)


def test_a_class_or_function_makes_the_estimator_with_the_studys_seed(module):
    assert make_own("sklearn.ensemble.ExtraTreesClassifier", seed=7).random_state == 7
    assert make_own(f"{module}.few").n_neighbors == 1
    assert type(make_own(f"{module}.Mine")).__name__ == "Mine"


def test_another_file_of_the_class_is_another_version(module, tmp_path):
    before = version_of(f"{module}.Mine")
    file = tmp_path / f"{module}.py"
    file.write_text(file.read_text() + "\n# edited\n")
    assert version_of(f"{module}.Mine") != before
    assert version_of("sklearn.naive_bayes.GaussianNB")["version"]
    # compiled: no file
    assert version_of("numpy.array")["version"]


def test_names_of_the_library_and_right_paths_pass(module):
    check_own(["logistic_l2", f"{module}.few", "sklearn.naive_bayes.GaussianNB"], kind="binary")
    check_own(["sklearn.linear_model.Lasso"], kind="regression")


@pytest.mark.parametrize(
    ("path", "kind", "told"),
    [
        ("{}.none", "binary", "cannot be imported .AttributeError: .*'none'.*; install"),
        ("{}.broken", "binary", "without arguments .ValueError: no licence found.; name"),
        ("sklearn.svm.SVC", "binary", "has no predict_proba, which an estimator for a binary"),
        ("sklearn.cluster.DBSCAN", "regression", "has no predict, which"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(path, kind, told, module):
    with pytest.raises(InputError, match=f"^config: baselines: '{path.format(module)}' .*{told}"):
        check_own([path.format(module)], kind=kind)
    with pytest.raises(InputError) as error:
        check_own([path.format(module)], kind=kind)
    assert "\n" not in str(error.value)
