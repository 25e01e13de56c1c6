"""Kinds of feature identifier: told by the form of all names of a cohort, with the evidence.

A name has the first kind of `PATTERNS` whose form it has; what fits none but reads like a word is a
symbol, since symbols follow no rule. A cohort has the kind of at least half of its names. Forms are
those of the databases' own documentation: Ensembl stable ids, NCBI Gene ids, UniProt accession
numbers, miRBase, Illumina's methylation and expression arrays, Affymetrix and Agilent probes,
MetaPhlAn's and QIIME's lineages.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from dxtransfer.errors import InputError

ENSEMBL_GENE = re.compile(
    r"ENS(?:[A-Z]{3,4})?G(?:\d{11}|R\d{10})(?:\.\d+)?(?:_\d+)?(?:_PAR_Y)?(?:_at)?(?:\|.*)?",
    re.IGNORECASE,
)
ENSEMBL_TRANSCRIPT = re.compile(
    r"ENS(?:[A-Z]{3,4})?T(?:\d{11}|R\d{10})(?:\.\d+)?(?:_\d+)?(?:_PAR_Y)?(?:_at)?(?:\|.*)?",
    re.IGNORECASE,
)
_STABLE_ID = r"ENS(?:[A-Z]{3,4})?G\d{11}(?:\.\d+)?"
# what follows an Ensembl id without being a symbol: a lift's number, redefined arrays, chromosome Y
_NOT_A_SYMBOL = r"(?!\d+(?:_|$)|at$|PAR_Y)"
# a symbol and an id in one name, in the orders and marks that are met
COMPOSITES = (
    re.compile(rf"(?P<symbol>[^|\s]+)\s?\|\s?(?P<id>\d+|{_STABLE_ID})", re.IGNORECASE),
    re.compile(rf"(?P<symbol>[^()\s]+) ?\((?P<id>\d+|{_STABLE_ID})\)", re.IGNORECASE),
    re.compile(rf"(?P<symbol>[^|\s]+?)[_:;](?P<id>{_STABLE_ID})", re.IGNORECASE),
    re.compile(rf"(?P<id>{_STABLE_ID})[_:;]{_NOT_A_SYMBOL}(?P<symbol>[^|\s]+)", re.IGNORECASE),
)
ACCESSION = r"(?:[OPQ]\d[A-Z0-9]{3}\d|[A-NR-Z]\d(?:[A-Z][A-Z0-9]{2}\d){1,2})(?:-\d+)?"
UNIPROT = re.compile(
    rf"(?:sp|tr)\|{ACCESSION}\|\w+"
    rf"|(?:CON__|REV__)?{ACCESSION}(?:[;,](?:(?:CON__|REV__)?{ACCESSION}|CON__\S+|REV__\S+))*"
    r"|(?:CON__|REV__)\S+"
)
LINEAGE = re.compile(r"(?:[dkpcofgst]__|D_\d+__|sk__).*")
METHYLATION = re.compile(r"(?:cg\d{8}|ch\.[\dXY]+\.\d+[FR])(?:_[TB][CO]\d+)?", re.IGNORECASE)
MIRNA = re.compile(r"[a-z]{3,4}-(?:miR|let|lin|bantam)-?\S*|MIMAT\d{7}\S*|MI\d{7}", re.IGNORECASE)
PROBES = {
    "Illumina": re.compile(r"ILMN_\d+|GI_\d+-[A-Z]"),
    "Affymetrix": re.compile(r"AFFX\S+|\w+_(?:at|st)|TC\w+\.hg\.\d+"),
    "Agilent": re.compile(r"A_\d{2}_[PS]\d+"),
}
ENTREZ = re.compile(r"\d{1,9}(?:\.0)?")
SYMBOL = re.compile(r"(?=.*[^\W\d_])[\w@.,()'/*+:&#\- ]{1,60}|\d{4}[-/.]\d\d?[-/.]\d\d?.*")

PATTERNS = {
    "ensembl": (ENSEMBL_GENE,),
    "transcript": (ENSEMBL_TRANSCRIPT,),
    "symbol_entrez": COMPOSITES,
    "uniprot": (UNIPROT,),
    "lineage": (LINEAGE,),
    "methylation": (METHYLATION,),
    "mirna": (MIRNA,),
    "probe": tuple(PROBES.values()),
    "entrez": (ENTREZ,),
    "symbol": (SYMBOL,),
}
KINDS = (*PATTERNS, "other")
DESCRIPTIONS = {
    "ensembl": "Ensembl gene ids",
    "transcript": "Ensembl transcript ids",
    "symbol_entrez": "symbols with Entrez or Ensembl ids",
    "uniprot": "UniProt accessions",
    "lineage": "species lineages",
    "methylation": "methylation probes",
    "mirna": "microRNAs",
    "probe": "probe ids",
    "entrez": "Entrez ids",
    "symbol": "gene symbols",
    "other": "names of no known kind",
}
MAJORITY = 0.5
# Affymetrix numbers the transcript clusters of its ST arrays with seven digits; Entrez ids of one
# organism have one to nine.
CLUSTER_DIGITS, CLUSTER_SHARE = 7, 0.95
# a shorter run of numbers from 0 or 1 may be anything
SHORTEST_NUMBERING = 10


@dataclass(frozen=True)
class Kind:
    """What the features of a cohort are.

    Attributes
    ----------
    name
        A member of `KINDS`.
    evidence
        Why, in words.
    """

    name: str
    evidence: str


def kind_of(name: str) -> str:
    """Kind of one name by its form; `other` where it has none."""
    for kind, patterns in PATTERNS.items():
        if any(pattern.fullmatch(name) for pattern in patterns):
            return kind
    return "other"


def composite(name: str) -> tuple[str, str] | None:
    """Symbol and id of a name that holds both: `TP53|7157`, `TP53 (7157)`, `ENSG..._TP53`."""
    for pattern in COMPOSITES:
        if match := pattern.fullmatch(name):
            return match["symbol"], match["id"]
    return None


def told_kind(names: Sequence[str], *, stated: str = "", where: str = "") -> Kind:
    """Kind of a cohort's features, as its sheet states it or as the names tell.

    Parameters
    ----------
    names
        All names, stripped; empty ones are passed over.
    stated
        The sheet's `feature_id`, empty where it has none.
    where
        Beginning of a message.

    Returns
    -------
    Kind
        `other` where it is stated, whatever the names are.

    Raises
    ------
    InputError
        When the names contradict what is stated, or are mere row numbers.
    """
    given = [name for name in names if name]
    if stated == "other":
        return Kind("other", "feature_id in the sheet: names are taken as they stand")
    _refuse_numbering(given, where=where)
    kinds = [kind_of(name) for name in given]
    if _clusters(given):
        kinds = ["probe"] * len(given)
    counts = Counter(kinds)
    found = max(PATTERNS, key=lambda kind: counts[kind])
    if counts[found] < MAJORITY * len(given) or not given:
        found = "other"
    first = next((name for name, kind in zip(given, kinds, strict=True) if kind == found), "")
    evidence = (
        f"{counts[found]:,} of {len(given):,} names look like {DESCRIPTIONS[found]} "
        f"(first: {_short(first)})"
    )
    if not stated or stated == found:
        return Kind(found, evidence)
    if found != "other" and counts[stated] < MAJORITY * len(given):
        raise InputError(
            f"{where}, column feature_id: it says {stated}, but {evidence}; correct it or leave it "
            "empty"
        )
    return Kind(stated, f"feature_id in the sheet; {evidence}")


def refuse_probes(first: str, *, where: str) -> NoReturn:
    """Refuse probes without a table of their genes; `first` is one of them."""
    vendor = next((who for who, pattern in PROBES.items() if pattern.fullmatch(first)), "")
    probes = f"{vendor} probe ids".strip()
    raise InputError(
        f"{where}: the features look like {probes} ({first}); name a table of probes and symbols "
        "in the column annotation, or set feature_id to other to take them as they stand"
    )


def _clusters(names: Sequence[str]) -> bool:
    """Whether numbers are transcript clusters of an array instead of genes."""
    numbers = [name for name in names if name.isdigit()]
    long = sum(len(name) == CLUSTER_DIGITS for name in numbers)
    return 2 * len(numbers) > len(names) and long >= CLUSTER_SHARE * len(numbers)


def _refuse_numbering(names: Sequence[str], *, where: str) -> None:
    if len(names) < SHORTEST_NUMBERING or not names[0].isdigit():
        return
    first = int(names[0])
    if first in (0, 1) and list(names) == [str(first + i) for i in range(len(names))]:
        raise InputError(
            f"{where}: the features are numbered {first} to {names[-1]}, so their names are "
            "missing; write them into the matrix, name a table of numbers and symbols in the "
            "column annotation, or set feature_id to other to take the numbers as names"
        )


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:37]}..."
