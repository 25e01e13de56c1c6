"""10x Genomics' HDF5 file of a sparse matrix; see `tenx_folder` for its folders."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy import sparse

from dxtransfer.cohorts.readers.h5ad import reason_of
from dxtransfer.cohorts.readers.limits import checked_member
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.sparse_checks import (
    check_numbers,
    compressed_rows,
    declared_shape,
)
from dxtransfer.errors import InputError

EXPRESSION = "Gene Expression"


def read_tenx_h5(path: Path) -> Table:
    """Read a 10x HDF5 file of Cell Ranger 2 or later.

    Features are named by gene symbol; what is not gene expression (antibodies, guides) is left out.

    Raises
    ------
    InputError
        For a file that 10x did not write so.
    """
    try:
        with h5py.File(path) as file:
            return _read(file, path)
    except InputError:
        raise
    except Exception as error:
        # h5py raises many kinds for what is damaged
        raise InputError(f"{path}: not a whole 10x HDF5 file ({reason_of(error)})") from None


def _read(file: h5py.File, path: Path) -> Table:
    if "matrix" in file:
        group = checked_member(file, "matrix", path=path)
        names, kinds = _texts(group["features/name"]), _texts(group["features/feature_type"])
    else:
        genomes = list(file)
        if len(genomes) != 1:
            raise ValueError(f"a matrix of each genome ({', '.join(genomes)}); keep one of them")
        group = checked_member(file, genomes[0], path=path)
        names = _texts(group["gene_names"])
        kinds = [EXPRESSION] * len(names)
    barcodes = _texts(group["barcodes"])
    features, cells = declared_shape(group["shape"][()])
    if (features, cells) != (len(names), len(barcodes)) or len(names) != len(kinds):
        raise ValueError(
            f"a matrix of {features} features and {cells} cells, where {len(names)} and "
            f"{len(barcodes)} have names and {len(kinds)} a type"
        )
    check_numbers(group["data"], name="data", dimensions=1)
    values = compressed_rows(
        group["data"][()].astype(np.float32),
        group["indices"][()],
        group["indptr"][()],
        shape=(cells, features),
    )
    return expression_alone(values, barcodes, names, kinds)


def expression_alone(
    values: sparse.csr_matrix, barcodes: list[str], names: list[str], kinds: list[str]
) -> Table:
    """Table of cells by genes, without features of other types where those of genes are named."""
    # another column of types, such as a chromosome, says nothing about the kind
    known = EXPRESSION in kinds
    kept = [i for i, kind in enumerate(kinds) if kind == EXPRESSION or not known]
    return Table(
        values if len(kept) == len(names) else sparse.csr_matrix(values[:, kept]),
        barcodes,
        [names[i] for i in kept],
        natural="genes_in_columns",
        left_out=[
            (name, f"not gene expression but {kind}")
            for name, kind in zip(names, kinds, strict=True)
            if known and kind != EXPRESSION
        ],
    )


def _texts(stored: Any) -> list[str]:
    """Names as text; 10x writes bytes of a fixed length."""
    found = stored[()]
    if found.ndim != 1 or found.dtype.kind not in "SO":
        raise ValueError(f"{stored.name} is not a list of names")
    return [
        (name.decode("utf-8") if isinstance(name, bytes) else str(name)).strip() for name in found
    ]
