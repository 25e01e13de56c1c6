"""Samples on another scale than their cohort are refused by name; odd samples are not."""

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from dxtransfer.cohorts.scale import decide
from dxtransfer.errors import InputError

N, P = 12, 400


def counts(seed=0):
    rng = np.random.default_rng(seed)
    return rng.negative_binomial(2, 2 / (2 + rng.lognormal(5, 1.5, P)), (N, P)).astype(np.float32)


def cohort(values, assay="rnaseq", stated=""):
    adata = anndata.AnnData(
        values, obs=pd.DataFrame(index=[f"S{i:02d}" for i in range(values.shape[0])])
    )
    adata.uns["dxtransfer"] = {"cohort": "c", "assay": assay, "scale_stated": stated}
    return adata


def spoil(values, how, rows=(2, 5, 7, 9)):
    values = values.copy()
    for row in rows:
        values[row] = how(values[row])
    return values


def per_million(row):
    return row / row.sum() * 1e6


SHARES = counts() / counts().sum(axis=1, keepdims=True)
LOGS = np.log2(counts() + 1)
MIXED = {
    "log2 among counts": (spoil(counts(), lambda r: np.log2(r + 1)), "rnaseq", "logarithms"),
    "ln of CPM among counts": (
        spoil(counts(), lambda r: np.log1p(per_million(r))),
        "rnaseq",
        "logarithms",
    ),
    "TPM among counts": (spoil(counts(), per_million), "rnaseq", "values per million"),
    "counts among log2": (spoil(LOGS, lambda r: np.exp2(r) - 1), "rnaseq", "linear values"),
    "centred among log2": (spoil(LOGS, lambda r: r - np.median(r)), "rnaseq", "values around 0"),
    "log2 among intensities": (
        spoil(counts() + 0.5, np.log2),
        "microarray",
        "logarithms",
    ),
    "shares among percent": (spoil(100 * SHARES, lambda r: r / 100), "metagenome", "shares of 1"),
    "percent among shares": (spoil(SHARES, lambda r: r * 100), "metagenome", "percent"),
    "shares among counts": (spoil(counts(), lambda r: r / r.sum()), "metagenome", "shares that"),
}


@pytest.mark.parametrize("case", MIXED)
def test_samples_on_another_scale_are_refused_by_name(case):
    values, assay, words = MIXED[case]
    with pytest.raises(
        InputError, match=r"4 of 12 samples .*S02, S05, S07 and 1 more look like "
    ) as e:
        decide(cohort(values, assay))
    assert words in str(e.value)


def test_sparse_counts_are_judged_as_dense_ones():
    values = sparse.csr_matrix(MIXED["log2 among counts"][0])
    with pytest.raises(InputError, match="logarithms"):
        decide(cohort(values))


def test_a_single_sample_on_another_scale_is_named():
    with pytest.raises(InputError, match=r"1 of 12 samples .*: S03 look like logarithms"):
        decide(cohort(spoil(counts(), lambda r: np.log2(r + 1), rows=[3])))


@pytest.mark.parametrize(
    "spoilt",
    [
        spoil(counts(), lambda r: np.floor(r / 100)),
        spoil(counts(), lambda r: r * 50),
        spoil(counts(), lambda r: np.zeros_like(r)),
        spoil(counts() + 0.25, lambda r: r / 30),
    ],
    ids=["shallow", "deep", "empty", "dim"],
)
def test_shallow_deep_and_empty_samples_are_left_to_quality_control(spoilt):
    assert decide(cohort(spoilt)).name in ("counts", "linear")
