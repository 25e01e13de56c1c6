"""The canonical form of each kind of identifier: one spelling per feature in all cohorts.

Surrounding white space goes from every name. Then, by the kind of the cohort:

- symbols: damage is repaired (see `damage`) and letters become upper case (`C1orf12` too, so that
  `C1ORF12` of another cohort meets it). Ensembl ids among them have their versions cut.
- Ensembl genes and transcripts: the version goes (`ENSG00000002586.20`), and so do a lifted
  annotation's mark (`.5_2`), the suffix of redefined arrays (`_at`) and what follows a `|`. The
  copy of a gene on chromosome Y's pseudoautosomal region stays apart, since merging it with the X
  copy would halve averages: `ENSG00000002586.20_PAR_Y`, which older GENCODE releases write as
  `ENSGR0000002586.20`, becomes `ENSG00000002586_PAR_Y`.
- Entrez ids: the `.0` of a number format goes.
- a symbol with an id (`TP53|7157`, `TP53 (7157)` as DepMap writes it, `ENSG00000141510_TP53` as
  RSEM does): the symbol, or the id where the symbol is `?`. A mapping table is asked for the id
  first, since two genes may have shared a symbol.
- UniProt groups (`A;B;C`): the group's first accession of six characters, else its first. Entries
  that nobody reviewed have had ten since 2014, and some programs list a group alphabetically.
  Isoforms (`P12345-2`) are their protein. Contaminants and decoys (`CON__`, `REV__`) are lost.
- lineages (`k__Bacteria|...|s__Escherichia_coli`): the species with its rank, as the short form of
  such tables has it. Ranks above it are sums of species and lost, strains below it are parts and
  lost; where a table ends at a higher rank, that rank takes the species' place.
- methylation probes: lower case, without the suffix that tells EPIC v2's replicates apart.
- microRNAs and names of no known kind stay as they are: case matters there (`miR` is the mature
  form of `mir`).

Rows of controls and of unassigned reads (`__no_feature`, `Unassigned_Ambiguity`, `N_unmapped`,
`ERCC-00002`, `AFFX-...`) are not features and are lost, except where the sheet says that names are
to be taken as they stand. A placeholder (`NA`, `#N/A`, `---`) is not a name: it is lost in every
case, since all features without a name would become one.
"""

import re
from collections.abc import Callable

from dxtransfer.cohorts.identifiers.damage import SCIENTIFIC, repairs
from dxtransfer.cohorts.identifiers.kinds import ACCESSION, ENTREZ, composite
from dxtransfer.cohorts.identifiers.ledger import Ledger
from dxtransfer.missing_codes import UNNAMED

NO_NAME = "no name, only a placeholder or an empty cell"
NOT_FEATURES = {
    "a count of reads without a gene": re.compile(
        # HTSeq, with its old names, STAR, featureCounts
        r"(?:X?__)?(?:no_feature|ambiguous|too_low_aQual|not_aligned|alignment_not_unique)"
        r"|N_(?:unmapped|multimapping|noFeature|ambiguous)|Unassigned_\w+"
    ),
    "a total or another measure of the sample": re.compile(
        # Seurat, scanpy, edgeR, DESeq2, mothur, summaries of reads
        r"nCount_\w+|nFeature_\w+|n_counts|n_genes(?:_by_counts)?|(?:log1p_)?total_counts(?:_\w+)?"
        r"|numOtus|(?:log1p_)?n_genes_by_counts|pct_counts_\w+|percent[._]?(?:mt|mito|ribo)\w*"
        r"|lib(?:rary)?[._ ]?size|norm[._ ]?factors?|size[._ ]?factors?|(?:raw |total )?reads"
        r"|(?:total |un|% ?)?mapped(?: reads)?|total (?:reads|counts)\b.*|undetermined|\*"
        r"|total_counts_per_sample|CV ?\(%\)|p[-_. ]?values?",
        re.IGNORECASE,
    ),
    "a control of the platform": re.compile(
        r"ERCC[-_]\d{5}|AFFX\S+|GE_BrightCorner|DarkCorner|NegativeControl|\([+-]\)\S+"
        r"|3xSLv\d+"
    ),
    "the part that was not classified": re.compile(
        r"(?:[dk]__)?(?:unknown|unclassified|unmapped|unassigned|others?|root)(?:[;|] ?_*)*", re.I
    ),
    "reads without a gene family or a pathway": re.compile(r"UNMAPPED|UNINTEGRATED|UNGROUPED"),
    NO_NAME: re.compile(r"unknown", re.IGNORECASE),
}
# only where species are counted are such words no names
ONLY_LINEAGES = "the part that was not classified"
ENSEMBL = re.compile(
    r"(ENS[A-Z]*?)(R?)(\d{10,11})(?:\.\d+)?(?:_\d+)?(_PAR_Y)?(?:_at)?(?:\|.*)?", re.I
)
LOST_DIGITS = "a spreadsheet made a number of the name, and its digits are gone"
RANKS = "dkpcofgst"
RANK = re.compile(r"(?:sk|([dkpcofgst]))__(.*)|D_(\d+)__(.*)")
ZEROS = {"0", "-1"}
STRATUM = re.compile(r"g__|unclassified$")
NO_TOTAL = re.compile(r"UNMAPPED|UNINTEGRATED|UNGROUPED")
REPLICATE = re.compile(r"_[TB][CO]\d+$")


def lose_placeholders(ledger: Ledger) -> None:
    """Lose features without a name, as `NA`, `---` or an empty cell write it."""
    numbers = sum(name.isdigit() for name in ledger.names)
    # among names that are numbers, 0 may be one
    codes = UNNAMED - ZEROS if 2 * numbers > len(ledger.names) else UNNAMED
    for i, name in enumerate(ledger.names):
        if name.lower() in codes:
            ledger.lose(i, NO_NAME)


def lose_strata(ledger: Ledger) -> None:
    """Lose what single species contribute to a function, which its total counts (HUMAnN)."""
    totals = set(ledger.names)
    for i, name in enumerate(ledger.names):
        total, mark, part = name.partition("|")
        if mark and STRATUM.match(part) and (total in totals or NO_TOTAL.fullmatch(total)):
            ledger.lose(i, "the part of one species, counted in its total")


def to_canonical(ledger: Ledger, kind: str) -> None:
    """Bring every name to the canonical form of the cohort's kind; `other` stays."""
    ledger.before = list(ledger.names)
    for i in ledger.open():
        for reason, pattern in NOT_FEATURES.items():
            fits = reason != ONLY_LINEAGES or kind == "lineage"
            if kind != "other" and fits and pattern.fullmatch(ledger.names[i]):
                ledger.lose(i, reason)
    FORMS.get(kind, _as_it_stands)(ledger)


def ensembl_form(name: str) -> str | None:
    """Stable id without version; None for a name that is none."""
    match = ENSEMBL.fullmatch(name)
    if not match or len(match[2] + match[3]) != 11:
        return None
    on_y = match[4] or match[2]
    digits = match[3].rjust(11, "0")
    return f"{match[1].upper()}{digits}{'_PAR_Y' if on_y else ''}"


def accessions(group: str) -> list[str]:
    """Accessions of a group in its order, isoforms as their protein, without contaminants."""
    parts = [part.strip() for part in re.split(r"[;,]", group)]
    found = [match[0] for part in parts if (match := re.fullmatch(ACCESSION, _bare(part)))]
    return list(dict.fromkeys(accession.split("-")[0] for accession in found))


def _bare(part: str) -> str:
    """Accession of `sp|P04637|P53_HUMAN`."""
    pieces = part.split("|")
    return pieces[1] if len(pieces) == 3 else part


def _as_it_stands(ledger: Ledger) -> None:
    """Names of which nothing is known."""


def _symbols(ledger: Ledger) -> None:
    genes = repairs([name for name in ledger.names if name])
    for i in ledger.open():
        name = ledger.names[i]
        if gene := genes.get(name):
            ledger.rename(i, gene, "repaired")
        elif SCIENTIFIC.fullmatch(name):
            ledger.lose(i, LOST_DIGITS)
        elif (stable := ensembl_form(name)) and stable != name:
            ledger.rename(i, stable, "version_cut")
        elif name != name.upper():
            ledger.rename(i, name.upper(), "upper_cased")


def _ensembl(ledger: Ledger) -> None:
    for i in ledger.open():
        name = ledger.names[i]
        stable = ensembl_form(name)
        if stable and stable != name:
            ledger.rename(i, stable, "version_cut")
        elif not stable and name != name.upper():
            ledger.rename(i, name.upper(), "upper_cased")


def _entrez(ledger: Ledger) -> None:
    for i in ledger.open():
        name = ledger.names[i]
        if SCIENTIFIC.fullmatch(name):
            ledger.lose(i, LOST_DIGITS)
        elif ENTREZ.fullmatch(name) and name.endswith(".0"):
            ledger.rename(i, name.removesuffix(".0"), "repaired")


def _symbols_with_entrez(ledger: Ledger) -> None:
    for i in ledger.open():
        if parts := composite(ledger.names[i]):
            symbol, identifier = parts
            ledger.rename(i, identifier if symbol == "?" else symbol, "reduced")
    _symbols(ledger)


def _proteins(ledger: Ledger) -> None:
    for i in ledger.open():
        name = ledger.names[i]
        if name.startswith(("CON__", "REV__")):
            ledger.lose(i, "a contaminant or a decoy of the search")
            continue
        group = accessions(name)
        if not group:
            continue
        chosen = next((accession for accession in group if len(accession) == 6), group[0])
        if chosen != name:
            ledger.rename(i, chosen, "reduced", f"{len(group)} in the group" * (len(group) > 1))


def _species(ledger: Ledger) -> None:
    lineages = {i: _ranks(ledger.names[i]) for i in ledger.open()}
    depths = {i: RANKS.index(ranks[-1][0]) if ranks else -1 for i, ranks in lineages.items()}
    species = RANKS.index("s")
    deepest = min(species, max(depths.values(), default=-1))
    for i, lineage in lineages.items():
        if depths[i] < 0:
            continue
        if depths[i] > deepest:
            ledger.lose(i, "a strain, which is a part of its species")
        elif depths[i] < deepest:
            ledger.lose(i, "a rank above the species, which is a sum of these")
        elif not lineage[-1][1]:
            ledger.lose(i, "no name at the lowest rank of the table")
        else:
            short = _last_rank(lineage)
            if short != ledger.names[i]:
                ledger.rename(i, short, "reduced")


def _ranks(name: str) -> list[tuple[str, str]]:
    """Rank letters and names of a lineage, from the top."""
    found = []
    parts = re.split(r"\s*[|;]\s*", name.strip("|; "))
    if len(parts) == 1:
        # R writes points for the marks in names of columns
        parts = re.split(r"\.(?=(?:sk|[dkpcofgst])__)", parts[0])
    for part in parts:
        if match := RANK.fullmatch(part):
            level = int(match[3]) if match[3] else 0
            letter = match[1] or ("kpcofgst"[min(level, 7)] if match[3] else "d")
            found.append((letter, (match[2] or match[4] or "").strip()))
    return found


def _last_rank(lineage: list[tuple[str, str]]) -> str:
    """`s__Genus_species`, also where only the species' own half of its name is given."""
    rank, name = lineage[-1]
    name = re.sub(r"\s+", "_", name)
    genus = dict(lineage[:-1]).get("g", "")
    if rank == "s" and genus and "_" not in name and not name.startswith(genus):
        name = f"{genus}_{name}"
    return f"{rank}__{name}"


def _methylation(ledger: Ledger) -> None:
    for i in ledger.open():
        name = ledger.names[i]
        short = REPLICATE.sub("", name)
        short = short.lower() if short.lower().startswith("cg") else short
        if short != name:
            ledger.rename(i, short, "reduced")


FORMS: dict[str, Callable[[Ledger], None]] = {
    "symbol": _symbols,
    "ensembl": _ensembl,
    "transcript": _ensembl,
    "entrez": _entrez,
    "symbol_entrez": _symbols_with_entrez,
    "uniprot": _proteins,
    "lineage": _species,
    "methylation": _methylation,
}
