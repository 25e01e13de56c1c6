"""What stands in tables for a missing value: the one list of the project."""

from collections.abc import Collection, Iterable

# in small letters: R, pandas, Excel, SAS, the GDC, TCGA's clinical tables
MISSING = frozenset(
    {
        *("", "na", "n/a", "n.a.", "#n/a", "<na>", "nan", "null", "--", "'--", "---", "."),
        *("[not available]", "[not applicable]", "[not evaluated]", "[unknown]"),
    }
)
# what stands for a value among numbers, where neither a dash nor a word is one
NO_NUMBER = MISSING | {"-", "none"}
# what stands where the name of a feature is missing: R, pandas, Excel, platforms' tables
UNNAMED = NO_NUMBER | {
    *("undefined", "(blank)", "#name?", "#ref!", "#value!", "#null!", "#div/0!", "#num!"),
    *("?", "..", "...", "----", "_", "0", "-1", "false", "n.a", "n.d.", "n.d", "k.a.", "k. a."),
    *("not assigned", "not_assigned", "no match", "no_match", "not found", "not available"),
    *("no symbol", "no_symbol", "no name", "no_name", "novel", "uncharacterized", "missing"),
    *("empty", "blank", "not annotated"),
}
# what stands in a column of patients where nobody is named
NO_PATIENT = MISSING | {
    *("none", "unknown", "unk", "undefined", "unspecified", "missing", "anonymous", "-", "?", "x"),
    *("not available", "not reported", "not applicable", "not recorded", "not collected", "tbd"),
}

# numbers that SPSS, Stata and registries write for a missing number
NUMBERS = {-9.0, -99.0, -999.0, -9999.0, -99999.0, 99.0, 999.0, 9999.0, 99999.0}


def number_for_missing(numbers: Iterable[float]) -> float | None:
    """A number such as -999 or 9999 that lies far from all others, by more than their range."""
    given = set(numbers)
    others = given - NUMBERS
    if len(others) < 3:
        return None
    low, high = min(others), max(others)
    far = high - low
    return next(
        (n for n in sorted(given & NUMBERS) if n < low - far or n > max(high + far, 2 * high)), None
    )


def without_codes(
    cells: Collection[str], *, kept: Collection[str] = (), codes: Collection[str] = MISSING
) -> list[str]:
    """Cells of a column with missing codes emptied, except those that are `kept` as they read."""
    return ["" if cell.lower() in codes and cell not in kept else cell for cell in cells]
