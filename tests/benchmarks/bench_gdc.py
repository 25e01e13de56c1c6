"""A folder of 500 files as the GDC delivers them: reading and quality control, beside plain pandas.

Both sides start from the files and end with a filtered h5ad; ours also matches samples with their
table, brings names to one form, tells the scale and looks for outliers.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from measure import Row, python, side_by_side

FILES, GENES = 500, 60_660
BOUND = 1.3
SUFFIX = ".rna_seq.augmented_star_gene_counts.tsv"
HEADER = (
    "gene_id\tgene_name\tgene_type\tunstranded\tstranded_first\tstranded_second\t"
    "tpm_unstranded\tfpkm_unstranded\tfpkm_uq_unstranded"
)

OURS = """
import sys
from pathlib import Path
from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.qc import qc
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.cohorts.samples import own_table, sample_frame
row = {"cohort": "gdc", "assay": "rnaseq", "study": "gdc", "matrix": "gdc"}
matrix = read_matrix(Path("gdc"))
adata = ingest(matrix, sample_frame(own_table(matrix, row=row)), cohort=row, checksum="")
del matrix
settings = dict(min_library_size=10000, min_features_detected=100, max_missing_share=0.5,
                max_mitochondrial_share=1.0,
                mad_threshold=5, min_correlation_mad=5)
qc(adata, settings=settings, role="source").adata.write_h5ad("ours.h5ad")
"""
PLAIN = """
from pathlib import Path
import anndata, pandas as pd, scanpy as sc
files = sorted(Path("gdc").glob("*.tsv"))
files = [file for file in files if file.name != "samples.tsv"]
columns = {
    file.name.split(".")[0]: pd.read_csv(
        file, sep="\\t", comment="#", usecols=["gene_id", "unstranded"], index_col="gene_id"
    )["unstranded"].iloc[4:]
    for file in files
}
table = pd.DataFrame(columns)
adata = anndata.AnnData(table.T.astype("float32"))
sc.pp.calculate_qc_metrics(adata, inplace=True, percent_top=None, log1p=False)
sc.pp.filter_cells(adata, min_genes=100)
adata.write_h5ad("plain.h5ad")
"""


def figures(folder: Path) -> Iterator[Row]:
    """Time and peak memory of reading and quality control."""
    _write(folder / "gdc")
    time, memory = side_by_side(python(OURS), python(PLAIN), folder=folder)
    for what, ratio in (("time", time), ("peak memory", memory)):
        name = f"{FILES} GDC files, reading and QC: {what}"
        yield Row(name, ratio, "x", "pandas and scanpy", BOUND if what == "time" else 1.0)


def _write(folder: Path) -> None:
    folder.mkdir()
    rng = np.random.default_rng(0)
    expected = np.exp(rng.normal(2, 2.5, GENES))
    names = [f"ENSG{i:011d}.{i % 9}\tGENE{i}\tprotein_coding\t" for i in range(GENES)]
    lines = ["file_id\tfile_name\tsample\tpatient\tsample_type"]
    for j in range(FILES):
        counts = rng.poisson(expected * rng.lognormal(0, 0.3))
        body = [
            f"{name}{c}\t{c // 2}\t{c - c // 2}\t{c / 7:.4f}\t{c / 9:.4f}\t{c / 8:.4f}"
            for name, c in zip(names, counts.tolist(), strict=True)
        ]
        summary = [
            f"{name}\t\t\t{j}\t{j}\t{j}\t\t\t"
            for name in ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
        ]
        file = f"f{j:04d}{SUFFIX}"
        (folder / file).write_text(
            "\n".join(["# gene-model: GENCODE v36", HEADER, *summary, *body]) + "\n"
        )
        lines.append(f"f{j:04d}\t{file}\tS{j:04d}\tP{j:04d}\tPrimary Tumor")
    (folder / "samples.tsv").write_text("\n".join(lines) + "\n")
