"""AnnData's own file format."""

from pathlib import Path

import anndata
import numpy as np
from scipy import sparse

from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError


def read_h5ad(path: Path) -> Table:
    """Read `X` and `obs` of an h5ad file; its layers, embeddings and `raw` stay behind.

    Raises
    ------
    InputError
        For a damaged file or one without `X`.
    """
    try:
        adata = anndata.read_h5ad(path)
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path}: not a whole h5ad file ({str(error).splitlines()[0]})") from None
    if adata.X is None:
        raise InputError(f"{path}: the file has no X; put the values to use there")
    values = (
        sparse.csr_matrix(adata.X, dtype=np.float32)
        if sparse.issparse(adata.X)
        else np.asarray(adata.X, dtype=np.float32)
    )
    return Table(
        values,
        [str(name).strip() for name in adata.obs_names],
        [str(name).strip() for name in adata.var_names],
        natural="genes_in_columns",
        obs=adata.obs,
    )
