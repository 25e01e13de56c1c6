"""featureCounts: one table of all samples, whose columns are paths of BAM files.

Layout: Subread's users guide, "Program output": https://subread.sourceforge.net
"""

import re
from collections.abc import Sequence
from pathlib import Path

from dxtransfer.cohorts.readers.export_cells import Values, base_names, read_cells, sample_ids
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

HEADER = re.compile(r'"?(?:Geneid|Status)"?[\t,;]')
DESCRIBING = {"Geneid", "Chr", "Start", "End", "Strand", "Length"}
# what --extraAttributes is usually asked for
EXTRA = {"gene_name", "gene_id", "gene_biotype", "gene_type", "gene_version", "gene_source"}
EXTRA |= {"description", "transcript_id", "exon_number", "GeneSymbol", "product", "Name"}
ALIGNMENT = r"\.(?:bam|sam|cram)"
# what aligners and tools append to a sample's name
APPENDED = (
    r"[._-]?(?:Aligned(?:\.sortedByCoord|\.toTranscriptome)?\.out)?"
    r"(?:[._-](?:sorted|sort|markdup|marked|dedup|umi_dedup|rmdup|filtered|unique|hisat2?|bowtie2?))*"
)


def read_featurecounts(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read counts; columns of chromosome, start, end, strand and length are left out.

    Raises
    ------
    InputError
        For the summary that featureCounts writes beside the counts; else see `cells`.
    """
    cells = read_cells(path, is_header=lambda line: HEADER.match(line) is not None)
    if cells.header[0] == "Status":
        raise InputError(
            f"{path}: featureCounts' summary of assigned reads and not its counts; give the file "
            f"{path.name.removesuffix('.summary')} beside it"
        )
    places = [
        i for i, name in enumerate(cells.header) if name not in DESCRIBING and name not in EXTRA
    ]
    if not places:
        raise InputError(f"{path}: featureCounts' table without a sample")
    rows, numbers, features = [], [], []
    for number, row in cells.rows():
        features.append(row[0].strip())
        numbers.append(number)
        rows.append([row[place].strip() for place in places])
    delivered = [cells.header[place] for place in places]
    spellings = [
        base_names(delivered, endings=APPENDED + ALIGNMENT),
        base_names(delivered, endings=ALIGNMENT),
        base_names(delivered, endings=""),
        delivered,
    ]
    return Table(
        Values(path, delivered).of(rows, numbers, separator=cells.separator),
        features,
        sample_ids(spellings, wanted=sample_names),
        natural="genes_in_rows",
    )
