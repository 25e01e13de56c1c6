"""Taxa as MetaPhlAn and Bracken write them, sums over ranks left out.

Layouts: MetaPhlAn's and Bracken's manuals (merge_metaphlan_tables.py, combine_bracken_outputs.py,
combine_mpa.py of KrakenTools, which writes lineages like MetaPhlAn).
"""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dxtransfer.cohorts.readers.cells import MISSING
from dxtransfer.cohorts.readers.content import content_of
from dxtransfer.cohorts.readers.export_cells import Values, read_cells, sample_ids
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

LINEAGE = re.compile(r"(?:[dk]|sk)__[^\t|]*(?:\||\t)")
UNCLASSIFIED = re.compile(r"#?(?:UNCLASSIFIED|UNKNOWN|unclassified|Unclassified|no rank)$")
# ranks from the highest; strains (t) are parts of the species
RANKS = ("d", "k", "p", "c", "o", "f", "g", "s")
NAMES = {"d": "domain", "k": "kingdom", "p": "phylum", "c": "class", "o": "order", "f": "family"}
NAMES |= {"g": "genus", "s": "species"}
# columns that describe a taxon, and those of a profile of one sample
DESCRIBING = re.compile(r"clade_taxid|(?:NCBI_)?tax_?(?:id|on)|additional_species", re.I)
ABUNDANCE = "relative_abundance"
OF_ONE = {"coverage", "estimated_number_of_reads_from_the_clade", "average_genome_size"}
ENDINGS = re.compile(
    r"[._](?:profile(?:d_metagenome)?|taxonomic_profile|metaphlan(?:\d|_bugs_list|_profile)?"
    r"|bugs_list|bracken|breport|kreport|mpa|[SGFOCPD])$",
    re.I,
)
NOT_CLASSIFIED = "the part that was not classified"
# Bracken's letter to the rank
LEVELS = {"D": "d", "K": "k", "P": "p", "C": "c", "O": "o", "F": "f", "G": "g", "S": "s"}

logger = logging.getLogger(__name__)


def read_lineages(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read a table of lineages at all ranks: the species, or the deepest rank where there are none.

    Ranks above are sums of what is read and strains are parts of it: both are left out, so that
    the scale is judged by shares that sum to the whole. The part without a taxon is no feature.

    Raises
    ------
    InputError
        See `cells`.
    """
    wanted_header = _header(path)
    cells = read_cells(path, is_header=lambda line: line == wanted_header, separators="\t")
    header = [name.lstrip("# ") for name in cells.header]
    one = ABUNDANCE in header
    places = [
        place
        for place, name in enumerate(header)
        if place and not DESCRIBING.fullmatch(name) and (not one or name == ABUNDANCE)
    ]
    rows = [(n, row, row[0].strip()) for n, row in cells.rows()]
    deepest = max((_depth(name) for *_, name in rows), default=-1)
    if deepest < 0 or not places:
        raise InputError(f"{path}: a table of lineages without a taxon or without a sample")
    kept, numbers, features, left_out, unclassified = [], [], [], [], []
    for number, row, name in rows:
        reason = _why_not(name, deepest)
        if reason:
            left_out.append((name, reason))
            if reason == NOT_CLASSIFIED:
                unclassified.append([row[place].strip() for place in places])
            continue
        features.append(name)
        numbers.append(number)
        kept.append([row[place].strip() for place in places])
    logger.info("%s: %d rows are of the rank %s", path, len(kept), NAMES[RANKS[deepest]])
    delivered = [cells.header[place] for place in places]
    values = Values(path, delivered, missing=MISSING)
    spellings = [_cut(delivered), delivered]
    if one:
        spellings = [_cut([_stem(path)]), [_stem(path)], delivered]
    table = values.of(kept, numbers, separator="\t")
    rest = values.of(unclassified, [0] * len(unclassified), separator="\t")
    totals = np.nansum(table, axis=0) + np.nansum(rest, axis=0)
    return Table(
        table,
        features,
        sample_ids(spellings, wanted=sample_names),
        natural="genes_in_rows",
        left_out=left_out,
        # without what was not classified, percents sum to less and look like other values
        scale="percent" if unclassified and np.isclose(totals, 100, atol=2).all() else "",
    )


def read_bracken(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read Bracken's combined output, or that of one sample: numbers of reads, not shares.

    Taxa are named as in short lineages (`s__Escherichia_coli`), as other programs' tables are.

    Raises
    ------
    InputError
        See `cells`.
    """
    cells = read_cells(path)
    places = [i for i, name in enumerate(cells.header) if name.endswith("_num")]
    spellings = [
        _cut([cells.header[i].removesuffix("_num") for i in places]),
        [cells.header[i].removesuffix("_num") for i in places],
        [cells.header[i] for i in places],
    ]
    alone = cells.place("new_est_reads")
    if not places and alone is not None:
        places, spellings = [alone], [_cut([_stem(path)]), [_stem(path)]]
    name, level = cells.place("name"), cells.place("taxonomy_lvl")
    if name is None or level is None:
        raise InputError(f"{path}: no column name or no column taxonomy_lvl, which Bracken writes")
    kept, numbers, features = [], [], []
    for number, row in cells.rows():
        rank = LEVELS.get(row[level].strip()[:1])
        taxon = row[name].strip()
        features.append(f"{rank}__{taxon.replace(' ', '_')}" if rank else taxon)
        numbers.append(number)
        kept.append([row[place].strip() for place in places])
    logger.info("%s: the values are numbers of reads (_num); shares (_frac) are left out", path)
    values = Values(path, [cells.header[place] for place in places])
    return Table(
        values.of(kept, numbers, separator=cells.separator),
        features,
        sample_ids(spellings, wanted=sample_names),
        natural="genes_in_rows",
    )


def read_sequences(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Refuse a table of sequence variants whose names are sequences or their digests.

    Raises
    ------
    InputError
        Always, with the way to names that studies share.
    """
    raise InputError(
        f"{path}: a table of sequence variants (dada2, QIIME 2), named by sequences or their "
        "digests, which no other study shares; sum it by a taxonomy table (dada2: assignTaxonomy; "
        "QIIME 2: qiime taxa collapse) to genera or species"
    )


def _header(path: Path) -> str:
    """The line above the first taxon."""
    before = ""
    for line in content_of(path).decode("utf-8", errors="replace").splitlines():
        if LINEAGE.match(line.lstrip('"')) or UNCLASSIFIED.match(line.split("\t")[0]):
            return before
        before = line
    raise InputError(f"{path}: a table of lineages without a taxon")


def _depth(name: str) -> int:
    """Place of a lineage's last rank in `RANKS`; -1 for strains and other names."""
    match = re.match(r"(sk|[dkpcofgst])__", name.split("|")[-1])
    rank = {"sk": "d", "t": ""}.get(match[1], match[1]) if match else ""
    return RANKS.index(rank) if rank else -1


def _why_not(name: str, deepest: int) -> str:
    depth = _depth(name)
    if depth == deepest:
        return ""
    if depth < 0:
        strain = "|t__" in name
        return "a strain, a part of its species" if strain else NOT_CLASSIFIED
    return f"a {NAMES[RANKS[depth]]}, a sum of {NAMES[RANKS[deepest]]}" + (
        "" if RANKS[deepest] == "s" else " rows"
    )


def _cut(names: Sequence[str]) -> list[str]:
    """Names without what the program appends; as they are where two would agree."""
    cut = list(names)
    for _ in range(2):
        cut = [ENDINGS.sub("", name) or name for name in cut]
    return cut if len(set(cut)) == len(cut) else list(names)


def _stem(path: Path) -> str:
    return re.sub(r"\.(?:txt|tsv|csv|out|report)$", "", path.name.removesuffix(".gz"))
