from pathlib import Path

import anndata
import pandas as pd

from dxtransfer.cohorts.audit.findings import withheld
from dxtransfer.cohorts.readers.annotation import read_annotation
from dxtransfer.logs import logged
from dxtransfer.predict.bundle import load_bundle
from dxtransfer.predict.predict import predict

with logged(snakemake.log[0]) as logger:
    annotation = snakemake.input.get("annotation")
    table = predict(
        load_bundle(Path(snakemake.input.bundle[0]).parent),
        anndata.read_h5ad(snakemake.input.adata),
        annotation=read_annotation(annotation) if annotation else None,
    )
    findings = pd.read_csv(snakemake.input.audit, sep="\t", dtype=str, keep_default_na=False)
    if (findings["level"] == "error").any():
        table = withheld(table, findings, table=snakemake.input.audit)
        logger.warning(
            "%s: no predictions: %s", snakemake.wildcards.cohort, table["reason"].iloc[0]
        )
    table.to_csv(snakemake.output[0], sep="\t", index=False)
    logger.info("%s", table["status"].value_counts().to_dict())
