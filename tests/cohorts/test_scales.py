"""Real cohorts: the scale of each, looked up by hand, and what their assay makes of it."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import gmean

from dxtransfer.cohorts.assays import ASSAYS
from dxtransfer.cohorts.features import project
from dxtransfer.cohorts.normalise import choose_method, normalise
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.cohorts.scale import agree, decide
from dxtransfer.errors import InputError

FOLDER = os.environ.get("DXTRANSFER_COHORTS")
pytestmark = [
    pytest.mark.cohorts,
    pytest.mark.skipif(not FOLDER, reason="DXTRANSFER_COHORTS is not set: no real cohorts to read"),
]

# What the series' own records say, or what smallest, largest and middle values leave no doubt of.
TB = {
    "GSE107731": ("microarray", "log2"),
    "GSE107992": ("rnaseq", "log2"),  # log-CPM, from -7 to 16
    "GSE107993": ("rnaseq", "counts"),
    "GSE19435": ("microarray", "log2"),
    "GSE19443": ("microarray", "log2"),
    "GSE29536": ("microarray", "log2"),
    "GSE34608": ("microarray", "log2"),
    "GSE36238": ("microarray", "log2"),
    "GSE41055": ("microarray", "log2"),
    "GSE42825": ("microarray", "log2"),
    "GSE42827": ("microarray", "log2"),
    "GSE42831": ("microarray", "log2"),
    "GSE56153": ("microarray", "log2"),
    "GSE6112": ("microarray_two_colour", "intensity"),  # the two dyes of an array, apart
    "GSE62147": ("microarray", "intensity"),
    "GSE69581": ("microarray", "intensity"),  # background-subtracted, from -32
    "GSE74092": ("generic", "log"),  # PCR, 17 to 39
    "GSE81746": ("microarray", "log2"),
    "GSE84076": ("rnaseq", "linear"),  # sums of 420,000 to 700,000
    "GSE94438": ("rnaseq", "log2"),  # rounded to whole numbers, 3 to 22
}
CANCERS = ("BRCA", "COAD", "HNSC", "KIRC", "KIRP", "LIHC", "LUAD", "LUSC")
SURVIVAL = ("blca", "brca", "hnsc", "kirp", "lihc", "luad", "lusc", "stad")
COHORTS = {
    **{f"tb_blood/{name}.expression.tsv.gz": told for name, told in TB.items()},
    **{
        f"crc_metagenome/{name}.abundance.tsv.gz": ("metagenome", "fractions")
        for name in ("FengQ_2015", "YuJ_2015", "ZellerG_2014")
    },
    **{
        f"alzheimer_csf/{name}.intensity.tsv.gz": ("proteome", "intensity")
        for name in ("Berlin", "Kiel", "Sweden")
    },
    **{f"tcga_tumor_normal/{name}.tsv.gz": ("rnaseq", "log2") for name in CANCERS},
    **{f"breast_er/{name}.tsv.gz": ("microarray", "log2") for name in ("expos", "vdxs")},
    **{f"tcga_survival/{name}.rna_z.tsv.gz": ("rnaseq", "z_scores") for name in SURVIVAL},
    "covid_olink/serum_npx.tsv.gz": ("olink", "npx"),
    "pbmc_3protocols/pbmc.h5ad": ("single_cell", "ln"),  # of counts per 10,000, some genes only
    "pbmc_citeseq/pbmc_5k_protein_v3.h5ad": ("single_cell", "counts"),
}
CRC = [name for name in COHORTS if name.startswith("crc_")]
CSF = [name for name in COHORTS if name.startswith("alzheimer_")]


def cohort(name, assay="", stated=""):
    adata = read_matrix(Path(str(FOLDER)) / name)
    about = {"cohort": "c", "assay": assay or COHORTS[name][0], "scale_stated": stated}
    adata.uns["dxtransfer"] = about
    return adata


@pytest.mark.parametrize("name", COHORTS)
def test_each_cohort_has_the_scale_that_was_looked_up(name):
    scale = COHORTS[name][1]
    adata = cohort(name)
    found = decide(adata)
    assert found.name == scale
    n = adata.n_obs
    alone = [agree(decide(adata[i : i + 1]).name, scale) for i in range(0, n, max(1, n // 20))]
    assert np.mean(alone) >= 0.95
    assert decide(cohort(name, stated=scale)).name == scale


@pytest.mark.parametrize(
    ("name", "assay"),
    [
        ("alzheimer_csf/Kiel.intensity.tsv.gz", "methylation"),
        ("alzheimer_csf/Kiel.intensity.tsv.gz", "mutations"),
        ("covid_olink/serum_npx.tsv.gz", "metagenome"),
        ("crc_metagenome/FengQ_2015.abundance.tsv.gz", "rnaseq"),
        ("crc_metagenome/FengQ_2015.abundance.tsv.gz", "mutations"),
        ("tb_blood/GSE107993.expression.tsv.gz", "methylation"),
        ("tb_blood/GSE107993.expression.tsv.gz", "olink"),
        ("tcga_survival/kirp.rna_z.tsv.gz", "metagenome"),
        ("pbmc_3protocols/pbmc.h5ad", "metagenome"),
    ],
)
def test_a_cohort_under_another_assay_is_refused(name, assay):
    with pytest.raises(InputError, match=f"assay {assay}|the values are|the assay or the scale"):
        decide(cohort(name, assay=assay))


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("tb_blood/GSE19435.expression.tsv.gz", "intensity"),
        ("tb_blood/GSE62147.expression.tsv.gz", "log2"),
        ("tb_blood/GSE107993.expression.tsv.gz", "tpm"),
        ("tb_blood/GSE107992.expression.tsv.gz", "counts"),
        ("tb_blood/GSE94438.expression.tsv.gz", "counts"),
        ("pbmc_3protocols/pbmc.h5ad", "log2"),
        ("tcga_survival/brca.rna_z.tsv.gz", "log2"),
        ("crc_metagenome/YuJ_2015.abundance.tsv.gz", "counts"),
    ],
)
def test_a_stated_scale_that_a_cohort_contradicts_is_refused(name, stated):
    with pytest.raises(InputError, match=f"states the scale {stated}, but"):
        decide(cohort(name, stated=stated))


def test_auto_takes_each_assays_own_method():
    def chosen(names):
        return choose_method("auto", [COHORTS[name] for name in names])[0]

    assert chosen(CRC) == "clr"
    assert chosen(CSF) == "log2_median"
    assert chosen(["covid_olink/serum_npx.tsv.gz"]) == "log2"
    assert chosen([name for name in COHORTS if name.startswith("pbmc")]) == "log_cp10k"
    assert chosen([name for name in COHORTS if name.startswith("tb_")]) == "rank_normal"
    assert chosen([name for name in COHORTS if name.startswith("tcga_t")]) == "rank_normal"


@pytest.mark.parametrize("name", [CRC[1], CSF[0], "pbmc_3protocols/pbmc.h5ad"])
def test_a_patient_alone_has_the_same_features_as_among_others(name):
    assay, scale = COHORTS[name]
    adata = cohort(name)
    (method, _), *_ = ASSAYS[assay].own
    vocabulary = [*dict.fromkeys(adata.var_names[::3]), "not measured"]
    adata = adata[:, ~adata.var_names.duplicated()].copy()
    together = project(adata, vocabulary, method=method, scale=scale).X
    for i in range(0, adata.n_obs, 40):
        alone = project(adata[i : i + 1].copy(), vocabulary, method=method, scale=scale).X
        np.testing.assert_array_equal(alone[0], together[i])


def test_clr_of_a_real_profile_is_its_logarithm_over_the_geometric_mean():
    X = cohort(CRC[0]).X
    found = normalise(X, method="clr", scale="fractions")
    for i in range(0, len(X), 25):
        known = X[i].astype(float) / X[i].sum(dtype=float) + 1e-6
        np.testing.assert_allclose(found[i], np.log(known / gmean(known)), rtol=1e-4, atol=1e-5)


def test_below_detection_lies_low_within_a_real_proteome():
    adata = cohort(CSF[0])
    found = project(adata, list(adata.var_names), method="log2_median", scale="intensity").X
    gaps = np.isnan(adata.X)
    assert 0.1 < gaps.mean() < 0.3
    assert not np.isnan(found).any()
    for row, gap in zip(found, gaps, strict=True):
        assert len(np.unique(row[gap])) == 1
        assert 0.005 < np.mean(row[~gap] < row[gap][0]) < 0.15
