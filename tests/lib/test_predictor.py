"""A predictor is its formula, row by row, and survives a round trip as tensors and JSON."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from dxtransfer.learn.encoders import Encoder, network
from dxtransfer.learn.predictor import Predictor

X = np.random.default_rng(0).normal(size=(20, 12)).astype(np.float32)


def predictor(*, with_encoder, normalised=False):
    torch.manual_seed(2)
    if not with_encoder:
        return Predictor(None, {0: torch.randn(12).double()}, 0.3, normalised)
    readout = {0: torch.randn(7).double(), 1: torch.randn(5).double()}
    return Predictor(Encoder(network(12, (7, 5))).eval(), readout, -0.2, normalised)


CASES = [(False, False), (False, True), (True, False), (True, True)]


@pytest.mark.parametrize(("with_encoder", "normalised"), CASES)
def test_the_probability_is_the_formula(with_encoder, normalised):
    model = predictor(with_encoder=with_encoder, normalised=normalised)
    layers = [torch.as_tensor(X)]
    if model.encoder is not None:
        layers = [z.detach() for z in model.encoder.layers(torch.as_tensor(X))]
    if normalised:
        layers = [
            (z - z.mean(1, keepdim=True)) / (z.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
            for z in layers
        ]
    logit = sum(layers[i].double() @ w for i, w in model.readout.items()) + model.bias
    np.testing.assert_allclose(model.probability(X), torch.sigmoid(logit).numpy(), atol=1e-6)


@pytest.mark.parametrize(("with_encoder", "normalised"), CASES)
def test_a_sample_alone_is_predicted_as_among_others(with_encoder, normalised):
    model = predictor(with_encoder=with_encoder, normalised=normalised)
    together = model.probability(X)
    alone = [model.probability(X[i : i + 1])[0] for i in range(len(X))]
    np.testing.assert_allclose(together, alone, atol=1e-6)
    np.testing.assert_allclose(together[::-1], model.probability(X[::-1]), atol=1e-6)


@pytest.mark.parametrize(("with_encoder", "normalised"), CASES)
def test_tensors_and_settings_are_the_whole_model(with_encoder, normalised):
    model = predictor(with_encoder=with_encoder, normalised=normalised)
    settings = json.loads(json.dumps(model.settings()))
    again = Predictor.of(load(save(model.tensors())), settings)
    for name, tensor in model.tensors().items():
        assert torch.equal(again.tensors()[name], tensor)
    assert again.settings() == model.settings()
    np.testing.assert_allclose(again.probability(X), model.probability(X), atol=1e-6)


def test_no_sample_gives_no_probability():
    assert predictor(with_encoder=True).probability(X[:0]).shape == (0,)


TASKS = {"multiclass": 3, "regression": 1, "survival": 1}


@pytest.mark.parametrize("task", TASKS)
def test_a_model_of_another_task_is_its_scores_behind_the_tasks_link(task):
    torch.manual_seed(4)
    readout = {1: torch.randn(TASKS[task], 5).double()}
    bias = tuple(torch.randn(TASKS[task]).tolist())
    model = Predictor(Encoder(network(12, (7, 5))).eval(), readout, bias, task=task)
    again = Predictor.of(load(save(model.tensors())), json.loads(json.dumps(model.settings())))
    last = model.encoder.layers(torch.as_tensor(X))[1].detach().double()
    scores = last @ readout[1].T + torch.tensor(bias, dtype=torch.float64)
    expected = scores.softmax(1) if task == "multiclass" else scores[:, 0]
    for found in (model.predict(X), again.predict(X)):
        np.testing.assert_allclose(found, expected, atol=1e-6)
    np.testing.assert_allclose(model.predict(X[3:4])[0], model.predict(X)[3], atol=1e-9)
    assert model.predict(X[:0]).shape == (0, *expected.shape[1:])


def test_only_a_model_of_classes_has_probabilities():
    model = Predictor(None, {0: torch.ones(12).double()}, 0.0, task="survival")
    with pytest.raises(ValueError, match="survival has no probabilities"):
        model.probability(X)
