"""Feature names inside h5ad files, checked before the first job."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from dxtransfer.cohorts.identifiers.kinds import refuse_probes, told_kind
from dxtransfer.errors import InputError
from dxtransfer.h5ad_samples import features_inside


def check_features(rows: Iterable[Mapping[str, str]]) -> None:
    """Look at the names of each cohort's features where its matrix is an h5ad file.

    Parameters
    ----------
    rows
        Of the cohort sheet.

    Raises
    ------
    InputError
        A line for each cohort whose names are probes without a table of genes, contradict the
        column `feature_id`, or are mere row numbers.
    """
    errors = []
    for row in rows:
        stated = row.get("feature_id", "")
        if "annotation" in row or stated == "other":
            continue
        path = row.get("matrix", "")
        names = [name.strip() for name in features_inside(Path(path))]
        try:
            if names and told_kind(names, stated=stated, where=path).name == "probe":
                refuse_probes(names[0], where=path)
        except InputError as error:
            errors.append(str(error))
    if errors:
        raise InputError("\n".join(errors))
