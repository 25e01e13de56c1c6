"""SomaLogic's ADAT: SomaScan's relative fluorescence with what is known of samples and aptamers.

Layout: https://github.com/SomaLogic/SomaLogic-Data (ADAT specification), as the package SomaDataIO
reads it.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from dxtransfer.cohorts.readers.export_cells import Cells, Values, read_cells, sample_ids
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

logger = logging.getLogger(__name__)


def read_adat(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read the samples of an ADAT; its columns about them become the sample table.

    Calibrators, buffers and quality controls (`SampleType` other than `Sample`) are left out, and
    so are aptamers that bind no human protein. Aptamers are named by `UniProt`, which other
    methods and other versions of the assay share; several of one protein are merged in quality
    control, as other features of one name. What `RowCheck` and `ColCheck` flag is counted in the
    log and stays.

    Raises
    ------
    InputError
        For a file that ends before its samples; else see `cells`.
    """
    about, header, rows = _parts(path)
    label = len(header)
    aptamers = about["SeqId"]
    fields = {name: place for place, name in enumerate(header)}
    kinds = Counter(row[fields["SampleType"]].strip() for _, row in rows)
    kept = [(n, row) for n, row in rows if row[fields["SampleType"]].strip() == "Sample"]
    if not kept:
        raise InputError(
            f"{path}: the ADAT file has no row of the SampleType Sample; it has: "
            f"{', '.join(sorted(kinds)) or 'none'}"
        )
    logger.info(
        "%s: rows left out: %s",
        path,
        ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()) if kind != "Sample") or "none",
    )
    obs = pd.DataFrame(
        [[row[place].strip() for place in fields.values()] for _, row in kept],
        columns=list(fields),
        dtype=object,
    )
    names, left_out = _named(about, aptamers)
    _log_flags(obs, about, path)
    values = Values(path, [aptamers[i] for i in names]).of(
        [[row[label + 1 + i].strip() for i in names] for _, row in kept],
        [number for number, _ in kept],
        separator="\t",
    )
    samples = sample_ids(_spellings(obs), wanted=sample_names)
    return Table(
        values,
        samples,
        list(names.values()),
        natural="genes_in_columns",
        obs=obs.set_axis(samples, axis=0),
        left_out=left_out,
    )


def _parts(path: Path) -> tuple[dict[str, list[str]], list[str], list[tuple[int, list[str]]]]:
    """What is known of the aptamers, names of the samples' fields, and the samples' rows."""
    cells: Cells = read_cells(path, is_header=lambda line: line.startswith("^TABLE_BEGIN"))
    about: dict[str, list[str]] = {}
    header: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    width = label = 0
    lines = cells.body.splitlines()
    for number, line in enumerate(lines, start=cells.above + 1):
        row = line.split("\t")
        if not any(row):
            continue
        if not row[0] and not header:
            label = next(place for place, cell in enumerate(row) if cell)
            about[row[label]] = row[label + 1 :]
            width = width or len(row)
            if len(row) != width:
                raise InputError(
                    f"{path}, row {number}: {len(row)} cells where {width} are expected"
                )
        elif not header:
            header = [cell.strip() for cell in row[:label]]
        elif len(row) != width:
            raise InputError(f"{path}, row {number}: {len(row)} cells where {width} are expected")
        else:
            rows.append((number, row))
    if "SeqId" not in about or "SampleType" not in header or not rows:
        raise InputError(
            f"{path}: a SomaScan ADAT file that ends before its samples (no rows below SampleType);"
            " fetch or export it again"
        )
    return about, header, rows


def _named(
    about: dict[str, list[str]], aptamers: list[str]
) -> tuple[dict[int, str], list[tuple[str, str]]]:
    """Place to name of the aptamers of human proteins, and what is left out."""
    empty = [""] * len(aptamers)
    names: dict[int, str] = {}
    left_out = []
    for place, aptamer in enumerate(aptamers):
        kind, organism, protein = (
            about.get(field, empty)[place].strip() for field in ("Type", "Organism", "UniProt")
        )
        if not aptamer.strip():
            continue
        if kind and kind != "Protein":
            left_out.append((aptamer, f"a control of the assay and not a protein ({kind})"))
        elif organism and organism.lower() != "human":
            left_out.append((aptamer, f"binds a protein of another organism ({organism})"))
        else:
            accessions = protein.replace("|", " ").replace(",", " ").split()
            names[place] = ";".join(accessions) or aptamer
    return names, left_out


def _log_flags(obs: pd.DataFrame, about: dict[str, list[str]], path: Path) -> None:
    rows = int((obs["RowCheck"] == "FLAG").sum()) if "RowCheck" in obs else 0
    columns = about.get("ColCheck", []).count("FLAG")
    if rows or columns:
        logger.warning(
            "%s: RowCheck flags %d of %d samples, ColCheck %d aptamers; they stay",
            path, rows, len(obs), columns,
        )  # fmt: skip


def _spellings(obs: pd.DataFrame) -> list[list[str]]:
    """Ids that name each sample once; SomaDataIO names rows by slide and subarray."""
    found = [list(obs[name]) for name in ("SampleId", "SampleName", "Barcode") if name in obs]
    if {"SlideId", "Subarray"} <= set(obs):
        found.append(list(obs["SlideId"] + "_" + obs["Subarray"]))
    single = [names for names in found if len(set(names)) == len(names) and all(names)]
    return single or found or [[str(place + 1) for place in range(len(obs))]]
