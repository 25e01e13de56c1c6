"""Real cohorts: the scale of each, looked up by hand, and what their assay makes of it."""

import re

import numpy as np
import pytest
from known_cohorts import KNOWN, matrix_of
from scipy.stats import gmean

from dxtransfer.cohorts.assays import ASSAYS
from dxtransfer.cohorts.features import project
from dxtransfer.cohorts.normalise import choose_method, normalise
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.cohorts.scale import agree, decide
from dxtransfer.errors import InputError

pytestmark = pytest.mark.cohorts

CRC = [name for name in KNOWN if name.startswith("crc_")]
CSF = [name for name in KNOWN if name.startswith("alzheimer_")]


@pytest.fixture
def cohort(real_cohorts):
    """Read a cohort as of an assay, its own unless told, and of a scale that its sheet states."""

    def read(name, assay="", stated=""):
        adata = read_matrix(matrix_of(name, real_cohorts))
        about = {"cohort": "c", "assay": assay or KNOWN[name].assay, "scale_stated": stated}
        adata.uns["dxtransfer"] = about
        return adata

    return read


@pytest.mark.parametrize("name", KNOWN)
def test_each_cohort_has_the_scale_that_was_looked_up(name, cohort):
    scale = KNOWN[name].scale
    adata = cohort(name)
    found = decide(adata)
    assert found.name == scale
    n = adata.n_obs
    alone = [agree(decide(adata[i : i + 1]).name, scale) for i in range(0, n, max(1, n // 20))]
    assert np.mean(alone) >= 0.95
    assert decide(cohort(name, stated=scale)).name == scale


# what a refusal says of a cohort: its values, and how many samples look like which scale
SEEN = {
    "alzheimer_csf/Kiel": ("134.2 to 1.321e+09, 7% whole numbers", "16 of 16", "linear"),
    "covid_olink/serum_npx": ("-2.764 to 17.93, 0% whole numbers", "63 of 63", "log"),
    "crc_metagenome/FengQ_2015": ("0 to 0.7459, 75% whole numbers", "107 of 107", "beta"),
    "tb_blood/GSE107993": ("0 to 1.423e+06, 100% whole numbers", "138 of 138", "counts"),
    "tcga_survival/kirp": ("-4.328 to 268.8, 0% whole numbers", "258 of 260", "ratios"),
    "pbmc_3protocols/pbmc": ("0 to 8.341, 88% whole numbers", "1000 of 1000", "ln"),
}


@pytest.mark.parametrize(
    ("name", "assay", "scales"),
    [
        ("alzheimer_csf/Kiel", "methylation", "beta, percent or m_values"),
        ("alzheimer_csf/Kiel", "mutations", "binary or counts"),
        ("covid_olink/serum_npx", "metagenome", "fractions, percent or counts"),
        (
            "crc_metagenome/FengQ_2015",
            "rnaseq",
            "counts, tpm, linear, log2, ln, log10, log or z_scores",
        ),
        ("crc_metagenome/FengQ_2015", "mutations", "binary or counts"),
        ("tb_blood/GSE107993", "methylation", "beta, percent or m_values"),
        ("tb_blood/GSE107993", "olink", "npx, linear or z_scores"),
        ("tcga_survival/kirp", "metagenome", "fractions, percent or counts"),
        ("pbmc_3protocols/pbmc", "metagenome", "fractions, percent or counts"),
    ],
)
def test_a_cohort_under_another_assay_is_refused(name, assay, scales, cohort):
    values, samples, scale = SEEN[name]
    told = (
        f"cohort c: the assay {assay} has values of {scales}, but the matrix has values {values}; "
        f"{samples} samples look like {scale} ("
    )
    with pytest.raises(InputError, match=f"^{re.escape(told)}"):
        decide(cohort(name, assay=assay))


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("tb_blood/GSE19435", "intensity"),
        ("tb_blood/GSE62147", "log2"),
        ("tb_blood/GSE107993", "tpm"),
        ("tb_blood/GSE107992", "counts"),
        ("tb_blood/GSE94438", "counts"),
        ("pbmc_3protocols/pbmc", "log2"),
        ("tcga_survival/brca", "log2"),
        ("crc_metagenome/YuJ_2015", "counts"),
    ],
)
def test_a_stated_scale_that_a_cohort_contradicts_is_refused(name, stated, cohort):
    with pytest.raises(InputError, match=f"states the scale {stated}, but"):
        decide(cohort(name, stated=stated))


def test_auto_takes_each_assays_own_method():
    def chosen(names):
        return choose_method("auto", [KNOWN[name][:2] for name in names])[0]

    assert chosen(CRC) == "clr"
    assert chosen(CSF) == "log2_median"
    assert chosen(["covid_olink/serum_npx"]) == "log2"
    assert chosen([name for name in KNOWN if name.startswith("pbmc")]) == "log_cp10k"
    assert chosen([name for name in KNOWN if name.startswith("tb_")]) == "rank_normal"
    assert chosen([name for name in KNOWN if name.startswith("tcga_t")]) == "rank_normal"


@pytest.mark.parametrize("name", [CRC[1], CSF[0], "pbmc_3protocols/pbmc"])
def test_a_patient_alone_has_the_same_features_as_among_others(name, cohort):
    assay, scale, *_ = KNOWN[name]
    adata = cohort(name)
    (method, _), *_ = ASSAYS[assay].own
    vocabulary = [*dict.fromkeys(adata.var_names[::3]), "not measured"]
    adata = adata[:, ~adata.var_names.duplicated()].copy()
    together = project(adata, vocabulary, method=method, scale=scale).X
    for i in range(0, adata.n_obs, 40):
        alone = project(adata[i : i + 1].copy(), vocabulary, method=method, scale=scale).X
        np.testing.assert_array_equal(alone[0], together[i])


def test_clr_of_a_real_profile_is_its_logarithm_over_the_geometric_mean(cohort):
    X = cohort(CRC[0]).X
    found = normalise(X, method="clr", scale="fractions")
    for i in range(0, len(X), 25):
        known = X[i].astype(float) / X[i].sum(dtype=float) + 1e-6
        np.testing.assert_allclose(found[i], np.log(known / gmean(known)), rtol=1e-4, atol=1e-5)


def test_below_detection_lies_low_within_a_real_proteome(cohort):
    adata = cohort(CSF[0])
    found = project(adata, list(adata.var_names), method="log2_median", scale="intensity").X
    gaps = np.isnan(adata.X)
    assert 0.1 < gaps.mean() < 0.3
    assert not np.isnan(found).any()
    for row, gap in zip(found, gaps, strict=True):
        assert len(np.unique(row[gap])) == 1
        assert 0.005 < np.mean(row[~gap] < row[gap][0]) < 0.15
