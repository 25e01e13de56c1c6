"""Probes and the genes that they measure, by a table of the platform.

A probe of several genes (`A /// B`, `A;B`, or several rows that differ) measures none of them for
sure and is lost. Several probes of a gene are merged like any features of one name. Neither rule
looks at a value, so that a new patient's probes are treated as the training's were.
"""

import re
from collections import defaultdict

import pandas as pd

from dxtransfer.cohorts.identifiers.ledger import Ledger
from dxtransfer.errors import InputError

SEVERAL = re.compile(r"\s*(?:///|//|;|,|\|)\s*")
NO_GENE = "the annotation table gives the probe no gene"
MANY_GENES = "the probe measures several genes"


def to_genes(ledger: Ledger, annotation: pd.DataFrame, *, where: str) -> int:
    """Put genes in place of probes.

    Parameters
    ----------
    ledger
        The cohort's names. One that the table does not list keeps itself: some matrices mix probes
        and symbols.
    annotation
        Columns probe and symbol, as text.
    where
        Beginning of a message.

    Returns
    -------
    int
        How many features the table lists.

    Raises
    ------
    InputError
        When the table lists none of the names, or gives none of them a gene.
    """
    genes = _genes(annotation)
    listed = [i for i in ledger.open() if ledger.names[i] in genes]
    if not listed:
        raise InputError(
            f"{where}, column annotation: the table (first: {_first(list(genes))}) lists none of "
            f"the features (first: {_first(ledger.delivered)}); name the table of this platform"
        )
    for i in listed:
        found = genes[ledger.names[i]]
        if len(found) == 1:
            ledger.rename(i, next(iter(found)), "annotated")
        else:
            ledger.lose(i, MANY_GENES if found else NO_GENE)
    if not ledger.open():
        raise InputError(
            f"{where}, column annotation: the table gives no feature one gene of its own (first: "
            f"{_first(ledger.delivered)}); name a table with a symbol for each probe"
        )
    return len(listed)


def _genes(annotation: pd.DataFrame) -> dict[str, set[str]]:
    """Probe to the genes of all its rows."""
    genes: dict[str, set[str]] = defaultdict(set)
    table = annotation[["probe", "symbol"]].fillna("").astype(str)
    for probe, symbols in zip(table["probe"], table["symbol"], strict=True):
        genes[probe.strip()].update(filter(None, SEVERAL.split(symbols.strip())))
    return dict(genes)


def _first(names: list[str]) -> str:
    return ", ".join(names[:3])
