"""What a labelled source tells a target beside its score: which features, how far to trust it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor

# One-sided 1 % of a standard normal variable.
CHANCE = 2.326
# Share of the source cohorts' own median similarity that a target has to reach.
LEAST_SIMILARITY = 0.4
# Sizes of a labelled set for which the members' prior is told.
SIZES = (4, 8, 16, 32, 64)


@dataclass(frozen=True)
class Knowledge:
    """What is learnt from source labels, for strategies that shrink or weigh by it.

    Attributes
    ----------
    importance
        Squared mean effect of each feature over its mean, (features,).
    top
        Features with the surest effects, (top,).
    correlation
        Their correlations in the source, (top, top); 0 where unknown.
    log_prior
        Logarithm of the members' prior weights at each of `SIZES`, (sizes, members).
    beyond_chance
        How far the source's models told classes apart in cohorts, or patients, that were held out,
        in standard deviations of chance.
    similarity
        Median, over source cohorts, of `similarity_of` the rest.
    told
        For people: models that were kept, cohorts, cohorts left out.
    """

    importance: Tensor
    top: Tensor
    correlation: Tensor
    log_prior: Tensor
    beyond_chance: float
    similarity: float
    told: Mapping[str, Any]

    @property
    def holds(self) -> bool:
        """Whether the source's models do better than chance on source cohorts they never saw."""
        return self.beyond_chance > CHANCE

    def resembles(self, X: Tensor) -> bool:
        """Whether features of samples (samples, features) vary together as in the source."""
        found = similarity_of(correlations(X[:, self.top]), self.correlation)
        return found >= LEAST_SIMILARITY * self.similarity

    def prior(self, samples: Tensor) -> Tensor:
        """Log prior of the members for labelled sets of some sizes, (problems, members)."""
        sizes = torch.tensor(SIZES, dtype=torch.float64).log()
        given = samples.double().clamp(SIZES[0], SIZES[-1]).log()
        after = torch.searchsorted(sizes, given).clamp(1, len(SIZES) - 1)
        share = (given - sizes[after - 1]) / (sizes[after] - sizes[after - 1])
        mixed: Tensor = torch.lerp(
            self.log_prior[after - 1], self.log_prior[after], share[:, None].clamp(0, 1)
        )
        return mixed

    def tensors(self) -> dict[str, Tensor]:
        """All tensors by name, for safetensors."""
        names = ("importance", "top", "correlation", "log_prior")
        return {f"knowledge.{name}": getattr(self, name).contiguous() for name in names}

    def settings(self) -> dict[str, Any]:
        """All that is no tensor, for JSON."""
        return {
            "beyond_chance": self.beyond_chance,
            "similarity": self.similarity,
            "told": dict(self.told),
        }

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor], settings: Mapping[str, Any]) -> Self:
        """From `tensors` and `settings`."""
        prefix = "knowledge."
        named = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        return cls(
            named["importance"],
            named["top"],
            named["correlation"],
            named["log_prior"],
            float(settings["beyond_chance"]),
            float(settings["similarity"]),
            settings["told"],
        )


def correlations(X: Tensor) -> Tensor:
    """Correlations between the columns of (samples, features); 0 for a column without variation."""
    centred = X.double() - X.double().mean(0)
    spread = centred.square().mean(0).sqrt()
    unit = torch.where(spread > 1e-3, centred / spread.clamp_min(1e-3), 0.0)
    return unit.T @ unit / len(X)


def pooled(matrices: Sequence[Tensor], sizes: Sequence[int]) -> Tensor:
    """Mean of correlation matrices by the root of their sizes; zeros are unknown."""
    total = torch.zeros_like(matrices[0])
    weight = torch.zeros_like(total)
    for matrix, size in zip(matrices, sizes, strict=True):
        total += matrix * size**0.5
        weight += (matrix != 0) * size**0.5
    return torch.where(weight > 0, total / weight.clamp_min(1e-12), 0.0)


def similarity_of(one: Tensor, other: Tensor) -> float:
    """Correlation of two correlation matrices over the pairs that both know, 0 without any."""
    row, column = torch.triu_indices(len(one), len(one), offset=1)
    a, b = one[row, column], other[row, column]
    known = (a != 0) & (b != 0)
    if int(known.sum()) < 3:
        return 0.0
    a, b = a[known] - a[known].mean(), b[known] - b[known].mean()
    return float((a @ b) / (a.norm() * b.norm()).clamp_min(1e-12))
