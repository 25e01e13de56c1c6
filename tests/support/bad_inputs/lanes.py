"""Wrong sheets, tables and keys of a study with raw reads, found before the first job."""

from collections.abc import Mapping

from bad_inputs.study import A_NAME_FOR_FILES, FILES, NEW, SHEET, Wrong

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

NO_NAME = f"is no name for files, which raw reads need; {A_NAME_FOR_FILES}"

WRONG_READS: Mapping[str, Wrong] = {
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
        "study/cohorts.tsv, row 4, column samples: empty; only h5ad, zarr, loom, ADAT, MAF, SOFT "
        "and series matrix files, accessions, and folders of GEO and the GDC bring a table of "
        "their own",
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
        f"{LATE}, row 3, column lane: '../L2' {NO_NAME}",
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
            f"{LATE}, row 4, column sample: {name!r} {NO_NAME}",
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
    "a species that is no folder of Ensembl": (
        ("config.yaml", "reads:\n", "reads:\n  species: Homo sapiens\n"),
        "config: reads.species: 'Homo sapiens' is no species as Ensembl names its folders; write "
        "it as homo_sapiens",
    ),
    "checksum of another kind": (
        ("config.yaml", "reads:\n", "reads:\n  checksum: md5:abc\n"),
        "config: reads.checksum: 'md5:abc' is no checksum; write sha256: and its 64 digits, in "
        "small letters",
    ),
    "adapter that is no sequence": (
        ("config.yaml", "reads:\n", "reads:\n  adapter_2: TruSeq\n"),
        "config: reads.adapter_2: 'TruSeq' is no sequence of bases; write it in the letters A, C, "
        "G, T and N",
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
