"""Cohorts of new patients, and bundles of small models that predict them."""

import anndata
import numpy as np
import pandas as pd
import torch

from dxtransfer.cohorts.features import project
from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.qc import qc
from dxtransfer.learn.encoders import Encoder, Pretrained, network
from dxtransfer.learn.transfer.registry import make
from dxtransfer.predict.bundle import fit_bundle

NAMES = [f"G{j}" for j in range(200)]
VOCABULARY = NAMES[:40]
LIMITS = {
    "min_library_size": 1000,
    "min_features_detected": 50,
    "max_missing_share": 0.5,
    "max_mitochondrial_share": 1.0,
    "mad_threshold": 5,
    "min_correlation_mad": 5,
}
# what a bundle says of every study here
ANY_STUDY = {
    "scales": {"rnaseq": "counts"},
    "qc": LIMITS,
    "min_coverage": 0.6,
    "species": "human",
    "feature_kind": "symbol",
    "pseudocount": None,
}


def counts(n, seed):
    rng = np.random.default_rng(seed)
    share = np.random.default_rng(0).dirichlet(np.ones(len(NAMES)) * 3)
    return rng.poisson(share * rng.lognormal(11, 0.3, (n, 1))).astype(np.float32)


def cohort(values, *, names=NAMES, assay="rnaseq", scale=""):
    samples = [f"s{i:02d}" for i in range(len(values))]
    matrix = anndata.AnnData(
        X=np.asarray(values, dtype=np.float32),
        obs=pd.DataFrame(index=samples),
        var=pd.DataFrame(index=names),
    )
    about = {"cohort": "new", "assay": assay, "study": "new", "scale": scale}
    return ingest(matrix, pd.DataFrame(index=samples), cohort=about, checksum="x")


def bundle_of(name, *, method="log_cpm", mapping=None):
    torch.manual_seed(0)
    head = (torch.randn(6).double(), torch.tensor([0.1]).double())
    encoder = Pretrained("masked", Encoder(network(40, (8, 6))).eval(), 1.4, head)
    tuning = {"epochs": 5, "learning_rate": 0.01, "weight_decay": 0.01, "widths": (8, 6)}
    tuning |= {"rate_ratio": 2.6, "source_penalty": 1.0}
    checked = qc(cohort(counts(24, 1)), settings=LIMITS, role="target")
    return fit_bundle(
        make(name, encoder=encoder, settings=tuning, seed=1),
        project(checked.adata, VOCABULARY, method=method, scale="counts").X,
        labels=["ill" if i % 2 else "well" for i in range(24)],
        patients=[f"p{i}" for i in range(24)],
        vocabulary=VOCABULARY,
        mapping=mapping,
        settings={
            "classes": ["well", "ill"],
            "positive": "ill",
            "normalisation": method,
            **ANY_STUDY,
        },
    )


LEARNT = {
    "multiclass": {"labels": [("mild", "severe", "well")[i % 3] for i in range(24)]},
    "regression": {"labels": [repr(20.0 + i * 7 % 24) for i in range(24)]},
    "survival": {
        "labels": ["censored" if i % 3 == 0 else "event" for i in range(24)],
        "times": [1.0 + i * 11 % 24 for i in range(24)],
    },
}


def bundle_for(task, name):
    torch.manual_seed(0)
    outputs = 3 if task == "multiclass" else 1
    weights = torch.randn(outputs, 6).double()
    head = (weights if outputs > 1 else weights[0], torch.randn(outputs).double())
    unit = (30.0, 7.0) if task == "regression" else (0.0, 1.0)
    encoder = Pretrained("masked", Encoder(network(40, (8, 6))).eval(), 1.4, head, unit)
    tuning = {"epochs": 5, "learning_rate": 0.01, "weight_decay": 0.01, "widths": (8, 6)}
    tuning |= {"rate_ratio": 2.6, "source_penalty": 1.0}
    checked = qc(cohort(counts(24, 1)), settings=LIMITS, role="target")
    return fit_bundle(
        make(name, encoder=encoder, settings=tuning, seed=1, task=task),
        project(checked.adata, VOCABULARY, method="log_cpm", scale="counts").X,
        **LEARNT[task],
        patients=[f"p{i}" for i in range(24)],
        vocabulary=VOCABULARY,
        settings={
            "kind": task,
            "classes": ["well", "mild", "severe"] if task == "multiclass" else [],
            "positive": "",
            "normalisation": "log_cpm",
            **ANY_STUDY,
        },
    )
