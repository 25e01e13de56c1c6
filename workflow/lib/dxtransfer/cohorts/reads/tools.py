"""The programs that handle reads, each found through the package that brings it."""

import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import kb_python

from dxtransfer.errors import InputError

CUTADAPT = [sys.executable, "-m", "cutadapt"]
MULTIQC = [sys.executable, "-m", "multiqc"]
# where kb_python keeps its binaries
BINARIES = {
    ("Linux", "x86_64"): "linux",
    ("Darwin", "x86_64"): "darwin",
    ("Darwin", "arm64"): "darwin/m1",
}
KB = [sys.executable, "-c", "from kb_python.main import main; main()"]


def kallisto() -> str:
    """Path of the kallisto binary inside the package kb_python.

    The package is asked for its place only: importing its configuration takes as long as a small
    sample.

    Raises
    ------
    InputError
        Where the package brings none for this machine.
    """
    folder = BINARIES.get((platform.system(), platform.machine()))
    path = Path(kb_python.__file__).parent / "bins" / str(folder) / "kallisto" / "kallisto"
    if not path.is_file():
        raise InputError(
            f"kb_python brings no kallisto for {platform.system()} on {platform.machine()}; use "
            "Linux on x86_64 or macOS"
        )
    return str(path)


def run(
    command: Sequence[object], *, what: str, accepted: Sequence[int] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Run a program without a shell.

    Parameters
    ----------
    command
        Program and arguments.
    what
        What is being done to what, for messages.
    accepted
        Exit statuses that are no failure.

    Raises
    ------
    InputError
        With the last line that the program wrote, if it fails.
    """
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if ran.returncode not in accepted:
        said = [line for line in (ran.stdout + ran.stderr).splitlines() if line.strip()]
        raise InputError(f"{what} failed: {said[-1].strip() if said else ran.returncode}")
    return ran


def is_gzip(path: Path) -> bool:
    """Whether a file is packed, whatever its name says."""
    with path.open("rb") as handle:
        return handle.read(2) == b"\x1f\x8b"


def linked(files: Sequence[Path], *, names: Sequence[str], folder: Path) -> list[Path]:
    """Give files names of our own, since programs read meaning and options out of names.

    Parameters
    ----------
    files
        FASTQ files.
    names
        Their names without suffix.
    folder
        Where the links go; made where it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    links = []
    for file, name in zip(files, names, strict=True):
        link = folder / f"{name}.fastq{'.gz' if is_gzip(file) else ''}"
        link.symlink_to(file.resolve())
        links.append(link)
    return links
