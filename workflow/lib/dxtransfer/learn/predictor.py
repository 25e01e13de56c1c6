"""A finished model in its primal form: an encoder, if any, and a linear readout of its layers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dxtransfer.learn.encoders import Architecture, Encoder
from dxtransfer.learn.tasks import TASKS

Floats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Predictor:
    """Prediction = link(sum over layers of readout . layer + bias), the link that of the task.

    Attributes
    ----------
    encoder
        Makes the layers; without one the only layer is the standardised features.
    readout
        Layer number to its weights, (width,) or (outputs, width).
    bias
        Intercept, one per output.
    normalised
        Whether each layer is layer-normalised before it is read out.
    task
        A key of `dxtransfer.learn.tasks.TASKS`.
    """

    encoder: Encoder | None
    readout: Mapping[int, Tensor]
    bias: float | tuple[float, ...]
    normalised: bool = False
    task: str = "binary"

    def predict(self, X: npt.NDArray[Any]) -> Floats:
        """What the task predicts, from standardised features.

        (samples,): probability of the second class, a number, or the log relative hazard; for
        several classes the probability of each, (samples, classes).
        """
        found: Floats = TASKS[self.task].link(torch.as_tensor(self.scores(X))).numpy()
        return found

    def probability(self, X: npt.NDArray[Any]) -> Floats:
        """Probability of the positive class, (samples,), or of each, (samples, classes).

        Raises
        ------
        ValueError
            For a task without classes.
        """
        if not TASKS[self.task].classifies:
            raise ValueError(f"a model of {self.task} has no probabilities")
        return self.predict(X)

    def scores(self, X: npt.NDArray[Any]) -> Floats:
        """Scores before the link, (samples, outputs), float64.

        Rows are taken one by one: the last bits of a matrix product depend on its size, and a
        patient predicted alone shall equal the same patient among others.
        """
        with torch.no_grad():
            each = [self.forward(torch.as_tensor(x[None], dtype=torch.float32)) for x in X]
        outputs = len(self._bias())
        return torch.cat(each).numpy() if each else np.empty((0, outputs))

    def _bias(self) -> tuple[float, ...]:
        return self.bias if isinstance(self.bias, tuple) else (self.bias,)

    def forward(self, x: Tensor) -> Tensor:
        """Scores before the link, (samples, outputs), float64; gradients can be taken."""
        layers = [x] if self.encoder is None else self.encoder.layers(x)
        total = torch.tensor([self._bias()], dtype=torch.float64)
        for i, weights in self.readout.items():
            layer = layers[i].double()
            if self.normalised:
                layer = torch.nn.functional.layer_norm(layer, layer.shape[-1:])
            total = total + layer @ weights.double().reshape(-1, layer.shape[-1]).T
        return total

    def tensors(self) -> dict[str, Tensor]:
        """All weights by name, for safetensors."""
        named = {f"readout.{i}": w.detach().double().contiguous() for i, w in self.readout.items()}
        if self.encoder is not None:
            state = self.encoder.state_dict()
            named |= {f"encoder.{k}": v.detach().contiguous() for k, v in state.items()}
        return named

    def settings(self) -> dict[str, Any]:
        """All that is no tensor, for JSON."""
        return {
            "architecture": None if self.encoder is None else self.encoder.architecture.settings(),
            "bias": list(self._bias()),
            "normalised": self.normalised,
            "task": self.task,
        }

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor], settings: Mapping[str, Any]) -> "Predictor":
        """From `tensors` and `settings`."""
        encoder = None
        if settings["architecture"] is not None:
            encoder = Encoder(Architecture.of(settings["architecture"])).eval()
            prefix = "encoder."
            encoder.load_state_dict(
                {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            )
        readout = {
            int(k.removeprefix("readout.")): v
            for k, v in tensors.items()
            if k.startswith("readout")
        }
        bias = tuple(float(b) for b in settings["bias"])
        return cls(encoder, readout, bias, bool(settings["normalised"]), settings["task"])
