"""Fetching files over HTTP: resumed where they broke off, checked before they get their name.

What is being fetched stands beside its place as `{name}.part`, with `{name}.part.json`, which says
of which file it is a part; both outlive a killed process, and the next call goes on from there.
"""

import hashlib
import json
import logging
import os
import re
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dxtransfer.errors import InputError
from dxtransfer.network import (
    PassingError,
    Response,
    must_be_whole,
    next_block,
    number,
    opened,
    patiently,
    told_size,
)

logger = logging.getLogger("dxtransfer")

SECONDS_BETWEEN_LINES = 5.0
# bytes of a file at most; GEO's largest families take 20 GB
LARGEST = 1 << 35
# kinds of checksum and their hexadecimal digits
DIGITS = {"sha256": 64, "md5": 32}

clock = time.monotonic


class Progress:
    """Lines about bytes and files fetched, a few seconds apart; files may come from many threads.

    Parameters
    ----------
    name
        What is being fetched, for the line.
    size
        Bytes in all, where known.
    files
        Number of files in all; 1 leaves it out of the line.
    """

    def __init__(self, name: str, *, size: int | None = None, files: int = 1) -> None:
        self.name, self.size, self.files = name, size, files
        self.done, self.received, self.finished = 0, 0, 0
        self._started = self._told = clock()
        self._lock = threading.Lock()

    def have(self, count: int) -> None:
        """Count bytes that are there without having been fetched now (negative: thrown away)."""
        with self._lock:
            self.done += count

    def add(self, count: int) -> None:
        """Count fetched bytes, and tell if the last line is long enough ago."""
        with self._lock:
            self.done += count
            self.received += count
            now = clock()
            if now - self._told >= SECONDS_BETWEEN_LINES:
                self._told = now
                logger.info("%s", self.line())

    def file_done(self) -> None:
        """Count a whole file."""
        with self._lock:
            self.finished += 1

    def line(self) -> str:
        """Size, share and rate so far."""
        seconds = max(clock() - self._started, 1e-3)
        parts = [f"{self.finished} of {self.files} files"] if self.files > 1 else []
        amount = told_size(self.done)
        if self.size:
            amount += f" of {told_size(self.size)} ({min(self.done / self.size, 1):.0%})"
        return f"{self.name}: {', '.join([*parts, amount, told_size(self.received / seconds)])}/s"


def download(url: str, path: Path, *, checksum: str | None = None, attempts: int = 5) -> None:
    """Fetch a file; it has its name only when it is whole.

    Parameters
    ----------
    url
        Of a file, http or https.
    path
        Where to put it; folders above it are made. A file that is there with the right checksum
        is not fetched again; without a checksum it is replaced.
    checksum
        `sha256:...` or `md5:...`, in hexadecimal digits.
    attempts
        How many attempts in a row may fail without bringing a byte. Between them the pauses grow;
        a server's `Retry-After` is honoured.

    Raises
    ------
    AbsentError
        When the server says that there is no such file.
    UnreachableError
        When it cannot be reached or does not answer as it should.
    InputError
        When the checksum is wrong, fetched anew once; of these three, each tells the address, what
        is wrong and what to do.
    """
    path = Path(path)
    progress = Progress(path.name)
    transfer(url, path, checksum=checksum, attempts=attempts, progress=progress)
    if progress.received:
        logger.info("fetched %s", progress.line())


def transfer(
    url: str, path: Path, *, checksum: str | None, attempts: int, progress: Progress
) -> None:
    """Fetch as `download`, as one of several files that share a progress line."""
    if checksum is not None:
        _kind(checksum)
    if checksum is not None and path.is_file() and digest(path, checksum) == checksum.lower():
        progress.have(path.stat().st_size)
        progress.file_done()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _Part(url, path, progress)
    for _ in range(2):
        patiently(lambda: part.go_on(checked=checksum is not None), url, attempts, part.length)
        found = digest(part.path, checksum) if checksum else ""
        if not checksum or found == checksum.lower():
            os.replace(part.path, path)
            part.state.unlink(missing_ok=True)
            progress.file_done()
            return
        logger.warning("%s: checksum %s, where %s is expected", url, found, checksum)
        progress.have(-part.length())
        part.throw_away()
    raise InputError(
        f"{url}: fetched twice with the checksum {found}, where {checksum} is expected; the file "
        "on the server is another one: check the address, or correct the checksum"
    )


def digest(path: Path, checksum: str) -> str:
    """Checksum of a file, of the kind that `checksum` begins with, and with that beginning."""
    kind = _kind(checksum)
    with path.open("rb") as handle:
        return f"{kind}:{hashlib.file_digest(handle, kind).hexdigest()}"


def _kind(checksum: str) -> str:
    kind, _, value = checksum.lower().partition(":")
    if not re.fullmatch(f"[0-9a-f]{{{DIGITS.get(kind, 0)}}}", value) or not value:
        raise InputError(
            f"{checksum!r} is no checksum; write sha256: or md5: and its hexadecimal digits"
        )
    return kind


@dataclass(frozen=True)
class _Part:
    """A file on its way: what is there of it, and of which file on the server it is a part."""

    url: str
    target: Path
    progress: Progress

    @property
    def path(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def state(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part.json")

    def length(self) -> int:
        return self.path.stat().st_size if self.path.is_file() else 0

    def throw_away(self) -> None:
        self.path.unlink(missing_ok=True)
        self.state.unlink(missing_ok=True)

    def go_on(self, *, checked: bool) -> None:
        """One attempt: the rest of what is there, or the whole file.

        A part is gone on with only where the server can tell that the file is the same (`If-Range`)
        or the checksum will.
        """
        known = self._known()
        same = known.get("validator", "")
        start = self.length() if known.get("url") == self.url and (same or checked) else 0
        headers = {"Range": f"bytes={start}-"} if start else {}
        if start and same:
            headers["If-Range"] = same
        with opened(self.url, headers=headers) as response:
            size = number(response.headers.get("Content-Length"))
            if response.status == 206:
                begin, total = _content_range(response.headers.get("Content-Range", ""))
                if begin != start or (known.get("size") not in (None, total)):
                    self.throw_away()
                    raise PassingError("answers with another part than was asked for")
                size = total
            elif response.status == 416:
                # Either the part is the whole file, or the file on the server is shorter now.
                if start and known.get("size") == start:
                    return
                self.throw_away()
                raise PassingError("has less of the file than was fetched before")
            else:
                start = 0
            self._receive(response, start=start, size=size)

    def _receive(self, response: Response, *, start: int, size: int | None) -> None:
        headers = response.headers
        etag = headers.get("ETag", "")
        validator = etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")
        state = {"url": self.url, "validator": validator, "size": size}
        self._refuse_larger(size or 0)
        self.progress.size = self.progress.size or size
        self.progress.have(start)
        with self.path.open("r+b" if start else "wb") as handle:
            handle.truncate(start)
            handle.seek(start)
            self.state.write_text(json.dumps(state))
            try:
                while block := next_block(response):
                    self._refuse_larger(handle.tell() + len(block))
                    handle.write(block)
                    self.progress.add(len(block))
                must_be_whole(handle.tell(), size)
            except PassingError:
                # The next attempt counts what it finds.
                self.progress.have(-handle.tell())
                raise

    def _refuse_larger(self, size: int) -> None:
        """Refuse a body above the limit, whether announced or sent."""
        if size > LARGEST:
            self.throw_away()
            raise InputError(
                f"{self.url}: sends more than {told_size(LARGEST)}, too much for a file of a "
                "cohort; check the address"
            )

    def _known(self) -> dict[str, Any]:
        try:
            known = json.loads(self.state.read_text())
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}


def _content_range(header: str) -> tuple[int, int | None]:
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", header.strip())
    return (int(found[1]), number(found[2])) if found else (-1, None)
