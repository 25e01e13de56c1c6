"""Counts and signals as featureCounts, STAR, htseq-count, DESeq2 and GenomeStudio export them."""

import logging
from pathlib import Path

import numpy as np
import pytest

from dxtransfer.cohorts.readers.formats import format_of
from dxtransfer.cohorts.readers.registry import read_matrix
from dxtransfer.errors import InputError

NAN = np.nan


def written(path: Path, lines: list[str]) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def refused(path: Path, **settings: object) -> str:
    with pytest.raises(InputError) as caught:
        read_matrix(path, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Layout: users guide of Subread, "Program output" of featureCounts
FEATURECOUNTS = [
    '# Program:featureCounts v2.0.1; Command:"featureCounts" "-a" "genes.gtf"',
    "Geneid\tChr\tStart\tEnd\tStrand\tLength\tgene_name\t/data/A.sorted.bam\t"
    "/data/BAligned.sortedByCoord.out.bam",
    "ENSG1\t1;1\t1;9\t5;12\t+;+\t9\tTP53\t5\t6",
    "ENSG2\tX\t1\t5\t-\t5\tBRCA1\t7\t8",
]


def test_featurecounts_names_samples_by_their_bam_files(tmp_path: Path) -> None:
    path = written(tmp_path / "counts.txt", FEATURECOUNTS)
    assert format_of(path) == "featurecounts"
    adata = read_matrix(path)
    assert list(adata.obs_names) == ["A", "B"]
    assert list(adata.var_names) == ["ENSG1", "ENSG2"]
    np.testing.assert_array_equal(adata.X, [[5, 7], [6, 8]])
    for name in ("A.sorted", "A.sorted.bam", "/data/A.sorted.bam"):
        assert read_matrix(path, sample_names=[name]).obs_names[0] == name


def test_bam_files_of_one_name_are_named_by_their_folders(tmp_path: Path) -> None:
    lines = [line.replace("/data/A.sorted", "/data/A/x") for line in FEATURECOUNTS]
    lines = [line.replace("/data/BAligned.sortedByCoord.out", "/data/B/x") for line in lines]
    assert list(read_matrix(written(tmp_path / "c.txt", lines)).obs_names) == ["A", "B"]


def test_the_summary_of_featurecounts_is_refused(tmp_path: Path) -> None:
    lines = ["Status\t/data/A.bam", "Assigned\t5", "Unassigned_Unmapped\t7"]
    assert "give the file counts.txt beside it" in refused(
        written(tmp_path / "counts.txt.summary", lines)
    )


# Layout: STAR's manual, "Counting number of reads per gene"
def star(path: Path, rows: list[str]) -> Path:
    summary = ["N_unmapped\t9\t9\t9", "N_multimapping\t9\t9\t9", "N_noFeature\t9\t90\t9"]
    return written(path, [*summary, "N_ambiguous\t9\t9\t9", *rows])


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        (["ENSG1\t100\t2\t98", "ENSG2\t10\t0\t10"], "reverse"),
        (["ENSG1\t100\t98\t2", "ENSG2\t10\t10\t0"], "forward"),
        (["ENSG1\t100\t52\t48", "ENSG2\t10\t5\t5"], "unstranded"),
    ],
)
def test_star_takes_the_column_of_the_strand(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, rows: list[str], column: str
) -> None:
    for sample in "AB":
        star(tmp_path / "star" / f"{sample}ReadsPerGene.out.tab", rows)
    assert format_of(tmp_path / "star") == "star"
    with caplog.at_level(logging.INFO):
        adata = read_matrix(tmp_path / "star", sample_names=["A", "B"])
    place = 1 + ("unstranded", "forward", "reverse").index(column)
    counts = [float(row.split("\t")[place]) for row in rows]
    np.testing.assert_array_equal(adata.X, [counts, counts])
    assert list(adata.obs_names) == ["A", "B"]
    assert list(adata.var_names) == ["ENSG1", "ENSG2"]
    assert f"the column {column} is taken" in caplog.text
    assert len(adata.uns["features_left_out"]) == 4


def test_samples_stranded_differently_give_unstranded_counts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    star(tmp_path / "s" / "AReadsPerGene.out.tab", ["ENSG1\t100\t98\t2"])
    star(tmp_path / "s" / "BReadsPerGene.out.tab", ["ENSG1\t100\t2\t98"])
    star(tmp_path / "s" / "C_ReadsPerGene.out.tab", ["ENSG1\t50\t2\t48"])
    with caplog.at_level(logging.INFO):
        adata = read_matrix(tmp_path / "s")
    np.testing.assert_array_equal(adata.X, [[100], [100], [50]])
    assert "not all stranded alike" in caplog.text


def test_one_file_of_star_is_one_sample(tmp_path: Path) -> None:
    path = star(tmp_path / "AReadsPerGene.out.tab", ["ENSG1\t9\t5\t4", "ENSG2\t9\t5\t4"])
    assert format_of(path) == "star"
    assert list(read_matrix(path, sample_names=["A"]).obs_names) == ["A"]
    told = refused(path, sample_names=["A", "B"])
    assert "STAR's ReadsPerGene has one sample a file, and the sample table has 2" in told


def test_files_of_star_must_be_whole_and_alike(tmp_path: Path) -> None:
    star(tmp_path / "s" / "AReadsPerGene.out.tab", ["ENSG1\t9\t5\t4"])
    star(tmp_path / "s" / "BReadsPerGene.out.tab", ["ENSG2\t9\t5\t4"])
    assert "lists other genes than AReadsPerGene.out.tab" in refused(tmp_path / "s")
    star(tmp_path / "s" / "BReadsPerGene.out.tab", ["ENSG1\t9\t5"])
    assert "row 5: 'ENSG1\\t9\\t5' is not a gene with three counts" in refused(tmp_path / "s")


@pytest.mark.parametrize("mark", ["", "__"])
def test_htseq_files_of_either_age(tmp_path: Path, mark: str) -> None:
    # Layout: https://htseq.readthedocs.io/en/release_0.11.1/count.html; before 0.6 without marks
    summary = [f"{mark}no_feature\t9", f"{mark}ambiguous\t9", f"{mark}too_low_aQual\t0"]
    for sample, count in (("A", 5), ("B", 6)):
        lines = [f"ENSG1\t{count}", "ENSG2\t7", *summary]
        written(tmp_path / "h" / f"{sample}.htseq.counts.txt", lines)
    adata = read_matrix(tmp_path / "h")
    assert list(adata.obs_names) == ["A", "B"]
    assert list(adata.var_names) == ["ENSG1", "ENSG2"]
    np.testing.assert_array_equal(adata.X, [[5, 7], [6, 7]])
    one = tmp_path / "h" / "A.htseq.counts.txt"
    assert format_of(one) == "htseq"


def test_a_table_of_one_sample_named_by_a_number_keeps_its_header(tmp_path: Path) -> None:
    path = written(tmp_path / "m.tsv", ["gene\t101", "TP53\t5", "BRCA1\t6"])
    assert format_of(path) == "delimited"


def test_results_of_a_test_with_counts_give_the_counts(tmp_path: Path) -> None:
    # Layout: DESeq2's vignette, merge(as.data.frame(res), counts(dds, normalized = TRUE))
    header = "Row.names\tbaseMean\tlog2FoldChange\tlfcSE\tstat\tpvalue\tpadj\tsymbol\tA\tB"
    lines = [
        header,
        "ENSG1\t5\t1\t.1\t2\t.01\t.02\tTP53\t4\t6",
        "ENSG2\t5\t1\t.1\t2\tNA\tNA\tX\t7\t8",
    ]
    path = written(tmp_path / "m.tsv", lines)
    assert format_of(path) == "deseq2"
    adata = read_matrix(path)
    assert list(adata.obs_names) == ["A", "B"]
    assert list(adata.var_names) == ["ENSG1", "ENSG2"]
    np.testing.assert_array_equal(adata.X, [[4, 7], [6, 8]])
    # write.table leaves out the first name
    short = written(tmp_path / "s.tsv", [header.removeprefix("Row.names\t"), *lines[1:]])
    np.testing.assert_array_equal(read_matrix(short).X, adata.X)
    alone = [line.rsplit("\t", 3)[0] for line in lines]
    assert "results of a test" in refused(written(tmp_path / "t.tsv", alone))


def test_short_names_of_limma_are_not_samples(tmp_path: Path) -> None:
    # Layout: limma's topTable with the values of samples beside it
    lines = ["ID\tlogFC\tAveExpr\tt\tP.Value\tadj.P.Val\tB\tS1\tS2",
             "TP53\t1\t2\t3\t.1\t.2\t4\t5\t6",
             "BRCA1\t1\t2\t3\t.1\t.2\t4\t7\t8"]  # fmt: skip
    adata = read_matrix(written(tmp_path / "m.tsv", lines))
    assert list(adata.obs_names) == ["S1", "S2"]
    np.testing.assert_array_equal(adata.X, [[5, 7], [6, 8]])


def test_signals_of_genomestudio(tmp_path: Path) -> None:
    # Layout: GenomeStudio Gene Expression Module, sample probe profile, with its preamble
    lines = [
        "Illumina Inc. GenomeStudio version 1.9.0",
        "Normalization = none",
        "TargetID\tProbeID\tA.AVG_Signal\tA.Detection Pval\tA.BEAD_STDERR\tB.AVG_Signal\t"
        "B.Detection Pval\tB.BEAD_STDERR\tSYMBOL",
        "7A5\t1\t100.5\t0.01\t3\t200\t0.5\t4\tGENE1",
        "A1BG\t2\t-3.5\t0.9\t3\t7\t0.5\t4\tA1BG",
    ]
    path = written(tmp_path / "m.txt", lines)
    assert format_of(path) == "genomestudio"
    adata = read_matrix(path)
    assert list(adata.obs_names) == ["A", "B"]
    assert list(adata.var_names) == ["GENE1", "A1BG"]
    np.testing.assert_array_equal(adata.X, [[100.5, -3.5], [200, 7]])


def test_pairs_of_signal_and_p_value_of_geo(tmp_path: Path) -> None:
    # Layout: GEO's "non_normalized" supplementary tables of Illumina series (GSE65391, GSE19491)
    lines = ["ID_REF\tA\tDetection Pval\tB\tDetection Pval", "ILMN_1\t5\t0.1\t6\t0.2",
             "ILMN_2\t7\t0.1\t8\t0.2"]  # fmt: skip
    adata = read_matrix(written(tmp_path / "m.txt", lines))
    assert list(adata.obs_names) == ["A", "B"]
    assert list(adata.var_names) == ["ILMN_1", "ILMN_2"]
    np.testing.assert_array_equal(adata.X, [[5, 7], [6, 8]])
    raw = ["ID_REF\tA Unmethylated signal\tA Methylated signal\tA Detection Pval", "cg1\t5\t6\t0"]
    assert "give the betas" in refused(written(tmp_path / "r.txt", raw))


def test_recount3_says_what_its_sums_are(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    # Layout: https://rna.recount.bio/docs/raw-files.html, gene sums
    lines = ["##annotation=G026", "##date.generated=2020", "gene_id\tSRR1\tSRR2",
             "ENSG1.1\t500\t600", "ENSG2.1\t700\t800"]  # fmt: skip
    with caplog.at_level(logging.INFO):
        adata = read_matrix(written(tmp_path / "m.tsv", lines))
    np.testing.assert_array_equal(adata.X, [[500, 700], [600, 800]])
    assert "give the sample table recount3's column star.average_mapped_length" in caplog.text


def test_recount3_sums_are_divided_by_the_length_of_the_reads(tmp_path: Path) -> None:
    # as compute_read_counts of the package recount3 does
    lines = ["##annotation=G026", "gene_id\tSRR1\tSRR2", "ENSG1.1\t500\t610", "ENSG2.1\t700\t800"]
    path = written(tmp_path / "m.tsv", lines)
    columns = {"recount_qc.star.average_mapped_length": ["200", "100"]}
    adata = read_matrix(path, sample_names=["SRR2", "SRR1"], other_columns=columns)
    np.testing.assert_array_equal(adata["SRR1"].X, [[5, 7]])
    np.testing.assert_array_equal(adata["SRR2"].X, [[3, 4]])


def test_gtex_beds_are_relative_to_their_samples(tmp_path: Path) -> None:
    # Layout: GTEx portal, single-tissue eQTL expression matrices (*.normalized_expression.bed.gz)
    lines = ["#chr\tstart\tend\tgene_id\tGTEX-1\tGTEX-2", "chr1\t1\t2\tENSG1.5\t-1.5\t0.5",
             "chrX\t1\t2\tENSG2.5\t1.5\t-0.5"]  # fmt: skip
    adata = read_matrix(written(tmp_path / "m.bed", lines))
    assert list(adata.obs_names) == ["GTEX-1", "GTEX-2"]
    assert list(adata.var_names) == ["ENSG1.5", "ENSG2.5"]
    np.testing.assert_array_equal(adata.X, [[-1.5, 1.5], [0.5, -0.5]])
    assert "ranked over the samples" in adata.uns["relative"]
