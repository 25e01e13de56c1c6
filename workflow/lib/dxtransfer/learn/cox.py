"""Cox's partial likelihood of many problems side by side, ties as Efron treats them.

The negative log partial likelihood (Cox 1972) with Efron's correction for ties (1977): where d
samples have their event at one time, the j-th of them (j = 0 .. d - 1) counts all d by the share
1 - j / d in its risk set. With sample weights the risk sets are weighted sums and each of the d
terms has the mean weight of the tied events, as in R's package survival. Sums over risk sets are
running sums along time, so that value, gradient and products with the second derivative cost as
much as the samples, not their square.
"""

from typing import ClassVar, Self

import torch
from torch import Tensor

TINY = 1e-300


class Cox:
    """Negative log partial likelihood.

    Without an event it is 0 throughout. There is no intercept: a constant score cancels.

    Parameters
    ----------
    y
        Time, and event as 0 or 1, (problems, samples, 2).
    weights
        (problems, samples); 0 leaves a sample out of risk sets and events.
    """

    intercept: ClassVar[bool] = False
    quadratic: ClassVar[bool] = False
    coupled: ClassVar[str] = "samples"

    def __init__(self, y: Tensor, weights: Tensor) -> None:
        self.y, self.weights = y, weights
        # By falling time a risk set is a beginning; samples that are left out go last.
        time = y[..., 0].masked_fill(weights <= 0, -torch.inf)
        time, self._order = time.sort(dim=1, descending=True, stable=True)
        self._back = self._order.argsort(dim=1)
        self._weight = weights.gather(1, self._order)
        self._event = (y[..., 1].gather(1, self._order) > 0).double() * (self._weight > 0)
        starts = torch.ones_like(time, dtype=torch.bool)
        starts[:, 1:] = time[:, 1:] != time[:, :-1]
        self._group = starts.cumsum(1) - 1
        places = torch.arange(time.shape[1], device=time.device).expand_as(self._group)
        self._first = torch.where(starts, places, 0).cummax(1).values
        ends = torch.ones_like(starts)
        ends[:, :-1] = starts[:, 1:]
        highest = time.shape[1] - 1
        self._last = torch.where(ends, places, highest).flip(1).cummin(1).values.flip(1)
        tied = self._grouped(self._event).clamp_min(1)
        before = self._event.cumsum(1) - self._event
        self._share = (before - before.gather(1, self._first)) / tied * self._event
        self._event_weight = self._grouped(self._weight * self._event) / tied * self._event

    def at(self, problems: Tensor) -> Self:
        """Some of the problems."""
        return type(self)(self.y[problems], self.weights[problems])

    def limits(self) -> Tensor:
        """There is no intercept to be infinite, (problems, 1) of NaN."""
        return torch.full_like(self.weights[:, :1], torch.nan)

    def value(self, f: Tensor) -> Tensor:
        """(problems,) of scores (problems, samples, 1)."""
        shifted, risk = self._risk(f)
        terms = self._event_weight * self._denominator(risk).log()
        return (terms - self._weight * self._event * shifted).sum(1)

    def gradient(self, f: Tensor) -> Tensor:
        """(problems, samples, 1)."""
        expected = self._expected(f)
        return self._unsorted(expected - self._weight * self._event).unsqueeze(2)

    def curvature(self, f: Tensor) -> Tensor:
        """Diagonal part: expected events, (problems, samples, 1)."""
        return self._unsorted(self._expected(f)).unsqueeze(2)

    def product(self, f: Tensor, M: Tensor, output: int) -> Tensor:
        """Second derivative times M (problems or 1, samples, columns), at the one output."""
        _, risk = self._risk(f)
        denominator = self._denominator(risk)
        each = (self._event_weight / denominator)[..., None]
        share, event = self._share[..., None], self._event[..., None]
        columns = M.expand(len(f), -1, -1).shape
        M = M.expand(columns).gather(1, self._order[..., None].expand(columns))
        weighted = risk[..., None] * M
        mean = self._at(weighted.cumsum(1), self._last) - share * self._grouped(weighted * event)
        mean = mean / denominator[..., None]
        drawn = self._from(each * mean) - event * self._grouped(each * share * mean)
        found = self._expected(f)[..., None] * M - risk[..., None] * drawn
        return self._unsorted(found).unsqueeze(2)

    def _risk(self, f: Tensor) -> tuple[Tensor, Tensor]:
        """Scores less the largest, and weighted relative risks, in the order of falling time."""
        f = f[..., 0].gather(1, self._order)
        highest = f.masked_fill(self._weight <= 0, -torch.inf).amax(1, keepdim=True)
        shifted = torch.where(self._weight > 0, f - highest, 0.0)
        return shifted, self._weight * shifted.exp()

    def _denominator(self, risk: Tensor) -> Tensor:
        tied = self._grouped(risk * self._event)
        return (risk.cumsum(1).gather(1, self._last) - self._share * tied).clamp_min(TINY)

    def _expected(self, f: Tensor) -> Tensor:
        """Expected events of each sample, the sum of its shares in the risk sets."""
        _, risk = self._risk(f)
        each = self._event_weight / self._denominator(risk)
        return risk * (self._from(each) - self._event * self._grouped(each * self._share))

    def _from(self, values: Tensor) -> Tensor:
        """Sum from a sample's own time group onwards, to ever shorter times.

        Summed from that end: a difference of two sums from the other would lose small ones.
        """
        return self._at(values.flip(1).cumsum(1).flip(1), self._first)

    def _grouped(self, values: Tensor) -> Tensor:
        """Sum over the samples of the same time."""
        group = self._group if values.dim() == 2 else self._group[..., None].expand_as(values)
        return torch.zeros_like(values).scatter_add(1, group, values).gather(1, group)

    def _unsorted(self, values: Tensor) -> Tensor:
        return self._at(values, self._back)

    @staticmethod
    def _at(values: Tensor, places: Tensor) -> Tensor:
        places = places if values.dim() == 2 else places[..., None].expand_as(values)
        return values.gather(1, places)


def baseline_hazard(f: Tensor, y: Tensor, weights: Tensor, times: Tensor) -> Tensor:
    """Breslow's cumulative baseline hazard of one model.

    The survival function of a sample with score s is ``exp(-hazard(t) * exp(s))`` (Breslow 1972).

    Parameters
    ----------
    f
        Scores of the samples that the model was fitted to, (samples,).
    y
        Their time and event, (samples, 2).
    weights
        (samples,).
    times
        Where the hazard is asked for, (times,).

    Returns
    -------
    Tensor
        (times,); 0 before the first event, constant after the last.
    """
    risk = weights * f.exp()
    at_risk = (y[None, :, 0] >= y[:, None, 0]).double() @ risk
    jumps = torch.where(y[:, 1] > 0, weights / at_risk.clamp_min(TINY), 0.0)
    return (y[None, :, 0] <= times[:, None]).double() @ jumps
