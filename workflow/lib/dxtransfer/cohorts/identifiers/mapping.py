"""One symbol per gene, whatever kind of identifier a cohort brings.

A gene's name is the current symbol of the mapping table, in the canonical spelling. How a name
gets there:

- an id (Ensembl gene or transcript, Entrez, UniProt) that the table gives one symbol: that symbol;
  several symbols: the id stays, since nothing tells which;
- a current symbol: itself, even where it is another gene's alias;
- `LOC` and an Entrez id, NCBI's provisional symbol: that Entrez id's symbol;
- an alias or a previous symbol of exactly one gene: that gene, unless the cohort has a feature of
  that gene's current symbol already, which then is something else to its maker;
- a symbol with an id (`SYMBOL|ENTREZ`, `ENSG..._SYMBOL`): by the id, then by the symbol;
- a UniProt group: the one gene of all its accessions that the table knows; where these are several
  genes, the group measures none of them for sure and is lost;
- everything else stays as it is and is counted as unmapped: cohorts of one kind still meet in it.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from dxtransfer.cohorts.identifiers.damage import current
from dxtransfer.cohorts.identifiers.forms import accessions, ensembl_form
from dxtransfer.cohorts.identifiers.kinds import DESCRIPTIONS, composite
from dxtransfer.cohorts.identifiers.ledger import Ledger
from dxtransfer.errors import InputError

# columns of a mapping table besides symbol; those of `ALSO` hold other names of the gene
IDS = ("ensembl", "transcript", "entrez", "uniprot")
ALSO = ("alias", "previous")
PROVISIONAL = re.compile(r"LOC(\d+)")
MANY_GENES = "the proteins of the group are of several genes"
# Below this share the table is of another species or another kind of id: two species share far
# more symbols than this, and a table of the right ids knows nearly all of them.
LEAST_KNOWN = 0.1


@dataclass(frozen=True)
class GeneMap:
    """Names of genes and the symbol that stands for each.

    Attributes
    ----------
    symbols
        Current symbols.
    aliases
        Other name of a gene to its current symbol, where there is no doubt.
    ids
        Kind of id to id to symbol.
    complete
        False for the part of a table that a model keeps, which knows the model's features alone.
    """

    symbols: frozenset[str]
    aliases: Mapping[str, str]
    ids: Mapping[str, Mapping[str, str]]
    complete: bool = True

    def restricted_to(self, features: Collection[str]) -> "GeneMap":
        """Keep what leads to one of some features: all that a finished model has to know."""
        kept = frozenset(features)
        return GeneMap(
            self.symbols & kept,
            {name: symbol for name, symbol in self.aliases.items() if symbol in kept},
            {
                kind: {name: symbol for name, symbol in ids.items() if symbol in kept}
                for kind, ids in self.ids.items()
            },
            complete=False,
        )

    def table(self) -> pd.DataFrame:
        """One row per name: kind (a member of `IDS`, symbol or alias), delivered, feature."""
        named = {"symbol": {name: name for name in self.symbols}, "alias": self.aliases, **self.ids}
        rows = [(kind, *pair) for kind in sorted(named) for pair in sorted(named[kind].items())]
        return pd.DataFrame(rows, columns=["kind", "delivered", "feature"], dtype=object)

    @staticmethod
    def from_table(table: pd.DataFrame) -> "GeneMap":
        """Read back what `table` wrote of the part that a model keeps."""
        names: dict[str, dict[str, str]] = defaultdict(dict)
        for kind, name, feature in table.itertuples(index=False):
            names[kind][name] = feature
        symbols = frozenset(names.pop("symbol", {}))
        return GeneMap(symbols, names.pop("alias", {}), dict(names), complete=False)


def gene_map(table: pd.DataFrame) -> GeneMap:
    """Build the map from a mapping table.

    Parameters
    ----------
    table
        Column symbol and some of `IDS` and `ALSO`, as text; several names in a cell are separated
        by `|`, and empty cells are missing.
    """
    symbols = [current(symbol) for symbol in table["symbol"]]
    ids = {}
    for kind in IDS:
        if kind in table:
            pairs = _pairs(table[kind], symbols)
            ids[kind] = _without_doubt((_id_form(name), symbol) for name, symbol in pairs)
    known = frozenset(filter(None, symbols))
    others = (
        (name.upper(), symbol)
        for column in ALSO
        if column in table
        for name, symbol in _pairs(table[column], symbols)
    )
    aliases = _without_doubt((name, symbol) for name, symbol in others if name not in known)
    return GeneMap(known, aliases, ids)


def to_symbols(ledger: Ledger, genes: GeneMap, *, kind: str, where: str) -> None:
    """Put symbols in place of a cohort's names, already in their canonical form.

    Parameters
    ----------
    ledger
        The names, see `forms.to_canonical`.
    genes
        What the mapping table says.
    kind
        Kind of the cohort's identifiers; kinds that name no genes are left alone.
    where
        Beginning of a message.

    Raises
    ------
    InputError
        When a complete table knows almost none of the names.
    """
    if kind not in FINDERS:
        return
    present = frozenset(ledger.names)
    known = 0
    for i in ledger.open():
        found = FINDERS[kind](ledger.before[i], ledger.names[i], genes, present)
        known += bool(found)
        if len(found) > 1:
            ledger.lose(i, MANY_GENES)
        elif found:
            ledger.rename(i, found[0], "mapped")
        else:
            ledger.rename(i, ledger.names[i], "unmapped")
    if genes.complete and known < LEAST_KNOWN * len(ledger.open()):
        first = ", ".join(ledger.delivered[:3])
        lacking = kind in IDS and not genes.ids.get(kind)
        reason = (
            f"identifiers.mapping has no {DESCRIPTIONS[kind]}; name a table that has them, or set "
            "feature_id to other to take the names as they stand"
            if lacking
            else f"identifiers.mapping knows {known:,} of the {len(ledger.open()):,} "
            f"{DESCRIPTIONS[kind]}: it is of another species or of other ids; correct it, or "
            "set feature_id to other to take the names as they stand"
        )
        raise InputError(f"{where}: {reason} (first: {first})")


def _by_symbol(before: str, name: str, genes: GeneMap, present: Collection[str]) -> list[str]:
    """Symbol behind a name among symbols, where ids may stand among them."""
    provisional = PROVISIONAL.fullmatch(name)
    symbol = name if name in genes.symbols else None
    if symbol is None and provisional:
        symbol = genes.ids.get("entrez", {}).get(provisional[1])
    if symbol is None:
        symbol = next(
            (found for kind in IDS[:2] if (found := genes.ids.get(kind, {}).get(name))), None
        )
    if symbol is None and (symbol := genes.aliases.get(name)) in present:
        symbol = None
    return [symbol] if symbol else []


def _by_id(kind: str, name: str, genes: GeneMap) -> list[str]:
    symbol = genes.ids.get(kind, {}).get(name)
    return [symbol] if symbol else []


def _by_id_first(before: str, name: str, genes: GeneMap, present: Collection[str]) -> list[str]:
    parts = composite(before)
    found: list[str] = []
    if parts:
        stable = ensembl_form(parts[1])
        found = _by_id("ensembl" if stable else "entrez", stable or parts[1], genes)
    return found or _by_symbol(before, name, genes, present)


def _by_group(before: str, name: str, genes: GeneMap, present: Collection[str]) -> list[str]:
    found = (_by_id("uniprot", accession, genes) for accession in accessions(before))
    return list(dict.fromkeys(symbol for symbols in found for symbol in symbols))


FINDERS: dict[str, Callable[[str, str, GeneMap, Collection[str]], list[str]]] = {
    "symbol": _by_symbol,
    "symbol_entrez": _by_id_first,
    "uniprot": _by_group,
    "ensembl": lambda before, name, genes, present: _by_id("ensembl", name, genes),
    "transcript": lambda before, name, genes, present: _by_id("transcript", name, genes),
    "entrez": lambda before, name, genes, present: _by_id("entrez", name, genes),
}


def _pairs(cells: Iterable[str], symbols: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Each name of each cell with the symbol of its row."""
    for cell, symbol in zip(cells, symbols, strict=True):
        if cell and symbol:
            for name in cell.split("|"):
                if name.strip():
                    yield name.strip(), symbol


def _without_doubt(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names that lead to one symbol alone."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, symbol in pairs:
        found[name].add(symbol)
    return {name: next(iter(symbols)) for name, symbols in found.items() if len(symbols) == 1}


def _id_form(name: str) -> str:
    return ensembl_form(name) or name.removesuffix(".0")
