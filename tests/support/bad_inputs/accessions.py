"""Accessions that cannot be fetched, found by the job that fetches them."""

from collections.abc import Mapping

# Accession to the line told; {geo} and {gdc} stand for the servers, {mirror} for the mirror.
SPOILT_ACCESSIONS: Mapping[str, str] = {
    "GSE1": "GSE1: GEO has no public series of this name ({geo}/series/GSEnnn/GSE1/); check the "
    "number",
    "GSE2": "{mirror}/GSE2: holds no file; fill it, or remove it to fetch the accession",
    "GSE3": "{mirror}/GSE3/GSE3_series_matrix.txt.gz: not the file that "
    "{mirror}/GSE3/manifest.json lists (size or checksum); copy it anew",
    "GSE4444": "{geo}/series/GSE4nnn/GSE4444/matrix/GSE4444_series_matrix.txt.gz: what the server "
    "sends is no gzip file, perhaps a page that says why; open the address in a browser",
    "TCGA-BRCA": "{gdc}/files: not reachable ([Errno 111] Connection refused) (attempts: 2); check "
    "the network, or run `snakemake fetch --cores 1` where there is one, or put the files of "
    "TCGA-BRCA into accessions.mirror",
}
