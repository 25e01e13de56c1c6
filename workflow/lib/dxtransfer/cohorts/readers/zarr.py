"""AnnData as a zarr store."""

from pathlib import Path

import anndata
import numpy as np
from scipy import sparse

from dxtransfer.cohorts.readers.h5ad import annotated
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError


def read_zarr(path: Path) -> Table:
    """Read `X` and `obs` of an AnnData that was written as a zarr store.

    Raises
    ------
    InputError
        For a store that is damaged, is no AnnData, or has no `X`.
    """
    try:
        adata = anndata.read_zarr(path)
    except Exception as error:
        # zarr, numcodecs and anndata each raise their own kinds for a chunk or key that is wrong
        told = (str(error).splitlines() or [type(error).__name__])[0]
        told = f"no {told}" if isinstance(error, KeyError) else told
        raise InputError(f"{path}: not a whole zarr store of an AnnData ({told})") from None
    if adata.X is None:
        raise InputError(f"{path}: the store has no X; put the values to use there")
    values = (
        sparse.csr_matrix(adata.X, dtype=np.float32)
        if sparse.issparse(adata.X)
        else np.asarray(adata.X, dtype=np.float32)
    )
    return annotated(values, obs=adata.obs, var=adata.var)
