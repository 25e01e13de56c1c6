"""What the source teaches: components, masked features, labels; how it is weighed and held out."""

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from dxtransfer.cohorts.store import Store, write_store
from dxtransfer.errors import InputError
from dxtransfer.learn.checkpoints import Checkpoint
from dxtransfer.learn.encoders import Encoder, network
from dxtransfer.learn.pretrain.masked import masked
from dxtransfer.learn.pretrain.pca import pca
from dxtransfer.learn.pretrain.registry import OBJECTIVES
from dxtransfer.learn.pretrain.source import Source, finished
from dxtransfer.learn.pretrain.supervised import supervised

P = 16
SETTINGS = {
    "pca": {"components": 4},
    "network": {"widths": [8, 6], "dropout": 0.1},
    "masked": {"mask_share": 0.3},
    "joint": {"label_weight": 1.0},
    "training": {
        "epochs": 4,
        "batch_size": 16,
        "learning_rate": 0.01,
        "weight_decay": 0.01,
        "patience": 4,
        "validation_share": 0.2,
        "precision": "32-true",
    },
}


def rows(n, *, seed, ill, shift=0.0):
    """Values of a cohort, a diseased sample high in the first features, and its labels."""
    rng = np.random.default_rng(seed)
    y = np.where(np.arange(n) < ill * n, 1, 0)
    factors = rng.normal(size=(n, 3)) * [6, 4, 3]
    X = factors @ np.random.default_rng(9).normal(size=(3, P)) + rng.normal(size=(n, P)) + shift
    X[:, :3] += 4 * y[:, None]
    return X.astype(np.float32), y


def source(folder, cohorts, *, seed=1, unlabelled=()):
    """A store of (values, labels) per cohort; two samples per patient."""
    write_store(
        folder / "store",
        [
            (
                f"c{c}",
                [(X, [f"s{i}" for i in range(len(X))], [f"p{i // 2}" for i in range(len(X))], {})],
            )
            for c, (X, _) in enumerate(cohorts)
        ],
        [f"G{j}" for j in range(P)],
    )
    y = np.concatenate([y for _, y in cohorts]).astype(np.int64)
    for c in unlabelled:
        y[np.repeat(np.arange(len(cohorts)), [len(X) for X, _ in cohorts]) == c] = -1
    return Source(Store(folder / "store"), y, seed)


@pytest.fixture
def three(tmp_path):
    sizes = [(40, 0.5), (60, 0.25), (24, 0.5)]
    return source(tmp_path, [rows(n, seed=n, ill=ill, shift=n) for n, ill in sizes])


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


def of_kind(folder, task, cohorts, *, classes=0):
    """The same values with other outcomes, a row or number per sample of each cohort."""
    X = [rows(n, seed=i, ill=0.5)[0] for i, n in enumerate(map(len, cohorts))]
    stored = source(folder, [(values, np.zeros(len(values))) for values in X])
    return Source(stored.store, np.concatenate(cohorts), 1, task, classes)


def test_numbers_are_centred_per_cohort_and_one_unit_is_their_deviation(tmp_path):
    ages = [np.arange(20.0), np.arange(20.0) + 50, np.full(10, 40.0), np.full(10, np.nan)]
    ages[0][:4] = np.nan
    found = of_kind(tmp_path, "regression", ages)
    # a cohort of one number says nothing of a difference
    np.testing.assert_array_equal(found.informative(), [*[False] * 4, *[True] * 36, *[False] * 20])
    mean, deviation = found.unit
    assert mean == np.mean([ages[0][4:].mean(), ages[1].mean()])
    y = found.outcomes[:, 0].numpy()
    assert not y[~found.informative()].any()
    np.testing.assert_allclose([y[:20].sum(), y[20:40].sum()], 0, atol=1e-9)
    np.testing.assert_allclose((y[found.informative()] ** 2).mean(), 1)
    np.testing.assert_allclose(y[20:40] * deviation, ages[1] - ages[1].mean())


def test_times_become_the_hazard_of_their_cohort_so_that_late_and_early_cohorts_meet(tmp_path):
    early = np.column_stack([np.arange(1.0, 21), np.arange(20) % 2])
    late, without = early * [100, 1], early * [1, 0]
    found = of_kind(tmp_path, "survival", [early, late, without])
    np.testing.assert_array_equal(found.informative(), [*[True] * 40, *[False] * 20])
    torch.testing.assert_close(found.outcomes[:20], found.outcomes[20:40])
    hazard = found.outcomes[:20, 0].numpy()
    expected = np.cumsum(early[:, 1] / np.arange(20, 0, -1))
    np.testing.assert_allclose(hazard, expected)


def test_cohorts_without_one_of_the_classes_are_not_learnt_from(tmp_path):
    codes = [np.arange(21) % 3, np.arange(20) % 2, np.full(10, -1)]
    found = of_kind(tmp_path, "multiclass", codes, classes=3)
    np.testing.assert_array_equal(found.informative(), np.arange(51) < 21)
    rows_in = np.flatnonzero(found.informative())
    weights = found.weights(rows_in).numpy()
    sums = [weights[codes[0] == c].sum() for c in range(3)]
    np.testing.assert_allclose(sums, sums[0], rtol=1e-6)


@pytest.mark.parametrize("objective", ["pca", "supervised"])
@pytest.mark.parametrize("task", ["multiclass", "regression", "survival"])
def test_the_sources_own_head_knows_every_kind_of_outcome(objective, task, tmp_path):
    """Two cohorts of other levels; the head is judged within the samples it was fitted on."""
    rng = np.random.default_rng(3)
    base = [rows(60, seed=i, ill=0.5)[0] for i in range(2)]
    signal = [X[:, :3].sum(axis=1) / 10 for X in base]
    if task == "multiclass":
        y = [np.digitize(s, np.quantile(s, [1 / 3, 2 / 3])) for s in signal]
    elif task == "regression":
        y = [10 * s + 40 * i for i, s in enumerate(signal)]
    else:
        y = [
            np.column_stack([np.exp(5 * i - s), rng.random(60) < 0.8]) for i, s in enumerate(signal)
        ]
    stored = source(tmp_path, [(X, np.zeros(60)) for X in base])
    made = Source(stored.store, np.concatenate(y), 1, task, 3 if task == "multiclass" else 0)
    settings = {**SETTINGS, "training": {**SETTINGS["training"], "epochs": 40, "patience": 40}}
    found, _ = OBJECTIVES[objective](made, settings=settings)
    X = torch.as_tensor(made.store.read(np.arange(120)))
    weights = found.head[0].reshape(len(found.head[1]), -1)
    scores = (found.embed(X).double() @ weights.T + found.head[1]).numpy()
    for c in range(2):
        own = slice(60 * c, 60 * c + 60)
        if task == "multiclass":
            assert (scores[own].argmax(axis=1) == y[c]).mean() > 0.6
        else:
            assert spearmanr(scores[own, 0], signal[c]).statistic > 0.7


def test_supervised_says_what_the_source_lacks(tmp_path):
    without = np.column_stack([np.arange(1.0, 21), np.zeros(20)])
    with pytest.raises(InputError, match="needs a source cohort that holds an event"):
        OBJECTIVES["supervised"](of_kind(tmp_path, "survival", [without]), settings=SETTINGS)


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
