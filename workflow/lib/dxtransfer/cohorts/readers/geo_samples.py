"""What GEO tells of samples, as columns of a sample table."""

import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

logger = logging.getLogger(__name__)
# the attributes of a sample that say something of the patient, the specimen or the array
KEPT = ("title", "source_name", "organism", "platform_id", "description", "type", "label")


def sample_table(attributes: Mapping[str, Mapping[str, Sequence[str]]]) -> pd.DataFrame:
    """Turn the attributes of GEO samples into one row per sample.

    Parameters
    ----------
    attributes
        Sample to its attributes (`title`, `characteristics_ch1`...), each with all its values.

    Returns
    -------
    pandas.DataFrame
        Text, missing cells empty. Each `key: value` of the characteristics is a column named
        `key`; one without a key stands in `characteristics`. Keys of a second channel end in
        `_ch2`. Of the other attributes title, source, organism, platform, description, type and
        label stay.
    """
    rows = {sample: _row(values) for sample, values in attributes.items()}
    rows = _one_spelling(rows)
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    cells = {c: [row.get(c, "") for row in rows.values()] for c in columns}
    return pd.DataFrame(cells, index=list(rows), dtype=object)


def _one_spelling(rows: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Keys that differ in case, blanks or marks alone are one column, in the commonest spelling.

    Where a sample has two of them, its keys stay apart: they are then two columns to the submitter.
    """
    often = Counter(column for row in rows.values() for column in row)
    spellings: dict[str, list[str]] = {}
    for column in often:
        spellings.setdefault(re.sub(r"(?:[^\w+%-]|_|-(?=\w))+", "", column.lower()), []).append(
            column
        )
    chosen = {
        column: max(same, key=lambda name: often[name])
        for same in spellings.values()
        if not any(sum(column in row for column in same) > 1 for row in rows.values())
        for column in same
    }
    changed = sorted(f"{old} is {new}" for old, new in chosen.items() if old != new)
    if changed:
        logger.warning(
            "keys of GEO samples in two spellings are one column: %s", ", ".join(changed)
        )
    return {
        sample: {chosen.get(column, column): value for column, value in row.items()}
        for sample, row in rows.items()
    }


def _row(attributes: Mapping[str, Sequence[str]]) -> dict[str, str]:
    row: dict[str, list[str]] = {}
    for name, values in attributes.items():
        base, channel = name.removesuffix("_ch1"), ""
        if base.endswith("_ch2"):
            base, channel = base.removesuffix("_ch2"), "_ch2"
        if base == "characteristics":
            for value in values:
                key, colon, text = (part.strip() for part in value.partition(":"))
                column = (key if colon and key else "characteristics") + channel
                row.setdefault(column, []).append(text if colon and key else value.strip())
        elif base in KEPT:
            row.setdefault(base + channel, []).extend(value.strip() for value in values)
    return {column: "; ".join(filter(None, values)) for column, values in row.items()}
