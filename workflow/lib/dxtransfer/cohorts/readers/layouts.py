"""Layouts as laboratories' programs export them, told by the first lines of a text."""

import re
from collections.abc import Callable, Sequence

from dxtransfer.cohorts.readers.biom import read_biom
from dxtransfer.cohorts.readers.humann import read_humann
from dxtransfer.cohorts.readers.loom import read_loom
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.cohorts.readers.olink import read_olink
from dxtransfer.cohorts.readers.proteomics import (
    read_diann,
    read_fragpipe,
    read_maxquant,
    read_spectronaut,
)
from dxtransfer.cohorts.readers.somascan import read_adat
from dxtransfer.cohorts.readers.taxa import (
    read_bracken,
    read_kraken,
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
}
# columns of tables with a row per sample and feature, or of one sample
NOT_SO = {
    "diann": {"Run", "File.Name"},
}
# format to how one of the first lines looks
LINES: dict[str, re.Pattern[str]] = {
    "olink": re.compile(r'"?OlinkID"?[;,\t]"?OID\d'),
    "metaphlan": re.compile(r"(?:[dk]|sk)__[^\t|;]*\|p__[^\t;]*\t|#?clade_name\t"),
    "kraken": re.compile(r" *\d+\.\d+\t\d+\t\d+\t(?:\d+\t\d+\t)?[URDKPCOFGS]\d?\t\d+\t *\S"),
    "dada2": re.compile(
        r'(?:"?\w[^\t,]*"?|""|)[\t,]?"?[ACGT]{80,}"?[\t,]"?[ACGT]{80,}|"?[ACGT]{80,}"?[\t,]"?\d'
    ),
    "humann": re.compile(r'"?# ?(?:Gene Family|Pathway|Reaction|Gene families)\b[^\t]*\t'),
    "biom": re.compile(r"# ?Constructed from biom file|#(?:OTU|ASV) ?ID\t|[{].*biom-format\.org"),
    "adat": re.compile(r"\^(?:TABLE_BEGIN|COL_DATA|ROW_DATA)|!AdatId\t"),
    "spectronaut": re.compile(
        r'"?PG\.[^\n]*[\t,;]"?(?:\[\d+\] ?)?[^\t,;\n]+\.PG\.(?:Quantity|IBAQ|IntensityN)'
    ),
    "diann": re.compile(r"Genes\t(?:N\.\S+\t)*(?:\S*[/\\])?[^\t/\\]+\.(?:raw|d|mzML|wiff|dia)\b"),
}
SEPARATORS = "\t;,"


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
    for name, pattern in LINES.items():
        if any(pattern.match(line) for line in lines[:40]):
            return name
    return None
