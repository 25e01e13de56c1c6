from pathlib import Path

import pandas as pd

from dxtransfer.demo_reads import make_transcriptome, packed, sequence
from dxtransfer.files import atomic
from dxtransfer.logs import logged

with logged(snakemake.log[0]):
    tables = [pd.read_csv(file, sep="\t", index_col=0) for file in snakemake.input]
    seed = snakemake.params.seed
    transcriptome = make_transcriptome(list(tables[0].index), seed=seed)
    with atomic(snakemake.output.transcripts) as temporary:
        temporary.write_bytes(packed(transcriptome.fasta().encode(), level=6))
    waiting = iter(map(Path, snakemake.output.reads))
    for counts in tables:
        for _, *mates in sequence(counts, transcriptome, seed=seed):
            for mate in mates:
                with atomic(next(waiting)) as temporary:
                    temporary.write_bytes(mate)
