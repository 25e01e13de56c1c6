"""Raw reads in a sample table: one row per sequencing lane, several of them per sample.

Only the standard library is used, since every Snakemake call reads the sample tables.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dxtransfer.errors import InputError

READS = ("index_1", "index_2", "fastq_1", "fastq_2")
LANE_COLUMNS = ("lane", *READS)
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

BULK = "BULK"
# what a technology of single cells needs besides fastq_1
NEEDED_BY = {
    "10XV2": ("fastq_2",),
    "10XV3": ("fastq_2",),
    "SMARTSEQ3": ("fastq_2", "index_1", "index_2"),
}


@dataclass(frozen=True)
class Lane:
    """The files of one lane of a sample.

    Attributes
    ----------
    name
        As in the column `lane`, else the number of the row among those of the sample.
    row
        Number of its row in the sample table.
    reads
        Path by column, in the order of `READS`, columns without a file left out.
    """

    name: str
    row: int
    reads: dict[str, str]

    def files(self) -> list[str]:
        """Paths in the order in which tools take them: index reads, then mates."""
        return list(self.reads.values())


def read_lane(
    cells: Mapping[str, str],
    *,
    number: int,
    of_sample: int,
    where: str,
    locate: Callable[[str, str], str],
) -> Lane:
    """Read the lane of one row of a sample table.

    Parameters
    ----------
    cells
        The row's cells by column; those of `LANE_COLUMNS` are read.
    number
        Number of the row in its file.
    of_sample
        How many lanes of the sample were read before.
    where
        File and row, for messages.
    locate
        Turns a cell and its place into a path.

    Raises
    ------
    InputError
        For a row without `fastq_1`, or a lane that cannot be part of a file name.
    """
    name = cells.get("lane", "") or str(of_sample + 1)
    check_file_name(name, where=f"{where}, column lane")
    if not cells["fastq_1"]:
        raise InputError(f"{where}, column fastq_1: empty; every row of raw reads needs its file")
    reads = {c: locate(cells[c], f"{where}, column {c}") for c in READS if cells.get(c)}
    return Lane(name, number, reads)


def check_file_name(name: str, *, where: str) -> None:
    """Refuse what cannot be part of a file name, since reads are handled in files of that name.

    Raises
    ------
    InputError
        For anything but letters, digits, `_`, `.` and `-`.
    """
    if not FILE_NAME.fullmatch(name):
        raise InputError(
            f"{where}: {name!r} is no name for files, which raw reads need; use letters, digits, "
            "'_', '.' and '-', a letter or digit first"
        )


def check_lanes(lanes: Mapping[str, list[Lane]], *, path: str, technology: str) -> None:
    """Check the lanes of a cohort against each other and against its technology.

    Parameters
    ----------
    lanes
        Sample to its lanes.
    path
        The sample table, for messages.
    technology
        `BULK` or a name of `NEEDED_BY`.

    Raises
    ------
    InputError
        For a lane or a file that stands twice, a sample with single and paired lanes, or a file
        that the technology lacks.
    """
    seen: dict[str, int] = {}
    for sample, own in lanes.items():
        names: set[str] = set()
        for lane in own:
            where = f"{path}, row {lane.row}"
            if lane.name in names:
                raise InputError(
                    f"{where}, column lane: the lane {lane.name!r} of the sample {sample!r} "
                    "stands twice"
                )
            names.add(lane.name)
            for column, file in lane.reads.items():
                if file in seen:
                    raise InputError(
                        f"{where}, column {column}: the file {file} stands in row {seen[file]} too"
                    )
                seen[file] = lane.row
            for column in NEEDED_BY.get(technology, ()):
                if column not in lane.reads:
                    raise InputError(f"{where}, column {column}: empty; {technology} needs it")
            if set(lane.reads) != set(own[0].reads):
                raise InputError(
                    f"{where}: the sample {sample!r} has {', '.join(lane.reads)} here and "
                    f"{', '.join(own[0].reads)} in row {own[0].row}; its lanes are single or "
                    "paired, not both"
                )
