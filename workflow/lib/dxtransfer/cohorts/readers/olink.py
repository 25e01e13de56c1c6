"""Olink's normalised protein expression (NPX), in long and in wide files.

Layouts: "Olink NPX file" of the package OlinkAnalyze (https://github.com/Olink-Proteomics), whose
`read_NPX` documents the long files of Explore and Explore HT and the wide ones of NPX Manager.
"""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from dxtransfer.cohorts.readers.cells import MISSING
from dxtransfer.cohorts.readers.export_cells import Cells, Values, read_cells, sample_ids
from dxtransfer.cohorts.readers.matrix import Table
from dxtransfer.errors import InputError

SAMPLE_TYPE = ("SampleType", "Sample_Type")
ASSAY_TYPE = ("AssayType", "Assay_Type")
LIMIT = ("LOD", "MaxLOD", "PlateLOD", "Plate_LOD")
CONTROL = re.compile(
    r"(?:CONTROL_SAMPLE|(?:PLATE|NEG(?:ATIVE)?|SAMPLE|INTER[-_ ]?PLATE)[-_ ]CONTROL).*", re.I
)
CONTROL_ASSAY = re.compile(
    r"(?:(?:extension|incubation|amplification|detection) control|(?:ext|inc|amp|det)[_ ]ctrl).*",
    re.I,
)
NO_VALUE = MISSING | {"No Data", "NoData"}
# rows of the wide file below its samples
BELOW = re.compile(r"(?:(?:max|plate)[ _]?)?LOD|Missing Data freq\.?.*|Normalization.*", re.I)

logger = logging.getLogger(__name__)


def read_olink(path: Path, *, sample_names: Sequence[str] | None = None) -> Table:
    """Read NPX: a long file (text or parquet) or NPX Manager's wide file.

    Proteins are named by `Assay` (their gene's symbol). A protein that several panels measure is
    kept apart, as `IL6_OID20563`. Controls are left out; values below a limit of detection stay
    as Olink gives them and are counted in the log where the file has limits.

    Raises
    ------
    InputError
        For a sample with two values of one assay, and where a column is absent.
    """
    with path.open("rb") as handle:
        packed = handle.read(4) == b"PAR1"
    if packed:
        return _of_long(_parquet(path), path=path, wanted=sample_names)
    cells = read_cells(
        path, is_header=lambda line: _is_long(line) or re.match('"?Assay"?[;,\t]', line) is not None
    )
    if "SampleID" in cells.header:
        return _of_long(_text(cells), path=path, wanted=sample_names)
    return _of_wide(cells, wanted=sample_names)


def is_olink_parquet(path: Path) -> bool:
    """Whether a parquet file has the columns of a long NPX file."""
    try:
        return {"SampleID", "OlinkID", "NPX"} <= set(parquet.read_schema(path).names)
    except (pa.ArrowException, OSError):
        return False


def _is_long(line: str) -> bool:
    names = {name.strip().strip('"') for name in re.split("[;,\t]", line)}
    return {"SampleID", "OlinkID", "NPX"} <= names


def _wanted_columns(header: Sequence[str], path: Path) -> list[str]:
    for name in ("SampleID", "OlinkID", "Assay", "NPX"):
        if name not in header:
            raise InputError(f"{path}: no column {name}, which Olink's long files have")
    others = (*SAMPLE_TYPE, *ASSAY_TYPE, *LIMIT, "Panel", "QC_Warning", "SampleQC")
    return ["SampleID", "OlinkID", "Assay", "NPX", *(name for name in others if name in header)]


def _parquet(path: Path) -> pd.DataFrame:
    try:
        header = parquet.read_schema(path).names
        frame = parquet.read_table(path, columns=_wanted_columns(header, path)).to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{path}: not a whole parquet file ({str(error).splitlines()[0]})"
        ) from None
    for name in set(frame) - {"NPX", *LIMIT}:
        frame[name] = frame[name].astype(str).str.strip()
    for name in {"NPX", *LIMIT} & set(frame):
        frame[name] = pd.to_numeric(frame[name], errors="coerce").astype(float)
    return frame


def _text(cells: Cells) -> pd.DataFrame:
    names = _wanted_columns(cells.header, cells.path)
    places = [cells.header.index(name) for name in names]
    numbers, rows = [], []
    for number, row in cells.rows():
        numbers.append(number)
        rows.append([row[place].strip() for place in places])
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    for name in ("NPX", *LIMIT):
        if name in frame:
            values = Values(cells.path, [name], missing=NO_VALUE)
            column = [[cell] for cell in frame[name]]
            frame[name] = values.of(column, numbers, separator=cells.separator)[:, 0]
    return frame


def _of_long(frame: pd.DataFrame, *, path: Path, wanted: Sequence[str] | None) -> Table:
    left_out = []
    kind = next((name for name in ASSAY_TYPE if name in frame), None)
    control = frame["Assay"].str.fullmatch(CONTROL_ASSAY.pattern, case=False)
    if kind:
        control |= frame[kind].str.lower() != "assay"
    for name in dict.fromkeys(frame.loc[control, "Assay"]):
        left_out.append((name, "a control of the assay and not a protein"))
    frame = frame[~control]
    kind = next((name for name in SAMPLE_TYPE if name in frame), None)
    if kind:
        control = frame[kind].str.upper() != "SAMPLE"
    else:
        control = frame["SampleID"].str.fullmatch(CONTROL.pattern, case=False)
    control &= ~frame["SampleID"].isin(list(wanted or ()))
    if control.any():
        logger.info(
            "%s: %d control samples are left out", path, frame.loc[control, "SampleID"].nunique()
        )
    frame = frame[~control]
    if frame.empty:
        raise InputError(f"{path}: holds no sample but controls")
    twice = frame.duplicated(["SampleID", "OlinkID"])
    if twice.any():
        sample, assay = frame.loc[twice, ["SampleID", "OlinkID"]].iloc[0]
        raise InputError(
            f"{path}: the sample {sample!r} has two values of {assay}; keep one run of a sample, "
            "or give its runs different ids"
        )
    _log_quality(frame, path)
    samples = list(dict.fromkeys(frame["SampleID"]))
    assays = frame.drop_duplicates("OlinkID").set_index("OlinkID")["Assay"]
    values = np.full((len(samples), len(assays)), np.nan, dtype=np.float32)
    rows = pd.Index(samples).get_indexer(frame["SampleID"])
    columns = assays.index.get_indexer(frame["OlinkID"])
    values[rows, columns] = frame["NPX"].to_numpy(dtype=np.float32)
    features = _names(list(assays), list(assays.index))
    return Table(values, samples, features, natural="genes_in_columns", left_out=left_out)


def _log_quality(frame: pd.DataFrame, path: Path) -> None:
    limit = next((name for name in LIMIT if name in frame), None)
    if limit:
        below = (frame["NPX"] < frame[limit]).sum()
        logger.info("%s: %d of %d values are below %s", path, below, len(frame), limit)
    for name in ("QC_Warning", "SampleQC"):
        if name in frame:
            warned = ~frame[name].str.upper().isin(["PASS", "NA", "", "NONE", "NAN"])
            if warned.any():
                samples = frame.loc[warned, "SampleID"].nunique()
                logger.warning("%s: %d samples have a warning in %s", path, samples, name)


def _names(assays: Sequence[str], ids: Sequence[str]) -> list[str]:
    """Symbols; with Olink's id where several panels measure a protein."""
    several = pd.Series(list(assays), dtype=object).duplicated(keep=False)
    return [
        f"{assay}_{olink}" if again else assay or olink
        for assay, olink, again in zip(assays, ids, several, strict=True)
    ]


def _of_wide(cells: Cells, *, wanted: Sequence[str] | None) -> Table:
    """Rows of `Uniprot ID` and `OlinkID` name the columns; samples follow, then limits."""
    path = cells.path
    if any(line.split(cells.separator)[0].strip('" ') == "Quant" for line in cells.comments):
        logger.info("%s: the values are concentrations (Quant) and no NPX", path)
    ids: list[str] = []
    samples, numbers, rows = [], [], []
    limits: list[str] = []
    for number, row in cells.rows(cut_from=1):
        label = row[0].strip()
        if label in ("OlinkID", "Uniprot ID", "UniProt"):
            ids = row if label == "OlinkID" or not ids else ids
        elif BELOW.fullmatch(label):
            limits.append(label)
        elif label and (label in (wanted or ()) or not CONTROL.fullmatch(label)):
            samples.append(label)
            numbers.append(number)
            rows.append(row)
    places = [i for i, given in enumerate(ids) if i and given.strip()]
    if not places or not rows:
        raise InputError(f"{path}: a wide file of Olink without a row OlinkID or without samples")
    assays = [cells.header[i] for i in places]
    controls = [i for i, name in zip(places, assays, strict=True) if CONTROL_ASSAY.fullmatch(name)]
    places = [i for i in places if i not in controls]
    left_out = [(cells.header[i], "a control of the assay and not a protein") for i in controls]
    logger.info("%s: rows that are not samples are left out: %s", path, ", ".join(limits) or "none")
    names = [cells.header[i] for i in places]
    values = Values(path, names, missing=NO_VALUE).of(
        [[row[i].strip() for i in places] for row in rows], numbers, separator=cells.separator
    )
    features = _names(names, [ids[i].strip() for i in places])
    rows_of = sample_ids([samples], wanted=wanted)
    return Table(values, rows_of, features, natural="genes_in_columns", left_out=left_out)
