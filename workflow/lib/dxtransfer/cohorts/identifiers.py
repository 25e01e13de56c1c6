"""Canonical feature names: one spelling per gene in all cohorts.

What is done to a name, in this order: surrounding white space goes; the version of an Ensembl id
goes (`ENSG00000002586.20_PAR_Y` keeps `_PAR_Y`: merging it into the X copy would halve averages);
what a spreadsheet made of a symbol is repaired; letters become upper case (`C1orf12` too, so that
`C1ORF12` of another cohort meets it; organisms are not told apart by case).

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
  2016-03-02: the year of editing). All dates of a cohort tell which; where they do not agree on
  one, they stay.
- `Mar-01` and `1-Mar` are both MARCHF1. Months other than these three are left alone, and so is
  `MAR1`, which is a symbol of its own. Names of months are read in English.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from dxtransfer.errors import InputError

MARCH, SEPTEMBER, DECEMBER = 3, 9, 12
MONTHS = {
    **dict.fromkeys(("MAR", "MARCH"), MARCH),
    **dict.fromkeys(("SEP", "SEPT", "SEPTEMBER"), SEPTEMBER),
    **dict.fromkeys(("DEC", "DECEMBER"), DECEMBER),
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
    "SEP15": "SELENOF",
    "DEC1": "DELEC1",
    "MARC1": "MTARC1",
    "MARC2": "MTARC2",
}
# genes whose damaged names cannot be told from those of MTARC1 and MTARC2
AMBIGUOUS = {"MARCHF1", "MARCHF2"}

OPAQUE = ("entrez", "probe", "other")
ACTIONS = ("repaired", "version_cut", "upper_cased", "merged", "annotated", "unmapped")

ENSEMBL = re.compile(r"(ENS[A-Z]*\d{11})\.\d+(_PAR_Y)?", re.IGNORECASE)
DAY_MONTH = re.compile(r"0?(\d{1,2})[-/ ]([A-Za-z]{3,9})")
MONTH_DAY = re.compile(r"([A-Za-z]{3,9})[-/ ]0?(\d{1,2})")
ISO_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]00:00(?::00)?)?")
SHORT_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
NAMED_DATE = re.compile(r"(\d{1,2})[-/ ]([A-Za-z]{3,9})[-/ ](\d{4}|\d{2})")
SERIAL = re.compile(r"\d{5}")
SERIAL_ORIGIN = date(1899, 12, 30)


def harmonise(
    delivered: Sequence[str], *, annotation: pd.DataFrame | None = None, kind: str = ""
) -> tuple[pd.DataFrame, pd.Series]:
    """Bring the features of one cohort to canonical names.

    Parameters
    ----------
    delivered
        All its feature ids.
    annotation
        Columns probe and symbol, see `annotated`.
    kind
        What the sheet calls the ids. Entrez, probes or other are no symbols: nothing in them is
        repaired.

    Returns
    -------
    tuple
        One row per changed feature and action (delivered, canonical, action), and the canonical
        name (empty: unmapped) of every feature.
    """
    names = list(delivered)
    symbols = names if annotation is None else annotated(names, annotation)
    table = canonical(symbols)
    if annotation is None and kind in OPAQUE:
        table["canonical"], table["actions"] = [name.strip() for name in symbols], ""
    canonical_names = table["canonical"]
    doubled = canonical_names.duplicated(keep=False)
    table["delivered"] = names
    table.loc[doubled, "actions"] += ",merged"
    changed = pd.Series(symbols) != pd.Series(names).str.strip()
    table.loc[changed, "actions"] += ",annotated"
    table.loc[canonical_names == "", "actions"] = "unmapped"
    table["action"] = table["actions"].str.split(",")
    table = table.explode("action")
    changes = table.loc[table["action"] != "", ["delivered", "canonical", "action"]]
    return changes.reset_index(drop=True), canonical_names


def canonical(names: Iterable[str]) -> pd.DataFrame:
    """Find the canonical name of every feature of a cohort.

    Parameters
    ----------
    names
        All the feature ids of one cohort as delivered: dates and numbers are judged together.

    Returns
    -------
    DataFrame
        One row per name, in order: delivered, canonical, actions (comma-separated, in the order
        repaired, version_cut, upper_cased; empty where nothing but white space changed).
    """
    delivered = [str(name) for name in names]
    stripped = [name.strip() for name in delivered]
    dated = _dates(stripped)
    repeated = Counter(
        gene for gene in (_from_day_and_month(n) or dated.get(n) for n in stripped) if gene
    )
    rows = []
    for name, short in zip(delivered, stripped, strict=True):
        actions = []
        gene = _from_day_and_month(short) or dated.get(short)
        if gene in AMBIGUOUS and repeated[gene] > 1:
            gene = None
        gene = gene or RENAMED.get(short.upper())
        if gene:
            actions.append("repaired")
            short = gene
        elif match := ENSEMBL.fullmatch(short):
            actions.append("version_cut")
            short = match[1] + (match[2] or "")
        if short != short.upper():
            actions.append("upper_cased")
            short = short.upper()
        rows.append((name, short, ",".join(actions)))
    return pd.DataFrame(rows, columns=["delivered", "canonical", "actions"], dtype=object)


def annotated(names: Sequence[str], annotation: pd.DataFrame) -> list[str]:
    """Put symbols in place of probes.

    Parameters
    ----------
    names
        Feature ids as delivered.
    annotation
        Columns probe and symbol, as text. A probe with several symbols (`A /// B`, or several
        rows) measures none of them for sure and counts as having none.

    Returns
    -------
    list of str
        A symbol per name; empty for a probe without one. A name that the table does not list
        keeps itself: some matrices mix probes and symbols.

    Raises
    ------
    InputError
        When the table lists none of the names.
    """
    table = annotation[["probe", "symbol"]].fillna("").astype(str)
    table = table.apply(lambda column: column.str.strip()).drop_duplicates()
    table.loc[table["symbol"].str.contains("///", regex=False), "symbol"] = ""
    table.loc[table["probe"].duplicated(keep=False), "symbol"] = ""
    symbols = dict(zip(table["probe"], table["symbol"], strict=True))
    stripped = [name.strip() for name in names]
    if not any(name in symbols for name in stripped):
        raise InputError(
            f"the annotation table (first: {', '.join(list(symbols)[:3])}) lists none of the "
            f"features (first: {', '.join(stripped[:3])})"
        )
    return [symbols.get(name, name) for name in stripped]


def merge_duplicates(
    X: Any, names: Sequence[str], *, how: str
) -> tuple[NDArray[np.float32] | sparse.csr_matrix, list[str]]:
    """Merge features of one name.

    Parameters
    ----------
    X
        (samples, features), dense with NaN for missing, or csr without.
    names
        A name per column of `X`.
    how
        `sum` (counts) or `mean`, over the values that are measured; none measured stays missing.

    Returns
    -------
    tuple
        (samples, unique names) values and the names in the order of their first column.
    """
    codes, unique = pd.factorize(np.asarray(names, dtype=object))
    if len(unique) == len(codes):
        return X, list(unique)
    size = np.bincount(codes)
    if sparse.issparse(X):
        weight = np.ones(len(codes)) if how == "sum" else 1 / size[codes]
        indicator = sparse.csr_matrix(
            (weight, (np.arange(len(codes)), codes)), shape=(len(codes), len(unique))
        )
        return sparse.csr_matrix(X @ indicator, dtype=np.float32), list(unique)
    merged = np.empty((X.shape[0], len(unique)), dtype=np.float32)
    single = size[codes] == 1
    merged[:, codes[single]] = X[:, single]
    several = np.flatnonzero(~single)
    several = several[np.argsort(codes[several], kind="stable")]
    groups, starts = np.unique(codes[several], return_index=True)
    block = X[:, several].astype(np.float64)
    measured = ~np.isnan(block)
    total = np.add.reduceat(np.where(measured, block, 0.0), starts, axis=1)
    n = np.add.reduceat(measured.astype(np.int64), starts, axis=1)
    value = total if how == "sum" else total / np.maximum(n, 1)
    merged[:, groups] = np.where(n > 0, value, np.nan)
    return merged, list(unique)


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
        for name in filter(SERIAL.fullmatch, names):
            day = SERIAL_ORIGIN + timedelta(days=int(name))
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
