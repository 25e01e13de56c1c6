"""HUMAnN's gene families and pathways: totals, without the parts that species contribute.

Layout: HUMAnN's manual, "Output files": https://github.com/biobakery/humann
"""

import re
from collections.abc import Sequence
from pathlib import Path

from dxtransfer.cohorts.readers.cells import MISSING
from dxtransfer.cohorts.readers.export_cells import Values, read_cells, sample_ids
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

HEADER = re.compile(r'"?# ?(?:Gene Family|Pathway|Reaction|Gene families)\b')
NOT_FEATURES = {"UNMAPPED", "READS_UNMAPPED", "UNALIGNED", "UNINTEGRATED", "UNGROUPED"}
UNITS = re.compile(r"[_-](?:Abundance|Coverage)(?:-(?:RPKs?|CPM|RELAB))?$", re.I)


def read_humann(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read a table of one or many samples, whatever the features are.

    A feature's description (`PWY-1042: glycolysis`) goes, since tables come with and without it.
    The unit at the end of a sample's name goes unless the sample table has it.

    Raises
    ------
    InputError
        For a table of the parts alone; else see `cells`.
    """
    cells = read_cells(path, is_header=lambda line: HEADER.match(line) is not None, separators="\t")
    rows, numbers, features = [], [], []
    left_out: list[tuple[str, str]] = []
    for number, row in cells.rows():
        name = row[0].strip()
        if name.partition("|")[0].partition(":")[0] in NOT_FEATURES:
            left_out.append((name, "reads without a gene family or a pathway"))
        elif "|" in name:
            left_out.append((name, "the part of one species, counted in its total"))
        else:
            features.append(name)
            numbers.append(number)
            rows.append([cell.strip() for cell in row[1:]])
    if not rows:
        raise InputError(
            f"{path}: a HUMAnN table of the parts of each species without the totals; give the "
            "unstratified table (humann_split_stratified_table writes both)"
        )
    short = [name.split(": ")[0] for name in features]
    delivered = cells.header[1:]
    cut = [UNITS.sub("", name) for name in delivered]
    return Table(
        Values(path, delivered, missing=MISSING).of(rows, numbers, separator="\t"),
        short if len(set(short)) == len(short) else features,
        sample_ids([cut, delivered], wanted=sample_names),
        natural="genes_in_rows",
        left_out=left_out,
    )
