"""A short run of the fuzzer, and what the fuzzer must notice; `make fuzz` is the long run."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fuzzing import known_values, outcome_of
from valid import SAMPLES, targets

from dxtransfer.errors import InputError

COUNT = 8
ROOT = Path(__file__).parents[2]


def test_mutated_files_are_read_right_or_refused_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("fuzzing.py"))]
    done = subprocess.run(
        [*command, "--count", str(COUNT), "--seed", "1000", "--kept", str(tmp_path)],
        env=os.environ | {"PYTHONPATH": f"{ROOT}/workflow/lib:{ROOT}/tests/support"},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = [line.split("\t") for line in done.stdout.splitlines()[1:]]
    assert [name for name, *_ in rows] == [target.name for target in targets()]
    for name, *counts in rows:
        assert int(counts[0]) == sum(map(int, counts[1:])) == COUNT, name


def _moved(adata):
    adata.X[:, 0] = np.roll(adata.X[:, 0], 1)
    return adata


def _refuse(_):
    raise InputError("one line\nand another")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (_moved, f"under {SAMPLES[0]}, TP53 instead of {SAMPLES[-1]}, TP53"),
        (lambda _: [][0], "IndexError"),
        (lambda _: os.abort(), "signal 6"),
        (lambda _: np.ones(1 << 29), "MemoryError"),
        (_refuse, "a message of 2 lines"),
    ],
)
def test_what_is_wrong_is_noticed(wrong, told, tmp_path: Path) -> None:
    right = next(target for target in targets() if target.name == "delimited")
    path, known = right.write(tmp_path), known_values(right)
    assert outcome_of(right, path, known).kind == "accepted"
    outcome = outcome_of(replace(right, read=lambda path: wrong(right.read(path))), path, known)
    assert outcome.kind == "failed"
    assert told in outcome.told
