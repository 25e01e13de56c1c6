"""From the reads of single cells to one profile per sample.

Counting: Melsted et al. 2021, Nature Biotechnology 39, 813 (kallisto bustools). Sums over the
cells of a sample: Squair et al. 2021, Nature Communications 12, 5692 (pseudobulk).
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import scanpy as sc
from anndata import AnnData
from scipy import sparse

from dxtransfer.cohorts.reads.fastq import check_mates, look
from dxtransfer.cohorts.reads.genes import cohort_of_reads, summary_of_genes
from dxtransfer.cohorts.reads.tools import KB, linked, run
from dxtransfer.errors import InputError

# bases of barcode and molecule, which the first mate must hold
BARCODE = {"10XV2": 26, "10XV3": 28}
# Smart-seq3 counts molecules and, apart from them, reads from inside transcripts.
FOLDER = {"SMARTSEQ3": "counts_unfiltered_umi"}


def count_cells(
    lanes: Sequence[Sequence[str]],
    cells: Path,
    *,
    sample: str,
    technology: str,
    index: Path,
    transcripts: pd.DataFrame,
    scratch: Path,
    threads: int = 1,
) -> dict[str, int]:
    """Check the reads of a sample of single cells and count molecules by cell and gene.

    Parameters
    ----------
    lanes
        Files of each lane in kb's order: index reads, then mates.
    cells
        Where kb's h5ad is put, barcodes x genes.
    sample
        Name of the sample, safe as a file name.
    technology
        10XV2, 10XV3 or SMARTSEQ3, as kb names them.
    index
        kallisto's index.
    transcripts
        See `dxtransfer.cohorts.reads.reference.with_genes`. It must name every transcript of the
        index: bustools does not end otherwise.
    scratch
        Folder for what lies between.
    threads
        Threads of kb.

    Returns
    -------
    dict
        reads, trimmed (the same) and pseudoaligned.

    Raises
    ------
    InputError
        For reads that fail the checks or are too short for the technology.
    """
    for lane in lanes:
        check_lane([Path(file) for file in lane], technology=technology)
    with TemporaryDirectory(prefix=f"{sample}.", dir=scratch) as temporary:
        work = Path(temporary)
        table, out = work / "transcripts_to_genes.txt", work / "kb"
        columns = ["transcript", "gene", "symbol"]
        transcripts[columns].to_csv(table, sep="\t", header=False, index=False)
        files: list[Path] = []
        for number, lane in enumerate(lanes):
            names = [f"{sample}_{place}" for place in range(1, len(lane) + 1)]
            files += linked(list(map(Path, lane)), names=names, folder=work / str(number))
        options = ["--h5ad", "-t", str(threads), "-x", technology, "--tmp", work / "tmp"]
        command = [*KB, "count", "-i", index, "-g", table, "-o", out, *options, *files]
        run(command, what=f"sample {sample}: counting cells with kb")
        info = json.loads((out / "run_info.json").read_text())
        made = out / FOLDER.get(technology, "counts_unfiltered") / "adata.h5ad"
        if not made.exists():
            raise InputError(f"sample {sample}: kb found no cell; look at technology and reference")
        shutil.copyfile(made, cells)
    reads = int(info["n_processed"])
    return {"reads": reads, "trimmed": reads, "pseudoaligned": int(info["n_pseudoaligned"])}


def check_lane(files: Sequence[Path], *, technology: str) -> None:
    """Check the files of a lane: mates of the same fragments, barcodes whole.

    Raises
    ------
    InputError
        For reads that fail the checks or are too short for the technology.
    """
    looks = [look(file) for file in files]
    *indexes, first, second = looks
    check_mates(first, second)
    for index in indexes:
        if index.reads != first.reads:
            raise InputError(
                f"{index.path}: {index.reads} reads, where {first.path} has {first.reads}; fetch "
                "both again"
            )
    needed = BARCODE.get(technology, 0)
    longest = max(map(len, first.sequences.values()))
    if longest < needed:
        raise InputError(
            f"{first.path}: reads of {longest} bases, where {technology} has a barcode and "
            f"molecule of {needed} in fastq_1; another technology, or fastq_1 and fastq_2 swapped"
        )


def pseudobulk(
    cells: AnnData, *, genes: Sequence[str], symbols: Sequence[str], settings: Mapping[str, Any]
) -> tuple[np.ndarray, dict[str, Any]]:
    """Sum the counts over the cells of a sample that pass quality control.

    Parameters
    ----------
    cells
        Barcodes x genes, counts.
    genes, symbols
        All genes of the reference and their symbols, in the order of the result.
    settings
        The block `reads.cells`: min_genes, max_mitochondrial_share, min_cells.

    Returns
    -------
    numpy.ndarray, dict
        Counts by gene, float64; n_barcodes, n_cells, and refused: why the sample cannot be used
        (empty: it can).
    """
    named = dict(zip(genes, symbols, strict=True))
    cells = cells.copy()
    cells.var["mitochondrial"] = [
        named.get(gene, "").upper().startswith("MT-") or gene.upper().startswith("MT-")
        for gene in cells.var_names
    ]
    sc.pp.calculate_qc_metrics(cells, qc_vars=["mitochondrial"], percent_top=None, inplace=True)
    share = cells.obs["pct_counts_mitochondrial"].fillna(100) / 100
    passed = (cells.obs["n_genes_by_counts"] >= settings["min_genes"]) & (
        share <= settings["max_mitochondrial_share"]
    )
    kept = sparse.csr_matrix(cells.X, dtype=np.float64)[passed.to_numpy()]
    sums = np.zeros(len(genes))
    place = {gene: number for number, gene in enumerate(genes)}
    sums[[place[gene] for gene in cells.var_names]] = np.asarray(kept.sum(axis=0)).ravel()
    n_cells = int(passed.sum())
    refused = (
        f"{n_cells} cells pass quality control, below reads.cells.min_cells"
        if n_cells < settings["min_cells"]
        else ""
    )
    return sums, {"n_barcodes": cells.n_obs, "n_cells": n_cells, "refused": refused}


def pseudobulk_of_samples(
    cells: Mapping[str, AnnData],
    transcripts: pd.DataFrame,
    numbers: Mapping[str, Mapping[str, int]],
    *,
    settings: Mapping[str, Any],
    min_share: float,
) -> AnnData:
    """Put the pseudobulks of a cohort's samples together, each made from its own cells alone.

    Parameters
    ----------
    cells
        Sample to its barcodes x genes.
    transcripts
        See `dxtransfer.cohorts.reads.reference.with_genes`.
    numbers
        Sample to its counts of reads: reads, trimmed, pseudoaligned.
    settings, min_share
        See `pseudobulk` and `dxtransfer.cohorts.reads.genes.cohort_of_reads`.

    Returns
    -------
    AnnData
        Samples x genes, see `dxtransfer.cohorts.reads.genes.cohort_of_reads`; `obs` also has
        n_barcodes and n_cells.
    """
    genes = summary_of_genes(transcripts)
    sums, told = [], {}
    for sample, own in cells.items():
        profile, known = pseudobulk(
            own, genes=list(genes.index), symbols=list(genes["symbol"]), settings=settings
        )
        sums.append(profile)
        told[sample] = {**numbers[sample], **known}
    counts = sparse.csr_matrix(np.stack(sums), dtype=np.float32)
    obs = pd.DataFrame.from_dict(told, orient="index")
    return cohort_of_reads(counts, obs, genes, min_share=min_share)
