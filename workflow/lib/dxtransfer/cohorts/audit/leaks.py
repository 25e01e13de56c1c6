"""Source samples that stand in a target, too, and leaving them out of what is learnt."""

import pandas as pd
from anndata import AnnData

from dxtransfer.errors import InputError

COLUMNS = ["cohort", "sample", "patient", "reason"]


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

    Raises
    ------
    InputError
        When none is left.
    """
    if leaks is None:
        return adata
    cohort = str(adata.uns["dxtransfer"]["cohort"])
    gone = leaks.loc[leaks["cohort"] == cohort, "sample"]
    if gone.empty:
        return adata
    stays = ~adata.obs_names.isin(gone)
    if not stays.any():
        raise InputError(
            f"cohort {cohort}: all {len(stays)} samples stand in a target, too, and are left out "
            "of the source (audit.on_leak); give it the role new or external, or take it out of "
            "the cohort sheet"
        )
    kept = adata[stays]
    return kept.to_memory() if adata.isbacked else kept.copy()
