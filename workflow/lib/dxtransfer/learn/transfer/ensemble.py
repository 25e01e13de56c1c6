"""The default: source model, source-learnt feature weights and target-only model, weighed."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.estimators import Floats
from dxtransfer.learn.knowledge import Knowledge
from dxtransfer.learn.members import IMPORTANT, Member, members_of
from dxtransfer.learn.transfer.ensemble_target import EnsembleTarget


class Ensemble(EnsembleTarget):
    """Members with and without the source, weighed by what few labels and the source tell.

    The prior weights were learnt on the source cohorts, each in turn as the target. Members that
    use the source are left out where its models do no better than chance on source cohorts that
    they did not see, or where the target's features do not vary together as the source's do.

    Parameters
    ----------
    encoder
        What the objective `linear` learnt.
    task
        A key of `dxtransfer.learn.tasks.TASKS`.
    """

    def __init__(self, encoder: Pretrained, *, task: str = "binary") -> None:
        super().__init__(task=task)
        self.encoder = encoder

    @property
    def knowledge(self) -> Knowledge:
        """What the source's labels say beside its score."""
        if self.encoder.knowledge is None:
            raise ValueError(f"ensemble needs the objective linear, not {self.encoder.objective}")
        return self.encoder.knowledge

    def adapt(self, X: Floats) -> None:
        """Compare how features vary together in the target and in the source."""
        self.resembles_ = self.knowledge.resembles(torch.as_tensor(np.asarray(X)))

    @property
    def without_source(self) -> str:
        """Why members that use the source take no part; empty where they do.

        A target that `adapt` has not looked at is taken for one like the source.
        """
        if not self.knowledge.holds:
            return (
                f"its models do no better than chance on {self.knowledge.told['held_out']} held out"
            )
        if not getattr(self, "resembles_", True):
            return "the target's features do not vary together as the source's do"
        return ""

    def members(self) -> tuple[Member, ...]:
        """All, or those that never see the source."""
        return members_of(self.task, source=not self.without_source)

    def direction(self, features: int) -> Tensor:
        """Weights of the source's score, in its standard deviations, (outputs, features)."""
        weights: Tensor = self.encoder.encoder.first.weight.detach().double()
        return weights / self.encoder.scale

    def importance(self, features: int) -> Mapping[str, Tensor]:
        """Importance of each feature in each kernel that is used, (features,)."""
        alike = super().importance(features)
        return alike if self.without_source else {**alike, IMPORTANT: self.knowledge.importance}

    def log_prior(self, samples: Tensor) -> Tensor:
        """What was learnt on the source cohorts; uniform among members without the source."""
        return super().log_prior(samples) if self.without_source else self.knowledge.prior(samples)
