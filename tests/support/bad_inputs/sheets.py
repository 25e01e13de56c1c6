"""Wrong cohort sheets, found before the first job."""

from collections.abc import Mapping

from bad_inputs.study import A_NAME_FOR_FILES, DAMAGED, SHEET, Wrong
from dxtransfer.cohorts.readers.registry import FORMATS

SHEET_OF_GENES = """\
cohort	role	assay	matrix	samples	feature_id	annotation
old	source	rnaseq	old.tsv	old.samples.tsv	genes	NA
young	target	rnaseq	young.tsv	young.samples.tsv	NA	NA
"""

UP_TO_PERSON = SHEET[SHEET.index("patient_column") : SHEET.index("person") + 6]

ACCESSION_WITH_ORIENTATION = """\
cohort	role	assay	matrix	samples	orientation
old	source	rnaseq	old.tsv	old.samples.tsv	NA
young	target	rnaseq	young.tsv	young.samples.tsv	NA
late	new	rnaseq	GSE1234	late.samples.tsv	genes_in_rows
"""


def last_column(name: str, cell: str) -> str:
    """The sheet with another last column, which only the cohort `late` fills."""
    return SHEET.replace("keep", name).replace("visit=first,", "NA")[:-3] + f"{cell}\n"


WRONG_SHEETS: Mapping[str, Wrong] = {
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
        f"study/cohorts.tsv, row 4, column cohort: '1.2E+05' {DAMAGED}",
    ),
    "cohort that leaves the folder": (
        ("cohorts.tsv", "late\tnew", "../late\tnew"),
        "study/cohorts.tsv, row 4, column cohort: '../late' is no name for files; "
        f"{A_NAME_FOR_FILES}",
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
        "study/cohorts.tsv, row 4, column samples: empty; only h5ad, zarr, loom, ADAT, MAF, SOFT "
        "and series matrix files, accessions, and folders of GEO and the GDC bring a table of "
        "their own",
    ),
    "no sample table for a format that brings none": (
        ("cohorts.tsv", SHEET, last_column("format", "delimited").replace("late.samples.tsv", "")),
        "study/cohorts.tsv, row 4, column samples: empty; only h5ad, zarr, loom, ADAT, MAF, SOFT "
        "and series matrix files, accessions, and folders of GEO and the GDC bring a table of "
        "their own",
    ),
    "misspelt format": (
        ("cohorts.tsv", SHEET, last_column("format", "Excel")),
        f"study/cohorts.tsv, row 4, column format: 'Excel' is not one of {list(FORMATS)}",
    ),
    "two formats": (
        ("cohorts.tsv", SHEET, last_column("format", "rsem gdc")),
        f"study/cohorts.tsv, row 4, column format: 'rsem gdc' is not one of {list(FORMATS)}",
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
    "cohort with the name of a page": (
        ("cohorts.tsv", "late\tnew", "qc\tnew"),
        "study/cohorts.tsv, row 4, column cohort: 'qc' is a reserved name",
    ),
    "cohort with the name of the overview": (
        ("cohorts.tsv", "late\tnew", "index\tnew"),
        "study/cohorts.tsv, row 4, column cohort: 'index' is a reserved name",
    ),
}
