"""An encoder is the same after it was written and read, and its layers are what they are named."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from dxtransfer.learn.encoders import Architecture, Encoder, Pretrained, network, read_pretrained

X = torch.as_tensor(np.random.default_rng(0).normal(size=(9, 12)), dtype=torch.float32)


def pretrained(architecture, *, head=True):
    torch.manual_seed(1)
    encoder = Encoder(architecture).eval()
    weights = (torch.randn(architecture.widths[-1], dtype=torch.float64), torch.ones(1).double())
    return Pretrained("masked", encoder, 2.5, weights if head else None)


def test_there_is_one_layer_per_width_and_the_last_is_the_output():
    encoder = Encoder(network(12, (7, 5, 3), dropout=0.4)).eval()
    layers = encoder.layers(X)
    assert [z.shape for z in layers] == [(9, 7), (9, 5), (9, 3)]
    torch.testing.assert_close(encoder(X), layers[-1], rtol=0, atol=0)


def test_a_layer_is_linear_norm_gelu_of_the_one_before():
    encoder = Encoder(network(12, (7, 5))).eval()
    one, two = encoder.layers(X)
    norm, functional = encoder.tail.norms, torch.nn.functional
    first = X @ encoder.first.weight.T + encoder.first.bias
    torch.testing.assert_close(one, functional.gelu(norm[0](first)))
    torch.testing.assert_close(two, functional.gelu(norm[1](encoder.tail.maps[0](one))))


def test_a_linear_encoder_is_a_matrix():
    encoder = Encoder(Architecture(12, (4,), linear=True))
    expected = X @ encoder.first.weight.T + encoder.first.bias
    torch.testing.assert_close(encoder(X), expected)


def test_dropout_works_while_training_alone():
    encoder = Encoder(network(12, (32, 8), dropout=0.5))
    assert not torch.equal(encoder.train()(X), encoder(X))
    assert torch.equal(encoder.eval()(X), encoder(X))


def test_the_embedding_is_the_output_divided_by_its_scale():
    found = pretrained(network(12, (7, 5)))
    torch.testing.assert_close(found.embed(X) * 2.5, found.encoder(X))


@pytest.mark.parametrize("head", [True, False])
@pytest.mark.parametrize(
    "architecture", [network(12, (7, 5), dropout=0.3), Architecture(12, (4,), linear=True)]
)
def test_writing_and_reading_changes_no_bit(tmp_path, architecture, head):
    before = pretrained(architecture, head=head)
    save_file(before.tensors(), tmp_path / "encoder.safetensors")
    (tmp_path / "encoder.json").write_text(json.dumps(before.settings()))
    after = read_pretrained(tmp_path / "encoder.safetensors", tmp_path / "encoder.json")
    assert torch.equal(after.embed(X), before.embed(X))
    assert after.settings() == before.settings()
    assert after.encoder.architecture == architecture
    assert not after.encoder.training
    assert (after.head is None) == (not head)
    for one, other in zip(after.head or (), before.head or (), strict=True):
        assert torch.equal(one, other)
