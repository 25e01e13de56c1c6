"""The audit of a study before training, and of a cohort before it is predicted."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

import pandas as pd

from dxtransfer.cohorts.audit.cohort import AuditedCohort
from dxtransfer.cohorts.audit.confounding import confounded
from dxtransfer.cohorts.audit.copies import copies_between
from dxtransfer.cohorts.audit.duplicates import between, copied, within
from dxtransfer.cohorts.audit.findings import Finding, finding_table
from dxtransfer.cohorts.audit.ids import same_ids
from dxtransfer.cohorts.audit.leaks import COLUMNS
from dxtransfer.cohorts.audit.numeric import NEAR
from dxtransfer.cohorts.audit.similarity import can_compare, compared, pairs_within

# a feature like the label that chance would give this often is no evidence
LEAST_EXPECTED = 0.01
FEATURES_TOLD = 20
HOW = {
    "values": "has two values, and each class has one of them",
    "missing": "is missing in all samples of some classes and in none of the others",
    "affine": "is the numeric label itself, or a multiple of it plus a constant",
    "order": "puts the samples in exactly the order of the numeric label",
    "near": "puts the samples nearly in the order of the numeric label (Spearman's correlation "
    f"above {NEAR})",
}


def audit(
    cohorts: Mapping[str, AuditedCohort],
    *,
    targets: Mapping[str, Sequence[str]],
    label_columns: Collection[str],
    covariates: Collection[str] = (),
) -> pd.DataFrame:
    """Look for leaks between the targets of a study and their sources.

    Parameters
    ----------
    cohorts
        Every cohort that is trained on.
    targets
        Target to the cohorts of its source.
    label_columns
        Columns of the sample tables that the labels were read from.
    covariates
        Columns that the configuration gives to a model.

    Returns
    -------
    DataFrame
        See `Finding`; errors first. Within cohorts: duplicates, labels that contradict each
        other, columns and features that give the label away. Between a target and its source:
        ids and duplicates; between it and the other cohorts of its study, which are not learnt
        from, the same as warnings.
    """
    findings: list[Finding] = []
    for target, sources in targets.items():
        one = cohorts[target]
        for name, other in cohorts.items():
            if name in sources:
                findings += _between(one, other)
            elif name != target and other.study == one.study != "":
                findings += _between(one, other, kept_apart=True)
    for name, cohort in cohorts.items():
        findings += _within(
            cohort, has_folds=name in targets, label_columns=label_columns, covariates=covariates
        )
    return finding_table(findings)


def audit_predicted(
    cohort: AuditedCohort,
    seen: Iterable[AuditedCohort],
    *,
    is_evaluated: bool,
    label_columns: Collection[str],
    covariates: Collection[str] = (),
) -> pd.DataFrame:
    """Look for samples of a predicted cohort that its model has learnt from.

    Parameters
    ----------
    cohort
        The cohort.
    seen
        The model's target and the cohorts of its source.
    is_evaluated
        Whether the predictions are held against labels (role external): a leak is then an error.
        A new patient may well have been seen before, which is told as a warning.
    label_columns, covariates
        As in `audit`.
    """
    findings = [
        *chain.from_iterable(_between(cohort, other) for other in seen),
        *_within(
            cohort, has_folds=is_evaluated, label_columns=label_columns, covariates=covariates
        ),
    ]
    if not is_evaluated:
        findings = [finding._replace(level="warning") for finding in findings]
    return finding_table(findings)


def source_leaks(findings: pd.DataFrame, cohorts: Mapping[str, AuditedCohort]) -> pd.DataFrame:
    """List the source samples that stand in a target, too.

    Parameters
    ----------
    findings
        As `audit` gives them.
    cohorts
        The same cohorts.

    Returns
    -------
    DataFrame
        cohort, sample, patient, reason: one row per sample. Of a patient in a target all samples
        are listed, of a copied cohort every sample.
    """
    rows: dict[tuple[str, str], list[str]] = {}
    errors = findings[(findings["level"] == "error") & (findings["other_cohort"] != "")]
    for error in errors[errors["other_cohort"] != errors["cohort"]].itertuples():
        source = cohorts[error.other_cohort]
        patients = dict(zip(source.obs.index.astype(str), source.patients(), strict=True))
        # copies that nobody noticed remain in a copied cohort: all of it goes
        whole = not error.other_sample
        own = "" if whole else patients[error.other_sample]
        for sample, patient in patients.items():
            if whole or patient == own:
                about = error.check if whole else f"{error.check}: {error.sample}"
                reason = f"also in the target {error.cohort} ({about})"
                rows.setdefault((source.name, sample), [patient, reason])
    return pd.DataFrame([[*key, *cells] for key, cells in rows.items()], columns=COLUMNS)


def _between(
    one: AuditedCohort, other: AuditedCohort, *, kept_apart: bool = False
) -> Iterator[Finding]:
    comparison = compared(one.fingerprints, other.fingerprints)
    pairs = comparison.pairs
    yield from same_ids(
        one,
        other,
        alike={(pair.one, pair.other) for pair in pairs},
        comparable=can_compare(one.fingerprints, other.fingerprints),
        kept_apart=kept_apart,
    )
    if copies := copies_between(comparison, patients=(one.patients(), other.patients())):
        yield copied(one, other, copies, kept_apart=kept_apart)
    yield from between(one, other, pairs, kept_apart=kept_apart)


def _within(
    cohort: AuditedCohort,
    *,
    has_folds: bool,
    label_columns: Collection[str],
    covariates: Collection[str],
) -> Iterator[Finding]:
    pairs = pairs_within(cohort.fingerprints, thorough=has_folds)
    yield from within(cohort, pairs, has_folds=has_folds)
    yield from confounded(
        cohort, label_columns=label_columns, has_folds=has_folds, covariates=covariates
    )
    yield from _features(cohort)
    if has_folds and cohort.relative:
        yield Finding(
            "warning",
            "relative_values",
            cohort.name,
            detail=f"{cohort.relative}; a single new patient has no such values, so that the model "
            "will answer for none that is delivered in this way",
        )


def _features(cohort: AuditedCohort) -> Iterator[Finding]:
    for number, found in enumerate(cohort.features_like_label):
        if number == FEATURES_TOLD:
            more = len(cohort.features_like_label) - number
            detail = f"{more} more features follow the label in the same way"
            yield Finding("warning", "feature_is_label", cohort.name, detail=detail)
            return
        certain = found.how == "affine" or found.expected < LEAST_EXPECTED
        is_label = certain and found.how not in ("missing", "near")
        yield Finding(
            "error" if is_label else "warning",
            "feature_is_label",
            cohort.name,
            column=found.feature,
            statistic=found.expected,
            detail=f"the feature {found.feature} {HOW[found.how]}; by chance {found.expected:.2g} "
            "such features are expected; take it out of the matrix if it is not a measurement",
        )
