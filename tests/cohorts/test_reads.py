"""Real reads: counts are kallisto's and kb's own, summed."""

import gzip
import subprocess
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

from dxtransfer.cohorts.reads.genes import gene_counts
from dxtransfer.cohorts.reads.quality import measure, page
from dxtransfer.cohorts.reads.quantify import quantify
from dxtransfer.cohorts.reads.reference import build_index, read_transcripts, with_genes
from dxtransfer.cohorts.reads.single_cell import count_cells, pseudobulk_of_samples
from dxtransfer.cohorts.reads.tools import CUTADAPT, KB, kallisto
from dxtransfer.cohorts.scale import detect
from dxtransfer.errors import InputError

pytestmark = pytest.mark.cohorts

TRIMMING = {
    "adapter_1": "AGATCGGAAGAGC",
    "adapter_2": "AGATCGGAAGAGC",
    "quality_cutoff": 20,
    "min_length": 31,
    "fragment_length": 180,
    "fragment_sd": 20,
}
UNTRIMMED = {**TRIMMING, "adapter_1": "", "adapter_2": "", "quality_cutoff": 0, "min_length": 0}
EVERY_CELL = {"min_genes": 1, "max_mitochondrial_share": 1, "min_cells": 1}


def called(*command: object) -> None:
    subprocess.run(list(map(str, command)), check=True, capture_output=True)


def indexed(fasta: Path, genes: Path | None, folder: Path) -> tuple[Path, pd.DataFrame]:
    build_index(fasta, folder / "index.idx", kmer=31)
    return folder / "index.idx", with_genes(read_transcripts(fasta), genes)


def quantified(lanes, sample, index, transcripts, folder, settings):
    """Our matrix of one sample, and what is known of its reads."""
    table = folder / f"{sample}.tsv"
    done = quantify(lanes, table, sample=sample, index=index, settings=settings, scratch=folder)
    return gene_counts({sample: table}, transcripts, {sample: done.numbers()}, min_share=0.1), done


def summed(folder: Path, transcripts: pd.DataFrame) -> pd.Series:
    """kallisto's own table, summed per gene with nothing but pandas, in whole reads."""
    table = pd.read_csv(folder / "abundance.tsv", sep="\t", index_col=0)
    genes = transcripts.set_index("transcript")["gene"]
    return table["est_counts"].groupby(genes).sum().round()


def test_bulk_counts_are_those_of_kallisto_on_trimmed_reads(
    real_cohorts: Path, tmp_path: Path
) -> None:
    data = real_cohorts / "fastq/bulk_small"
    index, transcripts = indexed(
        data / "transcripts.fasta.gz", data / "transcripts.gtf.gz", tmp_path
    )
    files = [str(data / f"reads_{mate}.fastq.gz") for mate in (1, 2)]
    trimmed = [tmp_path / "t1.fq.gz", tmp_path / "t2.fq.gz"]
    adapters = ("-a", "AGATCGGAAGAGC", "-A", "AGATCGGAAGAGC", "-q", "20", "-m", "31")
    called(*CUTADAPT, *adapters, "-o", trimmed[0], "-p", trimmed[1], *files)
    called(kallisto(), "quant", "--plaintext", "-i", index, "-o", tmp_path / "own", *trimmed)

    adata, done = quantified([files], "s", index, transcripts, tmp_path, TRIMMING)
    own = summed(tmp_path / "own", transcripts)[adata.var_names]
    np.testing.assert_allclose(adata.X.toarray()[0], own, rtol=1e-6)
    assert own.sum() > 9000
    assert detect(adata.X, assay="rnaseq").name == "counts"
    assert all(gene.startswith("ENSG") for gene in adata.var_names)
    assert len(adata.var_names) < len(transcripts)
    assert (done.reads, done.pseudoaligned) == (10_000, adata.obs["pseudoaligned"].iloc[0])


def test_lanes_of_a_sample_count_as_one(real_cohorts: Path, tmp_path: Path) -> None:
    data = real_cohorts / "fastq/bulk_small"
    index, transcripts = indexed(data / "transcripts.fasta.gz", None, tmp_path)
    lanes: list[list[str]] = [[], []]
    for mate in (1, 2):
        packed = (data / f"reads_{mate}.fastq.gz").read_bytes()
        lines = gzip.decompress(packed).decode().splitlines(keepends=True)
        for lane, part in zip(lanes, (lines[:12_000], lines[12_000:]), strict=True):
            file = tmp_path / f"{len(part)}_{mate}.fq"
            file.write_text("".join(part))
            lane.append(str(file))
    whole = [[str(data / f"reads_{mate}.fastq.gz") for mate in (1, 2)]]
    given = (index, transcripts, tmp_path, TRIMMING)
    by_lane, of_lanes = quantified(lanes, "s", *given)
    at_once, of_whole = quantified(whole, "s", *given)
    np.testing.assert_array_equal(by_lane.X.toarray(), at_once.X.toarray())
    assert of_lanes.numbers() == of_whole.numbers()


def test_transcripts_without_genes_are_counted_as_kallisto_does(
    real_cohorts: Path, tmp_path: Path
) -> None:
    data = real_cohorts / "fastq/bulk_chr21"
    index, transcripts = indexed(data / "transcriptome.chr21.fa", None, tmp_path)
    for sample in ("a", "b"):
        files = [str(data / f"{sample}.chr21.{mate}.fq") for mate in (1, 2)]
        folder = tmp_path / f"own_{sample}"
        called(kallisto(), "quant", "--plaintext", "-i", index, "-o", folder, *files)
        adata, _ = quantified([files], sample, index, transcripts, tmp_path, UNTRIMMED)
        own = summed(folder, transcripts)[adata.var_names]
        np.testing.assert_allclose(adata.X.toarray()[0], own, rtol=1e-6)
        assert adata.n_vars == len(transcripts) == 2457


def test_single_end_reads_are_counted_as_kallisto_does(real_cohorts: Path, tmp_path: Path) -> None:
    data = real_cohorts / "fastq/bulk_small"
    index, transcripts = indexed(data / "transcripts.fasta.gz", None, tmp_path)
    file = str(data / "reads_1.fastq.gz")
    single = ("--single", "-l", "180", "-s", "20")
    called(kallisto(), "quant", "--plaintext", *single, "-i", index, "-o", tmp_path / "own", file)
    adata, _ = quantified([[file]], "s", index, transcripts, tmp_path, UNTRIMMED)
    own = summed(tmp_path / "own", transcripts)[adata.var_names]
    np.testing.assert_allclose(adata.X.toarray()[0], own, rtol=1e-6)


def test_human_reads_on_a_mouse_reference_are_refused(real_cohorts: Path, tmp_path: Path) -> None:
    human = real_cohorts / "fastq/bulk_small"
    index, transcripts = indexed(
        real_cohorts / "fastq/single_cell_10x/mouse_truncated.fasta", None, tmp_path
    )
    files = [str(human / f"reads_{mate}.fastq.gz") for mate in (1, 2)]
    with pytest.raises(InputError, match="another species"):
        quantified([files], "s", index, transcripts, tmp_path, TRIMMING)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("technology", "names", "folder"),
    [
        ("10XV2", ["R1.fastq", "R2.fastq"], "counts_unfiltered"),
        (
            "SMARTSEQ3",
            [f"smartseq3/data.{part}.fastq.gz" for part in ("I1", "I2", "R1", "R2")],
            "counts_unfiltered_umi",
        ),
    ],
)
def test_a_pseudobulk_is_the_sum_of_kbs_own_counts(
    technology: str, names: list[str], folder: str, real_cohorts: Path, tmp_path: Path
) -> None:
    data = real_cohorts / "fastq/single_cell_10x"
    index, transcripts = indexed(data / "mouse_truncated.fasta", None, tmp_path)
    files = [str(data / name) for name in names]
    table = tmp_path / "t2g.txt"
    transcripts[["transcript", "gene", "symbol"]].to_csv(table, sep="\t", header=False, index=False)
    out = tmp_path / "own"
    called(*KB, "count", "--h5ad", "-i", index, "-g", table, "-x", technology, "-o", out, *files)
    own = anndata.read_h5ad(out / folder / "adata.h5ad").to_df().sum()

    numbers = count_cells(
        [files],
        tmp_path / "cells.h5ad",
        sample="s",
        technology=technology,
        index=index,
        transcripts=transcripts,
        scratch=tmp_path,
    )
    adata = pseudobulk_of_samples(
        {"s": anndata.read_h5ad(tmp_path / "cells.h5ad")},
        transcripts,
        {"s": numbers},
        settings=EVERY_CELL,
        min_share=0.001,
    )
    ours = pd.Series(adata.X.toarray()[0], index=adata.var_names)
    assert own.sum() > 0
    pd.testing.assert_series_equal(
        ours, own.reindex(ours.index, fill_value=0), check_dtype=False, check_names=False
    )
    assert adata.obs["n_cells"].iloc[0] > 0


def test_the_wrong_technology_is_told_by_the_barcodes(real_cohorts: Path, tmp_path: Path) -> None:
    data = real_cohorts / "fastq/single_cell_10x"
    with pytest.raises(InputError, match="reads of 26 bases, where 10XV3"):
        count_cells(
            [[str(data / "R1.fastq"), str(data / "R2.fastq")]],
            tmp_path / "cells.h5ad",
            sample="s",
            technology="10XV3",
            index=tmp_path / "none",
            transcripts=pd.DataFrame(),
            scratch=tmp_path,
        )


@pytest.mark.slow
def test_the_page_names_each_sample(real_cohorts: Path, tmp_path: Path) -> None:
    data = real_cohorts / "fastq/bulk_chr21"
    lanes = {s: [str(data / f"{s}.chr21.{mate}.fq") for mate in (1, 2)] for s in ("a", "b")}
    renamed = {f"patient_{name}": files for name, files in lanes.items()}
    measure(renamed, tmp_path / "quality", scratch=tmp_path)
    page([str(tmp_path / "quality")], tmp_path / "p.html", title="Reads", scratch=tmp_path)
    text = (tmp_path / "p.html").read_text()
    assert "Sequali" in text
    assert all(name in text for name in renamed)
