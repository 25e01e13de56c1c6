from pathlib import Path

from dxtransfer.demo import make_demo, write_demo
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    write_demo(Path(snakemake.output[0]).parent, make_demo(seed=snakemake.params.seed))
