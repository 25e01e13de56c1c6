import anndata

from dxtransfer.cohorts.accessions.annotation import annotation_of
from dxtransfer.cohorts.identifiers.mapping import gene_map
from dxtransfer.cohorts.qc import qc
from dxtransfer.cohorts.readers.mapping import read_mapping
from dxtransfer.files import atomic, write_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    annotation, mapping = (snakemake.input.get(name) for name in ("annotation", "mapping"))
    result = qc(
        anndata.read_h5ad(snakemake.input.adata),
        settings=snakemake.params.settings,
        role="source" if snakemake.params.drops_outliers else "target",
        annotation=annotation_of(annotation or None, platform=snakemake.params.platform),
        mapping=gene_map(read_mapping(mapping)) if mapping else None,
        species=snakemake.params.species,
    )
    logger.info("%s", result.summary)
    with atomic(snakemake.output.adata) as temporary:
        result.adata.write_h5ad(temporary)
    result.samples.to_csv(snakemake.output.samples, sep="\t", index=False)
    result.identifiers.to_csv(snakemake.output.identifiers, sep="\t", index=False)
    result.features.to_csv(snakemake.output.features, sep="\t", index=False, float_format="%.6g")
    write_json(snakemake.output.summary, result.summary)
