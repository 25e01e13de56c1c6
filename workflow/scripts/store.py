from pathlib import Path

import anndata
import pandas as pd

from dxtransfer.cohorts.audit.leaks import left_in
from dxtransfer.cohorts.features import projected_chunks
from dxtransfer.cohorts.store import write_store
from dxtransfer.files import read_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    features = pd.read_csv(
        snakemake.input.vocabulary, sep="\t", dtype={"feature": str}, keep_default_na=False
    )["feature"].tolist()
    leaks = snakemake.input.get("leaks")
    left_out = pd.read_csv(leaks, sep="\t", dtype=str) if leaks else None
    chosen = read_json(snakemake.input.normalisation)
    steps = {name: chosen[name] for name in ("method", "pseudocount")}
    matrices = ((Path(path).stem, anndata.read_h5ad(path, "r")) for path in snakemake.input.cohorts)
    cohorts = (
        (name, projected_chunks(adata, features, **steps))
        for name, adata in left_in(matrices, left_out)
    )
    write_store(Path(snakemake.output[0]), cohorts, features)
