import anndata

from dxtransfer.cohorts.columns import sample_columns
from dxtransfer.labels import outcomes_of
from dxtransfer.learn.target_splits import target_splits
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    params, site = snakemake.params, snakemake.params.site
    obs = anndata.read_h5ad(snakemake.input[0], backed="r").obs
    found = target_splits(
        sample_columns(obs, [site] if site else [], cohort=snakemake.wildcards.target),
        outcomes_of(obs, list(obs.index), task=params.task),
        site=site,
        task=params.task,
        settings=params.settings,
        seed=params.seed,
    )
    for name, reason in found.sites.loc[found.sites["fold"] == 0, ["site", "reason"]].to_numpy():
        logger.warning("site %s is learnt from only: %s", name, reason)
    samples = found.splits["sample"].nunique()
    logger.info("%d folds, %d labelled samples", found.splits["fold"].max(), samples)
    found.splits.to_csv(snakemake.output.splits, sep="\t", index=False)
    found.left_out.to_csv(snakemake.output.left_out, sep="\t", index=False)
    found.sites.to_csv(snakemake.output.sites, sep="\t", index=False)
