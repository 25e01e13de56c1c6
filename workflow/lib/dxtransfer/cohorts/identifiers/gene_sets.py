"""Genes of gene sets under the names of a model's features."""

from collections.abc import Iterable

from dxtransfer.cohorts.identifiers.harmonise import harmonise
from dxtransfer.cohorts.identifiers.mapping import GeneMap


def as_features(
    genes: Iterable[str], *, feature_kind: str, mapping: GeneMap | None, where: str
) -> dict[str, str]:
    """Bring genes to canonical names, as the features of a new patient are.

    Parameters
    ----------
    genes
        All genes of the sets, in any kind of identifier; they are judged together.
    feature_kind
        Kind of the target's features; `other` leaves names as they stand.
    mapping
        What leads from other names to the model's features; None where the study had no mapping
        table.
    where
        Beginning of a message.

    Returns
    -------
    dict
        Gene, as it was given, to its canonical name, empty for one that has none.

    Raises
    ------
    InputError
        For names of which none can be read.
    """
    given = sorted(set(genes))
    if feature_kind == "other":
        return {name: name for name in given}
    found = harmonise(given, mapping=mapping, species="other", where=where)
    return dict(zip(given, found.names, strict=True))
