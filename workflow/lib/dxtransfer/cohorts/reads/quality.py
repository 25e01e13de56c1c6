"""Quality of reads as sequali measures it, and the page that MultiQC makes of all reports.

sequali: Vorderman 2025, Bioinformatics Advances, vbaf010. MultiQC: Ewels et al. 2016,
Bioinformatics 32, 3047.
"""

import io
import json
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import sequali.__main__ as program

from dxtransfer.cohorts.reads.tools import MULTIQC, linked, run
from dxtransfer.files import atomic


def measure(
    lanes: Mapping[str, Sequence[str]], folder: Path, *, scratch: Path, workers: int = 1
) -> None:
    """Measure the quality of the reads of a cohort, one JSON report per lane.

    Parameters
    ----------
    lanes
        Name of a report to one or two FASTQ files, which passed the checks.
    folder
        Where `{name}.json` go; made where it is missing.
    scratch
        Folder for links to the files under the reports' names.
    workers
        Processes. One process handles many lanes, since sequali takes seconds to get ready.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="quality.", dir=scratch) as links,
        ProcessPoolExecutor(workers) as pool,
    ):
        jobs = [
            pool.submit(_measure, list(files), name, folder / f"{name}.json", Path(links))
            for name, files in lanes.items()
        ]
        for job in jobs:
            job.result()


def _measure(files: list[str], name: str, report: Path, links: Path) -> None:
    names = [f"{name}_{mate}" for mate in range(1, len(files) + 1)]
    delivered = linked(list(map(Path, files)), names=names, folder=links)
    arguments = ["sequali", "--threads", "1", "--json", str(report), *map(str, delivered)]
    # sequali's own page has 4 MB a lane; ours is the one that MultiQC makes of the JSON files
    with (
        patch.object(program, "write_html_report", lambda *_: None),
        patch.object(sys, "argv", arguments),
        redirect_stderr(io.StringIO()),
    ):
        program.main()
    content = json.loads(report.read_text())
    for key in ("filename", "filename_read2"):
        if key in content["meta"]:
            content["meta"][key] = Path(content["meta"][key]).name
    report.write_text(json.dumps(content) + "\n")


def page(reports: Sequence[str], target: Path, *, title: str, scratch: Path) -> None:
    """Gather reports of sequali, cutadapt and kallisto on one page of MultiQC.

    Parameters
    ----------
    reports
        Files that MultiQC understands, and folders of such files.
    target
        The HTML file.
    title
        Shown on the page.
    scratch
        Folder for the list of the files.
    """
    with TemporaryDirectory(prefix="multiqc.", dir=scratch) as temporary:
        work = Path(temporary)
        files = [file for path in map(Path, reports) for file in _files(path)]
        (work / "files.txt").write_text("".join(f"{file.resolve()}\n" for file in files))
        options = ["--quiet", "--no-ansi", "--no-data-dir", "--title", title, "--filename", "page"]
        command = [*MULTIQC, *options, "--outdir", work, "--file-list", work / "files.txt"]
        run(command, what="making the MultiQC page")
        with atomic(target) as whole:
            whole.write_bytes((work / "page.html").read_bytes())


def _files(path: Path) -> list[Path]:
    return sorted(path.iterdir()) if path.is_dir() else [path]
