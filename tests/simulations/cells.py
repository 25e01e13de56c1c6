"""What is simulated: learners that do not differ, a useless, a harmful and helpful sources."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd
import torch
from candidates import bootstrap, resampled_t
from learners import FOLDS, Floats, Ints, budgets_of, cross_validated, partition, trained
from population import Population, balanced
from scipy.optimize import brentq
from studies import CONTROL, LEVEL, TRANSFER, fold_differences, judged, values_of

from dxtransfer.evidence.intervals import patient_weights
from dxtransfer.evidence.patients_saved import patients_saved

REPEATS = 10
# Genes that both of two exchangeable learners see, and genes of each alone.
GENES = 50
RESAMPLES = 200
# Length of the source's weights on standardised genes: a score as sure as a good model's.
SOURCE = 1.0
FRESH = 2000
LABELS = [8, 16, 32, 64]
# Labelled patients at which patients saved are judged.
AT = 16
# Fresh training sets behind each step of a calibration.
CALIBRATING = 400


@dataclass(frozen=True)
class Cell:
    """One setting of many studies.

    Attributes
    ----------
    name
        Kind of the cell: null, useless, harmful or helpful.
    n
        Patients, half of each class.
    base
        AUROC of the learner that knows the target alone, at the training part's size.
    gain
        True difference that a helpful source is to bring.
    saved
        Whether label budgets are simulated, too.
    """

    name: str
    n: int
    base: float
    gain: float = 0.0
    saved: bool = False


@dataclass(frozen=True)
class Found:
    """What one study found."""

    transfer: float
    base: float
    estimate: float
    low: float
    high: float
    verdict: str
    # ends of the two other candidates
    resampled_t: tuple[float, float]
    bootstrap: tuple[float, float]
    # patients saved at AT labels: estimate, low and high, NaN without an end
    saved: tuple[float, float, float] = (np.nan, np.nan, np.nan)


def training_size(n: int) -> int:
    """Patients of a training part, an even number."""
    return 2 * (n * (FOLDS - 1) // FOLDS // 2)


def population_of(effect: float) -> Population:
    """Genes that are shared, and genes of a learner's own."""
    return Population.of_two(*(Population.random(GENES, effect=effect, seed=s) for s in (1, 2)))


@cache
def effect(n: int, base: float) -> float:
    """Shift of the informative genes at which the target alone reaches `base`."""
    if base == 0.5:
        return 0.0

    def missing(size: float) -> float:
        return true_auroc(population_of(size), training_size(n), sets=CALIBRATING) - base

    return float(brentq(missing, 0.01, 4, xtol=1e-3))


def true_auroc(
    population: Population,
    size: int,
    *,
    source: Floats | None = None,
    sets: int = FRESH,
    budget: int | None = None,
    seed: int = 7,
) -> float:
    """Mean AUROC on new patients of models of fresh training sets; exact for each model."""
    rng = np.random.default_rng(seed)
    y, found = balanced(size), []
    for _ in range(0, sets, 100):
        X = np.stack([population.draw(y, rng) for _ in range(100)])
        labelled = np.ones((100, size))
        if budget is not None:
            labelled[:] = 0
            for row in labelled:
                first = np.concatenate(
                    [rng.permutation(np.flatnonzero(y == c))[:2] for c in (0, 1)]
                )
                rest = rng.permutation(np.setdiff1d(np.arange(size), first))
                row[np.concatenate([first, rest])[:budget]] = 1
        found.append(population.auroc(trained(X, y, torch.as_tensor(labelled), source)))
    return float(np.mean(found))


def source_weights(population: Population, cosine: float) -> Floats:
    """Weights of a source's score, at an angle to the best direction."""
    scale = np.sqrt(np.diag(population.covariance))
    best = population.best * scale
    best /= np.linalg.norm(best) or 1.0
    other = np.random.default_rng(3).normal(size=len(best))
    other -= (other @ best) * best
    other /= np.linalg.norm(other)
    return SOURCE * (cosine * best + np.sqrt(1 - cosine**2) * other)


@cache
def setting(cell: Cell) -> tuple[Population, Floats | None, float]:
    """Population, the source's weights (None in null cells) and the true difference."""
    population = population_of(effect(cell.n, cell.base))
    if cell.name == "null":
        return population, None, 0.0
    size = training_size(cell.n)
    alone = true_auroc(population, size)

    def gain(cosine: float, sets: int = CALIBRATING) -> float:
        source = source_weights(population, cosine)
        return true_auroc(population, size, source=source, sets=sets) - alone

    cosine = {"useless": 0.0, "harmful": -0.25}.get(cell.name)
    if cosine is None:
        cosine = float(brentq(lambda c: gain(c) - cell.gain, 0, 0.999, xtol=1e-3))
    return population, source_weights(population, cosine), gain(cosine, FRESH)


def true_saved(cell: Cell, at: int) -> float:
    """Patients that the target alone needs more than `at`; NaN where all do not suffice."""
    population, source, _ = setting(cell)
    size = training_size(cell.n)
    sizes = [*[b for b in LABELS if b < size], size]
    alone = [true_auroc(population, size, budget=b) for b in sizes]
    own = true_auroc(population, size, source=source, budget=at)
    if own > alone[-1]:
        return np.nan
    return float(np.exp(np.interp(own, alone, np.log(sizes)))) - at


def study(cell: Cell, seed: np.random.SeedSequence) -> Found:
    """Simulate one study of a cell."""
    rng = np.random.default_rng(seed)
    y = balanced(cell.n)
    population, source, _ = setting(cell)
    folds = partition(y, repeats=REPEATS, rng=rng)
    budgets = [b for b in LABELS if b < training_size(cell.n)] if cell.saved else []
    labelled = budgets_of(y, folds, budgets, rng)
    X = population.draw(y, rng)
    other = X
    if source is None:
        # the genes of its own are drawn anew from the same law
        other = np.hstack([X[:, :GENES], population.draw(y, rng)[:, GENES:]])
    scores = {
        TRANSFER: cross_validated(other, y, folds, labelled, source),
        CONTROL: cross_validated(X, y, folds, labelled),
    }
    names = [*map(str, budgets), "all"]
    values, aligned = values_of(scores, y, folds, names)
    counted = cell.n // 2
    contrast, verdict = judged(values, counted)
    differences = fold_differences(
        aligned.at_budget("all"),
        patient_weights(cell.n, resamples=RESAMPLES, seed=int(rng.integers(2**31))),
    )
    reached = [float(values[*member, "all"][0]) for member in (TRANSFER, CONTROL)]
    found = Found(
        transfer=reached[0],
        base=reached[1],
        estimate=contrast.estimate,
        low=contrast.low,
        high=contrast.high,
        verdict=verdict,
        resampled_t=resampled_t(differences[:, 0], folds=FOLDS, level=LEVEL),
        bootstrap=bootstrap(
            differences, reached=float(np.mean(reached)), counted=counted, level=LEVEL
        ),
    )
    if not cell.saved:
        return found
    splits = as_splits(y, labelled, names)
    table = patients_saved(
        values, splits, transfer=TRANSFER, control=CONTROL, counted=counted, level=LEVEL
    ).set_index("budget")
    return replace(found, saved=tuple(table.loc[str(AT), ["saved", "low", "high"]]))


def as_splits(y: Ints, labelled: torch.Tensor, names: list[str]) -> pd.DataFrame:
    """Training rows of the splits table, as far as patients are counted from it."""
    smallest = (labelled > 0).numpy().argmax(axis=0)
    part, patient = np.nonzero(labelled[-1].numpy())
    return pd.DataFrame(
        {
            "repeat": part // FOLDS,
            "fold": part % FOLDS,
            "part": "train",
            "draw": 1,
            "sample": patient.astype(str),
            "patient": patient.astype(str),
            "budget": np.array(names)[smallest[part, patient]],
        }
    )
