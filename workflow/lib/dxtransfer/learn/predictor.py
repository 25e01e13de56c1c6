"""A finished model in its primal form: an encoder, if any, and a linear readout of its layers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from dxtransfer.learn.encoders import Architecture, Encoder


@dataclass(frozen=True)
class Predictor:
    """Probability of the positive class = sigmoid(sum over layers of readout . layer + bias).

    Attributes
    ----------
    encoder
        Makes the layers; without one the only layer is the standardised features.
    readout
        Layer number to its weights (width,).
    bias
        Intercept.
    normalised
        Whether each layer is layer-normalised before it is read out.
    """

    encoder: Encoder | None
    readout: Mapping[int, Tensor]
    bias: float
    normalised: bool = False

    def probability(self, X: npt.NDArray[Any]) -> npt.NDArray[np.floating[Any]]:
        """Probability of the positive class, (samples,), from standardised features.

        Rows are taken one by one: the last bits of a matrix product depend on its size, and a
        patient predicted alone shall equal the same patient among others.
        """
        with torch.no_grad():
            logits = [self._logit(torch.as_tensor(x[None], dtype=torch.float32)) for x in X]
        return torch.sigmoid(torch.tensor(logits, dtype=torch.float64)).numpy()

    def _logit(self, x: Tensor) -> float:
        layers = [x] if self.encoder is None else self.encoder.layers(x)
        total = self.bias
        for i, weights in self.readout.items():
            layer = layers[i].double()
            if self.normalised:
                layer = torch.nn.functional.layer_norm(layer, layer.shape[-1:])
            total += float(layer @ weights.double())
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
        architecture = None if self.encoder is None else self.encoder.architecture.settings()
        return {"architecture": architecture, "bias": self.bias, "normalised": self.normalised}

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
        return cls(encoder, readout, float(settings["bias"]), bool(settings["normalised"]))
