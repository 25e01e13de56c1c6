"""Real cohorts of tuberculosis: reading, scale and names, each figure checked by hand."""

import os
from pathlib import Path

import pandas as pd
import pytest

from dxtransfer.cohorts.identifiers.damage import repairs
from dxtransfer.cohorts.identifiers.harmonise import harmonise
from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.qc import qc
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.cohorts.scale import agree, detect

FOLDER = os.environ.get("DXTRANSFER_COHORTS")
pytestmark = [
    pytest.mark.cohorts,
    pytest.mark.skipif(not FOLDER, reason="DXTRANSFER_COHORTS is not set: no real cohorts to read"),
]

SETTINGS = {
    "min_library_size": 10_000,
    "min_features_detected": 100,
    "max_missing_share": 0.5,
    "max_mitochondrial_share": 1.0,
    "mad_threshold": 5,
    "min_correlation_mad": 5,
}
# cohort: assay, samples, features, scale, names that a spreadsheet damaged
COHORTS = {
    "GSE107731": ("microarray", 6, 20622, "log2", 0),
    "GSE107992": ("rnaseq", 47, 13835, "log2", 19),
    "GSE107993": ("rnaseq", 138, 25369, "counts", 0),
    "GSE19435": ("microarray", 33, 25417, "log2", 0),
    "GSE19443": ("microarray", 44, 25417, "log2", 0),
    "GSE29536": ("microarray", 15, 24984, "log2", 9),
    "GSE34608": ("microarray", 44, 30812, "log2", 0),
    "GSE36238": ("microarray", 18, 24529, "log2", 0),
    "GSE41055": ("microarray", 27, 19350, "log2", 0),
    "GSE42825": ("microarray", 42, 31559, "log2", 12),
    "GSE42827": ("microarray", 10, 31559, "log2", 12),
    "GSE42831": ("microarray", 17, 31559, "log2", 12),
    "GSE56153": ("microarray", 71, 18631, "log2", 9),
    "GSE6112": ("microarray", 72, 7657, "intensity", 7),
    "GSE62147": ("microarray", 52, 45015, "intensity", 0),
    "GSE69581": ("microarray", 50, 47231, "intensity", 0),
    "GSE74092": ("generic", 189, 281, "log", 0),
    "GSE81746": ("microarray", 8, 36338, "log2", 0),
    "GSE84076": ("rnaseq", 36, 23283, "linear", 26),
    "GSE94438": ("rnaseq", 418, 15427, "log2", 0),
}
FORMER = r"(?i)(MARCH|SEPT|DEC|MARC|SEPTIN )\d+|SEP15|SELENOPROTEIN 15|SEPT7P2"


def table(name):
    path = Path(FOLDER) / "tb_blood" / f"{name}.samples.tsv"
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False).set_index("sample")


def matrix(name):
    path = Path(FOLDER) / "tb_blood" / f"{name}.expression.tsv.gz"
    return read_matrix(path, sample_names=list(table(name).index))


@pytest.mark.parametrize("name", COHORTS)
def test_each_series_is_read_with_its_scale_and_damage(name):
    assay, samples, features, scale, damaged = COHORTS[name]
    adata = matrix(name)
    assert adata.shape == (samples, features)
    assert detect(adata.X, assay=assay).name == scale
    assert agree(detect(adata.X[:1], assay=assay).name, scale)
    names = pd.Series(list(adata.var_names))
    repaired = names[names.isin(repairs(list(names)))]
    assert (~repaired.str.fullmatch(FORMER)).sum() == damaged


def test_serial_numbers_that_are_no_genes_stay():
    delivered = list(matrix("GSE6112").var_names)
    names = dict(zip(delivered, harmonise(delivered).names, strict=True))
    assert names["24432"] == "24432"
    assert names["37347"] == "37347"
    assert names["37135"] == "SEPTIN1"


def test_damaged_and_undamaged_series_meet():
    one = set(harmonise(list(matrix("GSE107992").var_names)).names)
    other = set(harmonise(list(matrix("GSE107993").var_names)).names)
    for gene in ("MARCHF1", "MARCHF7", "SEPTIN2", "SEPTIN9", "SELENOF"):
        assert gene in one
        assert gene in other


def test_probes_of_an_annotated_series_become_genes():
    path = Path(FOLDER) / "tb_blood" / "GSE62147.annotation.tsv.gz"
    annotation = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    annotation = annotation.rename(columns={"GENE_SYMBOL": "symbol"})
    about = {"cohort": "GSE62147", "assay": "microarray", "study": "GSE62147"}
    adata = ingest(matrix("GSE62147"), table("GSE62147"), cohort=about, checksum="")
    result = qc(adata, settings=SETTINGS, role="target", annotation=annotation)
    assert {"TP53", "STAT1", "GBP5", "MARCHF1"} <= set(result.adata.var_names)
    assert result.summary["lost"] == 11730
    assert result.adata.n_vars == 19595
