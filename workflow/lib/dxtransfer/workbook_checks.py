"""What is looked at in a workbook before it is read: its size unpacked, its cells' places, errors.

calamine holds a sheet as a full rectangle, so that one stray cell in the last row and column takes
more memory than any machine has; and it gives errors of formulas as empty cells.
"""

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from dxtransfer.errors import InputError

# Cells of a rectangle that may be empty: those of a formula filled down 16 columns to the last row.
# Above it one cell in so many must be filled.
RECTANGLE, FILLED = 1 << 24, 50
PIECE = 1 << 22
# a cell is not longer
TAIL = 1 << 18
# a cell with a value, and its place
CELL = re.compile(
    rb"<(?:\w+:)?c\s[^>]*?\br\s*=\s*[\"']([A-Za-z]{1,4})(\d{1,9})[\"'][^>]*(?<!/)>(?!\s*</)"
)
# a cell with an error, and which
WRONG = re.compile(
    rb"<(?:\w+:)?c(?=\s[^>]*\bt\s*=\s*[\"']e[\"'])[^>]*?\br\s*=\s*[\"']([A-Za-z]{1,4})(\d{1,9})"
    rb"[\"'][^>]*(?<!/)>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<",
    re.S,
)
BEGIN = re.compile(rb"<(?:\w+:)?c\s")
# row and column, from 1, to the text of the error
Errors = dict[tuple[int, int], str]


def inspect_workbook(path: Path, *, largest: int) -> dict[str, Errors]:
    """Look through a workbook that is a zip archive.

    Parameters
    ----------
    path
        The file.
    largest
        Most bytes that it may unpack to.

    Returns
    -------
    dict
        Sheet to its cells with errors.

    Raises
    ------
    InputError
        For an archive that is damaged or unpacks to more than `largest`, and a sheet with a cell
        far from all others.
    """
    wrong: dict[str, Errors] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            # pictures are not packed again
            members = [m for m in archive.infolist() if m.compress_type != zipfile.ZIP_STORED]
            if sum(member.file_size for member in members) > largest:
                raise _too_large(path, largest)
            size = 0
            for member in archive.infolist():
                sheet = _Sheet()
                with archive.open(member) as file:
                    while piece := file.read(PIECE):
                        # what is declared may be less than what is there
                        size += len(piece) * (member.compress_type != zipfile.ZIP_STORED)
                        if size > largest:
                            raise _too_large(path, largest)
                        sheet.see(piece)
                if sheet.errors or sheet.scattered():
                    name = _sheet_names(archive).get(member.filename, member.filename)
                    wrong[name] = sheet.errors
                    sheet.refuse_scattered(f"{path}, sheet {name}")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        # NotImplementedError, for another way of packing, is a RuntimeError
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path}: the Excel file is damaged ({reason}); save it again") from None
    return wrong


class _Sheet:
    """What is known so far of a member: nothing where it is not a sheet."""

    def __init__(self) -> None:
        self.errors: Errors = {}
        self.count, self.bottom, self.right = 0, 0, 0
        self.rest: bytes | None = b""

    def see(self, piece: bytes) -> None:
        """Look at the next bytes; a cell that they cut in two waits for the rest of it."""
        if self.rest is None or (not self.count and b"<row" not in piece and b":row" not in piece):
            return
        text = self.rest + piece
        begins = [found.start() for found in BEGIN.finditer(text, max(0, len(text) - TAIL))]
        cut = begins[-1] if begins and len(piece) == PIECE else len(text)
        cells = CELL.findall(text, 0, cut)
        self.count += len(cells)
        self.right = max([self.right, *map(column_of, {letters for letters, _ in cells})])
        self.bottom = max([self.bottom, *map(int, {row for _, row in cells})])
        for letters, row, told in WRONG.findall(text, 0, cut):
            self.errors[int(row), column_of(letters)] = told.decode("utf-8", "replace").strip()
        self.rest = text[cut:]

    def scattered(self) -> bool:
        """Whether the rectangle around all cells is large and hardly filled."""
        area = self.bottom * self.right
        return area > RECTANGLE and area > FILLED * self.count

    def refuse_scattered(self, where: str) -> None:
        if self.scattered():
            raise InputError(
                f"{where}: its cells reach to {letters_of(self.right)}{self.bottom}, of which only "
                f"{self.count:,} are filled; delete what is far from the table (Ctrl+End shows it)"
            )


def column_of(letters: bytes) -> int:
    """Number of a column, from 1."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number


def letters_of(column: int) -> str:
    """Name of a column, from 1, as Excel writes it."""
    name = ""
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(65 + letter) + name
    return name


def _sheet_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """Member of an xlsx file to the name of its sheet."""

    def attributes(member: str, tag: str) -> Iterable[dict[str, str]]:
        for element in ElementTree.fromstring(archive.read(member)).iter():
            if element.tag.rpartition("}")[2] == tag:
                yield {name.rpartition("}")[2]: text for name, text in element.attrib.items()}

    try:
        targets = {
            a["Id"]: posixpath.normpath(posixpath.join("/xl", a["Target"])).lstrip("/")
            for a in attributes("xl/_rels/workbook.xml.rels", "Relationship")
        }
        return {targets[a["id"]]: a["name"] for a in attributes("xl/workbook.xml", "sheet")}
    except (KeyError, ElementTree.ParseError):
        return {}


def _too_large(path: Path, largest: int) -> InputError:
    return InputError(
        f"{path}: the workbook unpacks to more than {largest >> 20:,} MB, too much for a table; "
        "check the file, or save the one table to use as text (CSV UTF-8)"
    )
