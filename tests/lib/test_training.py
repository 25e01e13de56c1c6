"""The loop resumes to the bit, keeps the best epoch, and says when it diverges."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn

from dxtransfer.learn.checkpoints import Checkpoint
from dxtransfer.learn.training import Training, train

EPOCHS, BATCHES = 5, 3
SETTINGS = Training(epochs=EPOCHS, learning_rate=0.02, weight_decay=0.01, seed=4, patience=EPOCHS)
RNG = np.random.default_rng(0)
X = torch.as_tensor(RNG.normal(size=(30, 6)), dtype=torch.float32)
Y = (X[:, 0] + torch.as_tensor(RNG.normal(size=30)) > 0).float()


class Killed(BaseException):
    pass


def model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 8), nn.Dropout(0.3), nn.ReLU(), nn.Linear(8, 1))


def batches(epoch):
    order = np.random.default_rng([1, epoch]).permutation(24)
    return [(X[part], Y[part]) for part in np.array_split(order, BATCHES)]


def loss(model, batch):
    inputs, y = batch
    return nn.functional.binary_cross_entropy_with_logits(model(inputs).squeeze(-1), y)


def killed_after(calls):
    counter = itertools.count(1)

    def counted(model, batch):
        if next(counter) > calls:
            raise Killed
        return loss(model, batch)

    return counted


def run(checkpoint=None, *, loss=loss, settings=SETTINGS, validation=True, started=None):
    network = started or model()
    history = train(
        network,
        batches=batches,
        loss=loss,
        settings=settings,
        validation=(lambda: [(X[24:], Y[24:])]) if validation else None,
        checkpoint=checkpoint,
    )
    return {k: v.clone() for k, v in network.state_dict().items()}, history


def same(one, other):
    return all(torch.equal(one[k], other[k]) for k in one)


@pytest.fixture(scope="module")
def whole():
    return run()


@pytest.mark.parametrize("calls", range(0, EPOCHS * (BATCHES + 1), 3))
@pytest.mark.parametrize("validation", [True, False])
def test_a_training_that_was_killed_ends_with_the_same_bits(tmp_path, calls, validation):
    checkpoint = Checkpoint(tmp_path, "stamp")
    # without a validation set nothing is ever better, so patience would end it
    settings = SETTINGS if validation else Training(**{**vars(SETTINGS), "patience": 0})
    kind = {"validation": validation, "settings": settings}
    weights, history = run(**kind)
    if calls < EPOCHS * (BATCHES + validation):
        with pytest.raises(Killed):
            run(checkpoint, loss=killed_after(calls), **kind)
    torch.manual_seed(999)
    torch.rand(calls)
    resumed, its_history = run(checkpoint, **kind)
    assert same(resumed, weights)
    np.testing.assert_equal(its_history, history)


def test_a_resumed_training_does_not_repeat_what_was_done(tmp_path):
    checkpoint = Checkpoint(tmp_path, "stamp")
    with pytest.raises(Killed):
        run(checkpoint, loss=killed_after(2 * (BATCHES + 1)))
    run(checkpoint, loss=killed_after(3 * (BATCHES + 1)))
    run(checkpoint, loss=killed_after(0))


def test_a_checkpoint_of_another_stamp_starts_anew(tmp_path, whole):
    started = model()
    with torch.no_grad():
        started[0].weight += 1
    with pytest.raises(Killed):
        run(Checkpoint(tmp_path, "one"), loss=killed_after(9), started=started)
    weights, history = run(Checkpoint(tmp_path, "other"))
    assert same(weights, whole[0])
    assert history == whole[1]


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", None])
def test_a_corrupt_checkpoint_starts_anew(tmp_path, whole, content):
    checkpoint = Checkpoint(tmp_path, "stamp")
    with pytest.raises(Killed):
        run(checkpoint, loss=killed_after(9))
    checkpoint.file.write_bytes(checkpoint.file.read_bytes()[:-9] if content is None else content)
    assert same(run(checkpoint)[0], whole[0])


def test_the_weights_of_the_best_epoch_are_kept_and_patience_ends_the_training():
    seen = []

    def scripted(network, batch):
        if network.training:
            return loss(network, batch)
        seen.append({k: v.clone() for k, v in started.state_dict().items()})
        return torch.tensor([3.0, 1.0, 2.0, 1.5, 1.0, 0.1, 0.0][len(seen) - 1])

    started = model()

    settings = Training(epochs=7, learning_rate=0.1, weight_decay=0.0, seed=1, patience=3)
    weights, history = run(loss=scripted, settings=settings, started=started)
    assert [row["validation_loss"] for row in history] == [3.0, 1.0, 2.0, 1.5, 1.0]
    assert [row["best"] for row in history] == ["", "yes", "", "", ""]
    assert [same(weights, each) for each in seen] == [False, True, False, False, False]


def test_without_a_validation_set_every_epoch_is_trained():
    settings = Training(epochs=4, learning_rate=0.1, weight_decay=0.0, seed=1)
    _, history = run(settings=settings, validation=False)
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert all(math.isnan(row["validation_loss"]) and row["best"] == "" for row in history)


@pytest.mark.parametrize("where", ["training", "validation"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_raises(where, value):
    def diverging(model, batch):
        return loss(model, batch) * (value if model.training == (where == "training") else 1.0)

    with pytest.raises(FloatingPointError, match="epoch 1"):
        run(loss=diverging)


def test_one_seed_gives_one_result_and_another_seed_another(whole):
    torch.manual_seed(5)
    torch.rand(7)
    weights, history = run()
    assert same(weights, whole[0])
    assert history == whole[1]
    other, _ = run(settings=Training(**{**vars(SETTINGS), "seed": 5}))
    assert not same(other, whole[0])


def test_the_loop_is_adamw():
    network = model().eval()
    network[1] = nn.Identity()
    by_hand = model().eval()
    by_hand[1] = nn.Identity()
    optimiser = torch.optim.AdamW(by_hand.parameters(), lr=0.02, weight_decay=0.01)
    for epoch in range(1, EPOCHS + 1):
        for batch in batches(epoch):
            optimiser.zero_grad()
            loss(by_hand, batch).backward()
            optimiser.step()
    settings = Training(**{**vars(SETTINGS), "patience": 0})
    weights, _ = run(settings=settings, validation=False, started=network)
    for key, value in by_hand.state_dict().items():
        torch.testing.assert_close(weights[key], value)
    assert not network.training
