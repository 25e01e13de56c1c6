"""10x Genomics' HDF5 file of a sparse matrix; see `tenx_folder` for its folders."""

from pathlib import Path

import numpy as np
from anndata import AnnData
from scipy import sparse

from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError


def read_tenx_h5(path: Path) -> Table:
    """Read a 10x HDF5 file, gene expression alone, features named by gene symbol.

    Raises
    ------
    InputError
        For a file that 10x did not write so.
    """
    # scanpy takes seconds to load, and no other format needs it
    import scanpy as sc

    try:
        adata = sc.read_10x_h5(path)
    except Exception as error:
        # scanpy turns whatever h5py meets into a bare Exception
        raise InputError(f"{path}: not a whole 10x HDF5 file ({_told(error)})") from None
    return _table(adata)


def _table(adata: AnnData) -> Table:
    return Table(
        sparse.csr_matrix(adata.X, dtype=np.float32),
        [str(name).strip() for name in adata.obs_names],
        [str(name).strip() for name in adata.var_names],
        natural="genes_in_columns",
    )


def _told(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
