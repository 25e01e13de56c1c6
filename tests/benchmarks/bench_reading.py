"""Reading of a large h5ad and of a folder of STAR counts, beside plain scanpy and pandas.

Each side goes from the file or folder to an h5ad. Ours also tells the format, checks values and
names, joins the samples with their table and takes the checksum. The size of the h5ad is
DXTRANSFER_BENCH_GB (2 where it is not set), the number of STAR files DXTRANSFER_BENCH_FILES (500).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
from measure import Row, python, side_by_side
from scipy import sparse

TIME, MEMORY = 1.3, 1.0
AT_ONCE = 1000
ENDING = "rna_seq.augmented_star_gene_counts.tsv"
HEADER = (
    "# gene-model: GENCODE v36\ngene_id\tgene_name\tgene_type\tunstranded\tstranded_first\t"
    "stranded_second\ttpm_unstranded\tfpkm_unstranded\tfpkm_uq_unstranded\n"
)

OURS = """
import sys
from pathlib import Path
from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.cohorts.samples import own_table, sample_frame
from dxtransfer.files import checksum
path = Path(sys.argv[1])
matrix = read_matrix(path)
row = {"cohort": "large", "assay": "rnaseq", "matrix": sys.argv[1]}
samples = sample_frame(own_table(matrix, row=row))
ingest(matrix, samples, cohort=row, checksum=checksum(path)).write_h5ad("ours.h5ad")
"""
PLAIN_H5AD = """
import sys
import scanpy as sc
sc.read_h5ad(sys.argv[1]).write_h5ad("plain.h5ad")
"""
PLAIN_GDC = """
import sys
from pathlib import Path
import anndata
import numpy as np
import pandas as pd
columns = {
    file.name.split(".")[0]: pd.read_csv(
        file, sep="\\t", comment="#", usecols=["gene_id", "unstranded"], index_col="gene_id"
    )["unstranded"].iloc[4:]
    for file in sorted(Path(sys.argv[1]).glob("*.tsv"))
    if file.name != "samples.tsv"
}
frame = pd.concat(columns, axis=1).T
samples = pd.read_csv(Path(sys.argv[1], "samples.tsv"), sep="\\t", index_col="sample")
adata = anndata.AnnData(frame.to_numpy(np.float32), var=pd.DataFrame(index=frame.columns))
adata.obs = samples.loc[frame.index]
adata.write_h5ad("plain.h5ad")
"""


def figures(folder: Path) -> Iterator[Row]:
    """Time and peak memory of reading, as ratios to plain scanpy and pandas."""
    size = int(1e9 * float(os.environ.get("DXTRANSFER_BENCH_GB", "2")))
    for kind, made in (("sparse", _sparse), ("dense", _dense)):
        file = folder / f"{kind}.h5ad"
        n, p = _written(file, made(size))
        about = f"reading of a {kind} h5ad, {file.stat().st_size / 1e9:.1f} GB, {n:,} x {p:,}"
        yield from _compared(about, file, PLAIN_H5AD, "scanpy.read_h5ad and write")
        file.unlink()
    files = int(os.environ.get("DXTRANSFER_BENCH_FILES", "500"))
    gdc = folder / "gdc"
    _star(gdc, files)
    yield from _compared(f"reading of {files} STAR files", gdc, PLAIN_GDC, "pandas with usecols")


def _compared(about: str, path: Path, plain: str, words: str) -> Iterator[Row]:
    folder = path.parent
    ratios = side_by_side(
        python(OURS, path.name), python(plain, path.name), folder=folder, rounds=3
    )
    for what, ratio, bound in zip(("time", "peak memory"), ratios, (TIME, MEMORY), strict=True):
        yield Row(f"{about}: {what}", ratio, "x", words, bound)


def _sparse(size: int) -> Any:
    """Counts of cells or shallow libraries, about an eighth of the genes seen in each."""
    rng = np.random.default_rng(1)
    base = sparse.random(AT_ONCE, 20_000, density=0.12, format="csr", dtype=np.float32, rng=rng)
    base.data = np.ceil(base.data * 20)
    blocks = max(1, size // (8 * base.nnz))
    return sparse.vstack([base[rng.permutation(AT_ONCE)] for _ in range(blocks)], format="csr")


def _dense(size: int) -> Any:
    n, p = max(1, size // (4 * 25_000 * AT_ONCE)) * AT_ONCE, 25_000
    values = np.empty((n, p), dtype=np.float32)
    for at in range(0, n, AT_ONCE):
        values[at : at + AT_ONCE] = np.random.default_rng(at).standard_normal((AT_ONCE, p), "f4")
    return values


def _written(file: Path, X: Any) -> tuple[int, int]:
    n, p = X.shape
    obs = pd.DataFrame({"age": np.arange(n) % 90}, index=[f"s{i}" for i in range(n)])
    var = pd.DataFrame(index=[f"GENE{i}" for i in range(p)])
    anndata.AnnData(X, obs=obs, var=var).write_h5ad(file)
    return n, p


def _star(folder: Path, files: int) -> None:
    """A folder as the GDC's: 60,660 genes, six columns of numbers, a table of samples."""
    folder.mkdir()
    rng, genes = np.random.default_rng(1), 60_660
    table = pd.DataFrame(
        {
            "gene_id": [f"ENSG{i:011d}.{i % 9 + 1}" for i in range(genes)],
            "gene_name": [f"GENE{i}" for i in range(genes)],
            "gene_type": "protein_coding",
        }
    )
    summary = "".join(f"N_{kind}\t\t\t1\t1\t1\t\t\t\n" for kind in ("unmapped", "a", "b", "c"))
    rows = ["file_name\tsample\tpatient\n"]
    for i in range(files):
        counts = rng.negative_binomial(1, 0.001, genes)
        for place, name in enumerate(("unstranded", "first", "second")):
            table[name] = counts // (1 + (place > 0))
        for name in ("tpm", "fpkm", "fpkm_uq"):
            table[name] = np.round(counts / 71, 4)
        body = table.to_csv(sep="\t", header=False, index=False)
        (folder / f"f{i:04d}.{ENDING}").write_text(HEADER + summary + body)
        rows.append(f"f{i:04d}.{ENDING}\tf{i:04d}\tp{i}\n")
    (folder / "samples.tsv").write_text("".join(rows))
