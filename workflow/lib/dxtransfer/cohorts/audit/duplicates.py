"""Samples that are one by expression, and their labels where these differ."""

from collections.abc import Iterator

from dxtransfer.cohorts.audit.cohort import AuditedCohort
from dxtransfer.cohorts.audit.copies import MARGIN, Copies
from dxtransfer.cohorts.audit.findings import Finding
from dxtransfer.cohorts.audit.similarity import Pair


def between(
    one: AuditedCohort, other: AuditedCohort, pairs: list[Pair], *, kept_apart: bool = False
) -> Iterator[Finding]:
    """Tell pairs between a cohort that is evaluated and one that is learnt from.

    Parameters
    ----------
    one, other
        The evaluated cohort and the other.
    pairs
        See `similarity.pairs_between`.
    kept_apart
        Whether `other` takes no part in what `one` is evaluated with.

    Yields
    ------
    Finding
        An error for each sure pair, a warning for the others and where the cohorts are kept
        apart.
    """
    what_to_do = (
        f"{other.name} is not learnt from here"
        if kept_apart
        else "give both cohorts the same study, leave it out of one with `keep`, or set "
        "audit.on_leak to drop_from_source"
    )
    for pair in pairs:
        level = "error" if pair.sure and not kept_apart else "warning"
        yield _finding(level, one, other, pair, detail=what_to_do)
        if conflict := _conflict(one, other, pair):
            yield conflict


def copied(
    one: AuditedCohort, other: AuditedCohort, copies: Copies, *, kept_apart: bool = False
) -> Finding:
    """Tell that several samples of a cohort are in another; an error where it is sure."""
    n, m = copies.sizes
    found = f"samples of {one.name} found in {other.name} (of {n} and {m})"
    what = (
        f"{copies.pairs} {found}: so many mutual nearest pairs lead the second-best partner by "
        f"more than {MARGIN} standard deviations over {copies.features} features (evidence "
        f"{copies.evidence:.1f}; unrelated cohorts stay below {copies.limit:.1f})"
    )
    if kept_apart:
        todo = f"{other.name} is not learnt from here"
    elif copies.sure:
        todo = (
            "copies that were not noticed remain; give both cohorts the same study, or set "
            f"audit.on_leak to drop_from_source, which leaves out all of {other.name}"
        )
    else:
        todo = (
            "cohorts of one laboratory may come near it; give both cohorts the same study if they "
            "share patients"
        )
    return Finding(
        "error" if copies.sure and not kept_apart else "warning",
        "copied_cohort",
        one.name,
        other_cohort=other.name,
        statistic=copies.evidence,
        detail=f"{'' if copies.sure else 'perhaps '}{what}; {todo}",
    )


def within(cohort: AuditedCohort, pairs: list[Pair], *, has_folds: bool) -> Iterator[Finding]:
    """Tell pairs within a cohort.

    Parameters
    ----------
    cohort
        The cohort.
    pairs
        See `similarity.pairs_within`.
    has_folds
        Whether the cohort is cross-validated, so that two patients may be on both sides of a
        fold.

    Yields
    ------
    Finding
        One for each pair of different patients: an error where there are folds and the pair is
        sure, else a warning.
        Repeated samples of one patient stay on one side of every fold and are told only where
        the same values stand under two sample ids. Labels that differ are told at the same
        level; for one patient they are an error only where the values are the same.
    """
    patients = cohort.patients()
    for pair in pairs:
        one, other = patients[pair.one], patients[pair.other]
        if one != other:
            yield _finding(
                "error" if has_folds and pair.sure else "warning",
                cohort,
                cohort,
                pair,
                detail=f"patients {one} and {other}: give both samples one patient id, or leave "
                "one out with `keep`",
            )
        elif pair.identical:
            yield _finding(
                "warning", cohort, cohort, pair, detail=f"both of patient {one}: leave one out"
            )
        # tumour and healthy tissue of one person are rightly alike and labelled differently
        sure = pair.sure if one != other else pair.identical
        if conflict := _conflict(cohort, cohort, pair, is_error=has_folds and sure):
            yield conflict


def _finding(
    level: str, one: AuditedCohort, other: AuditedCohort, pair: Pair, *, detail: str
) -> Finding:
    if pair.identical:
        check = "identical_expression"
        what = f"the order of {pair.features} features is the same: one sample delivered twice"
    else:
        check = "similar_expression"
        what = (
            f"without what the platforms and unrelated people share, {pair.features} features "
            f"correlate by {pair.correlation:.2f}, {pair.z:.1f} standard deviations above other "
            f"pairs: {'' if pair.sure else 'perhaps '}one sample or person measured twice"
        )
    return Finding(
        level,
        check,
        one.name,
        str(one.obs.index[pair.one]),
        other.name,
        str(other.obs.index[pair.other]),
        statistic=pair.correlation,
        detail=f"{what}; {detail}",
    )


def _conflict(
    one: AuditedCohort, other: AuditedCohort, pair: Pair, *, is_error: bool = False
) -> Finding | None:
    label, its = one.labels[pair.one], other.labels[pair.other]
    if not label or not its or label == its:
        return None
    return Finding(
        "error" if is_error else "warning",
        "label_conflict",
        one.name,
        str(one.obs.index[pair.one]),
        other.name,
        str(other.obs.index[pair.other]),
        statistic=pair.correlation,
        detail=f"one sample by expression, labelled {label} here and {its} there: one label is "
        "wrong, or the samples were swapped; correct it, or leave both out with `keep`",
    )
