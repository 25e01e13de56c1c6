from pathlib import Path

import anndata

from dxtransfer.cohorts.identifiers.mapping import gene_map
from dxtransfer.cohorts.readers.mapping import read_mapping
from dxtransfer.files import read_json
from dxtransfer.labels import kind_of, outcomes_of
from dxtransfer.learn.encoders import read_pretrained
from dxtransfer.learn.training import use_threads
from dxtransfer.learn.transfer.registry import make
from dxtransfer.logs import logged
from dxtransfer.predict.bundle import fit_bundle, save_bundle

with logged(snakemake.log[0]):
    given, params, task = snakemake.input, snakemake.params, snakemake.params.task
    use_threads(snakemake.threads)
    shipped = read_json(given.verdict)["shipped"]
    encoder = read_pretrained(given.weights, given.encoder) if "weights" in given.keys() else None
    kind = kind_of(task)
    estimator = make(
        shipped["strategy"],
        encoder=encoder,
        settings=params.settings,
        seed=params.seed,
        task=kind,
        balanced=params.balanced,
    )
    estimator.inner = params.inner_folds
    adata, summary = anndata.read_h5ad(given.features), read_json(given.summary)
    mapping = gene_map(read_mapping(given.mapping)) if "mapping" in given.keys() else None
    chosen = read_json(given.normalisation)
    record = {
        **params.model,
        **shipped,
        "target": snakemake.wildcards.target,
        "kind": kind,
        "classes": list(task["classes"]),
        "positive": task["positive"],
        "prevalence": params.prevalence,
        "balanced": params.balanced,
        "species": params.species,
        "feature_kind": summary["feature_kind"],
        "normalisation": chosen["method"],
        "pseudocount": chosen["pseudocount"],
        "scales": {summary["assay"]: summary["scale"]},
        "qc": dict(params.qc),
        "seed": params.seed,
    }
    outcomes = outcomes_of(adata.obs, list(adata.obs_names), task=task)
    bundle = fit_bundle(
        estimator,
        adata.X,
        labels=[outcome.label for outcome in outcomes],
        times=[outcome.time for outcome in outcomes],
        patients=adata.obs["patient"].astype(str).tolist(),
        vocabulary=list(adata.var_names),
        settings=record,
        mapping=mapping,
    )
    save_bundle(bundle, Path(snakemake.output[0]).parent)
