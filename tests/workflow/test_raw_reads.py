"""A cohort of raw reads through Snakemake: from FASTQ to ingest, and what a change reruns."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata
import numpy as np
import pandas as pd
import pytest
import yaml

CONFIGFILE = ("--configfile", "tests/small/reads.yaml")
INGESTED = "results/tiny/ingest/ward.h5ad"
PAGE = "results/tiny/reads/multiqc.html"
LIBRARY = "workflow/lib/dxtransfer/"
COUNTING = {"gene_counts", "ingest"}
QUANTIFYING = {"quantify", "read_quality", "multiqc", *COUNTING}

# what new code in a module of the library reruns
MODULES = {
    "cohorts/reads/fastq.py": QUANTIFYING,
    "cohorts/reads/quantify.py": QUANTIFYING,
    "cohorts/reads/tools.py": {"reference", *QUANTIFYING},
    "cohorts/reads/reference.py": {"reference", *QUANTIFYING},
    "cohorts/reads/genes.py": COUNTING,
    "cohorts/reads/quality.py": {"read_quality", "multiqc"},
    "cohorts/reads/single_cell.py": set(),
    "cohorts/reads/ensembl.py": set(),
}
# what another value of a key of the block `reads` reruns
KEYS = {
    "kmer": (21, {"reference", *QUANTIFYING}),
    "adapter_1": ("CTGTCTCTTATACACATCT", QUANTIFYING),
    "adapter_2": ("CTGTCTCTTATACACATCT", QUANTIFYING),
    "quality_cutoff": (10, QUANTIFYING),
    "min_length": (25, QUANTIFYING),
    "fragment_length": (150, QUANTIFYING),
    "fragment_sd": (30, QUANTIFYING),
    "min_pseudoaligned_share": (0.2, COUNTING),
    "cells": ({"min_genes": 100}, set()),
}


def settings(folder: Path, **reads: Any) -> None:
    config = yaml.safe_load((folder / "tests/small/config.yaml").read_text())
    config |= {"study": "tiny", "cohorts": "tests/small/reads.tsv"}
    config["reads"] = {"reference": "resources/demo/transcripts.fa.gz", **reads}
    (folder / "tests/small/reads.yaml").write_text(yaml.safe_dump(config))


@pytest.fixture(scope="module")
def counted(module_checkout: Path, snakemake: Callable[..., Any]) -> Path:
    """A checkout in which three patients of the demo went from reads to ingest."""
    folder = module_checkout
    settings(folder)
    sheet = (folder / "tests/small/cohorts.tsv").read_text().splitlines()
    ward = "ward\tnew\trnaseq\t\tward.tsv"
    (folder / "tests/small/reads.tsv").write_text("\n".join([*sheet[:-1], ward]) + "\n")
    table = (folder / "config/demo/new.tsv").read_text().splitlines()[:4]
    (folder / "tests/small/ward.tsv").write_text("\n".join(table) + "\n")
    ran = snakemake(folder, INGESTED, PAGE, *CONFIGFILE)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


@pytest.mark.slow
def test_reads_become_counts_of_the_genes_they_were_drawn_from(counted: Path) -> None:
    adata = anndata.read_h5ad(counted / INGESTED)
    truth = pd.read_csv(counted / "resources/demo/new.counts.tsv.gz", sep="\t", index_col=0)
    drawn = truth.loc[adata.var_names, adata.obs_names].to_numpy().T / 6
    assert adata.shape == (3, 1000)
    for counts, expected in zip(np.asarray(adata.to_df()), drawn, strict=True):
        assert abs(counts.sum() - expected.sum()) < 0.05 * expected.sum()
        assert np.corrcoef(np.log1p(counts), np.log1p(expected))[0, 1] > 0.9
    assert (adata.obs["pseudoaligned_share"] > 0.99).all()
    assert list(adata.obs["patient"]) == ["new_p001", "new_p002", "new_p003"]


@pytest.mark.slow
def test_the_reference_is_noted_with_its_checksum(counted: Path) -> None:
    noted = json.loads((counted / "results/tiny/reads/reference/reference.json").read_text())
    assert noted["checksum"].startswith("sha256:")
    assert noted["file"] == "resources/demo/transcripts.fa.gz"


@pytest.mark.slow
def test_a_finished_cohort_has_nothing_to_do(counted: Path, plan: Callable[..., Any]) -> None:
    assert "Nothing to be done" in plan(counted, INGESTED, PAGE, *CONFIGFILE).text


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_new_code_reruns_what_it_can_affect(
    module: str, counted: Path, plan: Callable[..., Any]
) -> None:
    file = counted / LIBRARY / module
    before = file.read_text()
    file.write_text(before + "\n_EDITED = 1\n")
    planned = plan(counted, INGESTED, PAGE, *CONFIGFILE)
    file.write_text(before)
    assert planned.rules == MODULES[module]


@pytest.mark.slow
@pytest.mark.parametrize("key", KEYS)
def test_a_setting_reruns_what_reads_it(key: str, counted: Path, plan: Callable[..., Any]) -> None:
    value, rules = KEYS[key]
    settings(counted, **{key: value})
    planned = plan(counted, INGESTED, PAGE, *CONFIGFILE)
    settings(counted)
    assert planned.rules == rules


@pytest.mark.slow
def test_another_patient_reruns_no_sample_that_is_there(
    counted: Path, plan: Callable[..., Any]
) -> None:
    table = counted / "tests/small/ward.tsv"
    before = table.read_text()
    more = (counted / "config/demo/new.tsv").read_text().splitlines()[4]
    table.write_text(f"{before}{more}\n")
    planned = plan(counted, INGESTED, PAGE, *CONFIGFILE)
    table.write_text(before)
    assert planned.of("quantify", "sample") == {"new_s004"}
