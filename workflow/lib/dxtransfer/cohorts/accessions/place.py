"""Where the files of a fetched accession stand."""

from pathlib import Path

# the list of the files of an accession, beside them
MANIFEST = "manifest.json"


def delivered_path(path: Path | str) -> Path:
    """Give what a cohort is read from: for the manifest of an accession the folder, else itself."""
    path = Path(path)
    return path.parent if path.name == MANIFEST else path
