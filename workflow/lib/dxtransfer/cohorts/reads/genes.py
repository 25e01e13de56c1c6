"""From the samples of a cohort, each quantified alone, to one matrix of genes.

Sums over the transcripts of a gene: Soneson et al. 2015, F1000Research 4, 1521 (tximport).
Kallisto shares a read between transcripts, so sums are rounded to counts of reads again, as
DESeq2 does on import (Love et al. 2014, Genome Biology 15, 550).
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData
from pytximport import tximport
from scipy import sparse

from dxtransfer.errors import InputError


def gene_counts(
    abundances: Mapping[str, Path],
    transcripts: pd.DataFrame,
    numbers: Mapping[str, Mapping[str, int]],
    *,
    min_share: float,
) -> AnnData:
    """Sum kallisto's counts over the transcripts of each gene, rounded.

    Parameters
    ----------
    abundances
        Sample to kallisto's table of transcripts.
    transcripts
        See `dxtransfer.cohorts.reads.reference.with_genes`.
    numbers
        Sample to its counts of reads: reads, trimmed, pseudoaligned.
    min_share
        Smallest share of pseudoaligned reads; a sample below it is refused.

    Returns
    -------
    AnnData
        All samples x genes, see `cohort_of_reads`.

    Raises
    ------
    InputError
        If every sample is refused.
    """
    imported = tximport(
        [str(path) for path in abundances.values()],
        data_type="kallisto",
        transcript_gene_map=transcripts.rename(
            columns={"transcript": "transcript_id", "gene": "gene_id"}
        )[["transcript_id", "gene_id"]],
        counts_from_abundance=None,
        ignore_transcript_version=False,
        ignore_after_bar=False,
        output_type="anndata",
    )
    genes = summary_of_genes(transcripts)
    order = imported.var_names.get_indexer(genes.index)
    counts = sparse.csr_matrix(np.rint(np.asarray(imported.X)[:, order]), dtype=np.float32)
    obs = pd.DataFrame.from_dict(dict(numbers), orient="index").loc[list(abundances)]
    return cohort_of_reads(counts, obs, genes, min_share=min_share)


def cohort_of_reads(
    counts: sparse.csr_matrix, obs: pd.DataFrame, genes: pd.DataFrame, *, min_share: float
) -> AnnData:
    """Put counts, what is known of the samples and the genes together.

    Parameters
    ----------
    counts
        Samples x genes.
    obs
        By sample: reads, pseudoaligned, and what else is known; `refused`, if there, holds why a
        sample cannot be used (empty: it can).
    genes
        See `summary_of_genes`.
    min_share
        Smallest share of pseudoaligned reads.

    Returns
    -------
    AnnData
        Samples x genes, float32; `obs` also has pseudoaligned_share and refused, `var` symbol,
        length and gc.

    Raises
    ------
    InputError
        If every sample is refused.
    """
    obs = obs.copy()
    obs["pseudoaligned_share"] = obs["pseudoaligned"] / obs["trimmed"]
    before = obs["refused"] if "refused" in obs else pd.Series("", index=obs.index)
    low = [
        f"{share:.2%} of its reads are pseudoaligned, below reads.min_pseudoaligned_share: another "
        "species, another kind of library, or the wrong reference"
        if share < min_share
        else ""
        for share in obs["pseudoaligned_share"]
    ]
    obs["refused"] = [other or told for told, other in zip(low, before, strict=True)]
    if obs["refused"].all():
        raise InputError(
            f"all {len(obs)} samples of the cohort are refused; the first, {obs.index[0]}: "
            f"{obs['refused'].iloc[0]}"
        )
    return AnnData(counts, obs=obs, var=genes)


def summary_of_genes(transcripts: pd.DataFrame) -> pd.DataFrame:
    """By gene, in the order of the reference: symbol, and mean length and GC of its transcripts."""
    return transcripts.groupby("gene", sort=False).agg(
        symbol=("symbol", "first"), length=("length", "mean"), gc=("gc", "mean")
    )
