"""Linear models of the source: averaged, weighed by what they never saw, and honest about it."""

import json

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from source_cohorts import SIGNAL, P, cohort, source

from dxtransfer.errors import InputError
from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.knowledge import SIZES
from dxtransfer.learn.members import members_of
from dxtransfer.learn.pretrain.effects import mean_effects
from dxtransfer.learn.pretrain.held_out import HeldOut
from dxtransfer.learn.pretrain.labelled import PENALTIES, labelled_rows, model_names
from dxtransfer.learn.pretrain.linear import linear


@pytest.fixture(scope="module")
def related(tmp_path_factory):
    """Five cohorts of one disease, and what is learnt from them."""
    sizes = [(40, 0.5), (60, 0.25), (24, 0.5), (36, 0.4), (30, 0.6)]
    made = [cohort(n, seed=i, ill=ill) for i, (n, ill) in enumerate(sizes)]
    given = source(tmp_path_factory.mktemp("related"), made)
    return given, *linear(given, settings={})


def test_the_score_tells_classes_apart_in_a_cohort_that_it_never_saw(related):
    X, y = cohort(50, seed=20)
    Z = torch.as_tensor((X - X.mean(0)) / X.std(0))
    _, found, history = related
    score = found.embed(Z)[:, 0].numpy()
    assert roc_auc_score(y, score) > 0.9
    assert 0.5 < score.std() < 2
    assert [row["model"] for row in history] == list(model_names("binary"))
    assert sum(row["kept"] for row in history) == len(found.knowledge.told["kept"]) > 0


def test_each_logistic_model_is_that_of_scikit_learn(related):
    data = labelled_rows(related[0])
    weights = related[0].weights(data.rows).double().numpy()
    X = data.centred() / np.sqrt(P)
    for found, penalty in zip(data.models(), PENALTIES, strict=False):
        model = LogisticRegression(
            C=1 / (penalty * len(X)), tol=1e-10, max_iter=1000, solver="newton-cholesky"
        )
        model.fit(X, data.y, sample_weight=weights)
        np.testing.assert_allclose(found[0], model.coef_[0] / np.sqrt(P), atol=1e-5)


def test_a_cohort_is_scored_by_models_that_never_saw_it(related):
    """Swapped labels of a cohort leave its own held-out scores as they are."""
    data = labelled_rows(related[0])
    out = data.cohort == 2
    before = HeldOut.of(data).scores[:, out]
    y = data.y.copy()
    y[out] = 1 - y[out]
    swapped = type(data)(data.source, data.rows, data.Z, y, data.cohort)
    np.testing.assert_array_equal(HeldOut.of(swapped).scores[:, out], before)


def test_a_source_with_shuffled_labels_is_noticed(related, tmp_path):
    assert related[1].knowledge.holds
    found = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        made = [cohort(n, seed=i) for i, n in enumerate((40, 60, 24))]
        shuffled = [(X, rng.permutation(y)) for X, y in made]
        folder = tmp_path / str(seed)
        folder.mkdir()
        found.append(linear(source(folder, shuffled), settings={})[0].knowledge.holds)
    assert not any(found)


def test_a_cohort_with_its_scale_upside_down_is_left_out(tmp_path):
    made = [cohort(40, seed=i) for i in range(4)]
    made[1] = (-made[1][0], made[1][1])
    found, _ = linear(source(tmp_path, made), settings={})
    assert found.knowledge.told["contradicting"] == ["c1"]
    assert found.knowledge.told["cohorts"] == ["c0", "c2", "c3"]


def test_a_feature_that_a_cohort_does_not_measure_counts_for_nothing_there(tmp_path):
    made = [cohort(40, seed=i) for i in range(3)]
    made[0][0][:, 0] = np.nan
    given = source(tmp_path, made)
    data = labelled_rows(given)
    mean, error = data.effects()
    alone, error_alone = data.at(data.cohort > 0).effects()
    assert (mean[0, 0], error[0, 0]) == (alone[0, 0], error_alone[0, 0])
    unmeasured = np.zeros((3, P), dtype=bool)
    nothing = mean_effects(data.Z, data.y, data.cohort, unmeasured)
    np.testing.assert_array_equal(nothing[0], 0)
    assert np.isinf(nothing[1]).all()


def test_mean_effects_are_those_of_a_random_effects_meta_analysis():
    rng = np.random.default_rng(0)
    cohorts = np.repeat([0, 1, 2], [30, 50, 20])
    y = rng.permutation(np.arange(100) % 2)
    Z = rng.normal(size=(100, 1)) + y[:, None] * np.array([0.2, 1.5, 0.8])[cohorts][:, None]
    g, v = [], []
    for c in range(3):
        a, b = Z[(cohorts == c) & (y == 1), 0], Z[(cohorts == c) & (y == 0), 0]
        df = len(a) + len(b) - 2
        sd = np.sqrt(((len(a) - 1) * a.var(ddof=1) + (len(b) - 1) * b.var(ddof=1)) / df)
        g.append((1 - 3 / (4 * df - 1)) * (a.mean() - b.mean()) / sd)
        v.append(1 / len(a) + 1 / len(b) + g[-1] ** 2 / (2 * (df + 2)))
    w = 1 / np.array(v)
    q = (w * (np.array(g) - np.average(g, weights=w)) ** 2).sum()
    between = max(0, (q - 2) / (w.sum() - (w**2).sum() / w.sum()))
    assert between > 0
    w = 1 / (np.array(v) + between)
    mean, error = mean_effects(Z, y, cohorts, np.ones((3, 1), dtype=bool))
    assert mean[0] == pytest.approx(np.average(g, weights=w))
    assert error[0] == pytest.approx(w.sum() ** -0.5)


def test_features_with_an_effect_are_the_important_ones(related):
    importance = related[1].knowledge.importance
    assert importance.mean() == pytest.approx(1)
    assert importance[:SIGNAL].min() > importance[SIGNAL:].mean()


def test_a_single_cohort_is_held_out_by_patients(tmp_path):
    X, y = cohort(60, seed=1, effect=2.0)
    # Two samples of a patient, of one class.
    names = [f"p{i // 2}" for i in range(60)]
    given = source(tmp_path, [(X, y)], patients=names)
    held_out = HeldOut.of(labelled_rows(given))
    assert not held_out.by_cohort
    for group in np.unique(held_out.groups):
        inside = {n for n, g in zip(names, held_out.groups, strict=True) if g == group}
        outside = {n for n, g in zip(names, held_out.groups, strict=True) if g != group}
        assert not inside & outside
    knowledge = linear(given, settings={})[0].knowledge
    assert knowledge.holds
    assert torch.allclose(
        knowledge.log_prior.exp(), torch.tensor(1 / len(members_of("binary"))).double()
    )


def test_the_prior_trusts_the_source_more_the_fewer_labels_there_are(related):
    prior = related[1].knowledge.prior(torch.tensor([2, 4, 8, 11, 64, 500])).exp()
    assert prior.shape == (6, len(members_of("binary")))
    torch.testing.assert_close(prior[[0, 4]], related[1].knowledge.log_prior[[0, -1]].exp())
    torch.testing.assert_close(prior[1], prior[0])
    uses = torch.tensor([member.share > 0 for member in members_of("binary")])
    assert prior[1, uses].sum() > 0.75
    assert len(SIZES) == len(related[1].knowledge.log_prior)


def test_what_was_learnt_survives_writing_and_reading(related):
    found = related[1]
    again = Pretrained.of(found.tensors(), json.loads(json.dumps(found.settings())))
    assert again.settings() == found.settings()
    for name, tensor in found.tensors().items():
        assert torch.equal(again.tensors()[name], tensor)


def test_more_samples_than_a_kernel_may_have_are_drawn(related, monkeypatch):
    monkeypatch.setattr("dxtransfer.learn.pretrain.labelled.MOST", 80)
    drawn = labelled_rows(related[0])
    assert len(drawn.rows) <= 80
    for c in np.unique(drawn.cohort):
        assert set(drawn.y[drawn.cohort == c]) == {0, 1}


def test_a_source_without_both_classes_says_so(tmp_path):
    X, _ = cohort(20, seed=1)
    with pytest.raises(InputError, match="both classes"):
        linear(source(tmp_path, [(X, np.ones(20, dtype=int))]), settings={})


def test_a_source_without_a_comparable_pair_is_not_beyond_chance(monkeypatch):
    nothing = np.zeros(2), np.full(2, np.inf)
    monkeypatch.setattr(HeldOut, "standardised", lambda self: nothing)
    assert HeldOut.beyond_chance(object.__new__(HeldOut)) == 0
