from pathlib import Path

import anndata
import pandas as pd

from dxtransfer.cohorts.audit.leaks import left_in
from dxtransfer.cohorts.features import normalised_chunks
from dxtransfer.cohorts.normalise import choose_method, refuse_unfit
from dxtransfer.cohorts.vocabulary import summarise, vocabulary
from dxtransfer.files import write_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    settings = dict(snakemake.params.settings)
    leaks = snakemake.input.get("leaks")
    left_out = pd.read_csv(leaks, sep="\t", dtype=str) if leaks else None
    matrices = ((Path(path).stem, anndata.read_h5ad(path, "r")) for path in snakemake.input.cohorts)
    cohorts = dict(left_in(matrices, left_out))
    about = {name: adata.uns["dxtransfer"] for name, adata in cohorts.items()}
    method, why = choose_method(
        settings["normalisation"], [(told["assay"], told["scale"]) for told in about.values()]
    )
    logger.info("%s: %s", method, why)
    steps = {"method": method, "pseudocount": settings["pseudocount"]}
    summaries = {}
    for name, adata in cohorts.items():
        refuse_unfit(method, about[name]["scale"], assay=about[name]["assay"], cohort=name)
        summaries[name] = summarise(normalised_chunks(adata, **steps), list(adata.var_names))
    table = vocabulary(
        summaries,
        min_cohort_share=settings["min_cohort_share"],
        n_features=settings["n_features"],
    )
    logger.info("%d features of %d cohorts", len(table), len(cohorts))
    table.to_csv(snakemake.output.vocabulary, sep="\t", index=False)
    write_json(snakemake.output.normalisation, {**steps, "why": why})
