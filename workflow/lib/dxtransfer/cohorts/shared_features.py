"""Whether a cohort measures enough of a source's vocabulary to learn with it or from it."""

from collections import Counter
from collections.abc import Sequence

from dxtransfer.cohorts.identifiers.kinds import DESCRIPTIONS, kind_of
from dxtransfer.errors import InputError

# of the smaller side, the cohort's features or the vocabulary
LEAST_SHARE = 0.05
# kinds of name that a table of genes leads to symbols
OF_GENES = ("symbol", "ensembl", "transcript", "entrez", "symbol_entrez", "uniprot")
# names that are looked at to say of which kind they are
LOOKED_AT = 500


def refuse_unshared(
    features: Sequence[str], vocabulary: Sequence[str], *, cohort: str, min_shared: int
) -> None:
    """Refuse a cohort that shares hardly a feature with the vocabulary of a source.

    Every feature that a cohort does not share is missing in all its samples, so that such a cohort
    would be trained on, or predicted from, nothing.

    Parameters
    ----------
    features
        Canonical names of the cohort's features.
    vocabulary
        The features that models expect.
    cohort
        Its name, for the message.
    min_shared
        Fewest features in common; where either side has fewer, all of them. In any case 5 % of
        the smaller side.

    Raises
    ------
    InputError
        With both kinds of name and what would map them.
    """
    shared = len(set(features) & set(vocabulary))
    smaller = min(len(features), len(vocabulary))
    if shared >= max(min(min_shared, smaller), LEAST_SHARE * smaller):
        return
    its, theirs = _kind(features), _kind(vocabulary)
    raise InputError(
        f"cohort {cohort}: {shared} of its {len(features):,} features (first: {features[0]}; "
        f"{DESCRIPTIONS[its]}) are among the {len(vocabulary):,} of the source's vocabulary "
        f"(first: {vocabulary[0]}; {DESCRIPTIONS[theirs]}), too few to train or predict; "
        f"{_remedy(its, theirs)}"
    )


def _kind(names: Sequence[str]) -> str:
    """Kind of most of some names."""
    looked_at = names[:: max(1, len(names) // LOOKED_AT)]
    return Counter(map(kind_of, looked_at)).most_common(1)[0][0]


def _remedy(its: str, theirs: str) -> str:
    if its != theirs and {its, theirs} <= set(OF_GENES):
        return (
            "name a table that has both in identifiers.mapping, such as HGNC's complete set or a "
            "GTF with gene_name"
        )
    if "probe" in (its, theirs):
        return "name the platform's table of probes and symbols in the column annotation"
    if its == theirs:
        return "bring the names of both to one spelling, or leave the cohort out"
    return "rename the features of one side to those of the other, or leave the cohort out"
