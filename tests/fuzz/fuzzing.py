"""Mutate valid files and read them: a matrix or one true line comes of each, never anything else.

`make fuzz` mutates each reader's file 300 times. Options `--only h5ad --count 1 --seed 17` repeat
one mutation.
"""

import argparse
import json
import logging
import math
import os
import random
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutations import mutate
from valid import Target, targets

from dxtransfer.errors import InputError

MEMORY, SECONDS = 2 << 30, 20
SLOW = f"takes more than {SECONDS} s"
# a message for people
LONGEST = 2000
Known = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Outcome:
    """What came of one reading: accepted, refused, or failed and how."""

    kind: str
    told: str = ""


def fuzz(target: Target, seeds: range, *, kept: Path) -> Iterator[tuple[int, str, Outcome]]:
    """Mutate and read the file of a target once for each seed.

    Parameters
    ----------
    target
        What is read.
    seeds
        Of the mutations.
    kept
        Gets the files of failures.

    Yields
    ------
    tuple
        Seed, what was done to the file, and what came of it.
    """
    known = known_values(target)
    for seed in seeds:
        rng = random.Random(f"{target.name} {seed}")
        # the length of the folder's name tells whether the format is named
        folder = Path(tempfile.mkdtemp(suffix="x" * (seed % 2)))
        path = target.write(folder)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            done, moves = mutate(path, target.family, rng)
        outcome = outcome_of(target, path, {} if moves else known)
        if outcome.kind == "failed":
            name = f"{target.name.replace(' ', '_')}-{seed}"
            shutil.copytree(folder, kept / name, dirs_exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        yield seed, done, outcome


def known_values(target: Target) -> Known:
    """Each value of the valid file to its sample and feature."""
    folder = Path(tempfile.mkdtemp(suffix="x"))
    path = target.write(folder)
    read = outcome_of(target, path, {}, values=True)
    shutil.rmtree(folder)
    if read.kind != "accepted" and target.name != "dada2":
        raise AssertionError(f"{target.name}: the valid file is {read.kind}: {read.told}")
    found = json.loads(read.told) if read.told.startswith("{") and target.table else {}
    return {value: (sample, feature) for value, (sample, feature) in found.items()}


def outcome_of(target: Target, path: Path, known: Known, *, values: bool = False) -> Outcome:
    """Read in a process of its own, with limits on memory and time.

    A process that is forked while a thread of arrow holds a lock never ends, about once in two
    thousand; a reader that does not end does so again.
    """
    first = _in_child(target, path, known, values=values)
    return _in_child(target, path, known, values=values) if first.told == SLOW else first


def _in_child(target: Target, path: Path, known: Known, *, values: bool) -> Outcome:
    readable, writable = os.pipe()
    child = os.fork()
    if not child:
        os.close(readable)
        _limited(writable, target, path, known, values)
    os.close(writable)
    text, end = b"", time.monotonic() + SECONDS
    while select.select([readable], [], [], max(0.0, end - time.monotonic()))[0]:
        piece = os.read(readable, 1 << 16)
        if not piece:
            break
        text += piece
    else:
        os.kill(child, signal.SIGKILL)
    os.close(readable)
    _, status = os.waitpid(child, 0)
    if time.monotonic() >= end:
        return Outcome("failed", SLOW)
    if not text:
        told = (
            f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {status >> 8}"
        )
        return Outcome("failed", f"the process ends with {told}")
    return Outcome(**json.loads(text))


def _limited(writable: int, target: Target, path: Path, known: Known, values: bool) -> None:
    """Read and write what came of it to a pipe, then end."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = target.read(path)
        outcome = _judged(found, known, values)
    except InputError as error:
        lines = str(error).splitlines()
        outcome = {"kind": "refused", "told": str(error)[:300]}
        if len(lines) != 1 and not target.lines:
            outcome = {"kind": "failed", "told": f"a message of {len(lines)} lines: {error}"[:600]}
        elif max(map(len, lines), default=0) > LONGEST:
            outcome = {"kind": "failed", "told": f"a message of {len(str(error))} letters"}
    except BaseException:
        outcome = {"kind": "failed", "told": traceback.format_exc()[-1500:]}
    os.write(writable, json.dumps(outcome).encode())
    os._exit(0)


def _judged(found: Any, known: Known, values: bool) -> dict[str, str]:
    """Look at every value of what was read: each known one is still under its own names."""
    if not hasattr(found, "obs_names"):
        return {"kind": "accepted"}
    matrix = found.X.toarray() if hasattr(found.X, "toarray") else found.X
    samples = {sample for sample, _ in known.values()}
    features = {feature for _, feature in known.values()}
    seen: dict[str, tuple[str, str]] = {}
    for i, sample in enumerate(found.obs_names):
        for j, feature in enumerate(found.var_names):
            value = float(matrix[i, j])
            if math.isnan(value):
                continue
            text = repr(value)
            seen[text] = (sample, feature)
            due = known.get(text)
            if due and due != (sample, feature) and sample in samples and feature in features:
                told = f"{text} is under {sample}, {feature} instead of {due[0]}, {due[1]}"
                return {"kind": "failed", "told": told}
    return {"kind": "accepted", "told": json.dumps(seen) if values else ""}


def main() -> None:
    """Fuzz all targets, or those named, and print a line for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", action="append")
    parser.add_argument("--kept", type=Path, default=Path("results/fuzz"))
    given = parser.parse_args()
    given.kept.mkdir(parents=True, exist_ok=True)
    failed = 0
    print("reader\tmutations\taccepted\trefused\tfailed")
    for target in targets():
        if given.only and target.name not in given.only:
            continue
        counts: Counter[str] = Counter()
        for seed, done, outcome in fuzz(
            target, range(given.seed, given.seed + given.count), kept=given.kept
        ):
            counts[outcome.kind] += 1
            if outcome.kind == "failed":
                print(
                    f"  {target.name}, seed {seed} ({done[:80]}): {outcome.told}", file=sys.stderr
                )
        failed += counts["failed"]
        shown = [counts[kind] for kind in ("accepted", "refused", "failed")]
        print("\t".join(map(str, [target.name, given.count, *shown])), flush=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
