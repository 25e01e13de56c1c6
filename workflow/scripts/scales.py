from pathlib import Path

from dxtransfer.cohorts.normalise import refuse_unfit
from dxtransfer.files import read_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    method = read_json(snakemake.input.normalisation)["method"]
    for found in map(read_json, snakemake.input.targets):
        refuse_unfit(method, found["scale"], assay=found["assay"], cohort=found["cohort"])
    Path(snakemake.output[0]).write_text(f"every target can be brought to {method}\n")
