"""Splits of a target from its sample table: who takes part, and which site is tested."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dxtransfer.labels import Outcome, kind_of
from dxtransfer.learn.splits import make_splits
from dxtransfer.sites import Site, judged_sites


@dataclass(frozen=True)
class TargetSplits:
    """The tables of a target.

    Attributes
    ----------
    splits
        See `dxtransfer.learn.splits.make_splits`.
    left_out
        Samples that take no part: sample, patient, reason.
    sites
        See `dxtransfer.sites.Site`, a row each; without rows where sites are not left out.
    """

    splits: pd.DataFrame
    left_out: pd.DataFrame
    sites: pd.DataFrame


def target_splits(
    table: pd.DataFrame,
    outcomes: Sequence[Outcome],
    *,
    site: str = "",
    task: Mapping[str, Any],
    settings: Mapping[str, Any],
    seed: int,
) -> TargetSplits:
    """Split a target into folds, or into its sites.

    Parameters
    ----------
    table
        One row per sample: sample, patient and, if it is asked for, the column of the site, empty
        where a sample has none; such a sample takes no part.
    outcomes
        Outcome of each row.
    site
        Column whose values are left out one at a time; empty for folds.
    task, settings, seed
        The blocks `task` and `splits` of the configuration, and its seed.

    Raises
    ------
    InputError
        As `make_splits`.
    """
    reasons = [outcome.reason for outcome in outcomes]
    if site:
        gone = table[site] == ""
        reasons = [r or f"no {site}" * bool(g) for r, g in zip(reasons, gone, strict=True)]
    known = [not reason for reason in reasons]
    labelled = [outcome for outcome, kept in zip(outcomes, known, strict=True) if kept]
    patients, labels = table.loc[known, "patient"].tolist(), [o.label for o in labelled]
    sites = table.loc[known, site].tolist() if site else None
    kind, classes = kind_of(task), list(task["classes"])
    splits = make_splits(
        table.loc[known, "sample"].tolist(),
        patients,
        labels,
        times=[o.time for o in labelled] if kind == "survival" else None,
        task=kind,
        classes=classes,
        **settings,
        seed=seed,
        sites=sites,
    )
    found = judged_sites(sites or [], patients, labels, kind=kind, classes=classes) if site else []
    left_out = table[["sample", "patient"]].assign(reason=reasons)
    return TargetSplits(
        splits,
        left_out[[not kept for kept in known]],
        pd.DataFrame(
            [dataclasses.astuple(one) for one in found],
            columns=[field.name for field in dataclasses.fields(Site)],
        ),
    )
