"""The features of a cohort under canonical names: annotated, repaired, mapped, merged or lost."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dxtransfer.cohorts.identifiers.annotation import to_genes
from dxtransfer.cohorts.identifiers.forms import lose_placeholders, lose_strata, to_canonical
from dxtransfer.cohorts.identifiers.kinds import Kind, refuse_probes, told_kind
from dxtransfer.cohorts.identifiers.ledger import ACTIONS, Ledger
from dxtransfer.cohorts.identifiers.mapping import GeneMap, to_symbols
from dxtransfer.cohorts.identifiers.species import refuse_other_species
from dxtransfer.errors import InputError


@dataclass(frozen=True)
class Harmonised:
    """The features of a cohort under their canonical names.

    Attributes
    ----------
    kind
        Kind of identifier that was delivered, see `kinds.KINDS`.
    changes
        One row per changed feature and action: delivered, canonical, action (see
        `ledger.ACTIONS`), reason (of a loss; else mostly empty).
    names
        Canonical name of every feature, in order; empty for a lost one. Features of one name are
        to be merged.
    summary
        feature_kind, feature_kind_evidence, and for each action how many features it was done to.
    """

    kind: str
    changes: pd.DataFrame
    names: pd.Series
    summary: dict[str, str | int]


def harmonise(
    delivered: Sequence[str],
    *,
    kind: str = "",
    annotation: pd.DataFrame | None = None,
    mapping: GeneMap | None = None,
    species: str = "human",
    where: str = "the cohort",
) -> Harmonised:
    """Bring the features of one cohort to canonical names.

    The names of one file are judged together, and no value or sample plays a part: a patient alone
    has the features that the same patient has among others.

    Parameters
    ----------
    delivered
        All its feature ids.
    kind
        `feature_id` of the sheet; told by the names where empty. `other`: as they stand.
    annotation
        Columns probe and symbol, see `annotation.to_genes`.
    mapping
        Which names are which gene; None leaves each kind to itself.
    species
        See `species.refuse_other_species`.
    where
        Beginning of messages.

    Raises
    ------
    InputError
        For names that contradict `kind`, probes without an annotation, an annotation or a mapping
        of something else, another species, and a cohort that keeps no feature.
    """
    ledger = Ledger(delivered)
    lose_placeholders(ledger)
    lose_strata(ledger)
    listed = 0
    if annotation is not None:
        listed = to_genes(ledger, annotation, where=where)
    found = told_kind(ledger.names, stated=_stated(kind, listed), where=where)
    if found.name == "probe":
        _refuse_probes(ledger, where=where, listed=listed)
    if found.name != "other":
        refuse_other_species(list(filter(None, ledger.names)), species=species, where=where)
    to_canonical(ledger, found.name)
    if mapping is not None:
        to_symbols(ledger, mapping, kind=found.name, where=where)
    if not ledger.open():
        raise InputError(f"{where}: no feature is left; see the kinds of names in config/README.md")
    if listed:
        evidence = f"{listed:,} of {len(delivered):,} are in the annotation table; then "
        found = Kind("probe", evidence + found.evidence)
    changes, names = ledger.close()
    counts = Counter(changes["action"])
    return Harmonised(
        kind=found.name,
        changes=changes,
        names=names,
        summary={
            "feature_kind": found.name,
            "feature_kind_evidence": found.evidence,
            **{action: counts[action] for action in ACTIONS},
        },
    )


def _stated(kind: str, listed: int) -> str:
    """What the sheet says of the names that are left when probes have become genes."""
    return "" if listed and kind != "other" else kind


def _refuse_probes(ledger: Ledger, *, where: str, listed: int) -> None:
    """Probes say nothing across platforms, so that they have to become genes first."""
    first = next(ledger.names[i] for i in ledger.open())
    if listed:
        raise InputError(
            f"{where}, column annotation: the table lists {listed:,} of the "
            f"{len(ledger.delivered):,} features, and most names are still probe ids (first: "
            f"{first}); name the table of this platform"
        )
    refuse_probes(first, where=where)
