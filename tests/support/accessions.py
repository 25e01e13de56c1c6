"""An accession fetched as the rule does it, and what the tests of that share."""

import gzip
from pathlib import Path
from typing import Any

from archive import Archive, platform_table, series_matrix

from dxtransfer.cohorts.accessions.fetch import fetch_accession
from dxtransfer.files import write_json

VALUES = {"1007_s_at": (7.5, 8.0, 7.25, 6.0), "1053_at": (5.0, 5.5, 6.0, 6.5)}
ARRAY = series_matrix("GSE1234", rows=VALUES)
ANNOTATION = platform_table(
    "GPL96",
    "ID\tGene title\tGene symbol\tGene ID",
    "1007_s_at\tdiscoidin\tMIR4640///DDR1\t100616237///780",
    "1053_at\treplication factor\tRFC2\t5982",
    "AFFX-BioB-3_at\t\t\t",
)


def settings(archive: Archive | None, **more: Any) -> dict[str, Any]:
    address = archive.address if archive else "http://127.0.0.1:9"
    servers = {"geo": f"{address}/geo", "ncbi": f"{address}/pages/", "gdc": f"{address}/gdc"}
    return {**servers, "mirror": "", "attempts": 3, **more}


def fetched(
    accession: str, folder: Path, archive: Archive | None, **more: Any
) -> tuple[Path, dict[str, Any]]:
    """Fetch an accession as the rule does: its folder and its manifest."""
    place = folder / accession
    manifest = fetch_accession(accession, place, settings=settings(archive, **more))
    write_json(place / "manifest.json", manifest)
    return place, manifest


def names(place: Path) -> list[str]:
    return sorted(file.name for file in place.iterdir())


def put_annotation(archive: Archive, platform: str = "GPL96") -> None:
    stub = f"GPL{platform[3:][:-3]}nnn"
    path = f"/geo/platforms/{stub}/{platform}/annot/{platform}.annot.gz"
    archive.put(path, gzip.compress(ANNOTATION.encode(), mtime=0))
