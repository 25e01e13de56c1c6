import anndata

from dxtransfer.cohorts.audit import audit
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    pairs = zip(snakemake.params.cohorts, snakemake.input, strict=True)
    cohorts = {name: anndata.read_h5ad(path) for name, path in pairs}
    findings = audit(cohorts, targets=snakemake.params.targets)
    findings.to_csv(snakemake.output[0], sep="\t", index=False)
    logger.info("findings: %s", findings["level"].value_counts().to_dict())
