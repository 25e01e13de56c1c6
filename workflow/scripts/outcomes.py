import anndata
import pandas as pd

from dxtransfer.labels import outcomes_of
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    obs = anndata.read_h5ad(snakemake.input[0], backed="r").obs
    found = outcomes_of(obs, list(obs.index), task=snakemake.params.task)
    table = pd.DataFrame({"sample": obs.index.astype(str)})
    table["label"] = [outcome.label for outcome in found]
    table["time"] = [outcome.time for outcome in found]
    table.to_csv(snakemake.output[0], sep="\t", index=False)
