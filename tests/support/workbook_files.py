"""Workbooks written by hand, as no library that writes them is needed otherwise."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

TYPES = {
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="xl/workbook.xml"/>{}</Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}'
        "</Relationships>"
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{}'
        "</sheets></workbook>"
    ),
    # the second format of cells is a date
    "xl/styles.xml": (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>'
        '<xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>{}'
    ),
}
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}'
    "</sheetData></worksheet>"
)
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"


def cell(value: object, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f'<c r="{place}" s="1"><v>{value[0]}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def workbook(path: Path, *, more: str = "", **sheets: Sequence[Sequence[object]]) -> Path:
    """Write an xlsx file; a tuple is the serial number of a date, `more` the XML of more rows."""
    names = enumerate(sheets, start=1)
    entries = [
        (
            f'<Relationship Id="r{i}" Type="{RELATION}" Target="worksheets/sheet{i}.xml"/>',
            f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>',
        )
        for i, name in names
    ]
    relations, listed = ("".join(parts) for parts in zip(*entries, strict=True))
    content = dict(zip(TYPES, ("", relations, listed, ""), strict=True))
    with zipfile.ZipFile(path, "w") as file:
        for name, text in content.items():
            file.writestr(name, TYPES[name].format(text))
        for i, rows in enumerate(sheets.values(), start=1):
            lines = "".join(
                f'<row r="{r}">'
                + "".join(cell(value, f"{chr(65 + c)}{r}") for c, value in enumerate(row))
                + "</row>"
                for r, row in enumerate(rows, start=1)
            )
            file.writestr(f"xl/worksheets/sheet{i}.xml", SHEET.format(lines + more))
    return path
