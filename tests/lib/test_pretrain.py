"""What the source teaches: components, masked features, labels; how it is weighed and held out."""

import numpy as np
import pytest
import torch
from pretraining import SETTINGS, P, rows, source, three_cohorts

from dxtransfer.errors import InputError
from dxtransfer.learn.checkpoints import Checkpoint
from dxtransfer.learn.encoders import Encoder, network
from dxtransfer.learn.pretrain.masked import masked
from dxtransfer.learn.pretrain.pca import pca
from dxtransfer.learn.pretrain.registry import OBJECTIVES
from dxtransfer.learn.pretrain.source import Source, finished
from dxtransfer.learn.pretrain.supervised import supervised


@pytest.fixture
def three(tmp_path):
    return three_cohorts(tmp_path)


def test_pca_is_the_svd_of_the_source_standardised_per_cohort(three):
    X = three.store.read(np.arange(three.store.n)).astype(float)
    for c in range(3):
        np.testing.assert_allclose(X[three.cohort == c].mean(axis=0), 0, atol=1e-3)
    _, values, axes = np.linalg.svd(X, full_matrices=False)
    found, history = pca(three, settings=SETTINGS)
    weight = found.encoder.first.weight.detach().numpy()
    np.testing.assert_allclose(np.abs((weight * axes[:4]).sum(axis=1)), 1, atol=1e-4)
    np.testing.assert_allclose(weight @ weight.T, np.eye(4), atol=1e-5)
    ratio = [row["explained_variance_ratio"] for row in history]
    np.testing.assert_allclose(ratio, (values**2)[:4] / (values**2).sum(), atol=1e-5)
    assert [row["component"] for row in history] == [1, 2, 3, 4]


def test_pca_has_no_more_components_than_the_source_has_rank(tmp_path):
    few = source(tmp_path, [rows(5, seed=1, ill=0.5)])
    found, history = pca(few, settings={"pca": {"components": 32}})
    assert len(history) == 4
    assert found.encoder.architecture.widths == (4,)


# The unit of linear is that of samples it did not see.
@pytest.mark.parametrize("objective", sorted(set(OBJECTIVES) - {"linear"}))
def test_the_scale_is_the_root_mean_square_of_the_sources_embedding(three, objective):
    found, _ = OBJECTIVES[objective](three, settings=SETTINGS)
    embedded = found.embed(torch.as_tensor(three.store.read(np.arange(three.store.n))))
    assert float((embedded**2).mean()) == pytest.approx(1, rel=1e-4)
    assert not found.encoder.training
    assert found.objective == objective


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_sources_own_head_tells_its_classes_apart(three, objective):
    settings = {**SETTINGS, "training": {**SETTINGS["training"], "epochs": 30, "patience": 30}}
    found, _ = OBJECTIVES[objective](three, settings=settings)
    X = torch.as_tensor(three.store.read(np.arange(three.store.n)))
    logit = (found.embed(X).double() @ found.head[0] + found.head[1]).numpy()
    assert logit[three.y == 1].mean() > logit[three.y == 0].mean()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_one_seed_gives_one_encoder_whatever_was_drawn_before(three, objective):
    one, _ = OBJECTIVES[objective](three, settings=SETTINGS)
    torch.manual_seed(77)
    same, _ = OBJECTIVES[objective](three, settings=SETTINGS)
    assert all(torch.equal(v, same.tensors()[k]) for k, v in one.tensors().items())


@pytest.mark.parametrize("objective", ["masked", "supervised", "joint"])
def test_a_killed_pretraining_resumes_to_the_same_bits(three, tmp_path, objective):
    whole, history = OBJECTIVES[objective](three, settings=SETTINGS)
    short = {**SETTINGS, "training": {**SETTINGS["training"], "epochs": 2}}
    checkpoint = Checkpoint(tmp_path / "checkpoint", "stamp")
    OBJECTIVES[objective](three, settings=short, checkpoint=checkpoint)
    resumed, its_history = OBJECTIVES[objective](three, settings=SETTINGS, checkpoint=checkpoint)
    assert all(torch.equal(v, resumed.tensors()[k]) for k, v in whole.tensors().items())
    assert its_history == history


def test_masked_never_scores_what_a_cohort_does_not_measure(tmp_path):
    (a, ya), (b, yb) = rows(20, seed=1, ill=0.5), rows(20, seed=2, ill=0.5)
    settings = {**SETTINGS, "training": {**SETTINGS["training"], "weight_decay": 0.0}}
    a[:, 8:], b[:, 8:] = np.nan, np.nan
    partly = source(tmp_path / "a", [(a, ya), (b, yb)])
    assert not partly.store.measured[:, 8:].any()
    _, history = masked(partly, settings=settings)
    # an unmeasured feature is 0 throughout: scored, it would halve the loss of the first epochs
    full = source(tmp_path / "b", [(a[:, :8].repeat(2, axis=1), ya), (b[:, :8].repeat(2, 1), yb)])
    _, other = masked(full, settings=settings)
    assert history[0]["validation_loss"] > 0.75 * other[0]["validation_loss"]
    a[:], b[:] = np.nan, np.nan
    nothing = source(tmp_path / "c", [(a, ya), (b, yb)])
    _, history = masked(nothing, settings=settings)
    assert [row["validation_loss"] for row in history] == [0] * 4


def test_masked_uses_samples_without_labels(three):
    unlabelled = Source(three.store, np.full_like(three.y, -1), three.seed)
    one, history = masked(three, settings=SETTINGS)
    other, its_history = masked(unlabelled, settings=SETTINGS)
    assert history == its_history
    assert one.head is not None
    assert other.head is None


def test_supervised_learns_neither_from_unlabelled_samples_nor_from_one_class_cohorts(tmp_path):
    cohorts = [rows(n, seed=n, ill=ill) for n, ill in ((30, 0.5), (40, 0.5), (20, 1), (26, 0))]
    both = source(tmp_path / "a", cohorts)
    moved = [(X + np.random.default_rng(3).normal(0, 9, X.shape).astype(np.float32), y)
             for X, y in cohorts]  # fmt: skip
    changed = source(tmp_path / "b", [*cohorts[:2], *moved[2:]])
    np.testing.assert_array_equal(both.informative(), both.cohort < 2)
    heads = [supervised(s, settings=SETTINGS)[0].encoder.state_dict() for s in (both, changed)]
    assert all(torch.equal(heads[0][k], heads[1][k]) for k in heads[0])


def test_supervised_without_a_cohort_of_both_classes_is_told(tmp_path):
    cohorts = [rows(20, seed=1, ill=1), rows(20, seed=2, ill=0)]
    with pytest.raises(InputError, match="both classes"):
        supervised(source(tmp_path, cohorts), settings=SETTINGS)


def test_a_source_without_both_classes_gives_no_head(tmp_path):
    found, _ = pca(source(tmp_path, [rows(20, seed=1, ill=1)]), settings=SETTINGS)
    assert found.head is None


@pytest.mark.parametrize("seed", range(8))
def test_whole_cohorts_are_held_out_where_there_are_three_the_fitting_ones_first(tmp_path, seed):
    sizes = [100, 14, 12, 20]
    many = source(tmp_path, [rows(n, seed=n, ill=0.5) for n in sizes], seed=seed)
    eligible = np.ones(many.store.n, dtype=bool)
    eligible[::7] = False
    training, held_out = many.split(eligible, share=0.1)
    assert not set(many.cohort[training]) & set(many.cohort[held_out])
    assert sorted([*training, *held_out]) == list(np.flatnonzero(eligible))
    assert len(set(many.cohort[training])) >= 2
    assert set(many.cohort[held_out]) <= {1, 2}


@pytest.mark.parametrize("seed", range(4))
def test_whole_patients_are_held_out_of_fewer_cohorts(tmp_path, seed):
    two = source(tmp_path, [rows(40, seed=1, ill=0.5), rows(30, seed=2, ill=0.5)], seed=seed)
    training, held_out = two.split(np.ones(70, dtype=bool), share=0.2)
    assert len(held_out) == 14
    assert not set(two.patients(training)) & set(two.patients(held_out))
    assert sorted([*training, *held_out]) == list(range(70))


def test_weights_balance_classes_within_a_cohort_and_cohorts_by_the_root_of_their_size(three):
    every = np.arange(three.store.n)
    weights = three.weights(every).numpy()
    assert weights.mean() == pytest.approx(1, rel=1e-5)
    totals = []
    for c, size in enumerate((40, 60, 24)):
        inside = three.cohort == c
        ill, well = (weights[inside & (three.y == label)].sum() for label in (1, 0))
        assert ill == pytest.approx(well, rel=1e-5)
        totals.append((ill + well) / np.sqrt(size))
    np.testing.assert_allclose(totals, totals[0], rtol=1e-5)


def test_midpoints_lie_between_the_class_means_of_each_informative_cohort(tmp_path):
    cohorts = [rows(40, seed=1, ill=0.25), rows(20, seed=2, ill=1)]
    found = source(tmp_path, cohorts)
    X = found.store.read(np.arange(40)).astype(float)
    expected = (X[found.y[:40] == 1].mean(axis=0) + X[found.y[:40] == 0].mean(axis=0)) / 2
    np.testing.assert_allclose(found.midpoints()[0], expected, atol=1e-5)
    assert (found.midpoints()[1] == 0).all()


def test_the_penalty_of_the_head_is_chosen_over_whole_patients(tmp_path, monkeypatch):
    """Two samples of a patient never stand on both sides."""
    from dxtransfer.learn.pretrain import source as module

    one = source(tmp_path, [rows(40, seed=1, ill=0.5)])
    seen = []
    original = module._best_penalty

    def watched(Z, y, weights, penalties, groups, *, task):
        seen.append((Z, groups))
        return original(Z, y, weights, penalties, groups, task=task)

    monkeypatch.setattr(module, "_best_penalty", watched)
    torch.manual_seed(0)
    encoder = Encoder(network(P, (4,))).eval()
    found = finished(one, encoder, "masked")
    ((Z, groups),) = seen
    middle = one.midpoints()[0]
    with torch.no_grad():
        in_order = encoder(torch.as_tensor(one.store.read(np.arange(40))) - middle) / found.scale
    row = torch.cdist(Z, in_order.double()).argmin(dim=1).numpy()
    assert sorted(row) == list(range(40))
    assert set(groups) == {0, 1, 2}
    by_patient = {}
    for group, patient in zip(groups, one.patients(row), strict=True):
        by_patient.setdefault(patient, set()).add(group)
    assert all(len(found) == 1 for found in by_patient.values())
