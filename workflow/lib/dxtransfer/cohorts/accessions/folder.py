"""The folder of an accession while it is being filled, and the list of what is in it."""

import gzip
import logging
import os
import re
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dxtransfer.cohorts.accessions.place import MANIFEST
from dxtransfer.downloads import digest, download
from dxtransfer.errors import InputError
from dxtransfer.files import atomic, read_json, write_json
from dxtransfer.files import checksum as checksum_of

logger = logging.getLogger("dxtransfer")

# What a server may call a file: nothing that leaves the folder, nothing hidden.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class NotGzipError(InputError):
    """What was sent under the name of a gzip file is none, such as a page that says why."""


class Folder:
    """Files of an accession by name, each with where it came from.

    A file that is there from before, from the same address and unchanged, is not fetched again:
    the file `.{accession}.json` beside the folder says what came from where. Nothing is removed
    before everything is there.

    Parameters
    ----------
    path
        The folder, `{accessions}/{accession}`.
    attempts
        See `dxtransfer.downloads.download`.
    """

    def __init__(self, path: Path, *, attempts: int = 5) -> None:
        self.path, self.attempts = path, attempts
        self.accession = path.name
        self._record = path.with_name(f".{path.name}.json")
        self._before = read_json(self._record) if self._record.is_file() else {}
        self._entries: dict[str, dict[str, Any]] = {}
        path.mkdir(parents=True, exist_ok=True)

    def fetch(self, url: str, name: str) -> Path:
        """Fetch a file whose checksum nobody announces; one that ends in .gz is read to its end.

        Raises
        ------
        NotGzipError
            When a file that ends in .gz is no gzip file.
        InputError
            As `dxtransfer.downloads.download`, and for a gzip file that is damaged twice.
        """
        path = self.place(name)
        if not self.has(name, url=url):
            for last in (False, True):
                download(url, path, attempts=self.attempts)
                if _is_whole(path, url, last=last):
                    break
        self._remember(name, url)
        return path

    def has(self, name: str, *, url: str) -> bool:
        """Whether a file is there from before, from this address and unchanged; lists it then."""
        path, known = self.place(name), self._before.get(name, {})
        same = bool(known.get("url") == url and path.is_file() and not differs(path, known))
        if same:
            self.add(name, url=url, checksum=known["checksum"])
        return same

    def write(self, name: str, text: str, *, url: str) -> None:
        """Write a file that is made from an answer of `url`."""
        with atomic(self.place(name)) as temporary:
            temporary.write_text(text)
        self._remember(name, url)

    def take(self, file: Path, *, url: str, checksum: str | None = None) -> Path:
        """Link a file of this machine into the folder, or copy it where that cannot be."""
        path = self.place(file.name)
        if not (path.exists() and os.path.samefile(path, file)):
            with atomic(path) as temporary:
                try:
                    os.link(file, temporary)
                except OSError:
                    shutil.copyfile(file, temporary)
        self.add(file.name, url=url, checksum=checksum)
        return path

    def place(self, name: str) -> Path:
        """Path of a file by its name, which may come from a server."""
        if not NAME.fullmatch(name) or name == MANIFEST:
            raise InputError(
                f"{self.accession}: a file cannot be named {name!r}; rename or omit it"
            )
        return self.path / name

    def add(self, name: str, *, url: str, checksum: str | None = None) -> None:
        """List a file that is in the folder; its SHA-256 is computed where no checksum is known."""
        self._entries[name] = entry(self.path / name, url, checksum=checksum)

    def _remember(self, name: str, url: str) -> None:
        self.add(name, url=url)
        self._before[name] = self._entries[name]
        write_json(self._record, self._before)

    def names(self) -> set[str]:
        """Names of the files that are listed so far."""
        return set(self._entries)

    def manifest(self, *, source: str) -> dict[str, Any]:
        """List the files, and remove all others from the folder.

        Parameters
        ----------
        source
            Where they came from.

        Returns
        -------
        dict
            accession, source, and files: name, url, size in bytes and checksum of each, by name.
            The same files give the same list, whenever they were fetched.
        """
        for file in self.path.iterdir():
            if file.name not in self._entries and file.is_file() and file.name != MANIFEST:
                logger.info("%s: %s belongs to no file of it; removed", self.accession, file.name)
                file.unlink()
        files = [{"name": name, **self._entries[name]} for name in sorted(self._entries)]
        return {"accession": self.accession, "source": source, "files": files}


def entry(path: Path, url: str, *, checksum: str | None = None) -> dict[str, Any]:
    """Where a file came from, its size in bytes and its checksum."""
    return {
        "url": url,
        "size": path.stat().st_size,
        "checksum": checksum or f"sha256:{checksum_of(path)}",
    }


def differs(path: Path, listed: Mapping[str, Any]) -> bool:
    """Whether a file is another one than a manifest lists."""
    expected = str(listed["checksum"]).lower()
    return path.stat().st_size != listed["size"] or digest(path, expected) != expected


def _is_whole(path: Path, url: str, *, last: bool) -> bool:
    """Read a gzip file to its end; a damaged one is removed, and an error the last time."""
    if path.suffix != ".gz":
        return True
    with path.open("rb") as handle:
        begins = handle.read(2)
    if begins != b"\x1f\x8b":
        path.unlink()
        raise NotGzipError(
            f"{url}: what the server sends is no gzip file, perhaps a page that says why; open the "
            "address in a browser"
        )
    try:
        with gzip.open(path) as content:
            while content.read(1 << 20):
                pass
    except (EOFError, OSError, zlib.error) as error:
        path.unlink()
        if last:
            raise InputError(
                f"{url}: the gzip file is damaged ({error}), fetched twice; try again later, or "
                "put a whole one into accessions.mirror"
            ) from None
        return False
    return True
