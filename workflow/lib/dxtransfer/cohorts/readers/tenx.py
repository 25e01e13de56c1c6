"""What 10x Genomics' Cell Ranger writes: a folder with a sparse matrix, or one HDF5 file."""

from pathlib import Path

import numpy as np
from anndata import AnnData
from scipy import sparse

from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError


def read_tenx_mtx(path: Path) -> Table:
    """Read a folder with matrix.mtx(.gz), barcodes.tsv(.gz) and features.tsv(.gz) or genes.tsv.

    Features are named by gene symbol, as in the other formats' files; symbols may stand twice. As
    GEO keeps them, the files' names may begin with a common prefix.

    Raises
    ------
    InputError
        Naming the folder and what is missing or damaged in it.
    """
    # scanpy takes seconds to load, and no other format needs it
    import scanpy as sc

    prefixes = sorted({f.name.partition("matrix.mtx")[0] for f in path.glob("*matrix.mtx*")})
    if len(prefixes) > 1:
        raise InputError(
            f"{path}: several 10x matrices in the folder ({', '.join(prefixes)}); give each a "
            "folder of its own"
        )
    prefix = prefixes[0] if prefixes else ""
    for kinds in (("barcodes",), ("features", "genes"), ("matrix",)):
        if not any(list(path.glob(f"{prefix}{kind}.*")) for kind in kinds):
            raise InputError(
                f"{path}: not a whole 10x folder (no file {prefix}{' or '.join(kinds)}); fetch it "
                "again"
            )
    try:
        adata = sc.read_10x_mtx(path, var_names="gene_symbols", make_unique=False, prefix=prefix)
    except (OSError, EOFError, ValueError, KeyError) as error:
        raise InputError(f"{path}: not a whole 10x folder ({_told(error)})") from None
    return _table(adata)


def read_tenx_h5(path: Path) -> Table:
    """Read a 10x HDF5 file, gene expression alone, features named by gene symbol.

    Raises
    ------
    InputError
        For a file that 10x did not write so.
    """
    # as above
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
