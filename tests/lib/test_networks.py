"""Fine-tuning in the samples' span is fine-tuning, and stacking changes no model."""

import copy

import numpy as np
import pytest
import torch

from dxtransfer.learn.encoders import Architecture, Encoder, Pretrained, network
from dxtransfer.learn.estimators import Split
from dxtransfer.learn.transfer.from_scratch import FromScratch
from dxtransfer.learn.transfer.full_finetune import FullFinetune
from dxtransfer.learn.transfer.gradual_unfreeze import GradualUnfreeze
from dxtransfer.learn.transfer.l2_sp_network import L2SPNetwork
from dxtransfer.learn.transfer.networks import span_basis
from dxtransfer.learn.transfer.registry import make
from dxtransfer.learn.transfer.stacked import by_size, padded_rows

N, P = 24, 60
SETTINGS = {
    "epochs": 8,
    "learning_rate": 0.01,
    "weight_decay": 0.01,
    "rate_ratio": 2.6,
    "source_penalty": 1.0,
}
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, P)).astype(np.float32)
Y = (X[:, :3].sum(axis=1) > 0).astype(int)


def pretrained(architecture=None, *, head=True):
    torch.manual_seed(0)
    encoder = Encoder(architecture or network(P, (8, 6), dropout=0.5)).eval()
    width = encoder.architecture.widths[-1]
    weights = (torch.randn(width).double(), torch.tensor([0.2]).double())
    return Pretrained("masked", encoder, 1.3, weights if head else None)


def split(train, test):
    return Split(np.array(train), np.array(test, dtype=int), np.arange(len(train)) % 3 + 1)


@pytest.mark.parametrize("n", [5, 24, 100])
def test_the_span_keeps_inner_products_up_to_one_scale(n):
    X = torch.as_tensor(np.random.default_rng(n).normal(size=(n, P)), dtype=torch.float32)
    K = X @ X.T
    coordinates = K @ span_basis(X)
    rank = min(n, P)
    assert coordinates.shape == (n, rank)
    torch.testing.assert_close(coordinates @ coordinates.T, K * rank / P, rtol=1e-3, atol=1e-3)


def test_the_span_has_no_direction_of_copies_and_none_is_lost():
    rows = torch.as_tensor(X)
    assert span_basis(torch.cat([rows, rows[:5]])).shape == (29, 24)
    # each eigenvector sums to 0 where rows are centred
    pair = torch.cat([rows[:1], -rows[:1]])
    coordinates = pair @ pair.T @ span_basis(pair)
    assert coordinates.abs().min() > 0.1


def test_no_step_is_the_pretrained_model():
    start = pretrained()
    model = FullFinetune(start, {**SETTINGS, "epochs": 0}, 1).fit(X, Y)
    logit = start.embed(torch.as_tensor(X)).double() @ start.head[0] + start.head[1]
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], torch.sigmoid(logit), atol=1e-5)


@pytest.mark.parametrize("head", [True, False])
@pytest.mark.parametrize("linear", [True, False])
def test_a_step_goes_down_the_whole_networks_gradient_within_the_samples_span(head, linear):
    start = pretrained(Architecture(P, (8,), linear=True) if linear else None, head=head)
    settings = {"epochs": 1, "learning_rate": 1e-3, "weight_decay": 0.0}
    fitted = FullFinetune(start, settings, 1).fit(X, Y).predictor_
    change = (fitted.encoder.first.weight - start.encoder.first.weight).detach()
    assert change.norm() > 0
    inside = change @ torch.linalg.pinv(torch.as_tensor(X)) @ torch.as_tensor(X)
    torch.testing.assert_close(inside, change, atol=1e-5, rtol=1e-3)
    whole = copy.deepcopy(start.encoder)
    readout, bias = FullFinetune(start, settings, 1)._head(start)
    logits = whole(torch.as_tensor(X)) @ readout[0] + bias
    y = torch.as_tensor(Y, dtype=torch.float32)
    torch.nn.functional.binary_cross_entropy_with_logits(logits, y).backward()
    assert (whole.first.weight.grad * change).sum() < 0


def all_networks():
    carried = (FullFinetune, GradualUnfreeze, L2SPNetwork)
    return [FromScratch((8, 6), SETTINGS, 1), *(m(pretrained(), SETTINGS, 1) for m in carried)]


@pytest.mark.parametrize("model", all_networks(), ids=lambda model: type(model).__name__)
def test_stacked_fits_equal_fits_alone(model):
    splits = [
        split(range(6), range(6, 24)),
        split(range(4, 20), [0, 1, 2]),
        split(range(24), []),
        split(range(0, 24, 2), range(1, 24, 2)),
    ]
    for one, found in zip(splits, model.predict_grid(X, Y, None, splits), strict=True):
        alone = model.predict_grid(X, Y, None, [one])[0]
        np.testing.assert_allclose(found, alone, atol=1e-5)
        assert found.shape == (len(one.test), 2)


@pytest.mark.parametrize("model", all_networks(), ids=lambda model: type(model).__name__)
def test_the_primal_network_equals_the_span(model):
    spanned = model.predict_grid(X, Y, None, [split(range(14), range(14, 24))])[0]
    primal = model.fit(X[:14], Y[:14]).predict_proba(X[14:])
    np.testing.assert_allclose(spanned, primal, atol=1e-5)
    assert not model.predictor_.encoder.training


def test_fine_tuning_leaves_its_encoder_as_it_is():
    start = pretrained()
    before = {k: v.clone() for k, v in start.tensors().items()}
    model = FullFinetune(start, SETTINGS, 1).fit(X, Y)
    model.predict_grid(X, Y, None, [split(range(14), range(14, 24))])
    assert all(torch.equal(v, before[k]) for k, v in start.tensors().items())


def test_the_seed_draws_the_first_weights_and_one_seed_gives_one_result():
    one, same, other = (FromScratch((8, 6), SETTINGS, s).fit(X, Y) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.predict_proba(X), same.predict_proba(X))
    assert np.abs(one.predict_proba(X) - other.predict_proba(X)).max() > 1e-3


def test_a_weight_is_a_share_of_the_loss():
    model = FromScratch((8, 6), SETTINGS, 1)
    plain = model.fit(X, Y).predict_proba(X)
    tripled = model.fit(X, Y, sample_weight=np.full(N, 3.0)).predict_proba(X)
    np.testing.assert_allclose(tripled, plain, atol=1e-4)
    favoured = model.fit(X, Y, sample_weight=np.where(Y == 1, 20.0, 1.0)).predict_proba(X)
    assert favoured[:, 1].mean() > plain[:, 1].mean() + 0.01


def test_padding_repeats_a_training_row_and_weighs_nothing():
    rows, kept = padded_rows([split([3, 1], [0]), split([2, 5, 4], [0])])
    np.testing.assert_array_equal(rows, [[3, 1, 3], [2, 5, 4]])
    np.testing.assert_array_equal(kept, [[1, 1, 0], [1, 1, 1]])


def test_groups_hold_every_split_once_and_are_of_about_one_size():
    sizes = [4, 40, 5, 6, 7, 44, 20, 4, 100]
    splits = [split(range(n), []) for n in sizes]
    groups = by_size(splits, most=3)
    assert sorted(i for group in groups for i in group) == list(range(len(sizes)))
    for group in groups:
        assert len(group) <= 3
        assert max(sizes[i] for i in group) <= 1.5 * min(sizes[i] for i in group)


def moved(model):
    """Largest change of each layer from the start, first to last, and of the head."""
    start, fitted = model.encoder, model.fit(X, Y).predictor_
    first, second = (
        (one.weight - other.weight).abs().max().item()
        for one, other in (
            (fitted.encoder.first, start.encoder.first),
            (fitted.encoder.tail.maps[0], start.encoder.tail.maps[0]),
        )
    )
    head = (fitted.readout[1].ravel() * start.scale - start.head[0]).abs().max().item()
    return first, second, head


def test_layers_are_unfrozen_from_the_head_downwards():
    """Two layers and a head make three stages: 2 epochs train the last alone, which has all."""
    settings = {**SETTINGS, "weight_decay": 0.0}
    names = [set(stage) for stage in GradualUnfreeze(pretrained(), settings, 1).stages(2)]
    module_names = {"change", "weight", "bias"} | {
        f"tail.{part}" for part in dict(pretrained().encoder.tail.named_parameters())
    }
    assert names[0] == {"weight", "bias"}
    assert names[1] - names[0] == {
        f"tail.{part}.{kind}" for part in ("maps.0", "norms.1") for kind in ("weight", "bias")
    }
    assert names[2] == module_names
    assert names[2] - names[1] == {"change", "tail.norms.0.weight", "tail.norms.0.bias"}
    slow = {**settings, "epochs": 3, "learning_rate": 1e-3}
    start = pretrained()
    first, second, head = moved(GradualUnfreeze(start, slow, 1))
    # a step of Adam moves a weight by about its step size
    np.testing.assert_allclose(head, 3e-3 * start.scale, rtol=0.2)
    np.testing.assert_allclose(second, 2e-3 / 2.6, rtol=0.2)
    assert 0 < first < second


def test_a_stage_without_its_layers_leaves_them_where_they_were(monkeypatch):
    model = GradualUnfreeze(pretrained(), SETTINGS, 1)
    stages = model.stages(2)
    monkeypatch.setattr(GradualUnfreeze, "stages", lambda self, layers: stages[:2])
    first, second, head = moved(model)
    assert first == 0
    assert second > 0
    assert head > 0


def test_the_strategy_of_one_name_is_linear_or_a_network_as_its_encoder_is():
    assert isinstance(make("l2_sp", encoder=pretrained(), settings=SETTINGS, seed=1), L2SPNetwork)
    linear = Pretrained("linear", Encoder(Architecture(P, (1,), linear=True)), 1.0, None)
    assert not isinstance(make("l2_sp", encoder=linear, settings={}, seed=1), L2SPNetwork)


@pytest.mark.parametrize("penalty", [0.5, 20.0])
def test_l2_sp_minimises_the_loss_and_the_distance_to_the_source(penalty):
    """At the minimum of a linear network's loss no direction of its weights goes down."""
    start = pretrained(Architecture(P, (4,), linear=True))
    settings = {"epochs": 4000, "learning_rate": 3e-3, "source_penalty": penalty}
    fitted = L2SPNetwork(start, settings, 1).fit(X, Y).predictor_
    readout, bias = fitted.readout[0].float(), torch.tensor(fitted.bias).float()
    weights = [w.detach().clone().requires_grad_() for w in
               (fitted.encoder.first.weight, readout, bias)]  # fmt: skip
    embedded = torch.as_tensor(X) @ weights[0].T + start.encoder.first.bias
    logits = embedded @ weights[1][0] + weights[2]
    y = torch.as_tensor(Y, dtype=torch.float32)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, y, reduction="sum")
    centre = (start.encoder.first.weight, start.head[0].float() / start.scale, start.head[1])
    parts = [(w - c.detach()).square().sum() for w, c in zip(weights, centre, strict=True)]
    # a feature of the first layer counts as one of a linear model, whose kernel is scaled by P
    (loss + penalty / 2 * (P * parts[0] + parts[1] + parts[2])).backward()
    scale = torch.autograd.grad(
        torch.nn.functional.binary_cross_entropy_with_logits(
            torch.as_tensor(X) @ weights[0].T @ weights[1][0] + weights[2], y, reduction="sum"
        ),
        weights,
    )
    for weight, plain in zip(weights, scale, strict=True):
        assert weight.grad.abs().max() < 0.03 * plain.abs().max() + 0.01


def test_a_strong_penalty_keeps_the_source_and_without_a_head_the_new_one_is_drawn_to_0():
    settings = {**SETTINGS, "epochs": 1500, "source_penalty": 1e4}
    start = pretrained()
    logit = start.embed(torch.as_tensor(X)).double() @ start.head[0] + start.head[1]
    kept = L2SPNetwork(start, settings, 1).fit(X, Y).predict_proba(X)[:, 1]
    np.testing.assert_allclose(kept, torch.sigmoid(logit), atol=0.02)
    fitted = L2SPNetwork(pretrained(head=False), settings, 1).fit(X, Y).predictor_
    assert fitted.readout[1].abs().max() < 0.02
