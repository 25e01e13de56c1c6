"""Source samples that stand in a target, too, and leaving them out of what is learnt."""

import logging
from collections.abc import Iterable, Iterator

import pandas as pd
from anndata import AnnData

from dxtransfer.errors import InputError

logger = logging.getLogger(__name__)

COLUMNS = ["cohort", "sample", "patient", "reason"]


def left_in(
    cohorts: Iterable[tuple[str, AnnData]], leaks: pd.DataFrame | None
) -> Iterator[tuple[str, AnnData]]:
    """Give the cohorts of a source without the samples that are left out.

    Parameters
    ----------
    cohorts
        Name and cohort, see `leave_out`.
    leaks
        As in `leave_out`.

    Yields
    ------
    tuple
        Name and cohort; a cohort that is left out whole is passed over.

    Raises
    ------
    InputError
        At the end, when no cohort is left.
    """
    emptied, kept = [], 0
    for name, adata in cohorts:
        rest = leave_out(adata, leaks)
        if rest.n_obs:
            kept += 1
            yield name, rest
        else:
            emptied.append(name)
            logger.warning("cohort %s: all samples are in a target, too, and left out", name)
    if emptied and not kept:
        raise InputError(
            f"no sample is left to learn from: all of {', '.join(emptied)} are in a target, too, "
            "and are left out of the source (audit.on_leak); add a source cohort without these "
            "patients, or give these cohorts the role new or external"
        )


def leave_out(adata: AnnData, leaks: pd.DataFrame | None) -> AnnData:
    """Leave samples out of a source cohort.

    Parameters
    ----------
    adata
        A source cohort after quality control; may be backed. `uns["dxtransfer"]["cohort"]`.
    leaks
        cohort, sample, patient, reason, all text; None where nothing is to be left out.

    Returns
    -------
    AnnData
        The cohort as it is where no sample is listed for it, else in memory without them: rows of
        a backed cohort cannot be chosen twice.
    """
    if leaks is None:
        return adata
    cohort = str(adata.uns["dxtransfer"]["cohort"])
    gone = leaks.loc[leaks["cohort"] == cohort, "sample"]
    if gone.empty:
        return adata
    stays = ~adata.obs_names.isin(gone)
    kept = adata[stays]
    return kept.to_memory() if adata.isbacked else kept.copy()
