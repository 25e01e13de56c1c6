"""Transfer strategies by name, and how each is made from the configuration."""

from collections.abc import Mapping
from typing import Any

from dxtransfer.learn.baselines.registry import BASELINES, COMPARATORS
from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.estimators import TransferEstimator
from dxtransfer.learn.transfer.ensemble import Ensemble
from dxtransfer.learn.transfer.ensemble_target import EnsembleTarget
from dxtransfer.learn.transfer.from_scratch import FromScratch
from dxtransfer.learn.transfer.full_finetune import FullFinetune
from dxtransfer.learn.transfer.gradual_unfreeze import GradualUnfreeze
from dxtransfer.learn.transfer.l2_sp import L2SP
from dxtransfer.learn.transfer.l2_sp_network import L2SPNetwork
from dxtransfer.learn.transfer.linear_probe import LinearProbe
from dxtransfer.learn.transfer.scalar_mix import ScalarMix
from dxtransfer.learn.transfer.source_only import SourceOnly
from dxtransfer.learn.transfer.source_prior import SourcePrior
from dxtransfer.own_estimators import is_own, make_own

STRATEGIES = {
    "source_only": SourceOnly,
    "from_scratch": FromScratch,
    "linear_probe": LinearProbe,
    "full_finetune": FullFinetune,
    "gradual_unfreeze": GradualUnfreeze,
    "scalar_mix": ScalarMix,
    "source_prior": SourcePrior,
    "l2_sp": L2SP,
    "ensemble": Ensemble,
    "ensemble_target": EnsembleTarget,
}
# without settings of their own
UNTUNED = {
    "source_only": SourceOnly,
    "linear_probe": LinearProbe,
    "scalar_mix": ScalarMix,
    "source_prior": SourcePrior,
    "l2_sp": L2SP,
    "ensemble": Ensemble,
}


def make(
    name: str,
    *,
    encoder: Pretrained | None,
    settings: Mapping[str, Any],
    seed: int,
    task: str = "binary",
    balanced: bool = False,
) -> Any:
    """Make the estimator of a strategy or baseline.

    Parameters
    ----------
    name
        A key of `STRATEGIES`, `BASELINES` or `COMPARATORS`, or the import path of a user's own
        estimator.
    encoder
        What was pretrained; None for those that never see the source.
    settings
        What the configuration says: `widths` of the network, and of fine-tuning what the strategy
        reads (see `dxtransfer.plans.learning`); `columns` of covariates beside the omics.
    seed
        Seed of every random choice.
    task
        A key of `dxtransfer.learn.tasks.TASKS`.
    balanced
        Whether classes weigh the same in each fit; for others than those of this library see
        `dxtransfer.learn.grid.run_grid`.

    Returns
    -------
    estimator
        With `fit` and, for a task with classes, `predict_proba`, otherwise `predict`.

    Raises
    ------
    ValueError
        For a strategy that needs an encoder where there is none.
    """
    made = _made(name, encoder=encoder, settings=settings, seed=seed, task=task)
    if isinstance(made, TransferEstimator):
        made.balanced = balanced
    return made


def _made(
    name: str, *, encoder: Pretrained | None, settings: Mapping[str, Any], seed: int, task: str
) -> Any:
    if is_own(name):
        return make_own(name, seed=seed)
    if name in BASELINES:
        return BASELINES[name](seed=seed, task=task)
    if name in COMPARATORS:
        return COMPARATORS[name](seed=seed, task=task, **settings)
    options = {k: v for k, v in settings.items() if k != "widths"}
    if name == "from_scratch":
        return FromScratch(settings["widths"], options, seed, task=task)
    if name == "ensemble_target":
        return EnsembleTarget(task=task)
    if encoder is None:
        raise ValueError(f"{name} needs an encoder")
    if name == "l2_sp" and encoder.objective != "linear":
        return L2SPNetwork(encoder, options, seed, task=task)
    if name in UNTUNED:
        return UNTUNED[name](encoder, task=task)
    return STRATEGIES[name](encoder, options, seed, task=task)
