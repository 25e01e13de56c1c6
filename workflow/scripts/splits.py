import anndata
import pandas as pd

from dxtransfer.labels import kind_of, outcomes_of
from dxtransfer.learn.splits import make_splits
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    task, obs = snakemake.params.task, anndata.read_h5ad(snakemake.input[0], backed="r").obs
    samples, patients = list(obs.index), obs["patient"].astype(str)
    outcomes = outcomes_of(obs, samples, task=task)
    known = [bool(outcome.label) for outcome in outcomes]
    labelled = [outcome for outcome in outcomes if outcome.label]
    splits = make_splits(
        list(obs.index[known]),
        patients[known].tolist(),
        [outcome.label for outcome in labelled],
        times=[o.time for o in labelled] if kind_of(task) == "survival" else None,
        task=kind_of(task),
        classes=list(task["classes"]),
        **snakemake.params.settings,
        seed=snakemake.params.seed,
    )
    reasons = [outcome.reason for outcome in outcomes]
    left_out = pd.DataFrame({"sample": samples, "patient": patients, "reason": reasons})
    logger.info("%d folds, %d labelled samples", splits["fold"].max(), sum(known))
    splits.to_csv(snakemake.output.splits, sep="\t", index=False)
    left_out[left_out["reason"] != ""].to_csv(snakemake.output.left_out, sep="\t", index=False)
