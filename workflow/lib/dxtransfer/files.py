"""Writing files so that a killed process never leaves half of one behind."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dxtransfer.errors import InputError


@contextmanager
def atomic(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside `path` and rename it to `path` on success.

    Parameters
    ----------
    path
        The file (or folder) that shall exist only when it is whole.

    Yields
    ------
    Path
        The name to write to. It keeps the suffix of `path`, since some writers look at it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        if temporary.is_file():
            temporary.unlink()


def write_json(path: Path | str, content: Mapping[str, Any]) -> None:
    """Write `content` as indented JSON, atomically."""
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path | str) -> dict[str, Any]:
    """Read a JSON object."""
    content = json.loads(Path(path).read_text())
    if not isinstance(content, dict):
        raise TypeError(f"{path} holds no JSON object")
    return content


def checksum(*paths: Path | str) -> str:
    """SHA-256 over the bytes of files; a folder counts with all its files, by relative name."""
    digest = hashlib.sha256()
    for path in map(Path, paths):
        members = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for member in members:
            if path.is_dir():
                digest.update(member.relative_to(path).as_posix().encode())
            with member.open("rb") as handle:
                while block := handle.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()


def checked_sum(path: Path, *, expected: str = "") -> str:
    """SHA-256 of a file, compared with the one that it should have.

    Parameters
    ----------
    path
        The file.
    expected
        `sha256:` and 64 hexadecimal digits, or empty.

    Returns
    -------
    str
        `sha256:` and the digits.

    Raises
    ------
    InputError
        If the two differ.
    """
    found = f"sha256:{checksum(path)}"
    if expected and found != expected:
        raise InputError(
            f"{path}: its checksum is {found}, where {expected} is expected; fetch the file again "
            "or correct the checksum"
        )
    return found
