import anndata
import pandas as pd
from safetensors.numpy import load_file

from dxtransfer.cohorts.features import coverage, pca_projection, project
from dxtransfer.files import atomic, read_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    adata = anndata.read_h5ad(snakemake.input.adata)
    table = pd.read_csv(
        snakemake.input.vocabulary, sep="\t", dtype={"feature": str}, keep_default_na=False
    )
    chosen = read_json(snakemake.input.normalisation)
    steps = {name: chosen[name] for name in ("method", "pseudocount")}
    vocabulary = table["feature"].tolist()
    projected = project(adata, vocabulary, scale=adata.uns["dxtransfer"]["scale"], **steps)
    projected.obsm["X_pca"] = pca_projection(
        projected.X,
        mean=table["mean"].to_numpy(float),
        sd=table["sd"].to_numpy(float),
        components=load_file(snakemake.input.components)["encoder.first.weight"].T,
    )
    cohort, (pc1, pc2) = snakemake.wildcards.cohort, projected.obsm["X_pca"][:, :2].T
    points = pd.DataFrame({"cohort": cohort, "sample": adata.obs_names, "pc1": pc1, "pc2": pc2})
    points.to_csv(snakemake.output.coordinates, sep="\t", index=False)
    found = coverage(adata, vocabulary, cohort=cohort)
    found.to_csv(snakemake.output.coverage, sep="\t", index=False)
    with atomic(snakemake.output.adata) as temporary:
        projected.write_h5ad(temporary)
