"""Where the numbers of a page come from: settings, versions, inputs, the file of each table."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from dxtransfer.report.cells import Table
from dxtransfer.report.tables import pairs_table, plain_table


def provenance_tables(
    settings: Mapping[str, Any], provenance: Mapping[str, Any]
) -> dict[str, Table]:
    """Tables `settings`, `versions`, `inputs` and `tables`.

    Parameters
    ----------
    settings
        The whole configuration.
    provenance
        `versions` (name to version), `inputs` (list of cohort, file, sha256) and `tables` (name
        to file).
    """
    inputs = pd.DataFrame(provenance.get("inputs", []), columns=["cohort", "file", "sha256"])
    versions, files = provenance.get("versions", {}), provenance.get("tables", {})
    return {
        "settings": pairs_table(dict(_flat(settings)), "Setting", "Value", caption="Settings"),
        "versions": pairs_table(versions, "Software", "Version", caption="Software"),
        "inputs": plain_table(
            inputs,
            {"cohort": "Cohort", "file": "File", "sha256": "SHA-256"},
            caption="Files that went in, with their checksums",
        ),
        "tables": pairs_table(files, "Table", "File", caption="The file behind each table"),
    }


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            yield f"{prefix}{key}", ", ".join(map(str, value))
        else:
            yield f"{prefix}{key}", str(value)
