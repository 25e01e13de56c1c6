"""The same sample or patient id in two cohorts.

Ids are local to a cohort: two series number their patients 1, 2, 3 without meaning the same
people. They are shared where the cohort sheet gives both cohorts one study; elsewhere equal ids
are told, and are an error only where expression says so, too.
"""

from collections.abc import Collection, Iterator

from dxtransfer.cohorts.audit.cohort import AuditedCohort
from dxtransfer.cohorts.audit.findings import Finding


def same_ids(
    one: AuditedCohort,
    other: AuditedCohort,
    *,
    alike: Collection[tuple[int, int]],
    comparable: bool,
    kept_apart: bool = False,
) -> Iterator[Finding]:
    """Find samples and patients that two cohorts name alike.

    Parameters
    ----------
    one
        The cohort that is evaluated: a target, or a cohort that is only predicted.
    other
        A cohort that is learnt from.
    alike
        Pairs of rows that are one by expression.
    comparable
        Whether such pairs could have been found.
    kept_apart
        Whether `other` takes no part in what `one` is evaluated with.

    Yields
    ------
    Finding
        `same_sample` for each sample; `same_patient` once for each patient with other samples.
    """
    is_one_study = one.study == other.study != ""
    places = {sample: j for j, sample in enumerate(other.obs.index)}
    samples = [(i, places[s]) for i, s in enumerate(one.obs.index) if s in places]
    for i, j in samples:
        yield _finding(
            "same_sample",
            f"the sample id {one.obs.index[i]}",
            one,
            other,
            pairs=[(i, j)],
            supported=(i, j) in alike,
            told=(is_one_study, comparable, kept_apart),
        )
    told_already = {one.patients()[i] for i, _ in samples}
    here, there = _rows_of_patients(one), _rows_of_patients(other)
    for patient, rows in here.items():
        if patient in there and patient not in told_already:
            pairs = [(i, j) for i in rows for j in there[patient]]
            supported = [pair for pair in pairs if pair in alike]
            yield _finding(
                "same_patient",
                f"the patient id {patient}",
                one,
                other,
                pairs=supported or pairs,
                supported=bool(supported),
                told=(is_one_study, comparable, kept_apart),
            )


def _finding(
    check: str,
    what: str,
    one: AuditedCohort,
    other: AuditedCohort,
    *,
    pairs: list[tuple[int, int]],
    supported: bool,
    told: tuple[bool, bool, bool],
) -> Finding:
    is_one_study, comparable, kept_apart = told
    i, j = pairs[0]
    if kept_apart:
        level = "warning"
        why = f"; both cohorts are of study {one.study}, so {other.name} is not learnt from here"
    elif is_one_study:
        level = "error"
        why = f"; both cohorts are of study {one.study}: leave it out of one with `keep`"
    elif supported:
        level = "error"
        why = " and expression says so, too: give both cohorts the same study, or leave it out"
    else:
        level = "warning"
        said = (
            "expression does not say so (another time point or tissue would not show)"
            if comparable
            else "too few samples or features to ask expression"
        )
        why = (
            f", of different studies, where equal ids may be chance; {said}; if they are one, give "
            "both cohorts the same study"
        )
    return Finding(
        level,
        check,
        one.name,
        str(one.obs.index[i]),
        other.name,
        str(other.obs.index[j]),
        detail=f"{what} stands in both{why}",
    )


def _rows_of_patients(cohort: AuditedCohort) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for i, patient in enumerate(cohort.patients()):
        rows.setdefault(patient, []).append(i)
    return rows
