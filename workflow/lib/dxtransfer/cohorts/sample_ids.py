"""Sample ids that a matrix and a sample table spell differently.

R puts `X` before a digit and dots for other marks, spreadsheets cut leading zeros, programs add
endings or name a sample by its file. Where one such rule leads all ids that lack a counterpart to
one each, they are the same samples; where it does so for some of them only, nobody can tell what
became of the others, and the cohort is refused.
"""

import logging
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from dxtransfer.errors import InputError

logger = logging.getLogger(__name__)

Key = Callable[[str], str]
EXTENSIONS = re.compile(
    r"(?:\.(?:bam|sam|cram|raw|d|wiff|mzml|fastq|fq|gz|txt|tsv|csv|counts?|cel|idat|out|tab|sf|h5"
    r"|sorted|aligned|sortedbycoord|dia|htseq))+$",
    re.IGNORECASE,
)
# for each rule what it is called and the key of an id on the side of the matrix and of the table
RULES: tuple[tuple[str, Key, Key], ...]


def agreed(delivered: Sequence[str], wanted: Sequence[str], *, path: Path) -> list[str]:
    """Ids of a matrix in the spelling of the sample table.

    Parameters
    ----------
    delivered
        Samples of the matrix.
    wanted
        Samples of the sample table.
    path
        The matrix, for messages.

    Returns
    -------
    list of str
        One per delivered sample; a repaired spelling is logged as a warning.

    Raises
    ------
    InputError
        Where ids of both lack a counterpart, and some of them, not all, differ in spelling alone.
    """
    both = set(delivered) & set(wanted)
    here = [name for name in delivered if name not in both]
    there = [name for name in wanted if name not in both]
    if not here or not there:
        return list(delivered)
    for rule, pairs in _candidates(here, there):
        if len(pairs) in (len(here), len(there)):
            one, other = next(iter(pairs.items()))
            logger.warning(
                "%s: %d sample ids were matched with those of the sample table by %s (%r is %r)",
                path,
                len(pairs),
                rule,
                one,
                other,
            )
            return [pairs.get(name, name) for name in delivered]
    for rule, pairs in _candidates(here, there, affixes=False):
        if pairs:
            one, other = next(iter(pairs.items()))
            raise InputError(
                f"{path}: {len(here)} samples of the matrix and {len(there)} of the sample table "
                f"have no counterpart, and {len(pairs)} of them differ in spelling alone ({one!r} "
                f"in the matrix, {other!r} in the table: {rule}); write the ids alike in both"
            )
    logger.warning(
        "%s: %d samples of the matrix (%s...) and %d of the sample table (%s...) have no "
        "counterpart",
        path,
        len(here),
        here[0],
        len(there),
        there[0],
    )
    return list(delivered)


def match_count(delivered: Sequence[str], wanted: Sequence[str]) -> int:
    """How many ids of an axis belong to the sample table, in whatever spelling."""
    exact = len(set(delivered) & set(wanted))
    if exact:
        return exact
    return max((len(pairs) for _, pairs in _candidates(delivered, wanted)), default=0)


def _candidates(
    here: Sequence[str], there: Sequence[str], *, affixes: bool = True
) -> list[tuple[str, dict[str, str]]]:
    """For each rule the ids of the matrix and those of the table that it leads to."""
    found = [(rule, _pairs(here, there, one, other)) for rule, one, other in RULES]
    if affixes:
        found.append(("a common beginning or ending", _by_affixes(here, there)))
        turned = _by_affixes(there, here)
        found.append(("a common beginning or ending", {d: w for w, d in turned.items()}))
    return found


def _pairs(here: Sequence[str], there: Sequence[str], one: Key, other: Key) -> dict[str, str]:
    """Pairs of equal keys; an id whose key is not unique has none."""
    by_key = _unique(there, other)
    return {name: by_key[key] for key, name in _unique(here, one).items() if key and key in by_key}


def _unique(names: Sequence[str], key: Key) -> dict[str, str]:
    keys = [key(name) for name in names]
    often = Counter(keys)
    return {k: name for k, name in zip(keys, names, strict=True) if often[k] == 1}


def _by_affixes(here: Sequence[str], there: Sequence[str]) -> dict[str, str]:
    """Pairs where all of either side are the others' ids between one beginning and one ending."""
    first, names = there[0], set(here)
    if len(there) < 2:
        return {}
    best: dict[str, str] = {}
    for name in here:
        at = name.find(first)
        if at < 0:
            continue
        before, after = name[:at], name[at + len(first) :]
        pairs = {f"{before}{w}{after}": w for w in there if f"{before}{w}{after}" in names}
        best = max(best, pairs, key=len)
    return best


def as_in_r(name: str) -> str:
    """Name as R's `make.names` writes it."""
    valid = re.sub(r"[^A-Za-z0-9._]", ".", name)
    return f"X{valid}" if re.match(r"[0-9_]|\.[0-9]", valid) else valid


def _marks(name: str) -> str:
    """Letters of any script and digits; `#` and a sign at the end mean something."""
    sign = re.search(r"[+-]+$", name)
    kept = re.sub(r"(?:[^\w#]|_)+", ".", name).strip(".")
    return f"{kept}{sign[0]}" if sign else kept


def _run(name: str) -> str:
    """Name without what bcl2fastq appends: number of the sample, lane, read."""
    return re.sub(r"_S\d+(?:_L\d{3})?(?:_[RI][12])?(?:_001)?$", "", _file(name))


def _zeros(name: str) -> str:
    return re.sub(r"(?<!\d)0+(?=\d)", "", name)


def _file(name: str) -> str:
    return EXTENSIONS.sub("", re.split(r"[\\/]", name)[-1])


def _all_marks(name: str) -> str:
    return re.sub(r"^x(?=\d)", "", _marks(name).lower())


def _same(name: str) -> str:
    return name


RULES = (
    ("R's way to write names", _same, as_in_r),
    ("R's way to write names", as_in_r, _same),
    ("letters in upper or lower case", str.lower, str.lower),
    ("dots, dashes, underscores and blanks", _marks, _marks),
    ("leading zeros", _zeros, _zeros),
    ("the name of the file", _file, _same),
    ("the name of the file", _file, _file),
    ("what bcl2fastq appends", _run, _same),
    ("what bcl2fastq appends", _same, _run),
    ("letter case, marks and R's X", _all_marks, _all_marks),
)
