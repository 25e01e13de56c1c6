from dxtransfer.cohorts.accessions.place import delivered_path
from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.cohorts.samples import own_table, sample_frame
from dxtransfer.files import atomic, checksum
from dxtransfer.logs import logged
from dxtransfer.sample_tables import read_samples

with logged(snakemake.log[0]) as logger:
    cohort, path = dict(snakemake.params.cohort), delivered_path(snakemake.input.matrix)
    table = read_samples(cohort) if "samples" in cohort else None
    matrix = read_matrix(
        path,
        format=cohort.get("format"),
        orientation=cohort.get("orientation"),
        platform=cohort.get("platform"),
        sample_names=None if table is None else list(table.rows),
        other_columns=None if table is None else table.cells_by_column(),
    )
    samples = sample_frame(table or own_table(matrix, row=cohort))
    adata = ingest(matrix, samples, cohort=cohort, checksum=checksum(path))
    logger.info("%s: %d samples x %d features", cohort["cohort"], *adata.shape)
    if adata.uns["dxtransfer"]["relative"]:
        logger.warning(
            "%s: %s; no single new patient can have such values, so that the model will answer for "
            "none that is delivered in this way",
            cohort["cohort"],
            adata.uns["dxtransfer"]["relative"],
        )
    with atomic(snakemake.output[0]) as temporary:
        adata.write_h5ad(temporary)
