"""FASTQ files that cannot be used, found by the jobs that count them."""

import gzip
from collections.abc import Mapping

from bad_inputs.study import TRANSCRIPTS, Bad


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


SPOILT_READS: Mapping[str, Bad] = {
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
