"""Quality control of a large h5ad, sparse and dense, beside plain scanpy.

Each side reads the file, measures every sample, leaves out those that fail and writes the rest.
The plain side is what a person would write: totals, features and mitochondrial share, a filter.
Ours also tells the scale, brings names to one form, looks for outliers and for the sex expressed.
The size of each file is DXTRANSFER_BENCH_GB, 2 where it is not set.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
from measure import Row, python, side_by_side
from scipy import sparse

TIME, MEMORY = 1.3, 1.0
AT_ONCE = 1000
SEX = ["XIST", "RPS4Y1", "DDX3Y", "KDM5D", "UTY", "EIF1AY"]

OURS = """
import sys
import anndata
from dxtransfer.cohorts.qc import qc
settings = dict(min_library_size=0, min_features_detected=100, max_missing_share=0.5,
                max_mitochondrial_share=1.0,
                mad_threshold=5, min_correlation_mad=5)
qc(anndata.read_h5ad(sys.argv[1]), settings=settings, role="target").adata.write_h5ad("ours.h5ad")
"""
PLAIN = """
import sys
import scanpy as sc
adata = sc.read_h5ad(sys.argv[1])
adata.var["mt"] = adata.var_names.str.startswith("MT-")
sc.pp.calculate_qc_metrics(adata, qc_vars=["mt"], percent_top=None, log1p=False, inplace=True)
sc.pp.filter_cells(adata, min_genes=100)
adata.write_h5ad("plain.h5ad")
"""


def figures(folder: Path) -> Iterator[Row]:
    """Time and peak memory of quality control from an h5ad to an h5ad."""
    size = int(1e9 * float(os.environ.get("DXTRANSFER_BENCH_GB", "2")))
    for kind, made in (("sparse", _sparse), ("dense", _dense)):
        file = folder / f"{kind}.h5ad"
        n, p = made(file, size)
        ratios = side_by_side(
            python(OURS, file.name), python(PLAIN, file.name), folder=folder, rounds=3
        )
        about = f"QC of a {kind} h5ad, {file.stat().st_size / 1e9:.1f} GB, {n:,} x {p:,}"
        for what, ratio, bound in zip(("time", "peak memory"), ratios, (TIME, MEMORY), strict=True):
            yield Row(f"{about}: {what}", ratio, "x", "plain scanpy, the same steps", bound)
        file.unlink()


def _sparse(file: Path, size: int) -> tuple[int, int]:
    """Counts of cells or shallow libraries, a tenth of the genes seen in each."""
    p, rng = 20_000, np.random.default_rng(1)
    rate = rng.gamma(0.1, 1, p)
    rate *= 3000 / rate.sum()
    counts = rng.poisson(rate * rng.lognormal(0, 0.3, (AT_ONCE, 1)))
    base = sparse.csr_matrix(counts.astype(np.float32))
    blocks = max(1, size // (8 * base.nnz))
    X = sparse.vstack([base[rng.permutation(AT_ONCE)] for _ in range(blocks)], format="csr")
    return _written(file, X)


def _dense(file: Path, size: int) -> tuple[int, int]:
    """Logarithms, all measured."""
    p, rng = 25_000, np.random.default_rng(1)
    n = max(1, size // (4 * p * AT_ONCE)) * AT_ONCE
    X, profile = np.empty((n, p), dtype=np.float32), rng.normal(8, 2, p).astype(np.float32)
    for at in range(0, n, AT_ONCE):
        noise = rng.standard_normal((AT_ONCE, p), dtype=np.float32)
        X[at : at + AT_ONCE] = profile + 0.6 * noise
    return _written(file, X)


def _written(file: Path, X: Any) -> tuple[int, int]:
    """Write values as an ingested cohort."""
    n, p = X.shape
    names = [*SEX, *(f"MT-{i}" for i in range(13))]
    names += [f"GENE{i}" for i in range(p - len(names))]
    samples = [f"s{i}" for i in range(n)]
    obs = pd.DataFrame({"patient": samples}, index=samples)
    adata = anndata.AnnData(X, obs=obs, var=pd.DataFrame(index=names))
    nobody = pd.DataFrame({"sample": [], "patient": [], "reason": []}, dtype=object)
    adata.uns["dxtransfer"] = {
        **{"cohort": "large", "assay": "rnaseq", "study": "large", "checksum": ""},
        **{"feature_id": "", "sex_column": "", "samples_delivered": n, "left_out": nobody},
    }
    adata.write_h5ad(file)
    return n, p
