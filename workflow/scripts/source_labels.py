from dxtransfer.cohorts.store import Store
from dxtransfer.files import atomic
from dxtransfer.labels import classes_of, coded
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    task = snakemake.params.task
    cells = [row.get(task["label"], "") for row in Store(snakemake.input[0]).samples]
    codes = coded(classes_of(cells, task=task), positive=task["positive"])
    logger.info("%d of %d source samples have a class", sum(c >= 0 for c in codes), len(codes))
    with atomic(snakemake.output[0]) as temporary:
        temporary.write_text("\n".join(["label", *map(str, codes), ""]))
