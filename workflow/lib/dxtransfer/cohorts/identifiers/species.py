"""Which organism the names of a cohort speak of, so that a mouse is not taken for a patient."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dxtransfer.errors import InputError


@dataclass(frozen=True)
class Organism:
    """How an organism shows in identifiers.

    Attributes
    ----------
    ensembl
        Letters between `ENS` and the letter of the feature type.
    mirbase
        Prefix of its microRNAs.
    """

    ensembl: str
    mirbase: str


SPECIES = {
    "human": Organism("", "hsa"),
    "mouse": Organism("MUS", "mmu"),
    "rat": Organism("RNO", "rno"),
}
# Ensembl's letters of organisms that are not chosen by name, for messages.
OTHERS = {"DAR": "zebrafish", "SSC": "pig", "BTA": "cattle", "GAL": "chicken", "CAF": "dog"}
ENSEMBL = re.compile(r"ENS([A-Z]{3,4})?[GT]R?\d{10,11}\b.*", re.IGNORECASE)
MIRBASE = re.compile(r"([a-z]{3})-(?:miR|let|lin)-.*", re.IGNORECASE)
# Genes that nearly every platform measures, in the spelling of rodents' nomenclature.
RODENT_STYLE = frozenset(
    {
        *("Actb", "Gapdh", "B2m", "Vim", "Myc", "Jun", "Fos", "Trp53", "Tp53", "Pten", "Kras"),
        *("Cd4", "Cd8a", "Cd3e", "Cd14", "Ptprc", "Il6", "Il1b", "Tnf", "Stat1", "Stat3", "Irf1"),
        *("Nfkb1", "Cxcr4", "Gata3", "Foxp3", "Egfr", "Brca1", "Akt1", "Bcl2", "Casp3", "Mki67"),
        *("Ccnd1", "Col1a1"),
    }
)
# Rodents have no HLA; only they have RIKEN and predicted genes of these names.
HUMAN_ONLY = re.compile(r"HLA-(?:[ABCEFG]|D[A-Z]{2}\d?)")
MOUSE_ONLY = re.compile(r"[0-9A-Z]{7,}RIK|GM\d{3,5}", re.IGNORECASE)
FEWEST = 3
MAJORITY = 0.5


def refuse_other_species(names: Sequence[str], *, species: str, where: str) -> None:
    """Refuse names of another organism than the study's.

    Parameters
    ----------
    names
        All names of a cohort, as delivered.
    species
        A member of `SPECIES`, or `other`, for which nothing is known and nothing is checked.
    where
        Beginning of the message.

    Raises
    ------
    InputError
        When most Ensembl ids or microRNAs carry another organism's prefix, or gene symbols are
        spelt as, or named as, only another organism's are.
    """
    if species not in SPECIES:
        return
    for found, evidence in (_of_prefixes(names), _of_symbols(names)):
        rodents = found == "rodent" and species in ("mouse", "rat")
        if found and found != species and not rodents:
            raise InputError(
                f"{where}: {evidence}, but the study's species is {species}; leave the cohort out, "
                "map it to the study's genes beforehand, or correct identifiers.species"
            )


def _of_prefixes(names: Sequence[str]) -> tuple[str, str]:
    """Organism of most prefixed ids, and the evidence."""
    by_ensembl = {one.ensembl: name for name, one in SPECIES.items()} | OTHERS
    by_mirbase = {one.mirbase: name for name, one in SPECIES.items()}
    told: list[tuple[str, str]] = []
    for name in names:
        if match := ENSEMBL.fullmatch(name):
            letters = (match[1] or "").upper()
            of = by_ensembl.get(letters, f"an organism with the letters ENS{letters}")
            told.append((of, name))
        elif match := MIRBASE.fullmatch(name):
            letters = match[1].lower()
            of = by_mirbase.get(letters, f"an organism with the letters {letters}")
            told.append((of, name))
    # a few ids of another organism among symbols, such as spiked-in controls, say nothing
    if len(told) < MAJORITY * len(names):
        return "", ""
    if not told:
        return "", ""
    found, number = Counter(of for of, _ in told).most_common(1)[0]
    first = next(name for of, name in told if of == found)
    return found, f"{number:,} of {len(names):,} ids are of {found} (first: {first})"


def _of_symbols(names: Sequence[str]) -> tuple[str, str]:
    """Organism whose spelling or whose own genes the symbols have, and the evidence."""
    marked = [name for name in names if MOUSE_ONLY.fullmatch(name)]
    styled = [name for name in names if name in RODENT_STYLE]
    human = [name for name in names if HUMAN_ONLY.fullmatch(name)]
    if len(styled) >= FEWEST and not human:
        return "rodent", f"the symbols are spelt as mouse and rat genes ({', '.join(styled[:3])})"
    if len(marked) >= FEWEST and not human:
        return "mouse", f"there are genes that only mice have ({', '.join(marked[:3])})"
    if len(human) >= FEWEST and not marked:
        return "human", f"there are genes that only humans have ({', '.join(human[:3])})"
    return "", ""
