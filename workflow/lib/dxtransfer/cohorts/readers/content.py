"""The bytes of a text file, whatever it is packed in, or what the file is instead of text."""

import gzip
import io
import re
import zlib
from pathlib import Path

from dxtransfer.cohorts.readers.magic import known_content
from dxtransfer.errors import InputError

GZIP_MAGIC = b"\x1f\x8b"
TAR_MAGIC = slice(257, 262)
# Text of a file packed with gzip: at most so many bytes, and above 1 GB not so many times its
# packed size. Deflate packs at best 1030 times; tables of 0 and 1 pack 49 times with 3 % of 1,
# 118 times with 1 % and 510 times with 0.1 %.
LARGEST = 8 << 30
SMALL, RATIO = 1 << 30, 200
PIECE = 1 << 24


def content_of(path: Path) -> bytes:
    """Read a text file, unpacked where its content, whatever its name, is gzip.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    bytes
        Without byte order mark and leading blank lines; lines end in line feeds.

    Raises
    ------
    InputError
        For damaged gzip, a packed file that unpacks to more than any table would, and for what is
        not text, by the name of what it is where that is known.
    """
    content = path.read_bytes()
    if content.startswith(GZIP_MAGIC):
        content = _unpacked(content, path=path)
    refuse_other_content(content[:2048], path=path)
    content = content.removeprefix(b"\xef\xbb\xbf")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{path}: UTF-16 text; save the table as UTF-8")
    zero = content.find(b"\0")
    if zero >= 0:
        row = content.count(b"\n", 0, zero) + 1
        raise InputError(
            f"{path}, row {row}: a zero byte, so the file is damaged or not text; fetch it again "
            "or save the matrix as tab-separated text"
        )
    if b"\r" in content and b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    return content.lstrip(b"\r\n")


def _unpacked(packed: bytes, *, path: Path) -> bytes:
    """Unpack piece by piece; what only pretends to be small is given up long before its end."""
    pieces: list[bytes] = []
    size = 0
    source = io.BytesIO(packed)
    try:
        with gzip.GzipFile(fileobj=source) as file:
            while piece := file.read(PIECE):
                size += len(piece)
                if size > LARGEST or (size > SMALL and size > RATIO * source.tell()):
                    raise InputError(
                        f"{path}: the gzip file unpacks to more than {size >> 20:,} MB out of "
                        f"{source.tell():,} bytes, as no table does; check the file, or unpack it"
                    )
                pieces.append(piece)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            f"{path}: the gzip file is truncated or damaged ({error}); fetch it again"
        ) from None
    return b"".join(pieces)


def refuse_other_content(start: bytes, *, path: Path) -> None:
    """Refuse a file, by the name of what it is, whose first bytes show that it is no matrix."""
    if start[TAR_MAGIC] == b"ustar":
        raise InputError(f"{path}: a tar archive; unpack it and name the matrix in it")
    meaning = known_content(start)
    if meaning:
        raise InputError(f"{path}: no matrix but {meaning}")
    if re.match(rb"@[^\n]*\n[ACGTN.]+\r?\n\+", start):
        raise InputError(
            f"{path}: no matrix but reads (FASTQ); name them in the sample table and leave the "
            "column matrix empty"
        )
