"""What is known of each real cohort without this library: its file, assay, scale and shape.

Scales are what a series' own records say, or what smallest, largest and middle values leave no
doubt of. Samples and features were counted with zcat, awk and h5py.
"""

from pathlib import Path
from typing import NamedTuple


class Known(NamedTuple):
    """Facts about the matrix of a cohort."""

    assay: str
    scale: str
    samples: int
    features: int


# folder: ending of its matrices
ENDINGS = {
    "tb_blood": ".expression.tsv.gz",
    "alzheimer_csf": ".intensity.tsv.gz",
    "crc_metagenome": ".abundance.tsv.gz",
    "breast_er": ".tsv.gz",
    "covid_olink": ".tsv.gz",
    "tcga_survival": ".rna_z.tsv.gz",
    "tcga_tumor_normal": ".tsv.gz",
    "pbmc_3protocols": ".h5ad",
    "pbmc_citeseq": ".h5ad",
}
KNOWN = {
    "tb_blood/GSE107731": Known("microarray", "log2", 6, 20622),
    "tb_blood/GSE107992": Known("rnaseq", "log2", 47, 13835),  # log-CPM, from -7 to 16
    "tb_blood/GSE107993": Known("rnaseq", "counts", 138, 25369),
    "tb_blood/GSE19435": Known("microarray", "log2", 33, 25417),
    "tb_blood/GSE19443": Known("microarray", "log2", 44, 25417),
    "tb_blood/GSE29536": Known("microarray", "log2", 15, 24984),
    "tb_blood/GSE34608": Known("microarray", "log2", 44, 30812),
    "tb_blood/GSE36238": Known("microarray", "log2", 18, 24529),
    "tb_blood/GSE41055": Known("microarray", "log2", 27, 19350),
    "tb_blood/GSE42825": Known("microarray", "log2", 42, 31559),
    "tb_blood/GSE42827": Known("microarray", "log2", 10, 31559),
    "tb_blood/GSE42831": Known("microarray", "log2", 17, 31559),
    "tb_blood/GSE56153": Known("microarray", "log2", 71, 18631),
    # the two dyes of an array, apart
    "tb_blood/GSE6112": Known("microarray_two_colour", "intensity", 72, 7657),
    "tb_blood/GSE62147": Known("microarray", "intensity", 52, 45015),
    # background-subtracted, from -32
    "tb_blood/GSE69581": Known("microarray", "intensity", 50, 47231),
    "tb_blood/GSE74092": Known("generic", "log", 189, 281),  # PCR, 17 to 39
    "tb_blood/GSE81746": Known("microarray", "log2", 8, 36338),
    "tb_blood/GSE84076": Known("rnaseq", "linear", 36, 23283),  # sums of 420,000 to 700,000
    "tb_blood/GSE94438": Known("rnaseq", "log2", 418, 15427),  # rounded to whole numbers, 3 to 22
    "alzheimer_csf/Berlin": Known("proteome", "intensity", 83, 1542),
    "alzheimer_csf/Kiel": Known("proteome", "intensity", 16, 1542),
    "alzheimer_csf/Sweden": Known("proteome", "intensity", 60, 1542),
    "crc_metagenome/FengQ_2015": Known("metagenome", "fractions", 107, 484),
    "crc_metagenome/YuJ_2015": Known("metagenome", "fractions", 128, 484),
    "crc_metagenome/ZellerG_2014": Known("metagenome", "fractions", 157, 484),
    "breast_er/expos": Known("microarray", "log2", 353, 966),
    "breast_er/vdxs": Known("microarray", "log2", 150, 966),
    "covid_olink/serum_npx": Known("olink", "npx", 63, 436),
    "tcga_survival/blca": Known("rnaseq", "z_scores", 373, 1554),
    "tcga_survival/brca": Known("rnaseq", "z_scores", 956, 1558),
    "tcga_survival/hnsc": Known("rnaseq", "z_scores", 416, 1557),
    "tcga_survival/kirp": Known("rnaseq", "z_scores", 260, 1557),
    "tcga_survival/lihc": Known("rnaseq", "z_scores", 333, 1550),
    "tcga_survival/luad": Known("rnaseq", "z_scores", 453, 1555),
    "tcga_survival/lusc": Known("rnaseq", "z_scores", 450, 1556),
    "tcga_survival/stad": Known("rnaseq", "z_scores", 349, 1558),
    "tcga_tumor_normal/BRCA": Known("rnaseq", "log2", 226, 3799),
    "tcga_tumor_normal/COAD": Known("rnaseq", "log2", 80, 3757),
    "tcga_tumor_normal/HNSC": Known("rnaseq", "log2", 86, 3819),
    "tcga_tumor_normal/KIRC": Known("rnaseq", "log2", 144, 3811),
    "tcga_tumor_normal/KIRP": Known("rnaseq", "log2", 64, 3818),
    "tcga_tumor_normal/LIHC": Known("rnaseq", "log2", 100, 3686),
    "tcga_tumor_normal/LUAD": Known("rnaseq", "log2", 116, 3803),
    "tcga_tumor_normal/LUSC": Known("rnaseq", "log2", 102, 3844),
    # of counts per 10,000, some genes only
    "pbmc_3protocols/pbmc": Known("single_cell", "ln", 1200, 1767),
    "pbmc_citeseq/pbmc_5k_protein_v3": Known("single_cell", "counts", 200, 16581),
}


def matrix_of(cohort: str, folder: Path) -> Path:
    """The matrix of a cohort below the folder of real cohorts."""
    return folder / f"{cohort}{ENDINGS[cohort.partition('/')[0]]}"
