"""Encoders: what pretraining learns and transfer uses, one class for all objectives."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from dxtransfer.files import read_json
from dxtransfer.learn.knowledge import Knowledge


@dataclass(frozen=True)
class Architecture:
    """Shape of an encoder.

    Attributes
    ----------
    n_features
        Width of the input, the size of the vocabulary.
    widths
        Units of each layer.
    linear
        Whether layers are linear maps alone (principal components) instead of
        linear - layer norm - GELU - dropout.
    dropout
        Dropout while pretraining.
    """

    n_features: int
    widths: tuple[int, ...]
    linear: bool = False
    dropout: float = 0.0

    def settings(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "widths": list(self.widths)}

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Architecture":
        """From JSON."""
        return cls(
            n_features=int(settings["n_features"]),
            widths=tuple(settings["widths"]),
            linear=bool(settings["linear"]),
            dropout=float(settings["dropout"]),
        )


class Encoder(nn.Module):
    """Layers from standardised features (missing values 0) to an embedding."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        sizes = (architecture.n_features, *architecture.widths)
        self.first = nn.Linear(sizes[0], sizes[1])
        self.tail = Tail(architecture)

    def layers(self, X: Tensor) -> list[Tensor]:
        """Outputs of all layers, first to last, each (samples, width)."""
        outputs: list[Tensor] = self.tail(self.first(X))
        return outputs

    def forward(self, X: Tensor) -> Tensor:
        """Output of the last layer."""
        return self.layers(X)[-1]


class Tail(nn.Module):
    """All of an encoder behind its first linear map.

    It stands alone because the first map, the only one as wide as the genome, can be computed
    once and for all where it is frozen or changes within the span of a few training samples.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        widths = architecture.widths
        self.norms = nn.ModuleList(
            nn.Identity() if architecture.linear else nn.LayerNorm(w) for w in widths
        )
        self.maps = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.activation = nn.Identity() if architecture.linear else nn.GELU()
        self.dropout = nn.Dropout(architecture.dropout)

    def forward(self, H: Tensor) -> list[Tensor]:
        """Outputs of all layers from the first linear map's output."""
        outputs: list[Tensor] = []
        for i, norm in enumerate(self.norms):
            H = self.dropout(self.activation(norm(H if i == 0 else self.maps[i - 1](outputs[-1]))))
            outputs.append(H)
        return outputs


@dataclass(frozen=True)
class Pretrained:
    """An encoder with what the source says about its embedding.

    Attributes
    ----------
    objective
        Name of the pretraining objective.
    encoder
        The encoder, in evaluation mode.
    scale
        Root mean square of the source's embedding; embeddings are divided by it.
    head
        Weights (width,) and bias (1,) of a linear model of the outcome that was fitted on the
        source's scaled embedding, (outputs, width) and (outputs,) for several classes; None where
        no source cohort tells anything of the outcome.
    unit
        For regression, what the head's 0 and 1 are: mean and deviation of the source's numbers.
    knowledge
        What else the objective `linear` learns from the source's labels; None for the others.
    """

    objective: str
    encoder: Encoder
    scale: float
    head: tuple[Tensor, Tensor] | None
    unit: tuple[float, float] = (0.0, 1.0)
    knowledge: Knowledge | None = None

    def embed(self, X: Tensor) -> Tensor:
        """Scaled embedding (samples, width) of standardised features."""
        with torch.no_grad():
            scaled: Tensor = self.encoder(X) / self.scale
        return scaled

    def tensors(self) -> dict[str, Tensor]:
        """All weights by name, for safetensors."""
        named = {f"encoder.{k}": v.contiguous() for k, v in self.encoder.state_dict().items()}
        if self.head is not None:
            named["head.weight"], named["head.bias"] = self.head
        return named | (self.knowledge.tensors() if self.knowledge else {})

    def settings(self) -> dict[str, Any]:
        """All that is no tensor, for JSON."""
        told = {
            "objective": self.objective,
            "scale": self.scale,
            "unit": list(self.unit),
            "architecture": self.encoder.architecture.settings(),
        }
        return told | ({"knowledge": self.knowledge.settings()} if self.knowledge else {})

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor], settings: Mapping[str, Any]) -> "Pretrained":
        """From `tensors` and `settings`."""
        encoder = Encoder(Architecture.of(settings["architecture"]))
        encoder.load_state_dict(
            {k.removeprefix("encoder."): v for k, v in tensors.items() if k.startswith("encoder.")}
        )
        head = None
        if "head.weight" in tensors:
            head = (tensors["head.weight"], tensors["head.bias"])
        mean, deviation = settings["unit"]
        scale, told = float(settings["scale"]), settings.get("knowledge")
        return cls(
            settings["objective"],
            encoder.eval(),
            scale,
            head,
            (mean, deviation),
            Knowledge.of(tensors, told) if told else None,
        )


def network(n_features: int, widths: Sequence[int], *, dropout: float = 0.0) -> Architecture:
    """Architecture of the network that objectives and `from_scratch` share."""
    return Architecture(n_features, tuple(widths), linear=False, dropout=dropout)


def read_pretrained(weights: Path | str, settings: Path | str) -> Pretrained:
    """Read an encoder from its safetensors and its JSON file."""
    return Pretrained.of(load_file(weights), read_json(settings))
