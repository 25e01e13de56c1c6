"""Which patient a sample is of, and columns that look as if they said so."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from dxtransfer.errors import InputError
from dxtransfer.missing_codes import NO_PATIENT, without_codes

# words of which a column's name holds one, and those that may stand beside it
PERSONS = {
    *("patient", "patients", "patienten", "subject", "subjects", "donor", "participant", "proband"),
    *("probanden", "individual", "person", "volunteer", "case", "host", "animal", "mouse", "pat"),
    *("sub", "client", "submitter", "record", "pt", "upn"),
}
BESIDE = {
    *("id", "ids", "no", "nr", "number", "num", "code", "name", "barcode", "uuid", "key", "uid"),
    *(
        "identifier",
        "unique",
        "study",
        "bcr",
        "icgc",
        "internal",
        "external",
        "sample",
        "anonymous",
    ),
}
# names of columns in letters and digits alone
LIKE_PATIENTS = {
    *("patient", "patients", "patientid", "patientidentifier", "patientno", "patientnumber"),
    *("patientcode", "patientname", "patientbarcode", "bcrpatientbarcode", "subject", "subjectid"),
    *("subjectidentifier", "subjectno", "subjectnumber", "subjectcode", "donor", "donorid"),
    *("individual", "individualid", "participant", "participantid", "caseid"),
    *("casesubmitterid", "person", "personid", "hostsubjectid", "usubjid", "subjid", "pid", "ptid"),
    *("volunteer", "volunteerid", "proband", "probandid", "patientuid", "mrn", "subjectkey"),
}
# a column of fewer ids, or of more samples an id, groups patients instead of naming them
FEWEST_IDS, MOST_SAMPLES = 3, 20
# a code for nobody where several samples have it
NUMBERED = re.compile(r"0|-?9{3,}")
CELL_LINE = re.compile(r"ACH-\d{6}|CVCL_[A-Z0-9]{4}")
TCGA_SAMPLE = re.compile(r"(TCGA[-.][A-Z0-9]{2}[-.][A-Z0-9]{4})[-.]\d{2}.*")


def patients_of(cells: Sequence[str], *, where: str) -> tuple[list[str], list[str]]:
    """Patient ids of a column, empty where the cell names nobody.

    Parameters
    ----------
    cells
        As delivered.
    where
        File and column, for the warning.

    Returns
    -------
    tuple
        The ids, and warnings. Placeholders (`Unknown`, `--`) name nobody, and so does a `0`, a
        `-999` or a `9999` that several samples have: each of these samples is then a patient of
        its own.

    Raises
    ------
    InputError
        Where each id stands once above empty cells, as merged cells are exported.
    """
    often = Counter(cells)
    codes = NO_PATIENT | {cell for cell in often if NUMBERED.fullmatch(cell) and often[cell] > 1}
    ids = without_codes(cells, codes=codes)
    emptied = sorted({cell for cell, kept in zip(cells, ids, strict=True) if cell and not kept})
    named = [cell for cell in ids if cell]
    blank = often[""]
    if named and 3 * blank >= len(cells) and len(set(named)) == len(named) and cells[0]:
        raise InputError(
            f"{where}: {blank} of {len(cells)} samples have no patient and no patient has two "
            "samples, as where an id stands once above empty cells; write the patient into each "
            "row, or leave the column away"
        )
    told = []
    if named and blank:
        told.append(
            f"{where}: {blank} of {len(cells)} samples have no patient; each of them counts as a "
            "patient of its own"
        )
    told += _in_two_spellings(named, where=where)
    if not emptied:
        return ids, told
    number = sum(cell in emptied for cell in cells)
    return ids, [
        *told,
        f"{where}: {number} samples have {', '.join(map(repr, emptied))}, which names no patient; "
        "each of them counts as a patient of its own",
    ]


def _in_two_spellings(ids: Sequence[str], *, where: str) -> list[str]:
    """Warn of ids that differ in case, leading zeros or marks alone."""
    spellings: dict[str, str] = {}
    for name in dict.fromkeys(ids):
        key = re.sub(r"(?<!\d)0+(?=\d)|[\W_]+", "", name.lower())
        other = spellings.setdefault(key, name)
        if key and other != name:
            return [
                f"{where}: {other!r} and {name!r} differ in case, zeros or marks alone and count "
                "as two patients; write the ids of one patient alike"
            ]
    return []


def _is_called_so(column: str) -> bool:
    if re.sub(r"[^a-z0-9]", "", column.lower()) in LIKE_PATIENTS:
        return True
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    words = [word for word in re.split(r"[^a-z0-9]+", apart.lower()) if word]
    return not PERSONS.isdisjoint(words) and all(word in PERSONS | BESIDE for word in words)


def like_patients(
    rows: Mapping[str, Mapping[str, str]], columns: Sequence[str], *, path: str
) -> list[str]:
    """Warn of repeated patients in a table of which no column is named as the patients'.

    Parameters
    ----------
    rows
        Sample id to its cells by column.
    columns
        Names of the columns.
    path
        The table, for the warning.
    """
    warnings = []
    for column in columns:
        if not _is_called_so(column):
            continue
        ids = [cells[column] for cells in rows.values() if cells[column].lower() not in NO_PATIENT]
        if FEWEST_IDS <= len(set(ids)) < len(ids) <= MOST_SAMPLES * len(set(ids)):
            warnings.append(
                f"{path}: the column {column!r} looks like patients, {len(set(ids))} for "
                f"{len(ids)} samples, but each sample counts as a patient of its own; write "
                f"{column!r} into the column patient_column of the cohort sheet"
            )
    lines = sum(bool(CELL_LINE.fullmatch(sample)) for sample in rows)
    if 2 * lines > len(rows):
        warnings.append(
            f"{path}: {lines} of {len(rows)} sample ids are those of DepMap or Cellosaurus: cell "
            "lines, which are not patients"
        )
    barcodes = [match[1] for sample in rows if (match := TCGA_SAMPLE.fullmatch(sample))]
    if len(set(barcodes)) < len(barcodes) and not warnings:
        warnings.append(
            f"{path}: the sample ids are TCGA barcodes of {len(set(barcodes))} patients for "
            f"{len(barcodes)} samples, but each sample counts as a patient of its own; add a "
            "column patient with their first 12 characters"
        )
    return warnings
