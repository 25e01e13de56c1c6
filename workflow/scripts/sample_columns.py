import anndata

from dxtransfer.cohorts.columns import sample_columns
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    obs = anndata.read_h5ad(snakemake.input[0], backed="r").obs
    table = sample_columns(obs, snakemake.params.columns, cohort=snakemake.wildcards.target)
    table.to_csv(snakemake.output[0], sep="\t", index=False)
