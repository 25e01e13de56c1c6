import anndata

from dxtransfer.cohorts.audit.cohort import audited
from dxtransfer.cohorts.audit.fingerprints import feature_profile, panels
from dxtransfer.cohorts.audit.table import audit, source_leaks
from dxtransfer.labels import columns_of, groups_of, numbers_of, outcomes_of
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    params, task = snakemake.params, snakemake.params.task
    paths = dict(zip(params.cohorts, snakemake.input, strict=True))
    profiles = {name: feature_profile(anndata.read_h5ad(path, "r")) for name, path in paths.items()}
    cohorts = {}
    for name, panel in panels(profiles).items():
        adata = anndata.read_h5ad(paths[name], "r")
        outcomes = outcomes_of(adata.obs, list(adata.obs_names), task=task)
        cohorts[name] = audited(
            adata,
            labels=groups_of(outcomes, task=task),
            panel=panel,
            has_folds=name in params.targets,
            numbers=numbers_of(outcomes, task=task),
        )
    findings = audit(
        cohorts,
        targets=params.targets,
        label_columns=columns_of(task),
        covariates=params.covariates,
    )
    findings.to_csv(snakemake.output.findings, sep="\t", index=False)
    source_leaks(findings, cohorts).to_csv(snakemake.output.leaks, sep="\t", index=False)
    logger.info("findings: %s", findings["level"].value_counts().to_dict())
