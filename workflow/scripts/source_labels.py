from dxtransfer.cohorts.store import Store
from dxtransfer.files import atomic
from dxtransfer.labels import codes_of, columns_of, outcomes_of
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    task, rows = snakemake.params.task, Store(snakemake.input[0]).samples
    table = {c: [row.get(c, "") for row in rows] for c in columns_of(task)}
    outcomes = outcomes_of(table, [row["sample"] for row in rows], task=task)
    known = sum(bool(outcome.label) for outcome in outcomes)
    logger.info("%d of %d source samples have a label", known, len(outcomes))
    codes = codes_of(outcomes, task=task)
    lines = ["\t".join(map(str, line)) for line in zip(*codes.values(), strict=True)]
    with atomic(snakemake.output[0]) as temporary:
        temporary.write_text("\n".join(["\t".join(codes), *lines, ""]))
