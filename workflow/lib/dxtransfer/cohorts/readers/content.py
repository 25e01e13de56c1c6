"""The bytes of a text file, whatever it is packed in, or what the file is instead of text."""

import gzip
import re
import zlib
from pathlib import Path

from dxtransfer.errors import InputError

GZIP_MAGIC = b"\x1f\x8b"
# first bytes of what people have beside their tables, and what to do then
BINARY = {
    b"BZh": "packed with bzip2; pack it with gzip instead",
    b"\xfd7zXZ": "packed with xz; pack it with gzip instead",
    b"(\xb5/\xfd": "packed with zstandard; pack it with gzip instead",
    b"7z\xbc\xaf": "a 7z archive; unpack it and name the matrix in it",
    b"%PDF": "a PDF page; the matrix is needed as a table",
    b"BAM\1": "aligned reads (BAM); a matrix of counts per gene is needed",
    b"\x89PNG": "a picture",
    b"X\n\0\0": "an R data file; write the matrix in R with write.table(x, sep = '\\t')",
    b"RDX": "an R data file; write the matrix in R with write.table(x, sep = '\\t')",
    b"II*\0": "a picture",
}
TAR_MAGIC = slice(257, 262)
TEXT = {
    b"##fileformat=VCF": "genetic variants (VCF); turn them into a MAF file or a matrix first",
    b"<": "a web page or XML document, perhaps of a failed download; fetch the table itself",
    b"{": "a JSON document; the matrix is needed as a table",
    b">": "sequences (FASTA); a matrix of values per gene is needed",
    b"##gff": "a genome annotation (GFF); a matrix of values per gene is needed",
    b"%%MatrixMarket": "the values of a 10x matrix alone; name the folder that also holds its "
    "barcodes and features",
}


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
        For damaged gzip and for what is no text, by the name of what it is where that is known.
    """
    content = path.read_bytes()
    if content.startswith(GZIP_MAGIC):
        try:
            content = gzip.decompress(content)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(
                f"{path}: the gzip file is truncated or damaged ({error}); fetch it again"
            ) from None
    refuse_other_content(content[:512], path=path)
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


def refuse_other_content(start: bytes, *, path: Path) -> None:
    """Refuse a file, by the name of what it is, whose first bytes show that it is no matrix."""
    if start[TAR_MAGIC] == b"ustar":
        raise InputError(f"{path}: a tar archive; unpack it and name the matrix in it")
    for magic, told in (BINARY | TEXT).items():
        if start.startswith(magic):
            raise InputError(f"{path}: no matrix but {told}")
    if re.match(rb"@[^\n]*\n[ACGTN.]+\r?\n\+", start):
        raise InputError(
            f"{path}: no matrix but reads (FASTQ); name them in the sample table and leave the "
            "column matrix empty"
        )
