"""What spreadsheets make of gene symbols, and its repair.

Spreadsheets take MARCH1, SEPT2 and DEC1 for dates (Ziemann et al. 2016, Genome Biology 17:177).
HGNC renamed these genes for that reason (Bruford et al. 2020, Nature Genetics 52:754). Damaged and
undamaged names both become the current symbol, so that such cohorts meet; both count as repaired:

- March is MARCHF1 to MARCHF11. MARC1 and MARC2 (now MTARC1, MTARC2) are turned into `1-Mar` and
  `2-Mar` too. A single `1-Mar` is read as MARCHF1, the more common of the two; where one cohort
  has it twice there is no telling which is which, and both keep their damaged name.
- September is SEPTIN1 to SEPTIN14, SEPT13 being the pseudogene SEPTIN7P2 and SEP15 SELENOF.
- December is DELEC1 alone.
- Serial numbers (36951) are days since 1899-12-30. They are read only where most names of the
  cohort are no numbers, and only as the first of a month with the gene's number as the year
  (2001-03-01 is MARCHF1), as in GSE107992; Entrez ids and years of editing stay as they are.
- Full dates hold the gene's number in the year (2001-03-01) or in the day (2016-03-01,
  2016-03-02, 02-Sep-2023: the year of editing). All dates of a cohort tell which; where they do
  not agree on one, they stay.
- `Mar-01` and `1-Mar` are both MARCHF1. Months other than these three are left alone, and so is
  `MAR1`, which is a symbol of its own. Names of months are also read as spreadsheets in German,
  French, Spanish, Italian, Portuguese, Dutch, Polish and the Scandinavian languages write them
  (`1. Mrz`, `2-sept.`, `1-dic`).
- A name in scientific notation (`2.31E+13`, once a clone such as 2310009E13) has lost its digits
  and cannot be repaired.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

MARCH, SEPTEMBER, DECEMBER = 3, 9, 12
MONTHS = {
    **dict.fromkeys(("MAR", "MARCH", "MRZ", "MÄRZ", "MARS", "MRT", "MARZO", "MARÇO"), MARCH),
    **dict.fromkeys(("SEP", "SEPT", "SEPTEMBER", "SET", "WRZ"), SEPTEMBER),
    **dict.fromkeys(("DEC", "DECEMBER", "DEZ", "DÉC", "DIC", "DES", "GRU"), DECEMBER),
}
GENES: dict[tuple[int, int], str] = {
    **{(MARCH, n): f"MARCHF{n}" for n in range(1, 12)},
    **{(SEPTEMBER, n): f"SEPTIN{n}" for n in range(1, 15)},
    (SEPTEMBER, 13): "SEPTIN7P2",
    (SEPTEMBER, 15): "SELENOF",
    (DECEMBER, 1): "DELEC1",
}
RENAMED = {
    **{f"MARCH{n}": GENES[MARCH, n] for n in range(1, 12)},
    **{f"SEPT{n}": GENES[SEPTEMBER, n] for n in range(1, 16)},
    # as Illumina spells them
    **{f"SEPTIN {n}": GENES[SEPTEMBER, n] for n in range(1, 15)},
    "SELENOPROTEIN 15": "SELENOF",
    "SEPT7P2": "SEPTIN7P2",
    "SEP15": "SELENOF",
    "DEC1": "DELEC1",
    "MARC1": "MTARC1",
    "MARC2": "MTARC2",
}
# genes whose damaged names cannot be told from those of MTARC1 and MTARC2
AMBIGUOUS = {"MARCHF1", "MARCHF2"}

DAY_MONTH = re.compile(r"0?(\d{1,2})(?:[-/ ]|\. ?)([^\W\d_]{3,9})\.?")
MONTH_DAY = re.compile(r"([^\W\d_]{3,9})[-/ ]0?(\d{1,2})")
ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]00:00(?::00)?)?")
SHORT_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
NAMED_DATE = re.compile(r"(\d{1,2})(?:[-/ ]|\. ?)([^\W\d_]{3,9})\.?[-/ ](\d{4}|\d{2})")
SERIAL = re.compile(r"(\d{5})(?:\.0)?")
SERIAL_ORIGIN = date(1899, 12, 30)
SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)


def repairs(names: Sequence[str]) -> dict[str, str]:
    """Find the genes behind damaged and former names of a cohort.

    Parameters
    ----------
    names
        All names of one cohort, stripped: dates and numbers are judged together.

    Returns
    -------
    dict
        Name to current symbol, for the names that have to be repaired.
    """
    dated = _dates(names)
    genes = {name: _from_day_and_month(name) or dated.get(name) for name in names}
    repeated = Counter(gene for name in names if (gene := genes[name]))
    found = {}
    for name, gene in genes.items():
        if gene in AMBIGUOUS and repeated[gene] > 1:
            gene = None
        if gene := gene or RENAMED.get(name.upper()):
            found[name] = gene
    return found


def current(symbol: str) -> str:
    """Spelling of a symbol in all cohorts: upper case, HGNC's new names of the damaged genes."""
    return RENAMED.get(symbol.upper(), symbol.upper())


def _from_day_and_month(name: str) -> str | None:
    """Gene behind `1-Mar` or `Mar-01`."""
    if match := DAY_MONTH.fullmatch(name):
        number, month = match[1], match[2]
    elif match := MONTH_DAY.fullmatch(name):
        month, number = match[1], match[2]
    else:
        return None
    return GENES.get((MONTHS.get(month.upper(), 0), int(number)))


def _dates(names: Sequence[str]) -> dict[str, str]:
    """Genes behind full dates and serial numbers, by name."""
    genes = {}
    full = {name: day for name in names if (day := _full_date(name))}
    in_year = all(day.day == 1 and (day.month, day.year - 2000) in GENES for day in full.values())
    in_day = len({day.year for day in full.values()}) == 1
    for name, day in full.items():
        # one single date could be read either way, the first of a month as gene 1 of its year
        number = day.year - 2000 if in_year else day.day if in_day else 0
        if gene := GENES.get((day.month, number)):
            genes[name] = gene
    if 2 * sum(name.isdigit() for name in names) < len(names):
        for name in names:
            serial = SERIAL.fullmatch(name)
            day = SERIAL_ORIGIN + timedelta(days=int(serial[1]) if serial else 0)
            if day.day == 1 and (gene := GENES.get((day.month, day.year - 2000))):
                genes[name] = gene
    return genes


def _full_date(name: str) -> date | None:
    """Date behind a name, if its month can be a gene's.

    In `03/01/2001` month and day are told apart by which of them can be one of the three months.
    """
    if match := ISO_DATE.fullmatch(name):
        readings = [(int(match[1]), int(match[2]), int(match[3]))]
    elif match := SHORT_DATE.fullmatch(name):
        one, other, year = (int(part) for part in match.groups())
        readings = [(year, one, other), (year, other, one)]
    elif match := NAMED_DATE.fullmatch(name):
        year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
        readings = [(year, MONTHS.get(match[2].upper(), 0), int(match[1]))]
    else:
        return None
    possible = []
    for year, month, day in readings:
        if month in (MARCH, SEPTEMBER, DECEMBER) and 1 <= day <= 28:
            possible.append(date(year, month, day))
    return possible[0] if len(set(possible)) == 1 else None
