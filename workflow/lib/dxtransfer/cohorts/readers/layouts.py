"""Layouts as laboratories' programs export them, told by the first lines of a text."""

import re
from collections.abc import Callable, Sequence

from dxtransfer.cohorts.readers.biom import read_biom
from dxtransfer.cohorts.readers.exports import (
    is_signal_header,
    is_tested_with_values,
    read_genomestudio,
    read_gtex_bed,
    read_recount3,
    read_tested,
)
from dxtransfer.cohorts.readers.featurecounts import read_featurecounts
from dxtransfer.cohorts.readers.humann import read_humann
from dxtransfer.cohorts.readers.kraken import ROW as KRAKEN_ROW
from dxtransfer.cohorts.readers.kraken import read_kraken
from dxtransfer.cohorts.readers.layout import DESCRIBING
from dxtransfer.cohorts.readers.loom import read_loom
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.olink import read_olink
from dxtransfer.cohorts.readers.proteomics import (
    read_diann,
    read_fragpipe,
    read_maxquant,
    read_spectronaut,
)
from dxtransfer.cohorts.readers.refusals import plain
from dxtransfer.cohorts.readers.row_names import COUNTED
from dxtransfer.cohorts.readers.somascan import read_adat
from dxtransfer.cohorts.readers.star import read_htseq, read_star
from dxtransfer.cohorts.readers.taxa import (
    read_bracken,
    read_lineages,
    read_sequences,
)

# Readers that take the ids of the sample table, since a layout may spell them in several ways.
LAYOUTS: dict[str, Callable[..., Table]] = {
    "maxquant": read_maxquant,
    "diann": read_diann,
    "spectronaut": read_spectronaut,
    "fragpipe": read_fragpipe,
    "olink": read_olink,
    "adat": read_adat,
    "metaphlan": read_lineages,
    "bracken": read_bracken,
    "kraken": read_kraken,
    "dada2": read_sequences,
    "humann": read_humann,
    "biom": read_biom,
    "loom": read_loom,
    "featurecounts": read_featurecounts,
    "star": read_star,
    "htseq": read_htseq,
    "deseq2": read_tested,
    "genomestudio": read_genomestudio,
    "recount3": read_recount3,
    "gtex_bed": read_gtex_bed,
}
# format to the columns that its header holds
COLUMNS: dict[str, tuple[set[str], ...]] = {
    "maxquant": ({"Majority protein IDs"}, {"Protein IDs", "Peptide counts (all)"}),
    "diann": (
        {"Protein.Group", "First.Protein.Description"},
        {"Protein.Group", "Protein.Names", "Genes"},
    ),
    "fragpipe": ({"Protein", "Protein ID", "Entry Name", "Combined Total Peptides"},),
    "olink": ({"SampleID", "OlinkID", "NPX"},),
    "bracken": ({"name", "taxonomy_id", "taxonomy_lvl"},),
    "featurecounts": ({"Geneid", "Chr", "Start", "End", "Strand", "Length"},),
}
# columns of tables with a row per sample and feature, or of one sample
NOT_SO = {
    "diann": {"Run", "File.Name"},
}
# format to how one of the first lines looks
LINES: dict[str, re.Pattern[str]] = {
    "olink": re.compile(r'"?OlinkID"?[;,\t]"?OID\d'),
    "metaphlan": re.compile(r"(?:[dk]|sk)__[^\t|;]*\|p__[^\t;]*\t|#?clade_name\t"),
    "kraken": KRAKEN_ROW,
    "dada2": re.compile(
        r'(?:"?\w[^\t,]*"?|""|)[\t,]?"?[ACGT]{80,}"?[\t,]"?[ACGT]{80,}|"?[ACGT]{80,}"?[\t,]"?\d'
    ),
    "humann": re.compile(r'"?# ?(?:Gene Family|Pathway|Reaction|Gene families)\b[^\t]*\t'),
    "biom": re.compile(r"# ?Constructed from biom file|#(?:OTU|ASV) ?ID\t|[{].*biom-format\.org"),
    "featurecounts": re.compile(r"Status\t\S"),
    "star": re.compile(r"N_unmapped\t\d+\t\d+\t\d+\s*$"),
    "recount3": re.compile(r"##annotation="),
    "gtex_bed": re.compile(r"#chr\tstart\tend\t\w+\t", re.I),
    "adat": re.compile(r"\^(?:TABLE_BEGIN|COL_DATA|ROW_DATA)|!AdatId\t"),
    "spectronaut": re.compile(
        r'"?PG\.[^\n]*[\t,;]"?(?:\[\d+\] ?)?[^\t,;\n]+\.PG\.(?:Quantity|IBAQ|IntensityN)'
    ),
    "diann": re.compile(r"Genes\t(?:N\.\S+\t)*(?:\S*[/\\])?[^\t/\\]+\.(?:raw|d|mzML|wiff|dia)\b"),
}
SEPARATORS = "\t;,"
# a gene and its count, as htseq-count writes them without a header
COUNT = re.compile(r"[^\t]+\t\d+\s*")


def layout_of(lines: Sequence[str]) -> str | None:
    """Name of the published layout that a text has, None where it has none of `LAYOUTS`.

    Parameters
    ----------
    lines
        The first lines of the text.
    """
    header = next((line for line in lines if line and not line.startswith("#")), "")
    for separator in SEPARATORS:
        names = {name.strip().strip('"') for name in header.split(separator)}
        for name, alternatives in COLUMNS.items():
            if any(wanted <= names for wanted in alternatives) and not names & NOT_SO.get(
                name, set()
            ):
                return name
        if is_tested_with_values([cell.strip().strip('"') for cell in header.split(separator)]):
            return "deseq2"
    if any(map(is_signal_header, lines[:20])):
        return "genomestudio"
    counts = [line for line in lines[:40] if line.strip()] or [""]
    named = plain(counts[0].split("\t")[0]) not in {*DESCRIBING, *COUNTED, "idref", "id"}
    if len(counts) > 1 and named and all(map(COUNT.fullmatch, counts[:-1])):
        return "htseq"
    for name, pattern in LINES.items():
        if any(pattern.match(line) for line in lines[:40]):
            return name
    return None
