import pandas as pd

from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    table = pd.DataFrame(snakemake.params.cohorts)
    for cohort, reason in table.loc[table["tested"] == "no", ["cohort", "reason"]].to_numpy():
        logger.warning("cohort %s is learnt from only: %s", cohort, reason)
    table.to_csv(snakemake.output[0], sep="\t", index=False)
