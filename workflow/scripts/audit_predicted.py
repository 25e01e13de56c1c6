import anndata
import pandas as pd

from dxtransfer.cohorts.audit.cohort import audited
from dxtransfer.cohorts.audit.fingerprints import feature_profile, panels
from dxtransfer.cohorts.audit.leaks import leave_out
from dxtransfer.cohorts.audit.table import audit_predicted
from dxtransfer.labels import columns_of, groups_of, outcomes_of
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    given, params, task = snakemake.input, snakemake.params, snakemake.params.task
    leaks = given.get("leaks") and pd.read_csv(given.leaks, sep="\t", dtype=str)
    own, *seen = [
        anndata.read_h5ad(path, "r") for path in (given.cohort, given.target, *given.source)
    ]
    if leaks is not None and len(leaks):
        seen[1:] = [rest for adata in seen[1:] if (rest := leave_out(adata, leaks)).n_obs]
    profiles = {str(i): feature_profile(adata) for i, adata in enumerate((own, *seen))}
    cohorts = []
    for adata, panel in zip((own, *seen), panels(profiles).values(), strict=True):
        outcomes = outcomes_of(adata.obs, list(adata.obs_names), task=task)
        groups = groups_of(outcomes, task=task)
        cohorts.append(audited(adata, labels=groups, panel=panel, has_folds=False))
    findings = audit_predicted(
        cohorts[0], cohorts[1:], is_evaluated=params.is_evaluated, label_columns=columns_of(task)
    )
    findings.to_csv(snakemake.output[0], sep="\t", index=False)
    logger.info("findings: %s", findings["level"].value_counts().to_dict())
