"""A folder of this machine or its network that holds accessions, looked at before any server."""

import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path

from dxtransfer.cohorts.accessions.folder import Folder, differs
from dxtransfer.cohorts.accessions.geo import series_file
from dxtransfer.cohorts.accessions.place import MANIFEST
from dxtransfer.cohorts.accessions.platforms import platform_lines, probe_symbols, symbol_table
from dxtransfer.errors import InputError
from dxtransfer.files import read_json

logger = logging.getLogger("dxtransfer")

# what the GDC's own client leaves beside the files
IGNORED = {MANIFEST, "MANIFEST.txt", "annotations.txt", "logs"}


def mirror_folder(setting: str) -> Path | None:
    """Find the folder that `accessions.mirror` names.

    Parameters
    ----------
    setting
        A path, which may contain environment variables; empty for none.

    Raises
    ------
    InputError
        When a variable is not set, or the folder is not there.
    """
    for variable in re.findall(r"\$\{?(\w+)\}?", setting):
        if not os.environ.get(variable):
            raise InputError(
                f"config: accessions.mirror: the environment variable {variable} is not set"
            )
    folder = Path(os.path.expandvars(setting))
    if setting and not folder.is_dir():
        raise InputError(
            f"config: accessions.mirror: no folder {folder}; make it, or remove the key to fetch "
            "accessions from GEO and the GDC"
        )
    return folder if setting else None


def from_mirror(source: Path, folder: Folder) -> None:
    """Link or copy an accession from a mirror; tables of platforms become probe annotation.

    Parameters
    ----------
    source
        The accession's folder in the mirror: files beside each other, or in folders of their own
        as the GDC's client leaves them. A `manifest.json` in it (such as a fetched folder has) is
        checked against the files.
    folder
        Gets the files.

    Raises
    ------
    InputError
        When there is no file, two have one name, one is not what the manifest lists, or one is of
        another series.
    """
    listed = _listed(source)
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        inside = path.relative_to(source).parts
        if IGNORED & set(inside) or any(part.startswith(".") for part in inside):
            continue
        if path.name in folder.names():
            raise InputError(f"{source}: two files are named {path.name}; keep one of them")
        if path.name in listed and differs(path, listed[path.name]):
            raise InputError(
                f"{path}: not the file that {source / MANIFEST} lists (size or checksum); copy it "
                "anew"
            )
        _take(path, folder, listed.get(path.name, {}))
    missing = sorted(set(listed) - folder.names())
    if missing:
        raise InputError(f"{source}: no file {missing[0]}, which {MANIFEST} lists; copy it anew")
    if not folder.names():
        raise InputError(f"{source}: holds no file; fill it, or remove it to fetch the accession")


def _take(path: Path, folder: Folder, listed: Mapping[str, str]) -> None:
    url = listed.get("url", "mirror")
    platform = re.match(r"(GPL\d+)\b(?!\.annot\.tsv$)", path.name)
    if re.search(r"_series_matrix|_family\.soft", path.name) and folder.accession.startswith("GSE"):
        series_file(path, folder.accession, source=str(path))
    if not platform:
        folder.take(path, url=url, checksum=listed.get("checksum"))
        return
    symbols = probe_symbols(platform_lines(path))
    if symbols is None:
        logger.warning("%s: no table of probes with gene symbols; passed over", path)
        return
    folder.write(f"{platform[1]}.annot.tsv", symbol_table(symbols), url=url)


def _listed(source: Path) -> dict[str, dict[str, str]]:
    file = source / MANIFEST
    if not file.is_file():
        return {}
    try:
        return {entry["name"]: entry for entry in read_json(file)["files"]}
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f"{file}: no list of files as a fetched folder has it; remove it"
        ) from None
