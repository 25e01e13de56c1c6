from pathlib import Path

import anndata
import pandas as pd

from dxtransfer.cohorts.features import projected_chunks
from dxtransfer.cohorts.store import write_store
from dxtransfer.files import read_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    features = pd.read_csv(
        snakemake.input.vocabulary, sep="\t", dtype={"feature": str}, keep_default_na=False
    )["feature"].tolist()
    chosen = read_json(snakemake.input.normalisation)
    steps = {name: chosen[name] for name in ("method", "pseudocount")}
    cohorts = (
        (Path(path).stem, projected_chunks(anndata.read_h5ad(path, "r"), features, **steps))
        for path in snakemake.input.cohorts
    )
    write_store(Path(snakemake.output[0]), cohorts, features)
