"""Workbooks (xlsx, xlsb, xls, ods) as text, read so that none ends the process or fills memory.

calamine ends its process where a sheet does not fit into memory, so it reads in a process of its
own, which has a limit.
"""

import contextlib
import datetime
import json
import os
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dxtransfer.errors import InputError
from dxtransfer.memory import memory
from dxtransfer.workbook_checks import inspect_workbook, letters_of

# bytes of a workbook, unpacked: 60 million cells take about 2 GB
LARGEST = 1 << 32
# memory of the process that reads it: 120 million cells
MOST_MEMORY = 1 << 33
# what stands in a cell where a formula failed; #N/A is a missing value
ERROR = re.compile(r"#(?:REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)|Err:\d+")
# of a sheet at most
ROWS = 1 << 20
Sheets = dict[str, list[list[str]]]


def read_workbook(path: Path, *, largest: int = LARGEST) -> Sheets:
    """Read all sheets of a workbook as text.

    Parameters
    ----------
    path
        The file.
    largest
        Most bytes that it may unpack to.

    Returns
    -------
    dict
        Sheet to its rows from the first on, all of one length. Whole numbers are without decimals,
        dates year-month-day, errors as Excel shows them (`#N/A`, `#REF!`); see `refuse_errors`.

    Raises
    ------
    InputError
        For a workbook that is locked, damaged, unpacks to more than `largest`, or has a cell far
        from all others.
    """
    wrong = inspect_workbook(path, largest=largest) if zipfile.is_zipfile(path) else {}
    sheets: Sheets = {}
    for answer in _answers(path):
        if isinstance(answer, str):
            rows = sheets.setdefault(answer, [])
        elif isinstance(answer, int):
            rows += ([] for _ in range(answer))
        else:
            rows.append(answer)
    for sheet, errors in wrong.items():
        for (row, column), text in errors.items():
            if sheet not in sheets or not 0 < row <= ROWS:
                raise InputError(
                    f"{path}, sheet {sheet}, cell {letters_of(column)}{row}: {text}, an error of a "
                    "formula; correct the formula, or empty the cell"
                )
            sheets[sheet] += ([] for _ in range(row - len(sheets[sheet])))
            line = sheets[sheet][row - 1]
            line.extend([""] * (column - len(line)))
            line[column - 1] = text
    for rows in sheets.values():
        width = max(map(len, rows), default=0)
        for line in rows:
            line.extend([""] * (width - len(line)))
    return sheets


def refuse_errors(rows: list[list[str]], *, where: str) -> None:
    """Refuse a sheet in which a formula failed.

    Raises
    ------
    InputError
        Naming the cell as Excel does.
    """
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row, start=1):
            if cell[:1] in ("#", "E") and ERROR.fullmatch(cell):
                raise InputError(
                    f"{where}, cell {letters_of(place)}{number}: {cell}, an error of a formula; "
                    "correct the formula, or empty the cell where the value is missing"
                )


def _answers(path: Path) -> Iterator[str | int | list[str]]:
    """Each sheet's name, then its rows, or how many are blank, as another process reads them."""
    library = str(Path(__file__).parents[1])
    paths = [library, *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, "-m", "dxtransfer.workbooks", str(path.absolute())]
    ended = False
    with subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            with contextlib.suppress(ValueError):
                answer = json.loads(line)
                if isinstance(answer, dict):
                    ended = True
                    _refuse(answer, path)
                else:
                    yield answer
    if not ended:
        raise InputError(
            f"{path}: the workbook cannot be read within {_allowed() / 1e9:.1f} GB of memory, or "
            "is damaged; delete what is far from its table, or save the table as text (CSV UTF-8)"
        )


def _refuse(answer: dict[str, str], path: Path) -> None:
    if "locked" in answer:
        raise InputError(f"{path}: the workbook is locked; save it without a password")
    if "damaged" in answer:
        raise InputError(f"{path}: the Excel file is damaged ({answer['damaged']}); save it again")


def _allowed() -> int:
    return min(memory(), MOST_MEMORY)


# --- in the process that reads -------------------------------------------------------------------


def _read(path: str) -> None:
    """Write each sheet's name, rows and numbers of blank rows as JSON, and an object at the end."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    resource.setrlimit(resource.RLIMIT_AS, (_allowed(), resource.getrlimit(resource.RLIMIT_AS)[1]))
    end: dict[str, str] = {}
    try:
        workbook = CalamineWorkbook.from_path(path)
        for name in workbook.sheet_names:
            print(json.dumps(name))
            sheet = workbook.get_sheet_by_name(name)
            before = [""] * (sheet.start[1] if sheet.start else 0)
            blank = 0
            for row in sheet.iter_rows():
                if not any(row) and not any(map(_text, row)):
                    blank += 1
                    continue
                cells = before + [_text(cell) for cell in row]
                while not cells[-1]:
                    cells.pop()
                print(f"{blank}\n{json.dumps(cells)}" if blank else json.dumps(cells))
                blank = 0
    except PasswordError:
        end["locked"] = ""
    except (CalamineError, OSError, ValueError) as error:
        end["damaged"] = (str(error).splitlines() or [type(error).__name__])[0]
    print(json.dumps(end), flush=True)


def _text(cell: Any) -> str:
    """A cell as text: whole numbers without decimals, dates as year-month-day."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    return str(cell).strip()


if __name__ == "__main__":
    _read(sys.argv[1])
