"""RNA-seq of a project of the Genomic Data Commons: STAR counts and what is known of the samples.

Endpoints and fields: https://docs.gdc.cancer.gov/API/Users_Guide/Search_and_Retrieval/ and
https://docs.gdc.cancer.gov/API/Users_Guide/Downloading_Files/. Only files open to everybody.
"""

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

from dxtransfer.cohorts.accessions.folder import Folder
from dxtransfer.downloads import Progress, transfer
from dxtransfer.errors import InputError
from dxtransfer.network import read_url, told_size

logger = logging.getLogger("dxtransfer")

PER_PAGE = 500
# Connections at a time: the files are small, the service is shared.
CONNECTIONS = 4
DEMOGRAPHIC = ("gender", "vital_status", "days_to_death")
DIAGNOSIS = (
    "age_at_diagnosis",
    "days_to_last_follow_up",
    "primary_diagnosis",
    "ajcc_pathologic_stage",
    "ajcc_clinical_stage",
    "figo_stage",
    "tumor_grade",
)
# which of several diagnoses of a patient is the tumour that was sequenced
WHICH = ("classification_of_tumor", "diagnosis_is_primary_disease")
FIELDS = (
    "file_id",
    "file_name",
    "md5sum",
    "file_size",
    "associated_entities.entity_submitter_id",
    "cases.submitter_id",
    "cases.tissue_source_site.code",
    "cases.samples.submitter_id",
    "cases.samples.sample_type",
    "cases.samples.tissue_type",
    *(f"cases.demographic.{name}" for name in DEMOGRAPHIC),
    *(f"cases.diagnoses.{name}" for name in (*DIAGNOSIS, *WHICH)),
)
COLUMNS = (
    "file_id",
    "file_name",
    "sample",
    "patient",
    "aliquot",
    "sample_type",
    "tissue_type",
    "site",
    *DEMOGRAPHIC,
    *DIAGNOSIS,
)


def fetch_project(accession: str, folder: Folder, *, gdc: str) -> None:
    """Fetch the STAR counts of a project.

    Parameters
    ----------
    accession
        Name of the project, such as `TCGA-BRCA`.
    folder
        Gets one file per sequenced aliquot, under its name at the GDC, and `samples.tsv`.
    gdc
        Address of the service, https://api.gdc.cancer.gov.

    Raises
    ------
    InputError
        When the project has no such files, the answer is not as documented, or the server cannot
        be used.
    """
    hits = _hits(accession, folder, gdc)
    if not hits:
        raise InputError(
            f"{accession}: the GDC has no open STAR counts of a project of this name "
            f"({gdc}/files); check the name"
        )
    progress = Progress(accession, size=sum(h["file_size"] for h in hits), files=len(hits))
    logger.info("%s: %d files, %s", accession, len(hits), told_size(progress.size or 0))
    _fetch_all(hits, folder, gdc, progress)
    logger.info("fetched %s", progress.line())
    rows = sample_rows(hits)
    lines = ["\t".join(COLUMNS), *("\t".join(row[c] for c in COLUMNS) for row in rows)]
    folder.write("samples.tsv", "\n".join(lines) + "\n", url=f"{gdc}/files")


def sample_rows(hits: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Make the sample table of a project's files.

    Parameters
    ----------
    hits
        Files as the endpoint `files` gives them, with `FIELDS`.

    Returns
    -------
    list of dict
        One row per file, sorted by file name, with `COLUMNS`; unknown values are empty. `sample`
        is the sample's barcode, or the aliquot's where several files are of one sample. `site` is
        the tissue source site; ages and times are in days.
    """
    rows = [_row(hit) for hit in sorted(hits, key=lambda hit: str(hit["file_name"]))]
    files_of = Counter(row["sample"] for row in rows)
    for row in rows:
        if files_of[row["sample"]] > 1 or not row["sample"]:
            row["sample"] = row["aliquot"] or row["file_id"]
    return rows


def _row(hit: Mapping[str, Any]) -> dict[str, str]:
    case, entity = _first(hit.get("cases")), _first(hit.get("associated_entities"))
    sample, demographic = _first(case.get("samples")), case.get("demographic") or {}
    diagnosis = _diagnosis(case.get("diagnoses") or [])
    found = {
        **{name: demographic.get(name) for name in DEMOGRAPHIC},
        **{name: diagnosis.get(name) for name in DIAGNOSIS},
        "file_id": hit["file_id"],
        "file_name": hit["file_name"],
        "sample": sample.get("submitter_id"),
        "patient": case.get("submitter_id"),
        "aliquot": entity.get("entity_submitter_id"),
        "sample_type": sample.get("sample_type"),
        "tissue_type": sample.get("tissue_type"),
        "site": (case.get("tissue_source_site") or {}).get("code") or _site(case),
    }
    return {c: "" if found[c] is None else " ".join(str(found[c]).split()) for c in COLUMNS}


def _site(case: Mapping[str, Any]) -> str:
    """Tissue source site in a TCGA barcode, its second part."""
    parts = str(case.get("submitter_id")).split("-")
    return parts[1] if parts[0] == "TCGA" and len(parts) > 1 else ""


def _diagnosis(diagnoses: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Of several diagnoses the primary one, else the first."""
    for diagnosis in diagnoses:
        told = (diagnosis.get("diagnosis_is_primary_disease"), diagnosis.get(WHICH[0]))
        if str(told[0]).lower() == "true" or str(told[1]).lower() == "primary":
            return diagnosis
    return _first(diagnoses)


def _first(items: Any) -> Mapping[str, Any]:
    return items[0] if isinstance(items, list) and items else {}


def _hits(accession: str, folder: Folder, gdc: str) -> list[dict[str, Any]]:
    """All files of a project, page by page."""
    wanted = {
        "cases.project.project_id": accession,
        "data_type": "Gene Expression Quantification",
        "analysis.workflow_type": "STAR - Counts",
        "access": "open",
    }
    conditions = [
        {"op": "in", "content": {"field": field, "value": [value]}}
        for field, value in wanted.items()
    ]
    question = {
        "filters": {"op": "and", "content": conditions},
        "fields": ",".join(FIELDS),
        "format": "JSON",
        "size": PER_PAGE,
        "sort": "file_id:asc",
    }
    files: dict[str, dict[str, Any]] = {}
    before, total = -1, 1
    # A page that brings nothing new is the last, whatever was announced.
    while before < len(files) < total:
        before = len(files)
        hits, total = _page(f"{gdc}/files", {**question, "from": before}, folder)
        files.update({hit["file_id"]: hit for hit in hits})
    if total != len(files):
        raise InputError(
            f"{gdc}/files: lists {len(files)} files of {accession}, where it announces {total}; "
            "try again later"
        )
    return list(files.values())


def _page(
    address: str, question: Mapping[str, Any], folder: Folder
) -> tuple[list[dict[str, Any]], int]:
    answer = read_url(address, body=question, attempts=folder.attempts)
    try:
        data = json.loads(answer)["data"]
        hits, total = list(data["hits"]), int(data["pagination"]["total"])
        for hit in hits:
            folder.place(str(hit["file_name"]))
            hit["file_size"] = int(hit["file_size"])
            hit["md5sum"], hit["file_id"] = str(hit["md5sum"]), str(hit["file_id"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{address}: the answer is not what the GDC documents "
            f"({type(error).__name__}: {error}); try again later, or check accessions.gdc"
        ) from None
    return hits, total


def _fetch_all(
    hits: Sequence[Mapping[str, Any]], folder: Folder, gdc: str, progress: Progress
) -> None:
    def fetch(hit: Mapping[str, Any]) -> None:
        address, checksum = f"{gdc}/data/{hit['file_id']}", f"md5:{hit['md5sum']}"
        path = folder.place(hit["file_name"])
        transfer(address, path, checksum=checksum, attempts=folder.attempts, progress=progress)
        folder.add(hit["file_name"], url=address, checksum=checksum)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        jobs = [pool.submit(fetch, hit) for hit in hits]
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            # What runs ends by itself; what waits is not begun.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
