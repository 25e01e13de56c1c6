"""Bringing what an accession stands for into a folder: from a mirror, else from its archive."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dxtransfer.cohorts.accessions.folder import Folder
from dxtransfer.cohorts.accessions.gdc import fetch_project
from dxtransfer.cohorts.accessions.geo import fetch_series
from dxtransfer.cohorts.accessions.mirror import from_mirror, mirror_folder
from dxtransfer.errors import InputError
from dxtransfer.network import UnreachableError

logger = logging.getLogger("dxtransfer")


def fetch_accession(accession: str, path: Path, *, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Fill the folder of an accession; what a killed call has fetched is not fetched again.

    Parameters
    ----------
    accession
        `GSE...` or `TCGA-...`.
    path
        The folder, named like the accession.
    settings
        The block `accessions` of the configuration.

    Returns
    -------
    dict
        The manifest, see `Folder.manifest`.

    Raises
    ------
    InputError
        When there is no such accession, a file of it is damaged, or neither mirror nor server can
        be used.
    """
    folder = Folder(path, attempts=settings["attempts"])
    mirror = mirror_folder(settings["mirror"])
    if mirror and (mirror / accession).is_dir():
        logger.info("%s: taken from %s", accession, mirror / accession)
        from_mirror(mirror / accession, folder)
        return folder.manifest(source="mirror")
    servers = {name: settings[name].rstrip("/") for name in ("geo", "ncbi", "gdc")}
    try:
        if accession.startswith("GSE"):
            fetch_series(accession, folder, geo=servers["geo"], ncbi=servers["ncbi"])
        else:
            fetch_project(accession, folder, gdc=servers["gdc"])
    except UnreachableError as error:
        raise InputError(
            f"{error}, or put the files of {accession} into accessions.mirror"
        ) from None
    return folder.manifest(source="GEO" if accession.startswith("GSE") else "GDC")
