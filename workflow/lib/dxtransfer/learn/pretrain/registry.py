"""Pretraining objectives by name."""

from collections.abc import Callable
from typing import Any

from dxtransfer.learn.encoders import Pretrained
from dxtransfer.learn.pretrain.joint import joint
from dxtransfer.learn.pretrain.linear import linear
from dxtransfer.learn.pretrain.masked import masked
from dxtransfer.learn.pretrain.pca import pca
from dxtransfer.learn.pretrain.supervised import supervised

Objective = Callable[..., tuple[Pretrained, list[dict[str, Any]]]]

OBJECTIVES: dict[str, Objective] = {
    "pca": pca,
    "masked": masked,
    "supervised": supervised,
    "joint": joint,
    "linear": linear,
}
