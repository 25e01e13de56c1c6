from dxtransfer.evidence.verdicts import over_targets
from dxtransfer.files import read_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    told = map(read_json, snakemake.input)
    table = over_targets(dict(zip(snakemake.params.targets, told, strict=True)))
    table.to_csv(snakemake.output[0], sep="\t", index=False)
