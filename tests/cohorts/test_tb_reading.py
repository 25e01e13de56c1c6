"""Real cohorts of tuberculosis: reading, scale and names, each figure checked by hand."""

from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from known_cohorts import KNOWN
from real_studies import QC, tb_series

from dxtransfer.cohorts.identifiers.damage import repairs
from dxtransfer.cohorts.identifiers.harmonise import harmonise
from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.qc import qc
from dxtransfer.cohorts.scale import agree, detect

pytestmark = pytest.mark.cohorts

# series: names that a spreadsheet damaged, where there are any
DAMAGED = {
    "GSE107992": 19,
    "GSE29536": 9,
    "GSE42825": 12,
    "GSE42827": 12,
    "GSE42831": 12,
    "GSE56153": 9,
    "GSE6112": 7,
    "GSE84076": 26,
}
SERIES = [name.removeprefix("tb_blood/") for name in KNOWN if name.startswith("tb_blood/")]
# the dyes of these arrays stand apart, and config/examples/tb.tsv calls them a microarray
SHEET_SAYS = {"GSE6112": "microarray"}
FORMER = r"(?i)(MARCH|SEPT|DEC|MARC|SEPTIN )\d+|SEP15|SELENOPROTEIN 15|SEPT7P2"


@pytest.fixture
def read(real_cohorts: Path):
    """Read a series and its sample table, by name."""
    return partial(tb_series, folder=real_cohorts)


@pytest.mark.parametrize("name", SERIES)
def test_each_series_is_read_with_its_scale_and_damage(name, read):
    known = KNOWN[f"tb_blood/{name}"]
    assay = SHEET_SAYS.get(name, known.assay)
    adata, _ = read(name)
    assert adata.shape == (known.samples, known.features)
    assert detect(adata.X, assay=assay).name == known.scale
    assert agree(detect(adata.X[:1], assay=assay).name, known.scale)
    names = pd.Series(list(adata.var_names))
    repaired = names[names.isin(repairs(list(names)))]
    assert (~repaired.str.fullmatch(FORMER)).sum() == DAMAGED.get(name, 0)


def test_serial_numbers_that_are_no_genes_stay(read):
    delivered = list(read("GSE6112")[0].var_names)
    names = dict(zip(delivered, harmonise(delivered).names, strict=True))
    assert names["24432"] == "24432"
    assert names["37347"] == "37347"
    assert names["37135"] == "SEPTIN1"


def test_damaged_and_undamaged_series_meet(read):
    one = set(harmonise(list(read("GSE107992")[0].var_names)).names)
    other = set(harmonise(list(read("GSE107993")[0].var_names)).names)
    for gene in ("MARCHF1", "MARCHF7", "SEPTIN2", "SEPTIN9", "SELENOF"):
        assert gene in one
        assert gene in other


def test_probes_of_an_annotated_series_become_genes(read, real_cohorts):
    path = real_cohorts / "tb_blood" / "GSE62147.annotation.tsv.gz"
    annotation = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    annotation = annotation.rename(columns={"GENE_SYMBOL": "symbol"})
    about = {"cohort": "GSE62147", "assay": "microarray", "study": "GSE62147"}
    adata = ingest(*read("GSE62147"), cohort=about, checksum="")
    result = qc(adata, settings=QC, role="target", annotation=annotation)
    assert {"TP53", "STAT1", "GBP5", "MARCHF1"} <= set(result.adata.var_names)
    assert result.summary["lost"] == 11730
    assert result.adata.n_vars == 19595
