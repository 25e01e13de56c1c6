"""Wrong input is found before the first job starts, and is one line for a person."""

import gzip
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CONFIG = """\
study: wrong
cohorts: study/cohorts.tsv
task:
  label: diagnosis
  classes:
    ill: [ill, sick]
    well: [well]
  positive: ill
splits:
  budgets: [4, all]
reads:
  reference: study/transcripts.fa
"""
TRANSCRIPTS = "".join(
    f">t{i}\n{''.join('ACGT'[(i * k * k + k // 3) % 4] for k in range(1, 200))}\n"
    for i in (1, 2, 3)
)
SHEET = """\
cohort	role	assay	matrix	samples	patient_column	keep
old	source	rnaseq	old.tsv	old.samples.tsv	NA	NA
young	target	rnaseq	young.tsv	young.samples.tsv	person	visit=first,
late	new	rnaseq	late.tsv	late.samples.tsv	NA	NA
"""
SOURCE = "sample\tdiagnosis\no1\till\no2\twell\n"
TARGET = """\
sample	person	diagnosis	visit
y1	p1	ill	first
y2	p2	sick	first
y3	p3	well	NA
y4	p4	well	first
y5	p4	well	second
"""
NEW = "sample,age\nn1,40\nn2,50\n"
FILES: Mapping[str, str] = {
    "config.yaml": CONFIG,
    "cohorts.tsv": SHEET,
    "old.samples.tsv": SOURCE,
    "young.samples.tsv": TARGET,
    "late.samples.tsv": NEW,
    "old.tsv": "",
    "young.tsv": "",
    "late.tsv": "",
    "transcripts.fa": TRANSCRIPTS,
}
YOUNG = "study/young.samples.tsv"

# what is wrong: the file, the text replaced, its replacement, the line told
WRONG = {
    "misspelt key": (
        ("config.yaml", "splits:", "split:"),
        "config: top level: unknown key 'split'; did you mean 'splits'?",
    ),
    "misspelt key of a block": (
        ("config.yaml", "budgets:", "budget:"),
        "config: splits: unknown key 'budget'; did you mean 'budgets'?",
    ),
    "missing key": (("config.yaml", "  positive: ill\n", ""), "config: task: no positive"),
    "wrong type": (
        ("config.yaml", "[4, all]", "[4.5, all]"),
        "config: splits.budgets.0: 4.5 is not of type 'integer', and 'all' was expected",
    ),
    "budgets without all": (
        ("config.yaml", "[4, all]", "[4, 8]"),
        "config: splits.budgets: [4, 8] lacks 'all'",
    ),
    "study named accuracy": (
        ("config.yaml", "study: wrong", "study: accuracy"),
        "config: study: 'accuracy' is a reserved name",
    ),
    "study with a blank": (
        ("config.yaml", "study: wrong", "study: my study"),
        "config: study: 'my study' is no name for files; use letters, digits, '_', '.' and '-', "
        "a letter or digit first",
    ),
    "positive is no class": (
        ("config.yaml", "positive: ill", "positive: sick"),
        "config: task.positive is 'sick', which is none of task.classes (ill, well)",
    ),
    "three classes": (
        ("config.yaml", "    well: [well]", "    well: [well]\n    odd: [odd]"),
        "config: task.classes: 3 entries, where 2 are expected",
    ),
    "a value in two classes": (
        ("config.yaml", "well: [well]", "well: [well, sick]"),
        "config: task: the value 'sick' stands in classes.ill and in classes.well",
    ),
    "a number in two classes": (
        ("config.yaml", "[ill, sick]\n    well: [well]", "[1]\n    well: [1.0]"),
        "config: task: the value 1.0 stands in classes.ill and in classes.well",
    ),
    "unknown choice": (
        ("config.yaml", "splits:", "model:\n  strategy: best\nsplits:"),
        "config: model.strategy: 'best' is not one of ['source_only', 'from_scratch', "
        "'linear_probe', 'full_finetune', 'scalar_mix', 'logistic_l2']",
    ),
    "no sheet": (
        ("config.yaml", "study/cohorts.tsv", "study/cohort.tsv"),
        "study/cohort.tsv: no such file",
    ),
    "a folder as sheet": (
        ("config.yaml", "study/cohorts.tsv", "study"),
        "study: a folder, where a table is expected",
    ),
    "unknown role": (
        ("cohorts.tsv", "\tnew\t", "\tunlabelled\t"),
        "study/cohorts.tsv, row 4, column role: 'unlabelled' is not one of ['source', 'target', "
        "'source,target', 'external', 'new']",
    ),
    "no role": (
        ("cohorts.tsv", "\tnew\t", "\t\t"),
        "study/cohorts.tsv, row 4, column role: empty",
    ),
    "unknown column": (
        ("cohorts.tsv", "patient_column", "patients"),
        "study/cohorts.tsv: unknown column 'patients'; known: cohort, role, assay, matrix, "
        "samples, technology, study, feature_id, sample_column, patient_column, site_column, "
        "annotation, orientation, keep",
    ),
    "a column twice": (
        ("cohorts.tsv", "patient_column", "keep"),
        "study/cohorts.tsv: the column 'keep' stands twice in the header",
    ),
    "duplicate cohort": (
        ("cohorts.tsv", "late\tnew", "old\tnew"),
        "study/cohorts.tsv, row 4, column cohort: 'old' stands twice",
    ),
    "duplicate cohort below a blank row": (
        ("cohorts.tsv", "late\tnew", "\nold\tnew"),
        "study/cohorts.tsv, row 5, column cohort: 'old' stands twice",
    ),
    "damaged cohort": (
        ("cohorts.tsv", "late\tnew", "1.2E+05\tnew"),
        "study/cohorts.tsv, row 4, column cohort: '1.2E+05' looks like a name that a spreadsheet "
        "turned into a number; restore it and format the column as text",
    ),
    "cohort that leaves the folder": (
        ("cohorts.tsv", "late\tnew", "../late\tnew"),
        "study/cohorts.tsv, row 4, column cohort: '../late' is no name for files; use letters, "
        "digits, '_', '.' and '-', a letter or digit first",
    ),
    "unset environment variable": (
        ("cohorts.tsv", "\tlate.tsv", "\t$NOT_SET_HERE/late.tsv"),
        "study/cohorts.tsv, row 4, column matrix: the environment variable NOT_SET_HERE is not set",
    ),
    "missing matrix": (
        ("cohorts.tsv", "\tlate.tsv", "\tlater.tsv"),
        "study/cohorts.tsv, cohort late, column matrix: no file study/later.tsv",
    ),
    "missing sample table": (
        ("cohorts.tsv", "late.samples.tsv", "later.samples.tsv"),
        "study/cohorts.tsv, cohort late, column samples: no file study/later.samples.tsv",
    ),
    "no sample table": (
        ("cohorts.tsv", "late.samples.tsv", ""),
        "study/cohorts.tsv, row 4, column samples: empty; only an h5ad brings its own table",
    ),
    "too many cells": (
        ("cohorts.tsv", "first,", "first,\tmore"),
        "study/cohorts.tsv, row 3: 8 cells where the header has 7",
    ),
    "empty sheet": (
        ("cohorts.tsv", SHEET, ""),
        "study/cohorts.tsv: has no rows below its header",
    ),
    "not UTF-8": (
        ("cohorts.tsv", "late\t", "l\udce4te\t"),
        "study/cohorts.tsv: not UTF-8 text; save the table as UTF-8",
    ),
    "no target": (
        ("cohorts.tsv", "\ttarget\t", "\texternal\t"),
        "study/cohorts.tsv: no cohort has the role target",
    ),
    "target without a source": (
        ("cohorts.tsv", "\tsource\t", "\texternal\t"),
        "study/cohorts.tsv: the target 'young' has no source: no cohort of another study has the "
        "role source",
    ),
    "patient column that is not there": (
        ("cohorts.tsv", "person", "patient_id"),
        f"{YOUNG}: no column 'patient_id', which the cohort sheet names as patient_column; there "
        "are: sample, person, diagnosis, visit",
    ),
    "keep on an unknown column": (
        ("cohorts.tsv", "visit=", "time="),
        f"{YOUNG}: the cohort sheet's keep 'time=first,' does not name a column and '='; there "
        "are: person, diagnosis, visit",
    ),
    "keep that keeps nothing": (
        ("cohorts.tsv", "visit=first,", "visit=third"),
        f"{YOUNG}: the cohort sheet's keep 'visit=third' leaves no sample",
    ),
    "sample table with a cell too few": (
        ("young.samples.tsv", "y3\tp3", "y3"),
        f"{YOUNG}, row 4: 3 cells where the header has 4",
    ),
    "duplicate sample": (
        ("young.samples.tsv", "y5", "y4"),
        f"{YOUNG}, row 6, column sample: the sample 'y4' stands twice",
    ),
    "damaged sample": (
        ("young.samples.tsv", "y5", "7.0"),
        f"{YOUNG}, row 6, column sample: '7.0' looks like a name that a spreadsheet turned into a "
        "number; restore it and format the column as text",
    ),
    "no sample id": (
        ("young.samples.tsv", "y5", "NA"),
        f"{YOUNG}, row 6, column sample: no sample id",
    ),
    "damaged patient": (
        ("young.samples.tsv", "p3", "1.2E+05"),
        f"{YOUNG}, row 4, column person: '1.2E+05' looks like a name that a spreadsheet turned "
        "into a number; restore it and format the column as text",
    ),
    "label column missing": (
        ("young.samples.tsv", "diagnosis", "outcome"),
        f"{YOUNG}: no column 'diagnosis' (config: task.label); there are: person, outcome, visit",
    ),
    "label in no class": (
        ("young.samples.tsv", "sick", "unclear"),
        f"{YOUNG}, sample y2, column diagnosis: 'unclear' is neither in task.classes nor in "
        "task.exclude; found: ill (1), unclear (1), well (2)",
    ),
    "label of a source in no class": (
        ("old.samples.tsv", "well", "unclear"),
        "study/old.samples.tsv, sample o2, column diagnosis: 'unclear' is neither in task.classes "
        "nor in task.exclude; found: ill (1), unclear (1)",
    ),
    "target with one class": (
        ("young.samples.tsv", "well", "ill"),
        f"{YOUNG}, column diagnosis: the target 'young' has 0 patients of class 'well'; "
        "cross-validation needs two",
    ),
    "target with one patient of a class": (
        ("young.samples.tsv", "p3", "p4"),
        f"{YOUNG}, column diagnosis: the target 'young' has 1 patients of class 'well'; "
        "cross-validation needs two",
    ),
}
RAW_SHEET = SHEET.replace("late\tnew\trnaseq\tlate.tsv\t", "late\tnew\trnaseq\t\t")
LANES = (
    "sample\tage\tlane\tfastq_1\tfastq_2\n"
    "n1\t40\tL1\tn1a_1.fq\tn1a_2.fq\nn1\t40\tL2\tn1b_1.fq\tn1b_2.fq\n"
    "n2\t50\tL1\tn2_1.fq\tn2_2.fq\n"
)
RAW_FILES: Mapping[str, str] = {
    **FILES,
    "cohorts.tsv": RAW_SHEET,
    "late.samples.tsv": LANES,
    **{f"{name}_{mate}.fq": "" for name in ("n1a", "n1b", "n2") for mate in (1, 2)},
}


def technology(**cells: str) -> str:
    """The sheet with a column technology."""
    header, *rows = RAW_SHEET.splitlines()
    told = [f"{row}\t{cells.get(row.split()[0], '')}" for row in rows]
    return "\n".join([f"{header}\ttechnology", *told]) + "\n"


LATE = "study/late.samples.tsv"
TOO = "rows of one sample differ in lane and files only"

# the same for a cohort of raw reads
WRONG_READS = {
    "raw reads without a column for them": (
        ("late.samples.tsv", "fastq_1", "reads_1"),
        f"{LATE}, row 3, column sample: the sample 'n1' stands twice",
    ),
    "neither matrix nor reads": (
        ("late.samples.tsv", LANES, NEW),
        f"{LATE}: no column 'fastq_1', and the cohort sheet names no matrix for 'late'; give the "
        "one or the other",
    ),
    "raw reads without a sample table": (
        ("cohorts.tsv", "late.samples.tsv", ""),
        "study/cohorts.tsv, row 4, column samples: empty; only an h5ad brings its own table",
    ),
    "missing fastq": (
        ("late.samples.tsv", "n2_1.fq", "n3_1.fq"),
        f"{LATE}, row 4, column fastq_1: no file study/n3_1.fq",
    ),
    "missing second fastq": (
        ("late.samples.tsv", "n1b_2.fq", "n3_2.fq"),
        f"{LATE}, row 3, column fastq_2: no file study/n3_2.fq",
    ),
    "row without a fastq": (
        ("late.samples.tsv", "n2_1.fq", ""),
        f"{LATE}, row 4, column fastq_1: empty; every row of raw reads needs its file",
    ),
    "a fastq of two samples": (
        ("late.samples.tsv", "n2_1.fq", "n1a_1.fq"),
        f"{LATE}, row 4, column fastq_1: the file study/n1a_1.fq stands in row 2 too",
    ),
    "a fastq as both mates": (
        ("late.samples.tsv", "n2_2.fq", "./n2_1.fq"),
        f"{LATE}, row 4, column fastq_2: the file study/n2_1.fq stands in row 4 too",
    ),
    "single and paired lanes of a sample": (
        ("late.samples.tsv", "n1b_2.fq", ""),
        f"{LATE}, row 3: the sample 'n1' has fastq_1 here and fastq_1, fastq_2 in row 2; its lanes "
        "are single or paired, not both",
    ),
    "a lane twice": (
        ("late.samples.tsv", "L2", "L1"),
        f"{LATE}, row 3, column lane: the lane 'L1' of the sample 'n1' stands twice",
    ),
    "a lane that leaves the folder": (
        ("late.samples.tsv", "L2", "../L2"),
        f"{LATE}, row 3, column lane: '../L2' is no name for files, which raw reads need; use "
        "letters, digits, '_', '.' and '-', a letter or digit first",
    ),
    "lanes that disagree": (
        ("late.samples.tsv", "n1\t40\tL2", "n1\t41\tL2"),
        f"{LATE}, row 3, column age: '41', where an earlier row of the sample 'n1' has '40'; {TOO}",
    ),
    "fastq in an unset environment variable": (
        ("late.samples.tsv", "n2_1.fq", "$NOT_SET_HERE/n2_1.fq"),
        f"{LATE}, row 4, column fastq_1: the environment variable NOT_SET_HERE is not set",
    ),
    **{
        f"raw sample named {name}": (
            ("late.samples.tsv", "n2\t", f"{name}\t"),
            f"{LATE}, row 4, column sample: {name!r} is no name for files, which raw reads need; "
            "use letters, digits, '_', '.' and '-', a letter or digit first",
        )
        for name in ("../n2", "n2;ls", "n 2", "n'2", "-n2", "$(ls)")
    },
    "no reference": (
        ("config.yaml", "reads:\n  reference: study/transcripts.fa\n", ""),
        "config: reads.reference is empty, and the cohort 'late' brings raw reads; name a FASTA of "
        "transcripts, or a release such as ensembl:112 with reads.species",
    ),
    "missing reference": (
        ("config.yaml", "study/transcripts.fa", "study/genome.fa"),
        "config: reads.reference: no file study/genome.fa",
    ),
    "missing table of genes": (
        ("config.yaml", "reads:\n", "reads:\n  transcripts_to_genes: study/genes.gtf\n"),
        "config: reads.transcripts_to_genes: no file study/genes.gtf",
    ),
    "a release without its species": (
        ("config.yaml", "study/transcripts.fa", "ensembl:112"),
        "config: reads.species is empty; a release of Ensembl needs it, such as homo_sapiens",
    ),
    "even k-mer": (
        ("config.yaml", "reads:\n", "reads:\n  kmer: 30\n"),
        "config: reads.kmer: 30 is not one of [15, 17, 19, 21, 23, 25, 27, 29, 31]",
    ),
    "unknown technology": (
        ("cohorts.tsv", RAW_SHEET, technology(late="10XV9")),
        "study/cohorts.tsv, row 4, column technology: '10XV9' is not one of ['BULK', '10XV2', "
        "'10XV3', 'SMARTSEQ3']",
    ),
    "technology of a matrix": (
        ("cohorts.tsv", RAW_SHEET, technology(old="10XV2")),
        "study/cohorts.tsv, row 2, column technology: only raw reads have one; empty `matrix`",
    ),
    "single cells without index reads": (
        ("cohorts.tsv", RAW_SHEET, technology(late="SMARTSEQ3")),
        f"{LATE}, row 2, column index_1: empty; SMARTSEQ3 needs it",
    ),
}
# one of each place where an error can come from, through a real run
THROUGH_A_RUN = (
    "misspelt key",
    "a value in two classes",
    "unknown role",
    "damaged sample",
    "no target",
)
ALL_WRONG = {**WRONG, **WRONG_READS}
CONFIGFILE = ("--configfile", "study/config.yaml")


def write(checkout: Path, files: Mapping[str, str]) -> None:
    (checkout / "study").mkdir()
    for name, text in files.items():
        (checkout / "study" / name).write_bytes(text.encode("utf-8", "surrogateescape"))


def spoilt(case: str) -> dict[str, str]:
    files = FILES if case in WRONG else RAW_FILES
    (file, old, new), _ = ALL_WRONG[case]
    assert old in files[file], "the table replaces what is not there"
    return {**files, file: files[file].replace(old, new)}


def test_the_study_that_the_table_spoils_is_right(checkout: Path, plan: Callable[..., Any]) -> None:
    write(checkout, FILES)
    assert "page" in plan(checkout, *CONFIGFILE).rules


def test_the_raw_reads_that_the_table_spoils_are_right(
    checkout: Path, plan: Callable[..., Any]
) -> None:
    write(checkout, RAW_FILES)
    planned = plan(checkout, *CONFIGFILE)
    assert planned.of("quantify", "sample") == {"n1", "n2"}
    assert {"gene_counts", "multiqc", "page"} <= planned.rules


@pytest.mark.parametrize("case", ALL_WRONG)
def test_wrong_input_is_told_in_one_line_before_the_first_job(
    case: str, checkout: Path, plan: Callable[..., Any]
) -> None:
    write(checkout, spoilt(case))
    planned = plan(checkout, *CONFIGFILE)
    assert planned.text.splitlines() == [f"dxtransfer: {ALL_WRONG[case][1]}"]
    assert planned.status == 1


@pytest.mark.parametrize("case", THROUGH_A_RUN)
def test_a_run_on_wrong_input_fails_and_leaves_nothing(
    case: str, checkout: Path, snakemake: Callable[..., Any]
) -> None:
    write(checkout, spoilt(case))
    ran = snakemake(checkout, *CONFIGFILE)
    assert ran.returncode == 1
    assert (ran.stdout + ran.stderr).splitlines() == [f"dxtransfer: {WRONG[case][1]}"]
    assert not (checkout / "results").exists()
    assert not (checkout / "resources").exists()


# --- wrong data, found by the jobs that read it ------------------------------------------------


@dataclass(frozen=True)
class Bad:
    """A cohort of the role new that cannot be read.

    Attributes
    ----------
    files
        Name to content, in a folder of the case's own.
    told
        The one line, `{}` standing for that folder.
    row
        Cells of the cohort sheet other than cohort, role, `rnaseq`, counts.tsv and samples.tsv.
    """

    files: Mapping[str, bytes | str]
    told: str
    row: Mapping[str, str] = field(default_factory=dict)


def matrix(features: int = 30, samples: int = 4) -> list[list[str]]:
    """Right counts with header and names, to be spoilt."""
    rows = [["gene", *(f"s{j}" for j in range(1, samples + 1))]]
    counts = [
        [str(i * j % 13 + 60 * (i % 3)) for j in range(1, samples + 1)] for i in range(features)
    ]
    return rows + [[f"GENE{i}", *row] for i, row in enumerate(counts)]


def text(rows: list[list[str]], separator: str = "\t") -> str:
    return "\n".join(map(separator.join, rows)) + "\n"


SAMPLES = "sample\tdiagnosis\n" + "".join(f"s{i}\till\n" for i in range(1, 5))
COUNTS = text(matrix())

SPOILT_TEXT: dict[str, Bad] = {
    "cut-gz": Bad(
        {"counts.tsv.gz": gzip.compress(COUNTS.encode(), mtime=0)[:-20]},
        "{}/counts.tsv.gz: the gzip file is truncated or damaged (Compressed file ended before the "
        "end-of-stream marker was reached); fetch it again",
        {"matrix": "counts.tsv.gz"},
    ),
    "text-in-a-cell": Bad(
        {"counts.tsv": COUNTS.replace("GENE3\t3", "GENE3\thigh")},
        "{}/counts.tsv, row 5 (GENE3), column s1: 'high' is not a number; missing values are empty "
        "cells or NA",
    ),
}


def fastq(names: list[str], *, length: int = 60, quality: str = "I", start: int = 0) -> str:
    """Reads of the transcript `t1`."""
    sequence = TRANSCRIPTS.split("\n")[1]
    reads = [sequence[start + i % 50 : start + i % 50 + length] for i in range(len(names))]
    return "".join(
        f"@{name}\n{read}\n+\n{quality * len(read)}\n"
        for name, read in zip(names, reads, strict=True)
    )


def named(reads: int, mate: int) -> list[str]:
    return [f"r{i}/{mate}" for i in range(1, reads + 1)]


FASTQ = fastq(named(30, 1))
PAIR = {"a_1.fq": FASTQ, "a_2.fq": fastq(named(30, 2))}
ONE = "sample\tdiagnosis\tfastq_1\ns1\till\ta_1.fq\n"
TWO = "sample\tdiagnosis\tfastq_1\tfastq_2\ns1\till\ta_1.fq\ta_2.fq\n"
OTHER = fastq([f"x{i}" for i in range(30)]).translate(str.maketrans("ACGT", "TGAC"))


def reads(told: str, *, samples: str = TWO, **files: bytes | str) -> Bad:
    """A cohort of raw reads, `a_1` standing for the file a_1.fq."""
    own = {f"{name}.fq": content for name, content in files.items()}
    return Bad({"samples.tsv": samples, **PAIR, **own}, told, {"matrix": ""})


SPOILT_READS: dict[str, Bad] = {
    "reads-cut-gz": reads(
        "{}/a_1.fq: the gzip file is truncated or damaged (Compressed file ended before the "
        "end-of-stream marker was reached); fetch it again",
        a_1=gzip.compress(FASTQ.encode(), mtime=0)[:-20],
    ),
    "reads-empty": reads("{}/a_2.fq: an empty file, where reads are expected", a_2=""),
    "reads-cut-text": reads(
        "{}/a_1.fq: 118 lines, which is no multiple of four: the last read is cut, or sequences "
        "span several lines; fetch or write the file again",
        a_1="\n".join(FASTQ.splitlines()[:-2]) + "\n",
    ),
    "reads-fasta": reads("{}/a_1.fq: not FASTQ but FASTA, which has no qualities", a_1=TRANSCRIPTS),
    "reads-table": reads(
        "{}/a_1.fq, read 1: not FASTQ (Records in Fastq files should start with '@' character)",
        a_1="gene\ts1\n" * 8,
    ),
    "reads-old-qualities": reads(
        "{}/a_1.fq: qualities in the old encoding Phred+64 (read 1); convert them to Phred+33, for "
        "instance with seqtk seq -Q64 -V",
        a_1=fastq(named(30, 1), quality="h"),
    ),
    "reads-mixed-qualities": reads(
        "{}/a_1.fq: mixed quality encodings: read 1 is in Phred+33, read 31 in Phred+64; convert "
        "the older part before joining",
        a_1=fastq(named(30, 1), quality="5") + fastq(named(30, 1), quality="h"),
        a_2=fastq(named(60, 2)),
    ),
    "reads-swapped": reads(
        "{}/a_1.fq: its reads are mate 2, and those of {}/a_2.fq mate 1; swap fastq_1 and fastq_2",
        a_1=PAIR["a_2.fq"],
        a_2=FASTQ,
    ),
    "reads-same-mate": reads(
        "{}/a_2.fq: its reads are mate 1, as those of {}/a_1.fq are; one of fastq_1 and fastq_2 "
        "names the wrong file",
        a_2=FASTQ,
    ),
    "reads-other-order": reads(
        "{}/a_2.fq, read 1: its name is 'r30', where {}/a_1.fq has 'r1'; mates must stand in the "
        "same order in both files",
        a_2=fastq(named(30, 2)[::-1]),
    ),
    "reads-fewer-mates": reads(
        "{}/a_2.fq: 29 reads, where {}/a_1.fq has 30; fetch both again", a_2=fastq(named(29, 2))
    ),
    "reads-all-short": reads(
        "sample s1: none of 30 reads is left after trimming; look at adapters, qualities and "
        "reads.min_length",
        samples=ONE,
        a_1=fastq(named(30, 1), length=20),
    ),
    "reads-wrong-species": reads(
        "all 1 samples of the cohort are refused; the first, s1: 0.00% of its reads are "
        "pseudoaligned, below reads.min_pseudoaligned_share: another species, another kind of "
        "library, or the wrong reference",
        samples=ONE,
        a_1=OTHER,
    ),
    "reads-short-barcodes": Bad(
        {
            "samples.tsv": TWO,
            "a_1.fq": fastq(named(30, 1), length=20),
            "a_2.fq": fastq(named(30, 2)),
        },
        "{}/a_1.fq: reads of 20 bases, where 10XV3 has a barcode and molecule of 28 in fastq_1; "
        "another technology, or fastq_1 and fastq_2 swapped",
        {"matrix": "", "technology": "10XV3"},
    ),
}

SPOILT = {
    **SPOILT_TEXT,
    **SPOILT_READS,
}


@pytest.fixture(scope="module")
def spoilt_run(module_checkout: Path, snakemake: Callable[..., Any]) -> tuple[Path, str]:
    """One run over all spoilt cohorts, which goes on after each failure: its folder and words."""
    folder = module_checkout
    write(folder, FILES)
    header, *lines = (line.split("\t") for line in SHEET.splitlines())
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    for name, bad in SPOILT.items():
        (folder / "study" / name).mkdir()
        for file, content in {"samples.tsv": SAMPLES, **bad.files}.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / "study" / name / file).write_bytes(data)
        row = {"matrix": "counts.tsv", "samples": "samples.tsv", **bad.row}
        paths = {k: f"{name}/{row[k]}" for k in ("matrix", "samples", "annotation") if row.get(k)}
        rows.append({"cohort": name, "role": "new", "assay": "rnaseq", **row, **paths})
    columns = list(dict.fromkeys(column for row in rows for column in row))
    sheet = [columns, *([row.get(column, "") for column in columns] for row in rows)]
    (folder / "study/cohorts.tsv").write_text(text(sheet))
    wanted = [f"results/wrong/qc/{name}.json" for name in SPOILT]
    ran = snakemake(folder, *CONFIGFILE, "--keep-going", *wanted)
    return folder, ran.stdout + ran.stderr


@pytest.mark.parametrize("case", SPOILT)
def test_wrong_data_is_told_in_one_line_and_leaves_nothing(
    case: str, spoilt_run: tuple[Path, str]
) -> None:
    folder, words = spoilt_run
    told = re.findall(
        rf"^[\d:]+ ERROR (.*) \(log: results/wrong/logs/(?:ingest|qc|reads)/{case}\b.*\.log\)$",
        words,
        re.MULTILINE,
    )
    assert told == [SPOILT[case].told.replace("{}", f"study/{case}")]
    assert not list(folder.glob(f"results/wrong/qc/*{case}*"))


def test_wrong_data_gives_no_traceback_on_the_console(spoilt_run: tuple[Path, str]) -> None:
    assert "Traceback" not in spoilt_run[1]
