"""Columns of a taxonomy that name rows together, as phyloseq, dada2 and mothur export them."""

import re
from collections.abc import Sequence
from pathlib import Path

from dxtransfer.errors import InputError
from dxtransfer.missing_codes import UNNAMED

RANKS = {
    **dict.fromkeys(("domain", "kingdom", "superkingdom"), "k"),
    "phylum": "p", "class": "c", "order": "o", "family": "f", "genus": "g", "species": "s",
}  # fmt: skip
FEWEST = 3
RANK_COLUMN = re.compile(r"(?:tax(?:onomy|onomic|on)?[ _.]?)?(?:rank|level|lvl)", re.IGNORECASE)
WORDS = {*RANKS, "d", "k", "p", "c", "o", "f", "g", "s", "strain"}
PREFIX = re.compile(r"(?:sk|[dkpcofgst])__|D_\d+__")


def taxonomy(columns: Sequence[str], kinds: Sequence[str]) -> list[int]:
    """Columns of text that are called as ranks, from the highest; none where they are under three.

    A domain beside a kingdom is left out.
    """
    found: dict[str, int] = {}
    for place, name in enumerate(columns):
        rank = RANKS.get(name.strip().lower())
        if rank and kinds[place] != "number":
            found.setdefault(rank, place)
    ordered = [found[rank] for rank in "kpcofgs" if rank in found]
    return ordered if len(ordered) >= FEWEST else []


def refuse_several_ranks(
    columns: Sequence[str], body: Sequence[Sequence[str]], *, path: Path
) -> None:
    """Refuse rows of several ranks, told by a column of ranks: the higher are sums of the lower."""
    for place, name in enumerate(columns):
        if not RANK_COLUMN.fullmatch(name.strip()):
            continue
        cells = {row[place].strip().lower() for row in body} - UNNAMED
        if len(cells & WORDS) > 1 or (name.strip().lower() == "taxlevel" and len(cells) > 1):
            raise InputError(
                f"{path}, column {name}: the rows are of several ranks "
                f"({', '.join(sorted(cells)[:4])}), of which the higher are sums of the lower; "
                "keep the rows of one rank"
            )


def lineages(names: Sequence[str], texts: Sequence[Sequence[str]]) -> list[str]:
    """Lineage of each row, `k__Bacteria|...|g__Escherichia`.

    All end at the lowest rank that half of the rows have; rows that are known to a higher rank
    only end there.

    Parameters
    ----------
    names
        Of the columns, from the highest rank.
    texts
        Cells of each column.
    """
    ranks = [RANKS[name.strip().lower()] for name in names]
    rows = [_known(ranks, row) for row in zip(*texts, strict=True)]
    lowest = max(
        (
            n
            for n in range(1, len(ranks) + 1)
            if 2 * sum(len(row) >= n for row in rows) >= len(rows)
        ),
        default=len(ranks),
    )
    return ["|".join(row[:lowest]) for row in rows]


def _known(ranks: Sequence[str], cells: Sequence[str]) -> list[str]:
    parts: list[str] = []
    for rank, cell in zip(ranks, cells, strict=True):
        name = PREFIX.sub("", cell.strip())
        if name.lower() in UNNAMED:
            break
        parts.append(f"{rank}__{name}")
    return parts
