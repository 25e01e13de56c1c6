import pandas as pd

from dxtransfer.files import atomic
from dxtransfer.logs import logged
from dxtransfer.report.overview import overview

with logged(snakemake.log[0]):
    params = snakemake.params
    html = overview(
        pd.read_csv(snakemake.input.verdicts, sep="\t", dtype={"target": str}),
        study=snakemake.wildcards.study,
        kind=params.kind,
        transfer=params.verdict["transfer"],
        delta=params.verdict["delta"],
        level=params.verdict["level"],
        source=snakemake.input.verdicts,
    )
    with atomic(snakemake.output[0]) as temporary:
        temporary.write_text(html)
