"""A right study, and cohorts of it that are spoilt one at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

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


# what is told of a cell in any table
A_NAME_FOR_FILES = "use letters, digits, '_', '.' and '-', a letter or digit first"
DAMAGED = (
    "looks like a name that a spreadsheet turned into a number; restore it and format the column "
    "as text"
)

# the file, the text replaced, its replacement; the line told
Wrong = tuple[tuple[str, str, str], str]


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

CONFIGFILE = ("--configfile", "study/config.yaml")


def write_study(checkout: Path, files: Mapping[str, str]) -> None:
    """Write the files of a study into the folder that its configuration names."""
    (checkout / "study").mkdir()
    for name, content in files.items():
        (checkout / "study" / name).write_bytes(content.encode("utf-8", "surrogateescape"))
