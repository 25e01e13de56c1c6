"""Simulated patients of two classes, of whom the truth is known exactly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag
from scipy.stats import norm

Floats = NDArray[np.float64]

FACTORS = 5
# Share of the genes that differ between the classes.
INFORMATIVE = 0.2


@dataclass(frozen=True)
class Population:
    """Genes that vary together through a few factors, and a shift between the classes.

    Attributes
    ----------
    loadings
        Of each gene on each factor, (factors, genes).
    shift
        Difference of the classes' means, (genes,); each gene has a noise of variance 1.
    """

    loadings: Floats
    shift: Floats

    @classmethod
    def random(cls, genes: int, *, effect: float, seed: int) -> "Population":
        """A population; `effect` is the shift of each informative gene."""
        rng = np.random.default_rng(seed)
        loadings = rng.normal(scale=0.5, size=(FACTORS, genes))
        shift = np.zeros(genes)
        some = rng.permutation(genes)[: int(INFORMATIVE * genes)]
        shift[some] = effect * rng.choice([-1, 1], len(some))
        return cls(loadings, shift)

    @classmethod
    def of_two(cls, one: "Population", other: "Population") -> "Population":
        """The genes of both, which share no factor."""
        return cls(block_diag(one.loadings, other.loadings), np.append(one.shift, other.shift))

    @property
    def covariance(self) -> Floats:
        """Within a class, (genes, genes)."""
        return self.loadings.T @ self.loadings + np.eye(len(self.shift))

    @property
    def best(self) -> Floats:
        """Direction that tells the classes apart best, of length 1, (genes,)."""
        direction = np.linalg.solve(self.covariance, self.shift)
        length = float(np.linalg.norm(direction))
        return direction / length if length else direction

    def draw(self, y: NDArray[np.intp], rng: np.random.Generator) -> Floats:
        """Patients of the classes y, 0 or 1: (patients, genes)."""
        common = rng.normal(size=(len(y), len(self.loadings))) @ self.loadings
        own = rng.normal(size=(len(y), len(self.shift)))
        return common + own + np.outer(y - 0.5, self.shift)

    def auroc(self, weights: Floats) -> Floats:
        """Exact AUROC of linear scores on new patients, weights (..., genes)."""
        spread = np.sqrt(2 * np.einsum("...i,ij,...j->...", weights, self.covariance, weights))
        gap = weights @ self.shift
        return norm.cdf(np.divide(gap, spread, out=np.zeros_like(gap), where=spread > 0))


def balanced(n: int) -> NDArray[np.intp]:
    """Classes of n patients, half of each."""
    return np.repeat([0, 1], [n // 2, n - n // 2])
