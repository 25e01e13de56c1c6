"""Models that never see the source, by name: what a transfer has to beat."""

from typing import Any

from dxtransfer.learn.baselines.covariates import covariates
from dxtransfer.learn.baselines.covariates_omics import covariates_omics
from dxtransfer.learn.baselines.elastic_net import elastic_net
from dxtransfer.learn.baselines.gradient_boosting import gradient_boosting
from dxtransfer.learn.baselines.logistic_l2 import logistic_l2
from dxtransfer.learn.baselines.majority import majority
from dxtransfer.learn.baselines.random_forest import random_forest

BASELINES: dict[str, Any] = {
    "majority": majority,
    "logistic_l2": logistic_l2,
    "elastic_net": elastic_net,
    "random_forest": random_forest,
    "gradient_boosting": gradient_boosting,
}
# Clinical models, which are compared where covariates are named.
COMPARATORS: dict[str, Any] = {
    "covariates": covariates,
    "covariates_omics": covariates_omics,
}
