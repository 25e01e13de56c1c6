import anndata
import numpy as np
import pandas as pd

from dxtransfer.files import atomic
from dxtransfer.learn.covariates import covariate_columns
from dxtransfer.learn.grid import run_grid
from dxtransfer.learn.training import use_threads
from dxtransfer.learn.transfer.registry import make
from dxtransfer.logs import logged
from dxtransfer.split_tables import read_splits

with logged(snakemake.log[0]):
    given, params, strategy = snakemake.input, snakemake.params, snakemake.wildcards.strategy
    use_threads(snakemake.threads)
    columns = pd.read_csv(given.columns, sep="\t", dtype=str, keep_default_na=False)
    own = covariate_columns(columns.set_index("sample")[params.covariates])
    X, settings = own.to_numpy(), {}
    if "features" in given.keys():
        adata = anndata.read_h5ad(given.features)
        own = own.loc[list(adata.obs_names)]
        X, settings = np.column_stack([adata.X, own]), {"columns": own.shape[1]}
    options = {"task": params.kind, "balanced": params.balanced}
    predictions = run_grid(
        make(strategy, encoder=None, settings=settings, seed=params.seed, **options),
        X,
        samples=list(own.index),
        splits=read_splits(given.splits),
        classes=params.classes,
        positive=params.positive,
        name=f"{snakemake.wildcards.target}: none.{strategy}",
        **options,
    )
    predictions.insert(0, "strategy", strategy)
    predictions.insert(0, "objective", "none")
    with atomic(snakemake.output[0]) as temporary:
        predictions.to_parquet(temporary, index=False)
