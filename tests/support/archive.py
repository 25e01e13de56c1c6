"""A server on this machine that answers as GEO and the GDC do, and misbehaves when told to."""

import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Item:
    """What stands at an address.

    Attributes
    ----------
    body
        The bytes, or a function of the request's JSON that gives them.
    headers
        Beside the length; an ETag makes a part resumable.
    ranges
        Whether the server gives parts.
    """

    body: bytes | Callable[[Any], bytes]
    headers: Mapping[str, str] = field(default_factory=dict)
    ranges: bool = True


@dataclass(frozen=True)
class Mishap:
    """One answer gone wrong: an error status, or a connection cut after some bytes."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None


@dataclass(frozen=True)
class Request:
    """A request that came in."""

    path: str
    headers: Mapping[str, str]
    json: Any


class Archive:
    """Addresses and what stands there; requests are kept in the order in which they came."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.items: dict[str, Item] = {}
        self.mishaps: dict[str, list[Mishap]] = {}
        self.requests: list[Request] = []

    def put(self, path: str, body: bytes | str | Callable[[Any], bytes], **more: Any) -> str:
        """Put something at an address, which is given back whole."""
        self.items[path] = Item(body.encode() if isinstance(body, str) else body, **more)
        return self.address + path

    def fail(self, path: str, *mishaps: Mishap) -> None:
        """Let the next answers from an address go wrong."""
        self.mishaps.setdefault(path, []).extend(mishaps)

    def asked(self, path: str) -> list[Request]:
        """Requests of an address."""
        return [request for request in self.requests if request.path == path]


class _Handler(BaseHTTPRequestHandler):
    archive: Archive

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, question: Any) -> None:
        self.archive.requests.append(Request(self.path, dict(self.headers), question))
        waiting = self.archive.mishaps.get(self.path)
        mishap = waiting.pop(0) if waiting else Mishap()
        item = self.archive.items.get(self.path)
        if mishap.status != 200 or item is None:
            self._send(mishap.status if item else 404, b"no", mishap.headers)
            return
        body = item.body(question) if callable(item.body) else item.body
        headers, status, start = dict(item.headers), 200, self._start(item)
        if start is not None and start >= len(body):
            self._send(416, b"", {"Content-Range": f"bytes */{len(body)}"})
            return
        if start is not None:
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            body, status = body[start:], 206
        self._send(status, body, headers, cut_after=mishap.cut_after)

    def _start(self, item: Item) -> int | None:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        known = (item.headers.get("ETag"), item.headers.get("Last-Modified"))
        same = condition is None or condition in known
        return int(asked[1]) if asked and item.ranges and same else None

    def _send(
        self, status: int, body: bytes, headers: Mapping[str, str], cut_after: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut_after])
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def running_archive() -> Iterator[Archive]:
    """Serve an archive until the block ends."""
    handler = type("Handler", (_Handler,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        archive = handler.archive = Archive(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield archive
        finally:
            server.shutdown()
            thread.join()


# --- what GEO serves ---------------------------------------------------------------------------

FOOTER = '<a href="https://www.hhs.gov/vulnerability-disclosure-policy/index.html">HHS</a>'


def listing(folder: str, *names: str) -> str:
    """Page of a folder as NCBI's server writes it."""
    rows = "\n".join(f'<a href="{name}">{name}</a>   2026-07-12 00:35  3.1K' for name in names)
    parent = f'<a href="{folder.rsplit("/", 2)[0]}/">Parent Directory</a>      -'
    return (
        f"<html><head><title>Index of {folder}</title></head><body><h1>Index of {folder}</h1>"
        f"<pre>Name      Last modified      Size  <hr>{parent}\n{rows}\n<hr></pre>{FOOTER}</body>"
    )


def series_matrix(
    accession: str,
    *,
    platform: str = "GPL96",
    rows: Mapping[str, tuple[float, ...]],
    samples: int = 4,
) -> bytes:
    """A gzipped series matrix; without rows as that of a sequencing series."""
    names = [f"GSM{i}" for i in range(1, samples + 1)]
    quoted = "\t".join(f'"{name}"' for name in names)
    states = "\t".join(f'"disease state: {("tb", "well")[i % 2]}"' for i in range(samples))
    text = [
        '!Series_title\t"A series"',
        f'!Series_geo_accession\t"{accession}"',
        f'!Series_platform_id\t"{platform}"',
        "",
        f"!Sample_title\t{quoted}",
        f"!Sample_geo_accession\t{quoted}",
        f"!Sample_characteristics_ch1\t{states}",
        "!Sample_platform_id\t" + "\t".join([f'"{platform}"'] * samples),
        "!Sample_data_row_count\t" + "\t".join([f'"{len(rows)}"'] * samples),
        "!series_matrix_table_begin",
        f'"ID_REF"\t{quoted}',
        *(f'"{probe}"\t' + "\t".join(map(str, values)) for probe, values in rows.items()),
        "!series_matrix_table_end",
    ]
    return gzip.compress("\n".join([*text, ""]).encode(), mtime=0)


def platform_table(platform: str, header: str, *rows: str, end: bool = True) -> str:
    """A platform's table in SOFT."""
    lines = [
        f"^PLATFORM = {platform}",
        f"!Platform_geo_accession = {platform}",
        "#ID = probe",
        "!platform_table_begin",
        header,
        *rows,
        *(["!platform_table_end"] if end else []),
    ]
    return "\n".join([*lines, ""])


def put_series(archive: Archive, accession: str, matrices: Mapping[str, bytes]) -> str:
    """Put series matrices where GEO has them; gives the folder's address without the server."""
    folder = f"/geo/series/{accession[:-3]}nnn/{accession}/matrix/"
    archive.put(folder, listing(folder, *matrices))
    for name, content in matrices.items():
        archive.put(folder + name, content, headers={"ETag": f'"{md5(content).hexdigest()}"'})
    return folder


# --- what the GDC serves -----------------------------------------------------------------------

STAR_HEADER = "gene_id\tgene_name\tgene_type\tunstranded\tstranded_first\tstranded_second"


def star_counts(seed: int, genes: int = 5) -> bytes:
    """A file of STAR counts."""
    summary = [
        f"N_{name}\t\t\t{seed}\t1\t1"
        for name in ("unmapped", "multimapping", "noFeature", "ambiguous")
    ]
    rows = [
        f"ENSG{i:011d}.{i}\tGENE{i}\tprotein_coding\t{seed * i}\t{i}\t{i}" for i in range(genes)
    ]
    return "\n".join(["# gene-model: GENCODE v36", STAR_HEADER, *summary, *rows, ""]).encode()


def gdc_hit(number: int, content: bytes, *, sample: str = "", **more: Any) -> dict[str, Any]:
    """A file as the endpoint `files` tells of it."""
    patient = f"TCGA-AA-{number:04d}"
    barcode = sample or f"{patient}-01A"
    return {
        "id": f"id-{number}",
        "file_id": f"id-{number}",
        "file_name": f"{number:02d}.rna_seq.augmented_star_gene_counts.tsv",
        "md5sum": md5(content).hexdigest(),
        "file_size": len(content),
        "associated_entities": [{"entity_submitter_id": f"{barcode}-11R-A115-{number:02d}"}],
        "cases": [
            {
                "submitter_id": barcode[:12],
                "tissue_source_site": {"code": barcode[5:7]},
                "samples": [
                    {
                        "submitter_id": barcode,
                        "sample_type": "Primary Tumor",
                        "tissue_type": "Tumor",
                    }
                ],
                "demographic": {"gender": "female", "vital_status": "Dead", "days_to_death": 300},
                "diagnoses": [
                    {
                        "age_at_diagnosis": 20000 + number,
                        "days_to_last_follow_up": None,
                        "ajcc_pathologic_stage": "Stage IIA",
                        "primary_diagnosis": "Infiltrating duct carcinoma, NOS",
                    }
                ],
            }
        ],
        **more,
    }


def pages(hits: list[dict[str, Any]], *, total: int | None = None) -> Callable[[Any], bytes]:
    """Answer questions for files page by page, as many at a time as are asked for, four at most."""

    def answer(question: Any) -> bytes:
        size, start = min(int(question["size"]), 4), int(question.get("from", 0))
        found = hits[start : start + size]
        pagination = {"count": len(found), "total": len(hits) if total is None else total}
        content = {"data": {"hits": found, "pagination": {**pagination, "from": start}}}
        return json.dumps({**content, "warnings": {}}).encode()

    return answer


def put_project(archive: Archive, number: int = 6) -> list[dict[str, Any]]:
    """Put a project with that many files where the GDC has them; gives what `files` tells."""
    contents = {i: star_counts(i) for i in range(1, number + 1)}
    hits = [gdc_hit(i, content) for i, content in contents.items()]
    for i, content in contents.items():
        archive.put(f"/gdc/data/id-{i}", content)
    archive.put("/gdc/files", pages(hits))
    return hits
