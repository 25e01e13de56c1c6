"""The objective joint, auxiliary labels, and what no objective may see or score."""

import numpy as np
import pytest
import torch
from pretraining import SETTINGS, P, rows, source, three_cohorts

from dxtransfer.errors import InputError
from dxtransfer.learn.pretrain.masked import masked
from dxtransfer.learn.pretrain.registry import OBJECTIVES
from dxtransfer.learn.pretrain.source import Source
from dxtransfer.learn.pretrain.supervised import supervised


@pytest.fixture
def three(tmp_path):
    return three_cohorts(tmp_path)


def with_auxiliary(found, **columns):
    """The same source with a column of classes or, where there are floats, of numbers."""
    others = {}
    for name, values in columns.items():
        numbers = np.asarray(values).dtype.kind == "f"
        kind, classes = ("regression", 0) if numbers else ("multiclass", 2)
        others[name] = Source(found.store, np.asarray(values), found.seed, kind, classes)
    return Source(found.store, found.y, found.seed, auxiliary=others)


def test_every_cohort_of_the_source_is_centred_by_itself(tmp_path):
    far = [rows(30, seed=1, ill=0.5, shift=100.0), rows(30, seed=2, ill=0.5, shift=-100.0)]
    near = [rows(30, seed=1, ill=0.5), rows(30, seed=2, ill=0.5)]
    one, other = (source(tmp_path / n, c) for n, c in (("far", far), ("near", near)))
    for cohort in range(2):
        mean = one.store.read(np.flatnonzero(one.cohort == cohort)).astype(float).mean(axis=0)
        np.testing.assert_allclose(mean, 0, atol=2e-3)
    for objective in ("masked", "supervised", "joint"):
        heads = [OBJECTIVES[objective](s, settings=SETTINGS)[1] for s in (one, other)]
        losses = [[row["validation_loss"] for row in history] for history in heads]
        np.testing.assert_allclose(*losses, rtol=0.02)


def test_joint_without_a_mask_is_supervised_and_with_no_weight_of_labels_it_is_masked(three):
    """But for what is drawn at the start and where cohorts are centred."""
    settings = {**SETTINGS, "joint": {"label_weight": 1e-9}}
    _, history = OBJECTIVES["joint"](three, settings=settings)
    _, by_itself = masked(three, settings=settings)
    assert history[0]["train_loss"] == pytest.approx(by_itself[0]["train_loss"], rel=0.2)
    settings = {**SETTINGS, "masked": {"mask_share": 1e-9}}
    _, history = OBJECTIVES["joint"](three, settings=settings)
    _, by_itself = supervised(three, settings=settings)
    assert history[0]["train_loss"] == pytest.approx(by_itself[0]["train_loss"], rel=0.2)


@pytest.mark.parametrize("changed", ["unlabelled cohort", "its labels"])
def test_cohorts_without_labels_shape_the_encoder_of_joint_alone(tmp_path, changed):
    cohorts = [rows(n, seed=n, ill=0.5) for n in (30, 40, 26)]
    noise = np.random.default_rng(3).normal(0, 9, cohorts[2][0].shape).astype(np.float32)
    moved = (cohorts[2][0] + noise, cohorts[2][1])
    if changed == "its labels":
        moved = (cohorts[2][0], 1 - cohorts[2][1])
    one = source(tmp_path / "a", cohorts, unlabelled=[2])
    other = source(tmp_path / "b", [*cohorts[:2], moved], unlabelled=[2])
    same = {
        o: all(
            torch.equal(v, w)
            for v, w in zip(
                *(
                    OBJECTIVES[o](s, settings=SETTINGS)[0].encoder.parameters()
                    for s in (one, other)
                ),
                strict=True,
            )
        )
        for o in ("supervised", "joint")
    }
    assert same == {"supervised": True, "joint": changed == "its labels"}


@pytest.mark.parametrize("objective", ["masked", "joint"])
def test_a_feature_that_a_cohort_does_not_measure_is_neither_hidden_nor_scored(
    tmp_path, monkeypatch, objective
):
    from dxtransfer.learn.pretrain import joint as joint_module
    from dxtransfer.learn.pretrain import masked as masked_module

    (a, ya), (b, yb) = rows(30, seed=1, ill=0.5), rows(30, seed=2, ill=0.5)
    a[:, 8:], b[:, :4] = np.nan, np.nan
    found = source(tmp_path, [(a, ya), (b, yb)])
    original, scored = masked_module.hidden_error, []

    def watched(guessed, X, hidden):
        # a sample of the first cohort is 0 in what that does not measure, one of the second never
        first = (X[:, 8:] == 0).all(dim=1)
        scored.append((hidden[first][:, 8:].sum(), hidden[~first][:, :4].sum(), hidden.sum()))
        wrong = torch.where(hidden, guessed, guessed + 100)
        value = original(guessed, X, hidden)
        torch.testing.assert_close(value, original(wrong, X, hidden))
        return value

    for module in (masked_module, joint_module):
        monkeypatch.setattr(module, "hidden_error", watched)
    OBJECTIVES[objective](found, settings=SETTINGS)
    of_first, of_second, all_hidden = torch.tensor(scored).sum(0)
    assert of_first == of_second == 0
    assert all_hidden > 0


def test_held_out_cohorts_and_patients_are_held_out_with_all_their_samples(tmp_path):
    cohorts = [rows(n, seed=n, ill=0.5) for n in (100, 14, 12, 20)]
    many = source(tmp_path / "a", cohorts, unlabelled=[3])
    many.y[::5] = -1
    training, held_out = many.split_labelled(np.ones(many.store.n, dtype=bool), share=0.1)
    assert not set(many.cohort[training]) & set(many.cohort[held_out])
    assert {*np.flatnonzero(many.cohort == 3)} <= {*training}
    assert (many.y[held_out] >= 0).all()
    two = source(tmp_path / "b", [rows(40, seed=1, ill=0.5), rows(30, seed=2, ill=0.5)])
    two.y[1::4] = -1
    training, held_out = two.split_labelled(np.ones(70, dtype=bool), share=0.2)
    assert not set(two.patients(training)) & set(two.patients(held_out))
    assert (two.y[training] < 0).any()


@pytest.mark.parametrize("objective", ["supervised", "joint"])
@pytest.mark.parametrize("kind", ["classes", "number"])
def test_an_auxiliary_label_shapes_the_features(three, objective, kind):
    """A probe for a column that the task's label says nothing of."""
    settings = {**SETTINGS, "training": {**SETTINGS["training"], "epochs": 40, "patience": 40}}
    X = three.store.read(np.arange(three.store.n)).astype(float)
    hidden = X @ np.random.default_rng(6).normal(size=P)
    other = (hidden > 0).astype(np.int64) if kind == "classes" else hidden.copy()
    # neither a whole cohort nor every fifth sample has it
    missing = (three.cohort == 1) | (np.arange(three.store.n) % 5 == 0)
    other[missing] = -1 if kind == "classes" else np.nan
    learnt = with_auxiliary(three, other=other)
    fitted = {
        name: OBJECTIVES[objective](s, settings=settings)[0]
        for name, s in (("without", three), ("with", learnt))
    }
    explained = {}
    for name, found in fitted.items():
        Z = found.embed(torch.as_tensor(X).float()).numpy()
        Z = np.column_stack([Z, np.ones(len(Z))])
        weights = np.linalg.lstsq(Z[~missing], hidden[~missing], rcond=None)[0]
        explained[name] = np.corrcoef(Z[missing] @ weights, hidden[missing])[0, 1]
    assert explained["with"] > explained["without"]
    assert explained["with"] > 0.7
    assert fitted["with"].head[0].shape == fitted["without"].head[0].shape


def test_samples_with_an_auxiliary_label_alone_are_learnt_from(tmp_path):
    cohorts = [rows(n, seed=n, ill=0.5) for n in (30, 40, 26)]
    found = source(tmp_path, cohorts, unlabelled=[2])
    sex = np.arange(96) % 2
    trained = with_auxiliary(found, sex=sex)
    swapped = sex.copy()
    swapped[70:] = 1 - swapped[70:]
    encoders = [
        supervised(s, settings=SETTINGS)[0].encoder.first.weight
        for s in (trained, with_auxiliary(found, sex=swapped))
    ]
    assert not torch.equal(*encoders)


def test_an_auxiliary_label_that_tells_nothing_is_refused(three):
    constant = with_auxiliary(three, site=np.zeros(three.store.n, dtype=np.int64))
    with pytest.raises(InputError, match=r"pretrain.auxiliary: .* all classes in the column site"):
        OBJECTIVES["joint"](constant, settings=SETTINGS)


def test_the_columns_of_the_labels_become_the_task_and_its_auxiliary_labels(three):
    n = three.store.n
    codes = np.column_stack(
        [np.arange(n) + 1.0, np.arange(n) % 2, np.arange(n) % 3 - 1, np.ones(n)]
    )
    kinds = {"site": "classes", "age": "number"}
    found = Source.of(three.store, codes, seed=1, task="survival", classes=0, auxiliary=kinds)
    np.testing.assert_array_equal(found.y, codes[:, :2])
    site, age = found.auxiliary.values()
    assert (site.task, site.classes, age.task) == ("multiclass", 2, "regression")
    np.testing.assert_array_equal(site.labelled, codes[:, 2] >= 0)
    plain = Source.of(three.store, codes[:, 1:2], seed=1, task="binary", classes=2, auxiliary={})
    assert plain.y.dtype == np.int64
    assert not plain.auxiliary
