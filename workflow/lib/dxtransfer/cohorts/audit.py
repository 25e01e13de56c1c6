"""Leakage audit: patients, samples and expression that stand on both sides of an evaluation."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import rankdata

from dxtransfer.errors import InputError

# two different samples never agree to this in the order of their features
IDENTICAL = 1 - 1e-6
# a few features decide quickly which pairs need a look at all of them
SCREEN_FEATURES = 512
SCREEN = 1 - 1e-3
SPREAD_SAMPLES = 200
FEWEST_FEATURES = 20
COLUMNS = ["level", "check", "cohort", "sample", "other_cohort", "other_sample", "detail"]


class Finding(NamedTuple):
    """One row of the audit."""

    level: str
    check: str
    cohort: str
    sample: str
    other_cohort: str
    other_sample: str
    detail: str


def audit(cohorts: Mapping[str, AnnData], *, targets: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Look for samples of a target that its source has seen, and for duplicates within cohorts.

    Parameters
    ----------
    cohorts
        Cohort to its samples after quality control; `obs["patient"]`, `uns["dxtransfer"]["study"]`.
    targets
        Target to the cohorts of its source.

    Returns
    -------
    DataFrame
        level, check, cohort, sample, other_cohort, other_sample, detail; errors first.

        - `same_sample`, `same_patient`: an id on both sides; an error where both cohorts are of
          one study, else a warning, since bare numbers coincide between studies. A patient is
          told once per pair of cohorts.
        - `identical_expression`: two samples whose values have the same order (Spearman
          correlation above 1 - 1e-6 over at least 20 shared features, so that other units of the
          same measurement are found too): an error between a target and its source, and within a
          target where the patients differ; a warning within a source.
    """
    findings: list[Finding] = []
    spread = {name: _spread(adata.X) for name, adata in cohorts.items()}
    for target, sources in targets.items():
        for source in sources:
            findings += _same_ids(cohorts, target, source)
            findings += _identical_between(cohorts, target, source, spread=spread[target])
    in_source = {source for sources in targets.values() for source in sources}
    for name in dict.fromkeys([*targets, *sorted(in_source)]):
        findings += _identical_within(
            cohorts[name], name, is_target=name in targets, spread=spread[name]
        )
    table = pd.DataFrame(findings, columns=COLUMNS, dtype=object)
    return table.sort_values("level", kind="stable", ignore_index=True)


def _same_ids(cohorts: Mapping[str, AnnData], target: str, source: str) -> Iterator[Finding]:
    one, other = cohorts[target], cohorts[source]
    studies = [str(adata.uns["dxtransfer"].get("study", "")) for adata in (one, other)]
    is_one_study = studies[0] == studies[1] != ""
    level = "error" if is_one_study else "warning"
    where = (
        f"both of study {studies[0]}"
        if is_one_study
        else "of different studies, where equal ids may be chance"
    )
    samples = one.obs_names.intersection(other.obs_names)
    for sample in samples:
        detail = f"the same sample id, {where}"
        yield Finding(level, "same_sample", target, sample, source, sample, detail)
    here = _first_of_patient(one.obs.drop(index=samples))
    there = _first_of_patient(other.obs.drop(index=samples))
    for patient, sample in here.items():
        if patient in there:
            detail = f"the same patient id {patient}, {where}"
            yield Finding(level, "same_patient", target, sample, source, there[patient], detail)


def _first_of_patient(obs: pd.DataFrame) -> dict[str, str]:
    first: dict[str, str] = {}
    for sample, patient in zip(obs.index, obs["patient"].astype(str), strict=True):
        first.setdefault(patient, str(sample))
    return first


def _identical_between(
    cohorts: Mapping[str, AnnData], target: str, source: str, *, spread: NDArray[np.float64]
) -> Iterator[Finding]:
    one, other = cohorts[target], cohorts[source]
    shared = one.var_names.intersection(other.var_names)
    if len(shared) < FEWEST_FEATURES or not one.n_obs or not other.n_obs:
        return
    mine, theirs = one.var_names.get_indexer(shared), other.var_names.get_indexer(shared)
    for i, j, agreement in _identical_pairs(one.X, mine, other.X, theirs, spread=spread):
        yield Finding(
            "error",
            "identical_expression",
            target,
            one.obs_names[i],
            source,
            other.obs_names[j],
            f"the order of {len(shared)} shared features agrees to {agreement:.8f}: one sample "
            "delivered twice; give both cohorts the same study, or drop it from one",
        )


def _identical_within(
    adata: AnnData, name: str, *, is_target: bool, spread: NDArray[np.float64]
) -> Iterator[Finding]:
    every = np.arange(adata.n_vars)
    if len(every) < FEWEST_FEATURES:
        return
    patients = adata.obs["patient"].astype(str).to_numpy()
    for i, j, agreement in _identical_pairs(adata.X, every, adata.X, every, spread=spread):
        if i >= j or (is_target and patients[i] == patients[j]):
            continue
        yield Finding(
            "error" if is_target else "warning",
            "identical_expression",
            name,
            adata.obs_names[i],
            name,
            adata.obs_names[j],
            f"the order of {len(every)} features agrees to {agreement:.8f}; "
            f"patients {patients[i]} and {patients[j]}",
        )


def _identical_pairs(
    X: Any,
    columns: NDArray[np.intp],
    Y: Any,
    other_columns: NDArray[np.intp],
    *,
    spread: NDArray[np.float64],
) -> Iterator[tuple[int, int, float]]:
    """Pairs of rows whose values have the same order over paired columns.

    A screen over the features that vary most finds candidates; identical rows agree in any
    choice of features, so it loses none.
    """
    order = np.argsort(-spread[columns], kind="stable")
    varying = np.sort(order[:SCREEN_FEATURES])
    screened = _unit_ranks(_dense(X, columns[varying]))
    others = _unit_ranks(_dense(Y, other_columns[varying]))
    for i, j in np.argwhere(screened @ others.T > SCREEN):
        one = _dense(X[i : i + 1], columns)[0]
        other = _dense(Y[j : j + 1], other_columns)[0]
        both = ~np.isnan(one) & ~np.isnan(other)
        if both.sum() < FEWEST_FEATURES:
            continue
        ranks = _unit_ranks(np.stack([one[both], other[both]]))
        agreement = float(ranks[0] @ ranks[1])
        if agreement > IDENTICAL:
            yield int(i), int(j), min(agreement, 1.0)


def _spread(X: Any) -> NDArray[np.float64]:
    """Variance of each feature over the first samples, which is enough to choose by."""
    values = _dense(X[:SPREAD_SAMPLES], np.arange(X.shape[1]))
    variance: NDArray[np.float64] = np.nan_to_num(values, nan=0.0).var(axis=0)
    return variance


def _dense(X: Any, columns: NDArray[np.intp]) -> NDArray[np.float64]:
    block = X[:, columns]
    return np.asarray(block.toarray() if sparse.issparse(block) else block, dtype=np.float64)


def _unit_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks of each row, centred, of length 1; missing values rank lowest, constant rows are 0."""
    ranks = rankdata(np.where(np.isnan(values), -np.inf, values), axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.linalg.norm(ranks, axis=1, keepdims=True)
    unit: NDArray[np.float64] = ranks / np.where(length > 0, length, 1)
    return unit


def refuse_errors(findings: pd.DataFrame, *, table: str) -> None:
    """Stop before any training where the audit found an error.

    Parameters
    ----------
    findings
        As `audit` gives them.
    table
        Where they are kept, for the message.

    Raises
    ------
    InputError
        Naming the first error and how many there are.
    """
    errors = findings[findings["level"] == "error"]
    if len(errors):
        first = errors.iloc[0]
        raise InputError(
            f"{table}: {len(errors)} errors stop the training; the first: {first['check']}, "
            f"{first['cohort']} {first['sample']} and {first['other_cohort']} "
            f"{first['other_sample']}: {first['detail']}; leave one of them out with `keep`, or "
            "give both cohorts the same study"
        )
