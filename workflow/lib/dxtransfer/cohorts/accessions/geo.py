"""Series of the Gene Expression Omnibus: matrices, NCBI's RNA-seq counts, probe annotation.

Addresses as NCBI documents them: https://www.ncbi.nlm.nih.gov/geo/info/download.html and
https://www.ncbi.nlm.nih.gov/geo/info/rnaseqcounts.html.
"""

import gzip
import html
import logging
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

from dxtransfer.cohorts.accessions.folder import Folder, NotGzipError
from dxtransfer.cohorts.accessions.platforms import platform_lines, probe_symbols, symbol_table
from dxtransfer.downloads import download
from dxtransfer.errors import InputError
from dxtransfer.network import AbsentError, read_url

logger = logging.getLogger("dxtransfer")

LINK = re.compile(r"""href\s*=\s*["']?([^"'>\s]+)""", re.IGNORECASE)
# What GEO calls the counts of most human series; other species and genomes are found on its page.
HUMAN_COUNTS = "{}_raw_counts_GRCh38.p13_NCBI.tsv.gz"


@dataclass(frozen=True)
class Contents:
    """What a series file says of itself.

    Attributes
    ----------
    platforms
        GPL accessions.
    has_values
        Whether it has any value: those of sequencing series are empty.
    series
        Accessions of the series that it says it is.
    """

    platforms: frozenset[str]
    has_values: bool
    series: frozenset[str] = frozenset()


def fetch_series(accession: str, folder: Folder, *, geo: str, ncbi: str) -> None:
    """Fetch what GEO has of a series that a cohort can be read from.

    Parameters
    ----------
    accession
        `GSE...`.
    folder
        Gets the series matrices (one per platform), or the SOFT family file where there are none;
        NCBI's counts where a file has no values; `GPL....annot.tsv` of each platform that has.
    geo
        Address of GEO's files, https://ftp.ncbi.nlm.nih.gov/geo.
    ncbi
        Address of GEO's pages, https://www.ncbi.nlm.nih.gov/geo.

    Raises
    ------
    InputError
        When there is no such series, no values in it, or the server cannot be used.
    """
    found = _matrices(accession, folder, geo) or [_family(accession, folder, geo)]
    if not all(contents.has_values for contents in found):
        counts = _counts(accession, folder, ncbi)
        if not counts and not any(contents.has_values for contents in found):
            raise InputError(
                f"{accession}: its series matrix has no values, and NCBI has made no counts of it; "
                f"look for a matrix in {_series(accession, geo)}suppl/ and name that file in the "
                "column matrix"
            )
    measured = [contents.platforms for contents in found if contents.has_values]
    for platform in sorted(frozenset().union(*measured)):
        _annotation(platform, folder, geo=geo, ncbi=ncbi)


def series_contents(path: Path) -> Contents:
    """Read the head of a series matrix or of a SOFT family file, up to its first values."""
    platforms: set[str] = set()
    series: set[str] = set()
    rows_announced = False
    with path.open("rb") as handle:
        opened = gzip.open if handle.read(2) == b"\x1f\x8b" else open
    with opened(path, "rt", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            key, _, rest = line.partition("\t" if "\t" in line else "=")
            key = key.strip().lower()
            if key in ("!series_platform_id", "!sample_platform_id"):
                platforms.update(re.findall(r"GPL\d+", rest))
            elif key in ("!series_geo_accession", "^series"):
                series.update(re.findall(r"GSE\d+", rest))
            elif key == "!sample_data_row_count":
                rows_announced = any(int(n) for n in re.findall(r"\d+", rest))
            elif key == "!series_matrix_table_begin":
                next(lines, "")
                row = next(lines, "")
                rows_announced = bool(row.strip()) and not row.startswith("!")
                break
            elif key == "!sample_table_begin":
                break
    return Contents(frozenset(platforms), rows_announced, frozenset(series))


def series_file(path: Path, accession: str, *, source: str) -> Contents:
    """Read the head of a series matrix or SOFT family file that must be of a series.

    Raises
    ------
    InputError
        For a file that says it is of another series.
    """
    contents = series_contents(path)
    if accession not in contents.series:
        told = ", ".join(sorted(contents.series)) or "none by name"
        raise InputError(
            f"{source}: a file of the series {accession} is expected, but it is of {told}; try "
            "again later, or put the right one into accessions.mirror"
        )
    return contents


def _matrices(accession: str, folder: Folder, geo: str) -> list[Contents]:
    """Fetch all series matrices; a series of several platforms has one for each."""
    address = f"{_series(accession, geo)}matrix/"
    wanted = re.compile(rf"{accession}(-GPL\d+)?(-\d+)?_series_matrix(-\d+)?\.txt\.gz")
    try:
        links = _links(address, attempts=folder.attempts)
    except AbsentError:
        return []
    names = {link.rpartition("/")[2] for link in links}
    found = []
    for name in sorted(filter(wanted.fullmatch, names)):
        contents = _fetched(address + name, name, accession, folder)
        in_name = frozenset(re.findall(r"-(GPL\d+)", name))
        found.append(Contents(in_name or contents.platforms, contents.has_values))
    return found


def _fetched(address: str, name: str, accession: str, folder: Folder) -> Contents:
    path = folder.fetch(address, name)
    try:
        return series_file(path, accession, source=address)
    except InputError:
        # another call fetches it anew
        path.unlink()
        raise


def _family(accession: str, folder: Folder, geo: str) -> Contents:
    name = f"{accession}_family.soft.gz"
    address = f"{_series(accession, geo)}soft/{name}"
    try:
        return _fetched(address, name, accession, folder)
    except AbsentError:
        raise InputError(
            f"{accession}: GEO has no public series of this name ({_series(accession, geo)}); "
            "check the number"
        ) from None


def _counts(accession: str, folder: Folder, ncbi: str) -> bool:
    """Fetch the counts that NCBI made of the reads, if it did."""
    try:
        links = _links(f"{ncbi}/download/?acc={accession}", attempts=folder.attempts)
    except AbsentError:
        links = []
    wanted = re.compile(rf"{accession}_raw_counts_[A-Za-z0-9._-]+_NCBI\.tsv\.gz")
    queries = [parse_qs(urlsplit(link).query) for link in links]
    names = [name for query in queries for name in query.get("file", []) if wanted.fullmatch(name)]
    for name in names or [HUMAN_COUNTS.format(accession)]:
        address = f"{ncbi}/download/?type=rnaseq_counts&acc={accession}&format=file&file={name}"
        try:
            folder.fetch(address, name)
            return True
        except (AbsentError, NotGzipError):
            logger.info("%s: no counts by NCBI named %s", accession, name)
    return False


def _annotation(platform: str, folder: Folder, *, geo: str, ncbi: str) -> None:
    """Fetch the symbols of a platform's probes: NCBI's annotation, else the delivered table."""
    by_ncbi = f"{geo}/platforms/{_hundreds(platform)}/{platform}/annot/{platform}.annot.gz"
    delivered = f"{ncbi}/query/acc.cgi?acc={platform}&targ=self&form=text&view=data"
    for address, suffix in ((by_ncbi, ".annot.gz"), (delivered, ".txt")):
        raw = folder.place(f"{platform}{suffix}")
        if folder.has(f"{platform}.annot.tsv", url=address):
            return
        try:
            download(address, raw, attempts=folder.attempts)
            symbols = probe_symbols(platform_lines(raw))
        except (AbsentError, gzip.BadGzipFile, EOFError, zlib.error):
            symbols = None
        raw.unlink(missing_ok=True)
        if symbols is not None:
            folder.write(f"{platform}.annot.tsv", symbol_table(symbols), url=address)
            return
    logger.warning(
        "%s: no gene symbols in the table of %s; if its features are probes, name a table of "
        "probes and symbols in the cohort sheet's column annotation",
        folder.accession,
        platform,
    )


def _series(accession: str, geo: str) -> str:
    return f"{geo}/series/{_hundreds(accession)}/{accession}/"


def _hundreds(accession: str) -> str:
    """Folder of an accession: the last three digits are written nnn, GSE12345 in GSE12nnn."""
    return f"{accession[:3]}{accession[3:][:-3]}nnn"


def _links(address: str, *, attempts: int) -> list[str]:
    """Addresses that a page links to."""
    page = read_url(address, attempts=attempts).decode("utf-8", errors="replace")
    return [urljoin(address, html.unescape(link)) for link in LINK.findall(page)]
