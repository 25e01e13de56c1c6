"""Wrong input is found before the first job starts, and is one line for a person."""

import gzip
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import pyarrow as pa
import pytest
from archive import put_series, running_archive
from pyarrow import parquet

from dxtransfer.cohorts.assays import SCALES

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
SHEET_OF_GENES = """\
cohort	role	assay	matrix	samples	feature_id	annotation
old	source	rnaseq	old.tsv	old.samples.tsv	genes	NA
young	target	rnaseq	young.tsv	young.samples.tsv	NA	NA
"""
UP_TO_PERSON = SHEET[SHEET.index("patient_column") : SHEET.index("person") + 6]
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
ACCESSION_WITH_ORIENTATION = """\
cohort	role	assay	matrix	samples	orientation
old	source	rnaseq	old.tsv	old.samples.tsv	NA
young	target	rnaseq	young.tsv	young.samples.tsv	NA
late	new	rnaseq	GSE1234	late.samples.tsv	genes_in_rows
"""


def last_column(name: str, cell: str) -> str:
    """The sheet with another last column, which only the cohort `late` fills."""
    return SHEET.replace("keep", name).replace("visit=first,", "NA")[:-3] + f"{cell}\n"


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
    "pseudocount of 0": (
        ("config.yaml", "splits:", "features:\n  pseudocount: 0\nsplits:"),
        "config: features.pseudocount: 0 is less than or equal to the minimum of 0",
    ),
    "pseudocount above every abundance": (
        ("config.yaml", "splits:", "features:\n  pseudocount: 1\nsplits:"),
        "config: features.pseudocount: 1 is greater than the maximum of 0.01",
    ),
    "normalisation that does not exist": (
        ("config.yaml", "splits:", "features:\n  normalisation: quantile\nsplits:"),
        "config: features.normalisation: 'quantile' is not one of ['auto', 'log_cpm', "
        "'log_cp10k', 'rank_normal', 'clr', 'm_values', 'log2', 'log2_median', 'binary', 'none']",
    ),
    "leaks neither stopped nor dropped": (
        ("config.yaml", "splits:", "audit:\n  on_leak: ignore\nsplits:"),
        "config: audit.on_leak: 'ignore' is not one of ['stop', 'drop_from_source']",
    ),
    "misspelt key of the audit": (
        ("config.yaml", "splits:", "audit:\n  on_leaks: stop\nsplits:"),
        "config: audit: unknown key 'on_leaks'; did you mean 'on_leak'?",
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
        "format, platform, samples, technology, study, feature_id, scale, sample_column, "
        "patient_column, site_column, sex_column, annotation, orientation, keep",
    ),
    "scale that does not exist": (
        ("cohorts.tsv", "patient_column", "scale"),
        "study/cohorts.tsv, row 3, column scale: 'person' is not one of ['counts', 'tpm', "
        "'linear', 'intensity', 'log2', 'ln', 'log10', 'log', 'npx', 'z_scores', 'ratios', "
        "'m_values', 'beta', 'fractions', 'percent', 'binary']",
    ),
    "scale that the assay does not have": (
        (
            "cohorts.tsv",
            UP_TO_PERSON,
            UP_TO_PERSON.replace("patient_column", "scale")[:-6] + "beta",
        ),
        "study/cohorts.tsv, row 3, column scale: 'beta' is not one of ['counts', 'tpm', "
        "'linear', 'log2', 'ln', 'log10', 'log', 'z_scores']",
    ),
    "assay that does not exist": (
        ("cohorts.tsv", "source\trnaseq", "source\trna"),
        "study/cohorts.tsv, row 2, column assay: 'rna' is not one of ['rnaseq', 'microarray',"
        " 'microarray_two_colour', 'single_cell', 'proteome', 'olink', 'metagenome', "
        "'methylation', 'mutations', 'generic']",
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
    "mapping table that is not there": (
        ("config.yaml", "splits:", "identifiers:\n  mapping: genes.tsv\nsplits:"),
        "config: identifiers.mapping: no file genes.tsv",
    ),
    "unset environment variable of the mapping": (
        ("config.yaml", "splits:", "identifiers:\n  mapping: $NOT_SET_HERE/genes.tsv\nsplits:"),
        "config: identifiers.mapping: the environment variable NOT_SET_HERE is not set",
    ),
    "unknown species": (
        ("config.yaml", "splits:", "identifiers:\n  species: martian\nsplits:"),
        "config: identifiers.species: 'martian' is not one of ['human', 'mouse', 'rat', 'other']",
    ),
    "unknown kind of identifier": (
        ("cohorts.tsv", SHEET, SHEET_OF_GENES),
        "study/cohorts.tsv, row 2, column feature_id: 'genes' is not one of ['symbol', 'ensembl', "
        "'transcript', 'entrez', 'symbol_entrez', 'probe', 'uniprot', 'lineage', 'methylation', "
        "'mirna', 'other']",
    ),
    "probes without an annotation": (
        ("cohorts.tsv", SHEET, SHEET_OF_GENES.replace("\tgenes", "\tprobe")),
        "study/cohorts.tsv, row 2, column annotation: empty; probes (column feature_id) need a "
        "table of probes and symbols, or set feature_id to other to take them as they stand",
    ),
    "missing annotation": (
        ("cohorts.tsv", SHEET, SHEET_OF_GENES.replace("genes\tNA", "NA\tprobes.tsv")),
        "study/cohorts.tsv, cohort old, column annotation: no file study/probes.tsv",
    ),
    "unset environment variable": (
        ("cohorts.tsv", "\tlate.tsv", "\t$NOT_SET_HERE/late.tsv"),
        "study/cohorts.tsv, row 4, column matrix: the environment variable NOT_SET_HERE is not set",
    ),
    "series accession that is none": (
        ("cohorts.tsv", "\tlate.tsv", "\tGSE12x"),
        "study/cohorts.tsv, row 4, column matrix: 'GSE12x' is no file, and no accession of a GEO "
        "series (GSE12345) or of a TCGA project (TCGA-BRCA)",
    ),
    "project accession that is none": (
        ("cohorts.tsv", "\tlate.tsv", "\tTCGA_BRCA"),
        "study/cohorts.tsv, row 4, column matrix: 'TCGA_BRCA' is no file, and no accession of a "
        "GEO series (GSE12345) or of a TCGA project (TCGA-BRCA)",
    ),
    "accession of a sample": (
        ("cohorts.tsv", "\tlate.tsv", "\tGSM32878"),
        "study/cohorts.tsv, row 4, column matrix: 'GSM32878' is no file, and no accession of a "
        "GEO series (GSE12345) or of a TCGA project (TCGA-BRCA)",
    ),
    "accession with an orientation": (
        ("cohorts.tsv", SHEET, ACCESSION_WITH_ORIENTATION),
        "study/cohorts.tsv, row 4, column orientation: 'genes_in_rows' for the accession GSE1234, "
        "whose files are read as GEO or the GDC writes them; leave it empty",
    ),
    "sample table of an accession missing": (
        ("cohorts.tsv", "late.tsv\tlate.samples.tsv", "TCGA-BRCA\tlater.samples.tsv"),
        "study/cohorts.tsv, cohort late, column samples: no file study/later.samples.tsv",
    ),
    "mirror that is not there": (
        ("config.yaml", "splits:", "accessions:\n  mirror: study/mirror\nsplits:"),
        "config: accessions.mirror: no folder study/mirror; make it, or remove the key to fetch "
        "accessions from GEO and the GDC",
    ),
    "mirror of an unset variable": (
        ("config.yaml", "splits:", "accessions:\n  mirror: $NOT_SET_HERE/mirror\nsplits:"),
        "config: accessions.mirror: the environment variable NOT_SET_HERE is not set",
    ),
    "archive without an address": (
        ("config.yaml", "splits:", "accessions:\n  geo: ftp.ncbi.nlm.nih.gov/geo\nsplits:"),
        "config: accessions.geo: 'ftp.ncbi.nlm.nih.gov/geo' is no address; write one that begins "
        "with https:// or http://",
    ),
    "no attempt to fetch": (
        ("config.yaml", "splits:", "accessions:\n  attempts: 0\nsplits:"),
        "config: accessions.attempts: 0 is less than the minimum of 1",
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
        "study/cohorts.tsv, row 4, column samples: empty; only h5ad, zarr, MAF, SOFT and series "
        "matrix files, accessions, and folders of GEO and the GDC bring a table of their own",
    ),
    "no sample table for a format that brings none": (
        ("cohorts.tsv", SHEET, last_column("format", "delimited").replace("late.samples.tsv", "")),
        "study/cohorts.tsv, row 4, column samples: empty; only h5ad, zarr, MAF, SOFT and series "
        "matrix files, accessions, and folders of GEO and the GDC bring a table of their own",
    ),
    "misspelt format": (
        ("cohorts.tsv", SHEET, last_column("format", "Excel")),
        "study/cohorts.tsv, row 4, column format: 'Excel' is not one of ['delimited', 'excel', "
        "'parquet', 'h5ad', 'zarr', 'tenx_mtx', 'tenx_h5', 'geo', 'series_matrix', 'soft', 'gdc', "
        "'rsem', 'salmon', 'kallisto', 'maf']",
    ),
    "two formats": (
        ("cohorts.tsv", SHEET, last_column("format", "rsem gdc")),
        "study/cohorts.tsv, row 4, column format: 'rsem gdc' is not one of ['delimited', 'excel', "
        "'parquet', 'h5ad', 'zarr', 'tenx_mtx', 'tenx_h5', 'geo', 'series_matrix', 'soft', 'gdc', "
        "'rsem', 'salmon', 'kallisto', 'maf']",
    ),
    "platform that is none": (
        ("cohorts.tsv", SHEET, last_column("platform", "HG-U133A")),
        "study/cohorts.tsv, row 4, column platform: 'HG-U133A' is no platform of GEO; write it as "
        "GPL570",
    ),
    "two platforms": (
        ("cohorts.tsv", SHEET, last_column("platform", "GPL570,GPL96")),
        "study/cohorts.tsv, row 4, column platform: 'GPL570,GPL96' is no platform of GEO; write it "
        "as GPL570",
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
    "sex column that is not there": (
        (
            "cohorts.tsv",
            "patient_column\tkeep\nold\tsource\trnaseq\told.tsv\told.samples.tsv\tNA",
            "sex_column\tkeep\nold\tsource\trnaseq\told.tsv\told.samples.tsv\tsex",
        ),
        "study/old.samples.tsv: no column 'sex', which the cohort sheet names as sex_column; there "
        "are: sample, diagnosis",
    ),
    "sex that is none": (
        ("cohorts.tsv", "patient_column", "sex_column"),
        f"{YOUNG}, row 2, column person: 'p1' is no sex; write female, male, or nothing",
    ),
    "share of missing values in percent": (
        ("config.yaml", "splits:", "qc:\n  max_missing_share: 50\nsplits:"),
        "config: qc.max_missing_share: 50 is greater than the maximum of 1",
    ),
    "negative share of missing values": (
        ("config.yaml", "splits:", "qc:\n  max_missing_share: -0.5\nsplits:"),
        "config: qc.max_missing_share: -0.5 is less than the minimum of 0",
    ),
    "mitochondrial share in percent": (
        ("config.yaml", "splits:", "qc:\n  max_mitochondrial_share: 20\nsplits:"),
        "config: qc.max_mitochondrial_share: 20 is greater than the maximum of 1",
    ),
    "mitochondrial share as text": (
        ("config.yaml", "splits:", "qc:\n  max_mitochondrial_share: 20%\nsplits:"),
        "config: qc.max_mitochondrial_share: '20%' is not of type 'number'",
    ),
    "misspelt limit": (
        ("config.yaml", "splits:", "qc:\n  max_mitochondrial: 0.2\nsplits:"),
        "config: qc: unknown key 'max_mitochondrial'; did you mean 'max_mitochondrial_share'?",
    ),
    "no features at all as a limit": (
        ("config.yaml", "splits:", "qc:\n  min_features_detected: 0\nsplits:"),
        "config: qc.min_features_detected: 0 is less than the minimum of 1",
    ),
    "outliers from no distance on": (
        ("config.yaml", "splits:", "qc:\n  mad_threshold: 0\nsplits:"),
        "config: qc.mad_threshold: 0 is less than or equal to the minimum of 0",
    ),
    "outliers of correlation from a negative distance on": (
        ("config.yaml", "splits:", "qc:\n  min_correlation_mad: -3\nsplits:"),
        "config: qc.min_correlation_mad: -3 is less than or equal to the minimum of 0",
    ),
    "negative library size": (
        ("config.yaml", "splits:", "qc:\n  min_library_size: -1\nsplits:"),
        "config: qc.min_library_size: -1 is less than the minimum of 0",
    ),
    "cohort with the name of a page": (
        ("cohorts.tsv", "late\tnew", "qc\tnew"),
        "study/cohorts.tsv, row 4, column cohort: 'qc' is a reserved name",
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


def named(form: str) -> str:
    """Right counts whose features have other names, of the form of `form.format(number)`."""
    header, *rows = matrix()
    return text([header, *([form.format(i), *row[1:]] for i, row in enumerate(rows))])


PROBES = "ILMN_{0}"
MANY = (
    "; leave the cohort out, map it to the study's genes beforehand, or correct identifiers.species"
)
AS_THEY_STAND = "set feature_id to other to take them as they stand"
SPOILT_IDENTIFIERS: dict[str, Bad] = {
    "mouse-ids": Bad(
        {"counts.tsv": named("ENSMUSG{:011d}.2")},
        "cohort mouse-ids: 30 of 30 ids are of mouse (first: ENSMUSG00000000000.2), but the "
        f"study's species is human{MANY}",
    ),
    "mouse-symbols": Bad(
        {
            "counts.tsv": COUNTS.replace("GENE1\t", "Actb\t")
            .replace("GENE2\t", "Gapdh\t")
            .replace("GENE3\t", "Trp53\t")
        },
        "cohort mouse-symbols: the symbols are spelt as mouse and rat genes (Actb, Gapdh, Trp53), "
        f"but the study's species is human{MANY}",
    ),
    "probes": Bad(
        {"counts.tsv": named(PROBES)},
        "cohort probes: the features look like Illumina probe ids (ILMN_0); name a table of probes "
        f"and symbols in the column annotation, or {AS_THEY_STAND}",
    ),
    "array-clusters": Bad(
        {"counts.tsv": named("78925{:02d}")},
        "cohort array-clusters: the features look like probe ids (7892500); name a table of probes "
        f"and symbols in the column annotation, or {AS_THEY_STAND}",
    ),
    "row-numbers": Bad(
        {"counts.tsv": named("{}")},
        "cohort row-numbers: the features are numbered 0 to 29, so their names are missing; write "
        "them into the matrix, name a table of numbers and symbols in the column annotation, or "
        "set feature_id to other to take the numbers as names",
    ),
    "said-entrez": Bad(
        {"counts.tsv": COUNTS},
        "cohort said-entrez, column feature_id: it says entrez, but 30 of 30 names look like gene "
        "symbols (first: GENE0); correct it or leave it empty",
        {"feature_id": "entrez"},
    ),
    "said-symbol": Bad(
        {"counts.tsv": named("P{:04d}9")},
        "cohort said-symbol, column feature_id: it says symbol, but 30 of 30 names look like "
        "UniProt accessions (first: P00009); correct it or leave it empty",
        {"feature_id": "symbol"},
    ),
    "other-platform": Bad(
        {"counts.tsv": named(PROBES), "probes.tsv": "probe\tsymbol\nA_23_P1\tTP53\n"},
        "cohort other-platform, column annotation: the table (first: A_23_P1) lists none of the "
        "features (first: ILMN_0, ILMN_1, ILMN_2); name the table of this platform",
        {"annotation": "probes.tsv"},
    ),
    "few-probes": Bad(
        {"counts.tsv": named(PROBES), "probes.tsv": "probe\tsymbol\nILMN_1\tTP53\n"},
        "cohort few-probes, column annotation: the table lists 1 of the 30 features, and most "
        "names are still probe ids (first: ILMN_0); name the table of this platform",
        {"annotation": "probes.tsv"},
    ),
    "no-symbols": Bad(
        {"counts.tsv": named(PROBES), "probes.tsv": "probe\tlength\nILMN_1\t50\n"},
        "{}/probes.tsv: no column with gene symbols; one named symbol or gene_symbol is expected, "
        "there are: probe, length",
        {"annotation": "probes.tsv"},
    ),
    "probes-of-no-gene": Bad(
        {
            "counts.tsv": named(PROBES),
            "probes.tsv": "probe\tsymbol\n" + "".join(f"ILMN_{i}\tA{i};B{i}\n" for i in range(30)),
        },
        "cohort probes-of-no-gene, column annotation: the table gives no feature one gene of its "
        "own (first: ILMN_0, ILMN_1, ILMN_2); name a table with a symbol for each probe",
        {"annotation": "probes.tsv"},
    ),
}


def spoilt_values(change: Callable[[int, int, int], float]) -> dict[str, bytes | str]:
    """The matrix with `change(count, feature, sample)` in place of its counts."""
    header, *rows = matrix()
    changed = [
        [name, *(f"{change(int(value), i, j):g}" for j, value in enumerate(values))]
        for i, (name, *values) in enumerate(rows)
    ]
    return {"counts.tsv": text([header, *changed])}


def one(change: float, otherwise: Callable[[int], float]) -> dict[str, bytes | str]:
    """The same, with one value (GENE3, s1) put in."""
    return spoilt_values(lambda count, i, j: change if (i, j) == (3, 0) else otherwise(count))


def looks(values: str, scale: str) -> str:
    return f"{values} whole numbers; 4 of 4 samples look like {scale} ({SCALES[scale]})"


def contradicts(case: str, scale: str, told: str, evidence: str) -> str:
    return (
        f"cohort {case}: the cohort sheet states the scale {scale}, but {told} (values "
        f"{evidence}); correct or empty the column scale"
    )


def out_of_range(case: str, told: str, value: str) -> str:
    return (
        f"cohort {case}: {told}, but 'GENE3' in sample 's1' is {value}; correct the value, "
        "the assay or the scale"
    )


def not_of(case: str, assay: str, scales: str, evidence: str) -> str:
    return (
        f"cohort {case}: the assay {assay} has values of {scales}, but the matrix has values "
        f"{evidence}; correct the assay, or deliver such values"
    )


SPOILT_ASSAYS: dict[str, Bad] = {
    "negative-counts": Bad(
        one(-3, lambda c: c),
        out_of_range("negative-counts", "the values are counts", "-3"),
        {"assay": "rnaseq"},
    ),
    "shares-as-rnaseq": Bad(
        spoilt_values(lambda c, i, j: c / 200),
        not_of(
            "shares-as-rnaseq",
            "rnaseq",
            "counts, tpm, linear, log2, ln, log10, log or z_scores",
            looks("0 to 0.66, 3%", "beta"),
        ),
        {"assay": "rnaseq"},
    ),
    "logarithms-as-counts": Bad(
        spoilt_values(lambda c, i, j: c / 10),
        contradicts(
            "logarithms-as-counts",
            "counts",
            "values have fractions",
            looks("0 to 13.2, 17%", "log2"),
        ),
        {"assay": "rnaseq", "scale": "counts"},
    ),
    "million-exceeded": Bad(
        spoilt_values(lambda c, i, j: c * 1e4),
        contradicts(
            "million-exceeded",
            "tpm",
            "samples sum to more than a million",
            looks("0 to 1.32e+06, 100%", "counts"),
        ),
        {"assay": "rnaseq", "scale": "tpm"},
    ),
    "shares-as-array": Bad(
        spoilt_values(lambda c, i, j: c / 200),
        not_of(
            "shares-as-array",
            "microarray",
            "intensity, log2, ln, log10, log or z_scores",
            looks("0 to 0.66, 3%", "beta"),
        ),
        {"assay": "microarray"},
    ),
    "intensities-as-log2": Bad(
        one(812.5, lambda c: c / 10),
        out_of_range("intensities-as-log2", "the cohort sheet states the scale log2", "812.5"),
        {"assay": "microarray", "scale": "log2"},
    ),
    "ratios-above-0": Bad(
        spoilt_values(lambda c, i, j: c / 10 + 1),
        contradicts(
            "ratios-above-0",
            "ratios",
            "no value is negative",
            looks("1 to 14.2, 17%", "log2"),
        ),
        {"assay": "microarray_two_colour", "scale": "ratios"},
    ),
    "shares-as-two-colours": Bad(
        spoilt_values(lambda c, i, j: c / 200),
        not_of(
            "shares-as-two-colours",
            "microarray_two_colour",
            "ratios, intensity, log2, ln, log10 or log",
            looks("0 to 0.66, 3%", "beta"),
        ),
        {"assay": "microarray_two_colour"},
    ),
    "counts-as-ln": Bad(
        one(812, lambda c: c / 10),
        out_of_range("counts-as-ln", "the cohort sheet states the scale ln", "812"),
        {"assay": "single_cell", "scale": "ln"},
    ),
    "negative-cell": Bad(
        one(-1, lambda c: c),
        out_of_range("negative-cell", "the values are counts", "-1"),
        {"assay": "single_cell"},
    ),
    "shares-as-proteome": Bad(
        spoilt_values(lambda c, i, j: c / 200),
        not_of(
            "shares-as-proteome",
            "proteome",
            "intensity, log2, ln, log10, log, ratios or z_scores",
            looks("0 to 0.66, 3%", "beta"),
        ),
        {"assay": "proteome"},
    ),
    "intensities-as-log10": Bad(
        one(9e6, lambda c: c / 10),
        out_of_range("intensities-as-log10", "the cohort sheet states the scale log10", "9e+06"),
        {"assay": "proteome", "scale": "log10"},
    ),
    "counts-as-olink": Bad(
        spoilt_values(lambda c, i, j: c),
        not_of(
            "counts-as-olink",
            "olink",
            "npx, linear or z_scores",
            looks("0 to 132, 100%", "counts"),
        ),
        {"assay": "olink"},
    ),
    "linear-as-npx": Bad(
        one(321.5, lambda c: c / 10),
        out_of_range("linear-as-npx", "the cohort sheet states the scale npx", "321.5"),
        {"assay": "olink", "scale": "npx"},
    ),
    "negative-abundance": Bad(
        one(-0.01, lambda c: c / 2100),
        out_of_range("negative-abundance", "the values are fractions", "-0.01"),
        {"assay": "metagenome"},
    ),
    "log-ratios-as-metagenome": Bad(
        spoilt_values(lambda c, i, j: c / 66 - 1),
        not_of(
            "log-ratios-as-metagenome",
            "metagenome",
            "fractions, percent or counts",
            looks("-1 to 1, 8%", "ratios"),
        ),
        {"assay": "metagenome"},
    ),
    "intensities-as-methylation": Bad(
        spoilt_values(lambda c, i, j: c * 150.5),
        not_of(
            "intensities-as-methylation",
            "methylation",
            "beta, percent or m_values",
            looks("0 to 1.987e+04, 57%", "linear"),
        ),
        {"assay": "methylation"},
    ),
    "beta-above-1": Bad(
        one(1.7, lambda c: c / 200),
        out_of_range("beta-above-1", "the values are beta", "1.7"),
        {"assay": "methylation"},
    ),
    "share-of-a-mutation": Bad(
        spoilt_values(lambda c, i, j: 3.7 * (c > 60)),
        not_of(
            "share-of-a-mutation",
            "mutations",
            "binary or counts",
            looks("0 to 3.7, 37%", "log"),
        ),
        {"assay": "mutations"},
    ),
    "negative-mutation": Bad(
        one(-1, lambda c: c > 60),
        out_of_range("negative-mutation", "the values are binary", "-1"),
        {"assay": "mutations"},
    ),
    "positive-z-scores": Bad(
        spoilt_values(lambda c, i, j: c / 10),
        contradicts(
            "positive-z-scores",
            "z_scores",
            "no value is negative",
            looks("0 to 13.2, 17%", "log"),
        ),
        {"assay": "generic", "scale": "z_scores"},
    ),
    "counts-as-binary": Bad(
        one(4, lambda c: c > 60),
        out_of_range("counts-as-binary", "the cohort sheet states the scale binary", "4"),
        {"assay": "generic", "scale": "binary"},
    ),
}


def archive(text: bytes) -> bytes:
    """What begins like a workbook and is none."""
    return b"PK\3\4" + b"\0" * 26 + text


def parquet_of(columns: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def hdf5_of(**datasets: Any) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, values in datasets.items():
            file.create_dataset(name.replace("__", "/"), data=values)
    return buffer.getvalue()


STAR = "rna_seq.augmented_star_gene_counts.tsv"
SERIES = (
    '!Sample_geo_accession\t"s1"\t"s2"\n!Sample_characteristics_ch1\t"age: 4"\t"age: 5"\n'
    '!series_matrix_table_begin\n"ID_REF"\t"s1"\t"s2"\n"G1"\t5\t6\n!series_matrix_table_end\n'
)
SOFT = (
    "^SAMPLE = s1\n#ID_REF =\n#VALUE =\n!sample_table_begin\nID_REF\tVALUE\nG1\t5\n"
    "!sample_table_end\n"
)
MAF = "Hugo_Symbol\tVariant_Classification\tTumor_Sample_Barcode\nTP53\tSilent\ts1\n"
RSEM = "gene_id\texpected_count\tTPM\nG1\t5\t1\n"
SALMON = "Name\tEffectiveLength\tNumReads\nT1\t5\t1\n"
KALLISTO = "target_id\test_counts\ttpm\nT1\t5\t1\n"
GDC = "gene_id\tunstranded\tstranded_first\nN_unmapped\t9\t9\nENSG1.1\t5\t1\n"
IN_FOLDER = {"matrix": "counts"}

SPOILT_READERS: dict[str, Bad] = {
    # delimited text
    "text-empty": Bad(
        {"counts.tsv": ""}, "{}/counts.tsv: the file is empty or has no rows below its header"
    ),
    "text-header-alone": Bad(
        {"counts.tsv": COUNTS.splitlines()[0] + "\n"},
        "{}/counts.tsv: the file is empty or has no rows below its header",
    ),
    "text-doubled-header": Bad(
        {"counts.tsv": COUNTS.splitlines()[0] + "\n" + COUNTS},
        "{}/counts.tsv: the header stands twice; remove the second one",
    ),
    "text-header-in-the-middle": Bad(
        {"counts.tsv": text(matrix(80)) + COUNTS},
        "{}/counts.tsv, row 82: the header stands twice; remove the second one",
    ),
    "text-wrong-delimiter": Bad(
        {"counts.tsv": text(matrix(), "|")},
        "{}/counts.tsv: the rows have a single cell; separate the columns by tab, comma or "
        "semicolon",
    ),
    "text-latin-1": Bad(
        {"counts.tsv": COUNTS.replace("GENE7", "G\xe9NE7").encode("latin-1")},
        "{}/counts.tsv, row 9: not UTF-8 text; save the matrix as UTF-8",
    ),
    "text-utf-16": Bad(
        {"counts.tsv": COUNTS.encode("utf-16")},
        "{}/counts.tsv: UTF-16 text; save the table as UTF-8",
    ),
    "text-zero-bytes": Bad(
        {"counts.tsv": COUNTS.replace("GENE7", "GE\0NE7")},
        "{}/counts.tsv, row 9: a zero byte, so the file is damaged or not text; fetch it "
        "again or save the matrix as tab-separated text",
    ),
    "text-mixed-lengths": Bad(
        {"counts.tsv": COUNTS + "GENE99\t1\t2\n"},
        "{}/counts.tsv, row 32: 3 cells where 5 are expected",
    ),
    "text-decimal-comma-or-thousands": Bad(
        {"counts.tsv": COUNTS.replace("GENE3\t3", "GENE3\t3,000")},
        "{}/counts.tsv: the comma of 3,000 may mark decimals or thousands; write decimals "
        "with a point and thousands without a mark",
    ),
    "text-spreadsheet-error": Bad(
        {"counts.tsv": COUNTS.replace("GENE3\t3", "GENE3\t#DIV/0!")},
        "{}/counts.tsv, row 5 (GENE3), column s1: '#DIV/0!' is not a number; missing "
        "values are empty cells or NA",
    ),
    "text-infinite": Bad(
        {"counts.tsv": COUNTS.replace("GENE3\t3", "GENE3\t-inf")},
        "{}/counts.tsv: the value of 'GENE3' in sample 's1' is infinite (often the "
        "logarithm of 0); leave the cell empty",
    ),
    "text-sample-twice": Bad(
        {"counts.tsv": COUNTS.replace("s2", "s1", 1)},
        "{}/counts.tsv: the sample 's1' stands twice; give each sample its own id",
    ),
    "text-other-samples": Bad(
        {"counts.tsv": COUNTS.replace("s", "t")},
        "{}/counts.tsv: no sample of the sample table (first: s1, s2, s3) is a column "
        "(first: t1, t2, t3) or a row (first: GENE0, GENE1, GENE2) of the matrix; make the "
        "ids agree",
    ),
    "text-open-quote": Bad(
        {"counts.tsv": COUNTS.replace("GENE7", '"GENE7')},
        "{}/counts.tsv, row 31: a quote that opened before 'GENE7\\t67\\t61\\t68\\t62' is "
        "not closed",
    ),
    "text-no-header": Bad(
        {"counts.tsv": "GENE1\t1.5\t2.5\nGENE2\t3.5\t4.5\n"},
        "{}/counts.tsv: no header: the first row holds values (1.5) where the names of the "
        "columns are expected",
    ),
    "text-one-gene": Bad(
        {"counts.tsv": text(matrix(1))},
        "cohort text-one-gene: the matrix holds a single feature (GENE0); a diagnosis from "
        "omics needs many",
    ),
    "text-segments": Bad(
        {"counts.tsv": "sample\tchrom\tstart\tend\tseg_mean\ns1\t1\t5\t9\t0.1\n"},
        "{}/counts.tsv: no matrix of samples and features but copy-number segments "
        "(chromosome, start, end, mean); give a table of genes and samples",
    ),
    "text-web-page": Bad(
        {"counts.tsv": "<!DOCTYPE html>\n<html>\n"},
        "{}/counts.tsv: no matrix but a web page or XML document, perhaps of a failed "
        "download; fetch the table itself",
    ),
    # Excel
    "excel-damaged": Bad(
        {"counts.xlsx": archive(b"xl/workbook.xml")},
        "{}/counts.xlsx: the Excel file is damaged (invalid Zip archive: Could not find "
        "EOCD); save it again",
        {"matrix": "counts.xlsx"},
    ),
    "excel-zip": Bad(
        {"counts.xlsx": archive(b"notes.txt")},
        "{}/counts.xlsx: a zip archive; unpack it and name the matrix in it",
        {"matrix": "counts.xlsx"},
    ),
    "excel-old-damaged": Bad(
        {"counts.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut"},
        "{}/counts.xls: the Excel file is damaged (Cfb error: Invalid OLE (12 bytes is too "
        "small)); save it again",
        {"matrix": "counts.xls"},
    ),
    # parquet
    "parquet-cut": Bad(
        {"counts.tsv": parquet_of({"gene": ["G1"], "s1": [1.0]})[:-20]},
        "{}/counts.tsv: not a whole parquet file (Could not open Parquet input source "
        "'{}/counts.tsv': Parquet magic bytes not found in footer. Either the file is "
        "corrupted or this is not a parquet file.)",
    ),
    "parquet-text": Bad(
        {"counts.tsv": parquet_of({"gene": ["G1"], "s1": ["low"]})},
        "{}/counts.tsv, column s1: holds text, not numbers",
    ),
    # h5ad
    "h5ad-cut": Bad(
        {"counts.h5ad": b"\x89HDF\r\n\x1a\n"},
        "{}/counts.h5ad: not a whole h5ad file (Unable to synchronously open file (bad "
        "byte number in an address))",
        {"matrix": "counts.h5ad"},
    ),
    "h5ad-no-x": Bad(
        {"counts.h5ad": hdf5_of(obs=[1], var=[1])},
        "{}/counts.h5ad: the file has no X; put the values to use there",
        {"matrix": "counts.h5ad"},
    ),
    # zarr
    "zarr-damaged": Bad(
        {"counts/zarr.json": "{"},
        "{}/counts: not a whole zarr store of an AnnData (Expecting property name enclosed "
        "in double quotes: line 1 column 2 (char 1))",
        IN_FOLDER,
    ),
    "zarr-no-anndata": Bad(
        {"counts/zarr.json": '{"zarr_format": 3, "node_type": "group"}'},
        "{}/counts: not a whole zarr store of an AnnData (no 'obs')",
        IN_FOLDER,
    ),
    "zarr-is-a-file": Bad(
        {"counts.tsv": COUNTS},
        "{}/counts.tsv: a file, where the format zarr is a folder",
        {"format": "zarr"},
    ),
    # 10x
    "tenx-mtx-incomplete": Bad(
        {"counts/barcodes.tsv": "s1\n"},
        "{}/counts: not a whole 10x folder (no file features or genes); fetch it again",
        IN_FOLDER,
    ),
    "tenx-mtx-alone": Bad(
        {"counts.tsv": "%%MatrixMarket matrix coordinate\n1 1 1\n"},
        "{}/counts.tsv: no matrix but the values of a 10x matrix alone; name the folder "
        "that also holds its barcodes and features",
    ),
    "tenx-mtx-two": Bad(
        {"counts/a_matrix.mtx": "", "counts/b_matrix.mtx": ""},
        "{}/counts: several 10x matrices in the folder (a_, b_); give each a folder of its own",
        IN_FOLDER,
    ),
    "tenx-h5-cut": Bad(
        {"counts.h5": b"\x89HDF\r\n\x1a\n"},
        "{}/counts.h5: not a whole 10x HDF5 file (Unable to synchronously open file (bad "
        "byte number in an address))",
        {"matrix": "counts.h5"},
    ),
    "tenx-h5-other": Bad(
        {"counts.h5": hdf5_of(values=[1])},
        "{}/counts.h5: an HDF5 file that is neither an h5ad nor of 10x Genomics; it holds: values",
        {"matrix": "counts.h5"},
    ),
    "tenx-h5-loom": Bad(
        {"counts.h5": hdf5_of(matrix=[[1]], row_attrs=[1], col_attrs=[1])},
        "{}/counts.h5: a loom file; save it as h5ad (anndata.read_loom)",
        {"matrix": "counts.h5"},
    ),
    # GEO
    "series-matrix-cut": Bad(
        {"counts.tsv": SERIES.replace("!series_matrix_table_end", "")},
        "{}/counts.tsv: the table of the series matrix lacks its end; fetch it again",
    ),
    "series-matrix-without-values": Bad(
        {"counts.tsv": SERIES.replace('"G1"\t5\t6\n', "")},
        "{}/counts.tsv: the series matrix holds no values (series of sequencing keep them "
        "in supplementary files); name a matrix of these files, and this file is not needed",
    ),
    "soft-platform": Bad(
        {"counts.tsv": "^PLATFORM = GPL1\n!platform_table_begin\nID\n1\n"},
        "{}/counts.tsv: no samples, only the description of a platform or series; a "
        "platform's table is an annotation: name it, as a table, in the column annotation",
    ),
    "soft-text": Bad(
        {"counts.tsv": SOFT.replace("\t5", "\thigh")},
        "{}/counts.tsv: the sample 's1' has 'high' as VALUE of 'G1', which is not a number",
    ),
    "geo-two-platforms": Bad(
        {
            "counts/GSE1-GPL1_series_matrix.txt": SERIES,
            "counts/GSE1-GPL2_series_matrix.txt": SERIES.replace("G1", "G2"),
        },
        "{}/counts/GSE1-GPL2_series_matrix.txt: other features than "
        "GSE1-GPL1_series_matrix.txt; choose one of the platforms (GPL1, GPL2) in the "
        "column platform",
        IN_FOLDER,
    ),
    "geo-no-such-platform": Bad(
        {"counts/GSE1_family.soft": SOFT},
        "{}/counts/GSE1_family.soft: no sample on the platform 'GPL9'",
        {**IN_FOLDER, "platform": "GPL9"},
    ),
    "platform-of-a-text-table": Bad(
        {"counts.tsv": COUNTS},
        "{}/counts.tsv: the format delimited has no platforms; leave the column empty",
        {"platform": "GPL570"},
    ),
    # the GDC and quantifiers
    "gdc-other-genes": Bad(
        {f"counts/s1.{STAR}": GDC, f"counts/s2.{STAR}": GDC.replace("ENSG1", "ENSG2")},
        "{}/counts/s2.rna_seq.augmented_star_gene_counts.tsv: lists other features than "
        "s1.rna_seq.augmented_star_gene_counts.tsv (1 and 1; for example ENSG2.1); take "
        "files of one reference",
        IN_FOLDER,
    ),
    "gdc-no-counts": Bad(
        {f"counts/s1.{STAR}": GDC.replace("unstranded", "counts")},
        "{}/counts/s1.rna_seq.augmented_star_gene_counts.tsv: no column 'unstranded', "
        "which the GDC's STAR workflow writes; there are: gene_id, counts, stranded_first",
        IN_FOLDER,
    ),
    "gdc-file-not-in-its-table": Bad(
        {f"counts/s1.{STAR}": GDC, "counts/samples.tsv": "file_name\tsample\nother.tsv\ts1\n"},
        "{}/counts/samples.tsv, column file_name: "
        "'s1.rna_seq.augmented_star_gene_counts.tsv' of the folder is not in it; fetch the "
        "folder again",
        IN_FOLDER,
    ),
    "rsem-text": Bad(
        {"counts/s1.genes.results": RSEM.replace("\t5", "\tfive")},
        "{}/counts/s1.genes.results, row 2, column expected_count: 'five' is not a number",
        IN_FOLDER,
    ),
    "rsem-cut-gz": Bad(
        {"counts/s1.genes.results.gz": gzip.compress(RSEM.encode(), mtime=0)[:-8]},
        "{}/counts/s1.genes.results.gz: the gzip file is truncated or damaged (Compressed "
        "file ended before the end-of-stream marker was reached); fetch it again",
        IN_FOLDER,
    ),
    "salmon-sample-twice": Bad(
        {"counts/x/a/quant.sf": SALMON, "counts/y/a/quant.sf": SALMON},
        "{}/counts/y/a/quant.sf: the sample 'a' stands twice (also "
        "{}/counts/x/a/quant.sf); give each sample one file",
        IN_FOLDER,
    ),
    "salmon-other-columns": Bad(
        {"counts/s1/quant.sf": SALMON.replace("NumReads", "Reads")},
        "{}/counts/s1/quant.sf: no column 'NumReads', which salmon writes; there are: "
        "Name, EffectiveLength, Reads",
        IN_FOLDER,
    ),
    "kallisto-empty": Bad(
        {"counts/s1/abundance.tsv": KALLISTO[:27]},
        "{}/counts/s1/abundance.tsv, row 2: 1 cells where 3 are expected",
        IN_FOLDER,
    ),
    "kallisto-other-transcripts": Bad(
        {
            "counts/s1/abundance.tsv": KALLISTO,
            "counts/s2/abundance.tsv": KALLISTO + "T2\t1\t1\n",
        },
        "{}/counts/s2/abundance.tsv: lists other features than abundance.tsv (2 and 1; for "
        "example T2); take files of one reference",
        IN_FOLDER,
    ),
    # MAF
    "maf-no-barcode": Bad(
        {"counts.tsv": MAF.replace("Tumor_Sample_Barcode", "Barcode")},
        "{}/counts.tsv: no column 'Tumor_Sample_Barcode', which a MAF file has; there are: "
        "Hugo_Symbol, Variant_Classification, Barcode",
    ),
    "maf-unknown-class": Bad(
        {"counts.tsv": MAF.replace("Silent", "Loud")},
        "{}/counts.tsv, row 2, column Variant_Classification: 'Loud' is no class of the MAF format",
    ),
    "maf-cut-row": Bad(
        {"counts.tsv": MAF + "KRAS\tSilent\n"},
        "{}/counts.tsv, row 3: 2 cells where the header has 3",
    ),
    # folders
    "folder-of-nothing-known": Bad(
        {"counts/notes.txt": "nothing"},
        "{}/counts: the folder holds nothing known; expected are the files of a 10x "
        "matrix, a zarr store, GEO (series matrix, SOFT), the GDC (STAR counts), RSEM, "
        "salmon or kallisto",
        IN_FOLDER,
    ),
    "folder-of-two-formats": Bad(
        {"counts/s1.genes.results": RSEM, "counts/quant.sf": SALMON},
        "{}/counts: the folder holds files of several formats (rsem, salmon); name one in "
        "the column format",
        IN_FOLDER,
    ),
    "folder-as-a-text-table": Bad(
        {"counts/quant.sf": SALMON},
        "{}/counts: a folder, where the format delimited is a file",
        {**IN_FOLDER, "format": "delimited"},
    ),
    "folder-without-samples": Bad(
        {"counts/s1/quant.sf": SALMON},
        "{}/counts: brings no sample table of its own; name one in the column samples of "
        "the cohort sheet (cohort folder-without-samples)",
        {**IN_FOLDER, "samples": ""},
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


def mates(reads: int, mate: int) -> list[str]:
    return [f"r{i}/{mate}" for i in range(1, reads + 1)]


FASTQ = fastq(mates(30, 1))
PAIR = {"a_1.fq": FASTQ, "a_2.fq": fastq(mates(30, 2))}
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
        a_1=fastq(mates(30, 1), quality="h"),
    ),
    "reads-mixed-qualities": reads(
        "{}/a_1.fq: mixed quality encodings: read 1 is in Phred+33, read 31 in Phred+64; convert "
        "the older part before joining",
        a_1=fastq(mates(30, 1), quality="5") + fastq(mates(30, 1), quality="h"),
        a_2=fastq(mates(60, 2)),
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
        a_2=fastq(mates(30, 2)[::-1]),
    ),
    "reads-fewer-mates": reads(
        "{}/a_2.fq: 29 reads, where {}/a_1.fq has 30; fetch both again", a_2=fastq(mates(29, 2))
    ),
    "reads-all-short": reads(
        "sample s1: none of 30 reads is left after trimming; look at adapters, qualities and "
        "reads.min_length",
        samples=ONE,
        a_1=fastq(mates(30, 1), length=20),
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
            "a_1.fq": fastq(mates(30, 1), length=20),
            "a_2.fq": fastq(mates(30, 2)),
        },
        "{}/a_1.fq: reads of 20 bases, where 10XV3 has a barcode and molecule of 28 in fastq_1; "
        "another technology, or fastq_1 and fastq_2 swapped",
        {"matrix": "", "technology": "10XV3"},
    ),
}

SPOILT = {
    **SPOILT_TEXT,
    **SPOILT_IDENTIFIERS,
    **SPOILT_ASSAYS,
    **SPOILT_READERS,
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
            (folder / "study" / name / file).parent.mkdir(parents=True, exist_ok=True)
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


MAPPINGS = {
    "without symbols": (
        "ensg\tentrez\nENSG00000141510\t7157\n",
        "study/genes.tsv: the mapping table has no column of gene symbols; needed are symbol and "
        "one of ensembl_gene_id, entrez_id, transcript_id, uniprot_ids, alias_symbol, or a GTF "
        "with gene_name",
    ),
    "of another species": (
        "symbol\tensembl_gene_id\nActb\tENSMUSG00000029580\n",
        "cohort late: identifiers.mapping knows 0 of the 30 gene symbols: it is of another species "
        "or of other ids; correct it, or set feature_id to other to take the names as they stand "
        "(first: GENE0, GENE1, GENE2)",
    ),
}


@pytest.mark.parametrize("case", MAPPINGS)
def test_a_wrong_mapping_table_is_told_in_one_line_and_leaves_nothing(
    case: str, checkout: Path, snakemake: Callable[..., Any]
) -> None:
    table, told = MAPPINGS[case]
    config = CONFIG + "identifiers:\n  mapping: study/genes.tsv\n"
    sheet = SHEET.replace("late.samples.tsv", "right.samples.tsv")
    files = {"late.tsv": COUNTS, "right.samples.tsv": SAMPLES, "genes.tsv": table}
    write(checkout, {**FILES, **files, "config.yaml": config, "cohorts.tsv": sheet})
    ran = snakemake(checkout, "results/wrong/qc/late.json", *CONFIGFILE)
    words = ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert re.findall(r"^[\d:]+ ERROR (.*) \(log: .*\)$", words, re.MULTILINE) == [told]
    assert "Traceback" not in words
    assert not list(checkout.glob("results/wrong/qc/late*"))


def test_a_target_of_another_assay_than_its_source_stops_before_pretraining(
    checkout: Path, snakemake: Callable[..., Any]
) -> None:
    shares = [
        [name, *(value if i == 0 else f"{int(value) / 2100:g}" for value in values)]
        for i, (name, *values) in enumerate(matrix())
    ]
    table = "sample\tperson\tdiagnosis\tvisit\n" + "".join(
        f"s{i}\tp{i}\t{'ill' if i % 2 else 'well'}\tfirst\n" for i in range(1, 5)
    )
    limits = "qc: {min_features_detected: 5, min_library_size: 10}\nsplits:"
    files = {
        "config.yaml": CONFIG.replace("splits:", limits),
        "cohorts.tsv": SHEET.replace("source\trnaseq", "source\tmetagenome"),
        **{f"{name}.samples.tsv": table for name in ("old", "young", "late")},
        **{"old.tsv": text(shares), "young.tsv": COUNTS, "late.tsv": COUNTS},
    }
    write(checkout, files)
    # no encoder of the source can be made without it
    wanted = "results/wrong/source/all/pretrain/pca/encoder.json"
    ran = snakemake(checkout, *CONFIGFILE, "--keep-going", wanted)
    told = (
        "ERROR cohort young: the assay is rnaseq, the normalisation clr is for metagenome or "
        "generic; use cohorts of one assay, or set features.normalisation to rank_normal (log: "
        "results/wrong/logs/scales/all.log)"
    )
    assert ran.returncode == 1
    assert told in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    assert not list(checkout.glob("results/wrong/source/all/pretrain/*/*"))
    chosen = json.loads((checkout / "results/wrong/source/all/normalisation.json").read_text())
    assert (chosen["method"], chosen["pseudocount"]) == ("clr", 1e-6)


# --- accessions, found by the job that fetches them ---------------------------------------------

# Accession to the line told; {geo} and {gdc} stand for the servers, {mirror} for the mirror.
SPOILT_ACCESSIONS = {
    "GSE1": "GSE1: GEO has no public series of this name ({geo}/series/GSEnnn/GSE1/); check the "
    "number",
    "GSE2": "{mirror}/GSE2: holds no file; fill it, or remove it to fetch the accession",
    "GSE3": "{mirror}/GSE3/GSE3_series_matrix.txt.gz: not the file that "
    "{mirror}/GSE3/manifest.json lists (size or checksum); copy it anew",
    "GSE4444": "{geo}/series/GSE4nnn/GSE4444/matrix/GSE4444_series_matrix.txt.gz: what the server "
    "sends is no gzip file, perhaps a page that says why; open the address in a browser",
    "TCGA-BRCA": "{gdc}/files: not reachable ([Errno 111] Connection refused) (attempts: 2); check "
    "the network, or run `snakemake fetch --cores 1` where there is one, or put the files of "
    "TCGA-BRCA into accessions.mirror",
}


@pytest.fixture(scope="module")
def spoilt_accessions(
    module_checkout: Path, snakemake: Callable[..., Any]
) -> tuple[Path, str, dict[str, str]]:
    """One run that fetches all spoilt accessions: its folder, its words, names of the servers."""
    folder = module_checkout / "accessions"
    mirror = folder / "mirror"
    for accession in ("GSE2", "GSE3"):
        (mirror / accession).mkdir(parents=True)
    (mirror / "GSE3/GSE3_series_matrix.txt.gz").write_bytes(b"another file")
    listed = '{"name": "GSE3_series_matrix.txt.gz", "url": "u", "size": 4, "checksum": "md5:0"}'
    (mirror / "GSE3/manifest.json").write_text(f'{{"files": [{listed}]}}')
    rows = [f"{name}\tsource\trnaseq\t{name}\t" for name in SPOILT_ACCESSIONS]
    sheet = ["cohort\trole\tassay\tmatrix\tsamples", *rows, "own\ttarget\trnaseq\town\town.tsv"]
    (folder / "cohorts.tsv").write_text("\n".join([*sheet, ""]))
    (folder / "own").mkdir()
    (folder / "own.tsv").write_text(TARGET)
    with running_archive() as archive:
        put_series(archive, "GSE4444", {"GSE4444_series_matrix.txt.gz": b"<html>later</html>"})
        servers = {"geo": f"{archive.address}/geo", "gdc": "http://127.0.0.1:9"}
        block = {**servers, "ncbi": archive.address, "mirror": "accessions/mirror", "attempts": "2"}
        lines = [f"  {name}: {value}" for name, value in block.items()]
        config = CONFIG.replace("study/", "accessions/")
        (folder / "config.yaml").write_text("\n".join([config + "accessions:", *lines, ""]))
        ran = snakemake(
            module_checkout, "fetch", "--keep-going", "--configfile", "accessions/config.yaml"
        )
    assert ran.returncode == 1
    return module_checkout, ran.stdout + ran.stderr, {**servers, "mirror": block["mirror"]}


@pytest.mark.parametrize("accession", SPOILT_ACCESSIONS)
def test_an_accession_that_cannot_be_had_is_told_in_one_line_and_not_listed(
    accession: str, spoilt_accessions: tuple[Path, str, dict[str, str]]
) -> None:
    folder, words, servers = spoilt_accessions
    log = f"resources/accessions/logs/{accession}.log"
    told = re.findall(rf"^[\d:]+ ERROR (.*) \(log: {log}\)$", words, re.MULTILINE)
    assert told == [SPOILT_ACCESSIONS[accession].format(**servers)]
    assert not (folder / f"resources/accessions/{accession}/manifest.json").exists()


def test_what_cannot_be_fetched_gives_no_traceback_on_the_console(
    spoilt_accessions: tuple[Path, str, dict[str, str]],
) -> None:
    assert "Traceback" not in spoilt_accessions[1]
