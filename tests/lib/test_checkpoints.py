"""A checkpoint is used when it is whole and of the same stamp, and never otherwise."""

import logging

import pytest
import torch

from dxtransfer.learn.checkpoints import Checkpoint

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "step": torch.tensor(3.0)}
STATE = {"history": [{"epoch": 1, "validation_loss": float("inf")}], "best_epoch": 1}


@pytest.fixture
def checkpoint(tmp_path):
    return Checkpoint(tmp_path / "deep" / "folder", "stamp")


def test_what_was_saved_comes_back(checkpoint):
    assert checkpoint.load() is None
    checkpoint.save({"a": torch.zeros(1)}, {})
    checkpoint.save(TENSORS, STATE)
    tensors, state = checkpoint.load()
    assert state == STATE
    assert tensors.keys() == TENSORS.keys()
    assert all(torch.equal(tensors[k], TENSORS[k]) for k in TENSORS)


def test_a_view_of_a_larger_tensor_is_saved_as_itself(checkpoint):
    checkpoint.save({"turned": TENSORS["a"].T}, STATE)
    assert torch.equal(checkpoint.load()[0]["turned"], TENSORS["a"].T)


def test_another_stamp_is_not_used(checkpoint):
    checkpoint.save(TENSORS, STATE)
    assert Checkpoint(checkpoint.folder, "other").load() is None
    assert checkpoint.load() is not None


@pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b[:-7], lambda b: b"x" * len(b)])
def test_a_damaged_file_is_told_and_not_used(checkpoint, damage, caplog):
    checkpoint.save(TENSORS, STATE)
    checkpoint.file.write_bytes(damage(checkpoint.file.read_bytes()))
    with caplog.at_level(logging.WARNING, logger="dxtransfer"):
        assert checkpoint.load() is None
    assert "training starts anew" in caplog.text


def test_nothing_else_is_left_in_the_folder_and_removing_leaves_nothing(checkpoint):
    checkpoint.save(TENSORS, STATE)
    assert list(checkpoint.folder.iterdir()) == [checkpoint.file]
    checkpoint.remove()
    assert not checkpoint.folder.exists()
    checkpoint.remove()


def test_a_save_that_fails_leaves_the_one_before(checkpoint):
    checkpoint.save(TENSORS, STATE)
    with pytest.raises(TypeError):
        checkpoint.save({"a": torch.zeros(1)}, {"no": "JSON", "at all": object()})
    assert checkpoint.load()[1] == STATE
    assert list(checkpoint.folder.iterdir()) == [checkpoint.file]
