from pathlib import Path

from dxtransfer.cohorts.reads.ensembl import fetch_transcripts
from dxtransfer.files import atomic
from dxtransfer.logs import logged

with logged(snakemake.log[0]), atomic(snakemake.output[0]) as temporary:
    release, species = int(snakemake.wildcards.release), snakemake.wildcards.species
    fetch_transcripts(release, species, Path(temporary))
