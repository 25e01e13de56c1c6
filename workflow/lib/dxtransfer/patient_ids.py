"""Which patient a sample is of, and columns that look as if they said so."""

import re
from collections.abc import Mapping, Sequence

from dxtransfer.tables import NO_PATIENT, without_codes

# names of columns in letters and digits alone
LIKE_PATIENTS = {
    *("patient", "patients", "patientid", "patientidentifier", "patientno", "patientnumber"),
    *("patientcode", "patientname", "patientbarcode", "bcrpatientbarcode", "subject", "subjectid"),
    *("subjectidentifier", "subjectno", "subjectnumber", "subjectcode", "donor", "donorid"),
    *("individual", "individualid", "participant", "participantid", "caseid"),
    *("casesubmitterid", "person", "personid", "hostsubjectid", "usubjid", "subjid", "pid", "ptid"),
    *("volunteer", "volunteerid", "proband", "probandid", "patientuid", "mrn"),
}
# a column of fewer ids, or of more samples an id, groups patients instead of naming them
FEWEST_IDS, MOST_SAMPLES = 3, 20
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
        The ids, and warnings. Placeholders (`Unknown`, `--`) name nobody, and so does a `0` that
        several samples have: each of these samples is then a patient of its own.
    """
    codes = NO_PATIENT | ({"0"} if sum(cell == "0" for cell in cells) > 1 else set())
    ids = without_codes(cells, codes=codes)
    emptied = sorted({cell for cell, kept in zip(cells, ids, strict=True) if cell and not kept})
    if not emptied:
        return ids, []
    number = sum(cell in emptied for cell in cells)
    return ids, [
        f"{where}: {number} samples have {', '.join(map(repr, emptied))}, which names no patient; "
        "each of them counts as a patient of its own"
    ]


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
        if re.sub(r"[^a-z0-9]", "", column.lower()) not in LIKE_PATIENTS:
            continue
        ids = [cells[column] for cells in rows.values() if cells[column].lower() not in NO_PATIENT]
        if FEWEST_IDS <= len(set(ids)) < len(ids) <= MOST_SAMPLES * len(set(ids)):
            warnings.append(
                f"{path}: the column {column!r} looks like patients, {len(set(ids))} for "
                f"{len(ids)} samples, but each sample counts as a patient of its own; write "
                f"{column!r} into the column patient_column of the cohort sheet"
            )
    barcodes = [match[1] for sample in rows if (match := TCGA_SAMPLE.fullmatch(sample))]
    if len(set(barcodes)) < len(barcodes) and not warnings:
        warnings.append(
            f"{path}: the sample ids are TCGA barcodes of {len(set(barcodes))} patients for "
            f"{len(barcodes)} samples, but each sample counts as a patient of its own; add a "
            "column patient with their first 12 characters"
        )
    return warnings
