from pathlib import Path

import pandas as pd

from dxtransfer.cohorts.audit.findings import refuse_errors
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    findings = pd.read_csv(snakemake.input.findings, sep="\t", dtype=str, keep_default_na=False)
    refuse_errors(findings, table=snakemake.input.findings, on_leak=snakemake.params.on_leak)
    Path(snakemake.output[0]).write_text("no error of the audit is left\n")
