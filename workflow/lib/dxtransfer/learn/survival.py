"""From risks to the probability to be without the event at some times."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from dxtransfer.errors import InputError
from dxtransfer.learn.cox import baseline_hazard

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.floating[Any]]
# Shares of the events before the times at which a survival function is asked for.
DECILES = np.arange(1, 10) / 10


def horizons(y: Array) -> list[float]:
    """Times at which survival functions are asked for and judged: the deciles of the events.

    Parameters
    ----------
    y
        Time and event, (samples, 2); NaN for samples without.

    Raises
    ------
    InputError
        When nobody has an event.
    """
    events = y[y[:, 1] > 0, 0]
    if not len(events):
        raise InputError("no sample has an event")
    return [float(t) for t in np.unique(np.quantile(events, DECILES, method="inverted_cdf"))]


def hazard_at(fitted: Floats, y: Array, times: Sequence[float]) -> Floats:
    """Cumulative baseline hazard of a model at `times`, (times,), as Breslow estimates it.

    Parameters
    ----------
    fitted, y
        Log relative hazards of the training part, (n,); its times and events, (n, 2).
    times
        Where it is asked for.
    """
    risk = torch.as_tensor(fitted, dtype=torch.float64)
    at = torch.tensor(times, dtype=torch.float64)
    found: Floats = baseline_hazard(risk, torch.as_tensor(y), torch.ones_like(risk), at).numpy()
    return found


def survival_at(risk: Floats, hazard: Floats) -> Floats:
    """Survival function, (samples, times), of log relative hazards and a baseline hazard."""
    with np.errstate(over="ignore", invalid="ignore"):
        survival: Floats = np.exp(-np.asarray(hazard)[None] * np.exp(risk)[:, None])
    # Before the first event nobody has one, whatever the risk.
    return np.where(np.asarray(hazard)[None] > 0, survival, 1.0)


def survival_function(risk: Floats, fitted: Floats, y: Array, times: Sequence[float]) -> Floats:
    """Survival function at `times`, (samples, times); see `hazard_at`."""
    return survival_at(risk, hazard_at(fitted, y, times))
