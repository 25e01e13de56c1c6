"""Kraken 2's reports, one sample a file without a header: the reads of each species.

Layout: Kraken 2's manual, "Sample report output format", with the two columns more that
`--report-minimizer-data` adds.
"""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dxtransfer.cohorts.readers.content import content_of
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.star import files_by_sample
from dxtransfer.errors import InputError

PATTERN = "*report*"
END = re.compile(
    r"(?:[._-](?:kraken2?|k2|kreport2?|k2report|report|breport))*(?:\.(?:txt|tsv|out))*(?:\.gz)?$",
    re.I,
)
# share of reads, reads of the clade, reads of the taxon itself, (minimizers,) rank, id, name
ROW = re.compile(
    r" *\d+(?:\.\d+)?\t(?P<clade>\d+)\t\d+\t(?:\d+\t\d+\t)?(?P<rank>[URDKPCOFGS]\d*|-)\t\d+\t *"
    r"(?P<name>\S.*)"
)
OTHER_RANK = "of another rank, a sum or a part of the species"

logger = logging.getLogger(__name__)


def read_kraken(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read a folder of Kraken reports, one a sample, or one such file.

    A species has the reads of its clade, strains included; one that a report does not list has
    none. Taxa are named as in short lineages (`s__Escherichia_coli`), as other programs' are.

    Raises
    ------
    InputError
        For one file where the sample table has several samples, a row that is none of a report,
        and reports without a species.
    """
    files = files_by_sample(path, PATTERN, END, "Kraken", sample_names)
    counts: list[dict[str, int]] = []
    others: dict[str, None] = {}
    for file in files.values():
        species: dict[str, int] = {}
        text = content_of(file).decode("utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            row = ROW.fullmatch(line.rstrip())
            if row is None:
                raise InputError(
                    f"{file}, row {number}: {line[:40]!r} is no taxon of a Kraken report"
                )
            name = row["name"].replace(" ", "_")
            if row["rank"] != "S":
                others[name] = None
                continue
            if f"s__{name}" in species:
                raise InputError(f"{file}, row {number}: the species {row['name']!r} appears twice")
            species[f"s__{name}"] = int(row["clade"])
        counts.append(species)
    features = list(dict.fromkeys(name for species in counts for name in species))
    if not features:
        raise InputError(f"{path}: no row of a species (rank S) in the reports of Kraken")
    logger.info(
        "%s: the reads of each species are taken; Bracken estimates them better, since Kraken "
        "leaves reads that fit several species to their genus",
        path,
    )
    values = [[species.get(name, 0) for name in features] for species in counts]
    return Table(
        np.array(values, dtype=np.float32),
        list(files),
        features,
        natural="genes_in_columns",
        left_out=[(name, OTHER_RANK) for name in others],
    )
