from pathlib import Path

import anndata

from dxtransfer.files import write_json
from dxtransfer.labels import outcomes_of
from dxtransfer.learn.encoders import read_pretrained
from dxtransfer.learn.training import use_threads
from dxtransfer.learn.transfer.registry import make
from dxtransfer.logs import logged
from dxtransfer.predict.bundle import load_bundle
from dxtransfer.predict.explain import explain
from dxtransfer.split_tables import read_splits

with logged(snakemake.log[0]):
    given, params, output = snakemake.input, snakemake.params, snakemake.output
    use_threads(snakemake.threads)
    bundle = load_bundle(Path(given.bundle[0]).parent)
    encoder = read_pretrained(given.weights, given.encoder) if "weights" in given.keys() else None

    def unfitted(seed):
        estimator = make(
            bundle.settings["strategy"],
            encoder=encoder,
            settings=params.settings,
            seed=seed,
            task=bundle.settings["kind"],
            balanced=params.balanced,
        )
        estimator.inner = params.inner_folds
        return estimator

    adata = anndata.read_h5ad(given.features)
    outcomes = outcomes_of(adata.obs, list(adata.obs_names), task=params.task)
    found = explain(
        bundle,
        adata.X,
        samples=list(adata.obs_names),
        labels=[outcome.label for outcome in outcomes],
        times=[outcome.time for outcome in outcomes],
        patients=adata.obs["patient"].astype(str).tolist(),
        splits=read_splits(given.splits),
        make=unfitted,
        seed=bundle.settings["seed"],
        repeats=params.repeats,
    )
    found.attributions.to_csv(output.attributions, sep="\t", index=False)
    found.stability.to_csv(output.stability, sep="\t", index=False)
    write_json(output.record, found.record)
