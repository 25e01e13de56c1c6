"""The solver on real outcomes: survival with heavy tails and ties, age, several classes."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.metrics import concordance_index_censored
from sksurv.util import Surv

from dxtransfer.learn.cox import Cox
from dxtransfer.learn.dual import solve
from dxtransfer.learn.losses import Softmax, Squared
from dxtransfer.learn.standardiser import Standardiser

FOLDER = os.environ.get("DXTRANSFER_COHORTS")
pytestmark = [
    pytest.mark.cohorts,
    pytest.mark.skipif(not FOLDER, reason="DXTRANSFER_COHORTS is not set: no real cohorts to read"),
]
FOLDS = 3


def tensor(values):
    return torch.as_tensor(np.asarray(values), dtype=torch.float64)


def by_folds(X, outcomes, loss, fit, *, penalty):
    """Scores of the test folds, ours and by `fit` on coordinates in the samples' span."""
    folds = np.random.default_rng(0).permutation(np.arange(len(X)) % FOLDS)
    ours, theirs = [], []
    for fold in range(FOLDS):
        train, test = folds != fold, folds == fold
        Z = Standardiser.fit(X[train])(X).astype(np.float64) / np.sqrt(X.shape[1])
        K = tensor(Z @ Z.T)
        weights = tensor(train[None].astype(float))
        alpha, b = solve(K, tensor(outcomes), weights, tensor([penalty]), loss=loss)
        ours.append((K @ alpha[0] + b[0]).numpy()[test])
        u, s, _ = np.linalg.svd(Z, full_matrices=False)
        theirs.append(fit(penalty, (u * s)[train], train, (u * s)[test]))
    order = np.concatenate([np.flatnonzero(folds == fold) for fold in range(FOLDS)])
    return ours, theirs, order


@pytest.mark.parametrize("cancer", ["lihc", "kirp"])
def test_cox_ridge_on_real_cancers_is_that_of_scikit_survival(cancer):
    folder = Path(str(FOLDER)) / "tcga_survival"
    values = pd.read_csv(folder / f"{cancer}.rna_z.tsv.gz", sep="\t", index_col=0).T
    meta = pd.read_csv(folder / f"{cancer}.meta.tsv", sep="\t").drop_duplicates("case_id")
    meta = meta.set_index("case_id")
    kept = values.index.intersection(meta.index)
    assert len(kept) > 100
    X = values.loc[kept].to_numpy(np.float32)
    time = meta.loc[kept, "survival_months"].to_numpy()
    event = meta.loc[kept, "censorship"].to_numpy() == 0
    assert len(np.unique(time)) < len(time)

    def fit(penalty, Z, train, test):
        model = CoxPHSurvivalAnalysis(alpha=penalty, ties="efron", tol=1e-12, n_iter=500)
        return model.fit(Z, Surv.from_arrays(event[train], time[train])).predict(test)

    ours, theirs, order = by_folds(X, np.column_stack([time, event]), Cox, fit, penalty=1.0)
    start, concordance = 0, []
    for one, other in zip(ours, theirs, strict=True):
        risk = one[:, 0]
        np.testing.assert_allclose(risk - risk.mean(), other - other.mean(), atol=1e-4)
        rows = order[start : start + len(risk)]
        start += len(risk)
        concordance.append(concordance_index_censored(event[rows], time[rows], risk)[0])
    assert np.mean(concordance) > 0.55


def tuberculosis(cohort, column):
    """Values of samples that have an entry in a column, and the entries."""
    folder = Path(str(FOLDER)) / "tb_blood"
    values = pd.read_csv(folder / f"{cohort}.expression.tsv.gz", sep="\t", index_col=0).T
    meta = pd.read_csv(folder / f"{cohort}.samples.tsv", sep="\t", index_col="sample")
    entries = meta[column].reindex(values.index).dropna()
    return values.loc[entries.index].to_numpy(np.float32), entries.to_numpy()


def test_ridge_on_age_is_that_of_scikit_learn():
    X, age = tuberculosis("GSE107993", "Age")

    def fit(penalty, Z, train, test):
        return Ridge(alpha=penalty, solver="svd").fit(Z, age[train]).predict(test)

    ours, theirs, _ = by_folds(X, age, Squared, fit, penalty=1.0)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one[:, 0], other, atol=1e-5)


def test_several_diagnoses_are_those_of_scikit_learn():
    X, diagnosis = tuberculosis("GSE42825", "TBStatus")
    names, coded = np.unique(diagnosis, return_inverse=True)
    assert len(names) > 2

    def fit(penalty, Z, train, test):
        model = LogisticRegression(C=1 / penalty, tol=1e-11, solver="newton-cholesky")
        return model.fit(Z, coded[train]).predict_proba(test)

    ours, theirs, _ = by_folds(X, np.eye(len(names))[coded], Softmax, fit, penalty=0.1)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(tensor(one).softmax(1), other, atol=1e-6)
