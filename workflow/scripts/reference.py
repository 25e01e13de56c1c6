from pathlib import Path

from dxtransfer.cohorts.reads.reference import build_index, read_transcripts, with_genes
from dxtransfer.files import atomic, checked_sum, write_json
from dxtransfer.logs import logged

with logged(snakemake.log[0]) as logger:
    fasta, genes = Path(snakemake.input.transcripts), snakemake.input.get("genes")
    told = checked_sum(fasta, expected=snakemake.params.checksum)
    table = with_genes(read_transcripts(fasta), Path(genes) if genes else None)
    own = int((table["gene"] == table["transcript"]).sum())
    logger.info("%d transcripts, of which %d have no gene and are their own", len(table), own)
    with atomic(snakemake.output.index) as temporary:
        kmer, threads = snakemake.params.kmer, snakemake.threads
        build_index(fasta, temporary, kmer=kmer, threads=threads)
    table.to_csv(snakemake.output.genes, sep="\t", index=False)
    summary = {"file": str(fasta), "checksum": told, "kmer": snakemake.params.kmer}
    write_json(snakemake.output.summary, {**summary, "transcripts": len(table), "own_gene": own})
