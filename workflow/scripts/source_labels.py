from dxtransfer.cohorts.store import Store
from dxtransfer.files import atomic
from dxtransfer.labels import auxiliary_codes, codes_of, columns_of, outcomes_of
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    task, kinds = snakemake.params.task, snakemake.params.auxiliary
    rows = Store(snakemake.input[0]).samples
    samples = [row["sample"] for row in rows]
    table = {c: [row.get(c, "") for row in rows] for c in [*columns_of(task), *kinds]}
    outcomes = outcomes_of(table, samples, task=task)
    known = sum(bool(outcome.label) for outcome in outcomes)
    logger.info("%d of %d source samples have a label", known, len(outcomes))
    codes = list(codes_of(outcomes, task=task).items())
    codes += auxiliary_codes(table, samples, kinds=kinds).items()
    lines = ["\t".join(map(str, line)) for line in zip(*(c for _, c in codes), strict=True)]
    with atomic(snakemake.output[0]) as temporary:
        temporary.write_text("\n".join(["\t".join(name for name, _ in codes), *lines, ""]))
