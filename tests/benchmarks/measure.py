"""Measuring a command as a whole process, side by side with another."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LIBRARY = Path(__file__).parents[2] / "workflow" / "lib"


@dataclass(frozen=True)
class Row:
    """One line of the summary.

    Attributes
    ----------
    name
        What was measured.
    figure, unit
        The measurement; a ratio has the unit `x`.
    compared_with
        What stands below the ratio, or what the bound comes from.
    bound
        The largest figure that holds; None where the figure only informs.
    """

    name: str
    figure: float
    unit: str
    compared_with: str = ""
    bound: float | None = None

    @property
    def holds(self) -> str:
        """Whether the figure keeps to its bound."""
        return "" if self.bound is None else "yes" if self.figure <= self.bound else "no"


@dataclass(frozen=True)
class Run:
    """What one run of a command took: wall time in seconds, peak resident memory in MB."""

    seconds: float
    peak_mb: float


def run(command: Sequence[str], *, folder: Path) -> Run:
    """Run a command to its end in a process of its own.

    Raises
    ------
    RuntimeError
        Where it fails, with what it said.
    """
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY)}
    said = folder / "said.txt"
    with said.open("w") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}:\n{said.read_text()[-2000:]}")
    return Run(seconds, used.ru_maxrss / 1024)


def python(program: str, *arguments: str) -> list[str]:
    """Command that runs a Python program."""
    return [sys.executable, "-c", program, *arguments]


def side_by_side(
    ours: Sequence[str], theirs: Sequence[str], *, folder: Path, rounds: int = 3
) -> tuple[float, float]:
    """Median over rounds of the ratio ours / theirs, of time and of peak memory.

    The two take turns, so that a slow moment of the machine meets both.
    """
    pairs = [(run(ours, folder=folder), run(theirs, folder=folder)) for _ in range(rounds)]
    return (
        _median([one.seconds / other.seconds for one, other in pairs]),
        _median([one.peak_mb / other.peak_mb for one, other in pairs]),
    )


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
