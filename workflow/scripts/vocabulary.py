import anndata
import pandas as pd

from dxtransfer.cohorts.audit.leaks import leave_out
from dxtransfer.cohorts.normalise import choose_method, normalise
from dxtransfer.cohorts.vocabulary import summarise, vocabulary
from dxtransfer.files import write_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    settings = dict(snakemake.params.settings)
    paths = list(snakemake.input.cohorts)
    leaks = snakemake.input.get("leaks")
    left_out = pd.read_csv(leaks, sep="\t", dtype=str) if leaks else None
    scales = {p: anndata.read_h5ad(p, backed="r").uns["dxtransfer"]["scale"] for p in paths}
    method = choose_method(settings["normalisation"], set(scales.values()))
    summaries = {}
    for path in paths:
        adata = anndata.read_h5ad(path)
        adata = adata if left_out is None else leave_out(adata, left_out)
        values = normalise(adata.X, method=method, scale=scales[path])
        summaries[path] = summarise(values, list(adata.var_names))
    table = vocabulary(
        summaries,
        min_cohort_share=settings["min_cohort_share"],
        n_features=settings["n_features"],
    )
    logger.info("%s, %d features of %d cohorts", method, len(table), len(paths))
    table.to_csv(snakemake.output.vocabulary, sep="\t", index=False)
    write_json(snakemake.output.normalisation, {"method": method})
