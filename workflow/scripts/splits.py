import anndata
import pandas as pd

from dxtransfer.labels import classes_of, reason_left_out
from dxtransfer.learn.splits import make_splits
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    task, obs = snakemake.params.task, anndata.read_h5ad(snakemake.input[0], backed="r").obs
    values, patients = list(obs[task["label"]]), obs["patient"].astype(str)
    names = classes_of(values, task=task)
    known = [bool(name) for name in names]
    splits = make_splits(
        list(obs.index[known]),
        patients[known].tolist(),
        [name for name in names if name],
        **snakemake.params.settings,
        seed=snakemake.params.seed,
    )
    reasons = [reason_left_out(value, task=task) for value in values]
    left_out = pd.DataFrame({"sample": obs.index, "patient": patients, "reason": reasons})
    logger.info("%d folds, %d labelled samples", splits["fold"].max(), sum(known))
    splits.to_csv(snakemake.output.splits, sep="\t", index=False)
    left_out[left_out["reason"] != ""].to_csv(snakemake.output.left_out, sep="\t", index=False)
