import anndata

from dxtransfer.files import atomic
from dxtransfer.logs import logged

with logged(snakemake.log[0]), atomic(snakemake.output[0]) as temporary:
    obs = anndata.read_h5ad(snakemake.input[0], backed="r").obs
    obs.to_csv(temporary, sep="\t", index_label="sample")
