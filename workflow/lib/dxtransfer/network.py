"""Asking servers over HTTP, with patience: what may pass is tried again, the rest is told."""

import http.client
import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from dxtransfer.errors import InputError

logger = logging.getLogger("dxtransfer")

AGENT = "dxtransfer/0.1 (Python urllib)"
TIMEOUT_S = 60.0
LONGEST_PAUSE_S = 60.0
# A server may ask for more patience than that, within reason.
LONGEST_RETRY_AFTER_S = 600.0
BLOCK = 1 << 18
# whose hosts may send requests on to each other; Ensembl's files are also at the EBI
ARCHIVES = ("nih.gov", "cancer.gov", "ensembl.org", "ebi.ac.uk")
# Answers that another attempt may change; any other from 400 on is final.
PASSING = {408, 425, 429, 500, 502, 503, 504}

wait = time.sleep
T = TypeVar("T")
# An HTTPError is a response as well.
Response = http.client.HTTPResponse | urllib.error.HTTPError


class UnreachableError(InputError):
    """No attempt got an answer that could be used."""


class AbsentError(InputError):
    """The server says that there is nothing at this address, or nothing for the public."""


class PassingError(Exception):
    """One attempt failed, and another may not."""

    def __init__(self, reason: str, *, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


def read_url(
    url: str, *, body: Mapping[str, Any] | None = None, attempts: int = 5, largest: int = 1 << 27
) -> bytes:
    """Fetch a page or an answer into memory.

    Parameters
    ----------
    url
        An address, http or https.
    body
        Sent as JSON by POST where given.
    attempts
        As for `download`.
    largest
        Most bytes that are taken.

    Raises
    ------
    AbsentError, UnreachableError
        As `download`.
    InputError
        When the answer is larger than `largest`.
    """
    data = None if body is None else json.dumps(body).encode()
    headers = {} if body is None else {"Content-Type": "application/json"}

    def once() -> bytes:
        with opened(url, data=data, headers=headers) as response:
            whole = bytearray()
            while block := next_block(response):
                whole += block
                if len(whole) > largest:
                    raise InputError(f"{url}: answers with more than {told_size(largest)}")
            must_be_whole(len(whole), number(response.headers.get("Content-Length")))
            return bytes(whole)

    return patiently(once, url, attempts, lambda: 0)


def told_size(count: float) -> str:
    """Bytes for a person, in powers of 1,000."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def patiently(once: Callable[[], T], url: str, attempts: int, reached: Callable[[], int]) -> T:
    """Repeat an attempt until it succeeds.

    Parameters
    ----------
    once
        One attempt, which raises `PassingError` where another may succeed.
    url
        For messages.
    attempts
        How many in a row may fail; one that got further than all before counts as the first.
    reached
        How far the attempts have come, in bytes.

    Raises
    ------
    UnreachableError
        After the last attempt.
    """
    failed, furthest = 0, reached()
    while True:
        try:
            return once()
        except PassingError as error:
            failed = 1 if reached() > furthest else failed + 1
            furthest = max(furthest, reached())
            if failed >= attempts:
                raise UnreachableError(
                    f"{url}: {error} (attempts: {attempts}); check the network, or run `snakemake "
                    "fetch --cores 1` where there is one"
                ) from None
            pause = (
                min(2.0 ** (failed - 1), LONGEST_PAUSE_S) if error.pause is None else error.pause
            )
            told = (url, error, failed, attempts, pause)
            logger.warning("%s: %s; attempt %d of %d, the next in %.0f s", *told)
            wait(pause)


def opened(
    url: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Send one request and give the response, its body unread.

    Parameters
    ----------
    url
        An address, http or https.
    data
        Sent by POST where given.
    headers
        Beside those that every request has.

    Raises
    ------
    PassingError
        Where another attempt may succeed.
    AbsentError, InputError
        Where none will.
    """
    if not url.startswith(("http://", "https://")):
        raise InputError(f"{url}: only http and https addresses can be fetched")
    request = urllib.request.Request(
        url, data=data, headers={"User-Agent": AGENT, **(headers or {})}
    )
    try:
        response: http.client.HTTPResponse = OPENER.open(request, timeout=TIMEOUT_S)
        return response
    except urllib.error.HTTPError as error:
        if error.code == 416:
            return error
        with error:
            told = f"the server answers {error.code} {error.reason}"
            if error.code in PASSING:
                raise PassingError(told, pause=_retry_after(error.headers)) from None
            if error.code in (403, 404, 410):
                raise AbsentError(
                    f"{url}: {told}: there is no such file, or it is not public"
                ) from None
            raise InputError(f"{url}: {told}; check the address") from None
    except urllib.error.URLError as error:
        raise PassingError(f"not reachable ({_reason(error.reason)})") from None
    except (OSError, http.client.HTTPException) as error:
        raise PassingError(f"not reachable ({_reason(error)})") from None


class _OwnHosts(urllib.request.HTTPRedirectHandler):
    """Follows a server that sends a request on to itself or to a host of the same archive."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Give the next request; an InputError for another host, or one less safe."""
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        same = (before.hostname, before.port) == (after.hostname, after.port)
        # from http to https of the same host
        upgraded = before.hostname == after.hostname and before.port in (None, 80)
        names = [f".{(part.hostname or '').lower()}" for part in (before, after)]
        archive = any(all(name.endswith(f".{host}") for name in names) for host in ARCHIVES)
        unsafe = after.scheme not in ("http", "https") or before.scheme == "https" != after.scheme
        if unsafe or not (same or archive or (upgraded and after.scheme == "https")):
            raise InputError(
                f"{req.full_url}: the server sends the request on to {after.scheme}://"
                f"{after.netloc}, which is not the archive; check the address, or give that one if "
                "you trust it"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


OPENER = urllib.request.build_opener(_OwnHosts())


def next_block(response: Response) -> bytes:
    """Give the next bytes of a response; empty at its end."""
    try:
        return response.read(BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise PassingError(f"the connection was cut ({_reason(error)})") from None


def must_be_whole(have: int, size: int | None) -> None:
    """Refuse an answer that has not as many bytes as were announced, where they were."""
    if size is not None and have < size:
        raise PassingError(f"the connection was cut after {have} of {size} bytes")
    if size is not None and have > size:
        raise PassingError(f"sent {have} bytes, where {size} were announced")


def _retry_after(headers: Message) -> float | None:
    """Seconds that a server asks for: a number, or a date."""
    asked = headers.get("Retry-After")
    if not asked:
        return None
    if asked.isdigit():
        return min(float(asked), LONGEST_RETRY_AFTER_S)
    try:
        seconds = parsedate_to_datetime(asked).timestamp() - time.time()
    except ValueError:
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)


def number(text: str | None) -> int | None:
    """Read the number of a header; None for anything else."""
    return int(text) if text and text.isdigit() else None


def _reason(error: object) -> str:
    return str(error) or type(error).__name__
