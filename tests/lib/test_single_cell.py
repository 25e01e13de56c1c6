"""A sample's profile is the sum over its cells that pass quality control, its own cells alone."""

import anndata
import numpy as np
import pandas as pd
import pytest

from dxtransfer.cohorts.ingest import ingest
from dxtransfer.cohorts.reads.genes import cohort_of_reads, summary_of_genes
from dxtransfer.cohorts.reads.single_cell import pseudobulk, pseudobulk_of_samples
from dxtransfer.errors import InputError

TRANSCRIPTS = pd.DataFrame(
    {
        "transcript": ["t1", "t2", "t3", "t4"],
        "gene": ["g1", "g1", "g2", "g3"],
        "symbol": ["A", "A", "B", "mt-Nd1"],
        "length": [100, 300, 50, 60],
        "gc": [0.4, 0.6, 0.5, 0.5],
    }
)
SETTINGS = {"min_genes": 2, "max_mitochondrial_share": 0.5, "min_cells": 1}
# genes in another order than the reference's, one cell a row
CELLS = np.array([[5, 3, 1], [4, 0, 0], [1, 1, 9], [2, 2, 0]], dtype=float)


def cells(values=CELLS):
    return anndata.AnnData(values, var=pd.DataFrame(index=["g2", "g1", "g3"]))


def test_genes_have_the_mean_length_and_gc_of_their_transcripts():
    genes = summary_of_genes(TRANSCRIPTS)
    assert list(genes.index) == ["g1", "g2", "g3"]
    assert (genes.loc["g1", "length"], genes.loc["g1", "gc"]) == (200, 0.5)


def test_cells_with_few_genes_or_many_mitochondrial_counts_do_not_count():
    sums, known = pseudobulk(
        cells(), genes=["g1", "g2", "g3"], symbols=["A", "B", "mt-Nd1"], settings=SETTINGS
    )
    assert sums.tolist() == [5, 7, 1]
    assert known == {"n_barcodes": 4, "n_cells": 2, "refused": ""}


def test_a_sample_with_too_few_cells_is_refused_and_leaves_the_others_as_they_are():
    numbers = {"reads": 10, "trimmed": 10, "pseudoaligned": 9}
    given = {"settings": {**SETTINGS, "min_cells": 2}, "min_share": 0.1}
    both = pseudobulk_of_samples(
        {"a": cells(), "b": cells(CELLS[1:3])}, TRANSCRIPTS, {"a": numbers, "b": numbers}, **given
    )
    alone = pseudobulk_of_samples({"a": cells()}, TRANSCRIPTS, {"a": numbers}, **given)
    assert list(both.obs["refused"]) == [
        "",
        "0 cells pass quality control, below reads.cells.min_cells",
    ]
    np.testing.assert_array_equal(both.X.toarray()[0], alone.X.toarray()[0])


def cohort(**pseudoaligned):
    obs = pd.DataFrame(
        {"reads": 100, "trimmed": 100, "pseudoaligned": pseudoaligned}, index=list(pseudoaligned)
    )
    counts = anndata.AnnData(np.ones((len(obs), 3), dtype=np.float32)).X
    return cohort_of_reads(counts, obs, summary_of_genes(TRANSCRIPTS), min_share=0.1)


def test_ingest_leaves_out_a_sample_of_another_species_and_says_why():
    samples = pd.DataFrame({"reads": ["x", "y"]}, index=["a", "b"])
    told = {"cohort": "c", "assay": "rnaseq"}
    adata = ingest(cohort(a=90, b=2), samples, cohort=told, checksum="")
    assert list(adata.obs_names) == ["a"]
    assert adata.obs["pseudoaligned_share"].tolist() == [0.9]
    # the sample table's own column keeps its name
    assert (adata.obs["reads"].tolist(), adata.obs["reads_delivered"].tolist()) == (["x"], [100])
    (reason,) = adata.uns["dxtransfer"]["left_out"]["reason"]
    assert reason.startswith("2.00% of its reads are pseudoaligned")


def test_a_cohort_of_another_species_is_refused():
    with pytest.raises(InputError, match=r"all 2 samples .* the first, a: 1\.00% of its reads"):
        cohort(a=1, b=2)
