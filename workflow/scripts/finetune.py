import anndata
import pandas as pd

from dxtransfer.files import atomic
from dxtransfer.learn.encoders import read_pretrained
from dxtransfer.learn.grid import run_grid
from dxtransfer.learn.training import use_threads
from dxtransfer.learn.transfer.registry import make
from dxtransfer.logs import logged
from dxtransfer.split_tables import read_splits

with logged(snakemake.log[0]):
    given, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
    objective = wildcards.get("objective", "none")
    use_threads(snakemake.threads)
    encoder = read_pretrained(given.weights, given.encoder) if "weights" in given.keys() else None
    estimator = make(
        wildcards.strategy,
        encoder=encoder,
        settings=params.settings,
        seed=params.seed,
        task=params.kind,
        balanced=params.balanced,
    )
    adata = anndata.read_h5ad(given.features)
    weights = [] if "weights" in snakemake.output.keys() else None
    predictions = run_grid(
        estimator,
        adata.X,
        samples=list(adata.obs_names),
        splits=read_splits(given.splits),
        classes=params.classes,
        positive=params.positive,
        task=params.kind,
        balanced=params.balanced,
        name=f"{wildcards.target}: {objective}.{wildcards.strategy}",
        weights=weights,
    )
    predictions.insert(0, "strategy", wildcards.strategy)
    predictions.insert(0, "objective", objective)
    with atomic(snakemake.output[0]) as temporary:
        predictions.to_parquet(temporary, index=False)
    if weights:
        with atomic(snakemake.output.weights) as temporary:
            pd.concat(weights).to_csv(temporary, sep="\t", index=False)
